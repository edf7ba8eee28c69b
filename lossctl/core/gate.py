"""Gates: values that must pass a limit, with the verdict in a sentence, the same for all commands.

A limit is a number, or a share of a reference: ``0.35``, ``constant``, ``90 % of constant``.
"""

import math
import re
from dataclasses import replace
from typing import Any, Literal, NamedTuple, TypeAlias

from lossctl.core.errors import UsageError
from lossctl.core.lazy import record
from lossctl.core.outcome import Outcome
from lossctl.core.spec import finite_number
from lossctl.core.spelling import did_you_mean, listed, number, numbers, visible

Verdict: TypeAlias = Literal["passed", "failed", "undecided"]
GateKind: TypeAlias = Literal[
    "limit", "reference", "baseline", "comparison", "violation_rate", "satisfaction"
]
Limits: TypeAlias = tuple[float, float]

REFERENCES = {
    "constant": "the best constant prediction",
    "chance": "chance",
    "overall": "the value over all rows",
    "baseline": "the baseline",
}
"""What a limit may be a share of, by the names that results have for it."""
SHARE = r"(?:(?P<percent>[^%]*)%\s*(?:of\s+)?)?(?P<reference>[A-Za-z_]\w*)"


class Bound(NamedTuple):
    """A limit as it is written: a number, or so many times a reference."""

    number: float
    reference: str | None = None

    @property
    def words(self) -> str:
        """The limit in words, the same whatever the data."""
        if self.reference is None:
            return number(self.number)
        name = REFERENCES[self.reference]
        return name if self.number == 1.0 else f"{number(100.0 * self.number)} % of {name}"


def read_bound(limit: Any, where: str) -> Bound:
    """Read ``0.35``, ``constant`` or ``90% of constant``; in the shell, ``90%constant``.

    Raises
    ------
    UsageError
        For anything else, with the nearest reference.
    """
    found = re.fullmatch(SHARE, limit.strip()) if isinstance(limit, str) else None
    if found is None or found["reference"].lower() in {"nan", "inf", "infinity"}:
        return Bound(finite_number(limit, where))
    reference = found["reference"]
    if reference not in REFERENCES:
        hint = did_you_mean(reference, REFERENCES) or f"; references are {listed(REFERENCES)}"
        text = f"{where}: expected a number, or a share of a reference, got {reference!r}{hint}"
        raise UsageError(text)
    percent = found["percent"]
    share = 1.0 if percent is None else finite_number(percent, where) / 100.0
    return Bound(share, reference)


@record(frozen=True)
class Gate:
    """A value, its limit, and whether it passes.

    Attributes
    ----------
    name
        What the value is: ``mse``, ``bce[region=EU]``, ``satisfaction of smokers``.
    kind
        ``limit`` (a number), ``reference`` (a share of one), ``baseline`` (an earlier result),
        ``comparison`` (a model against another), or what a run alone has.
    value, limit
        The value, and the greatest that passes, or the least.
    verdict
        ``passed``, ``failed``, or ``undecided`` where an interval holds the limit.
    words
        The limit in words: ``0.35``, ``90 % of the best constant prediction``.
    at_least
        Whether `limit` is the least value that passes.
    reference
        The value that the limit is relative to; None of a number.
    against
        What that is: ``the baseline``, ``old``; empty of a number.
    interval
        Of the value; of a baseline or a comparison, of the difference as a share of its value, or
        as it is where that is 0. None where none was asked for.
    confidence
        Of the interval.
    part
        Of a value inside a result, its name there, such as ``class.cat`` or ``region=EU``.
    group
        What it belongs to: the document of a run, the model of a comparison.
    file, line
        Where it was asked for; None on the command line.
    required
        Whether being undecided fails the command.
    note
        What else the sentence says of its interval, or why there is none.
    """

    name: str
    kind: GateKind
    value: float
    limit: float
    verdict: Verdict
    words: str
    at_least: bool = False
    reference: float | None = None
    against: str = ""
    interval: Limits | None = None
    confidence: float | None = None
    part: str = ""
    group: str = ""
    file: str | None = None
    line: int | None = None
    required: bool = False
    note: str = ""

    @property
    def fails(self) -> bool:
        """Whether the command fails by it."""
        return self.verdict == "failed" or (self.verdict == "undecided" and self.required)

    @property
    def title(self) -> str:
        """What is tested, in words that are the same in every run."""
        if self.kind in {"baseline", "comparison"}:
            return f"{self.name} no worse than {self.against} by more than {self.words}"
        return f"{self.name} {'at least' if self.at_least else 'at most'} {self.words}"

    def sentence(self, digits: int | None = None) -> str:
        """Say value, limit and verdict; in more digits than asked for where they look the same."""
        if self.kind in {"baseline", "comparison"}:
            return self._against(digits)
        if math.isnan(self.value):
            return f"{self.name} is nan, which passes no limit ({number(self.limit)})"
        value, limit = numbers(self.value, self.limit, digits=digits)
        inside = self.value >= self.limit if self.at_least else self.value <= self.limit
        relation = "within" if inside else "under" if self.at_least else "over"
        of = "" if self.reference is None else f", {self.words}"
        if self.reference is not None and self.reference != self.limit:
            of += f" {number(self.reference)}"
        return f"{self.name} is {value}, {relation} the limit {limit}{of}{self._band()}"

    def _against(self, digits: int | None) -> str:
        assert self.reference is not None  # noqa: S101 - of these kinds
        value, reference = numbers(self.value, self.reference, digits=digits)
        difference = self.value - self.reference
        if math.isnan(difference):
            return f"{self.name} is nan, which is worse than any baseline"
        worse = difference < 0.0 if self.at_least else difference > 0.0
        if difference == 0.0:
            relation = f"equal to {self.against}"
        else:
            size = _share(abs(difference), self.reference)
            relation = f"{size} {'worse' if worse else 'better'} than {self.against}"
        inside = [f"{'margin' if self.kind == 'comparison' else 'tolerance'} {self.words}"]
        return f"{self.name} {value} is {relation} {reference}{self._band(inside)}"

    def _band(self, said: list[str] | None = None) -> str:
        """Say the interval and the verdict, in parentheses."""
        parts = list(said or [])
        if self.interval is not None:
            is_share = self.reference and self.kind in {"baseline", "comparison"}
            limits = [_percent(one) if is_share else number(one, 4) for one in self.interval]
            level = number(100.0 * (self.confidence or 0.0), 12)
            parts.append(f"{level} % interval {limits[0]} to {limits[1]}{self.note}")
        elif self.note:
            parts.append(self.note)
        return f" ({'; '.join(parts)}: {self.verdict})" if parts else ""

    def at(self, file: str | None, line: int | None) -> "Gate":
        """Return the gate with the place where it was asked for."""
        return replace(self, file=file, line=line)

    @property
    def outcome(self) -> Outcome:
        """The gate as reports take it."""
        return Outcome(
            self.title,
            self.verdict,
            self.sentence(),
            self.group,
            self.file,
            self.line,
            required=self.required,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as strict JSON data; what is not finite is None."""
        finite = {
            name: value if value is not None and math.isfinite(value) else None
            for name, value in (
                ("value", self.value),
                ("limit", self.limit),
                ("reference", self.reference),
            )
        }
        interval = self.interval
        return {
            "name": self.name,
            "kind": self.kind,
            **finite,
            "at_least": self.at_least,
            "verdict": self.verdict,
            "fails": self.fails,
            "sentence": self.sentence(),
            "interval": interval
            and [limit if math.isfinite(limit) else None for limit in interval],
            "confidence": self.confidence,
            "group": self.group or None,
            "file": self.file,
            "line": self.line,
        }


def metric_part(name: str) -> str:
    """Return what a gate of a metric of a run is of, which no component is called."""
    return f"metric\n{name}"


def _share(difference: float, reference: float) -> str:
    """Write a difference as a share of what it is from, or as it is where that is 0."""
    return _percent(difference / abs(reference)) if reference else number(difference)


def _percent(share: float) -> str:
    """Write a share in percent, with two significant digits at least and one decimal at most."""
    amount = 100.0 * share
    size = abs(amount)
    text = f"{amount:.0f}" if size >= 100.0 else f"{amount:.1f}" if size >= 0.1 else f"{amount:.2g}"
    return f"{text.removesuffix('.0').replace('-', '−')} %"


def amount_in_words(text: str) -> str:
    """Write a tolerance or a margin, ``2%`` or ``0.01``; none is 0 %."""
    text = visible(text.strip())
    if text in {"", "0", "0.0"}:
        return "0 %"
    return f"{text[:-1].strip()} %" if text.endswith("%") else text


def verdict_of(
    value: float, limit: float, *, at_least: bool = False, interval: Limits | None = None
) -> Verdict:
    """Return whether a value passes; where it has an interval, only all of it passes or fails.

    A value that is NaN passes nothing.
    """
    passed = value >= limit if at_least else value <= limit
    if interval is None or math.isnan(value) or any(map(math.isnan, interval)):
        return "passed" if passed else "failed"
    low, high = interval
    best, worst = (high, low) if at_least else (low, high)
    if worst >= limit if at_least else worst <= limit:
        return "passed"
    return "failed" if (best < limit if at_least else best > limit) else "undecided"
