"""Gates: limits on values, and comparisons with the results of an earlier run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.exits import GATE_FAILED, INVALID_DATA, OK
from lossctl.core.result import Result
from lossctl.core.spec import labels, param, parse_spec, spec
from lossctl.core.spelling import did_you_mean
from lossctl.evaluation import Spec, resolve
from lossctl.gates.baseline import finite_number, in_words, read_baseline
from lossctl.gates.checks import Check, at_most, failed, limits_by_name
from lossctl.report.text import number

if TYPE_CHECKING:
    from lossctl.objective.objective_result import ObjectiveResult


class Limit(NamedTuple):
    """The greatest value that passes: of a loss with these parameters, or of a part of it.

    `text` is how it was asked for. A part without a loss belongs to every recipe that has it.
    """

    text: str
    value: float
    loss: str | None
    params: Mapping[str, Any]
    part: str | None = None

    def meets(self, result: Result) -> bool:
        """Whether it is about this result."""
        if self.loss is None:
            return any(part.name == self.part for part in result.parts)
        return self.loss == result.loss and all(
            name in result.params and param(result.params[name]) == param(value)
            for name, value in self.params.items()
        )


class Verdict(NamedTuple):
    """What the gates say of some results; true when every gate is passed.

    Attributes
    ----------
    results
        The results, with the comparison of each where there is a baseline.
    failures
        Which gates failed and which values are not finite, in words.
    notes
        Every comparison in words.
    exit_code
        What the shell exits with: 0, 1 when a gate failed, 3 when a value is not finite.
    """

    results: tuple[Any, ...]
    failures: tuple[str, ...]
    notes: tuple[str, ...]
    exit_code: int

    @property
    def passed(self) -> bool:
        """Whether every gate is passed and every value is finite."""
        return self.exit_code == OK

    def __bool__(self) -> bool:
        """Whether every gate is passed, so that `assert lossctl.judge(…)` does what it says."""
        return self.passed


def judge(
    results: "Result | ObjectiveResult | Sequence[Result] | Sequence[ObjectiveResult]",
    *,
    fail_over: Any = None,
    baseline: Any = None,
    tolerance: float | str | None = None,
) -> Verdict:
    """Hold results against limits, and against the results of an earlier run.

    Parameters
    ----------
    results
        What :func:`lossctl.compute`, :func:`lossctl.evaluate` or :func:`lossctl.run` returned. The
        gates of a configuration are checked too.
    fail_over
        The greatest value that passes: a number (for one loss), ``{"focal": 0.35}``, or texts as
        the shell takes them, ``"LOSS=LIMIT"``. Parameters pick one of several results of a loss,
        ``"quantile:q=0.1=0.3"``; of a recipe, a part may be named, of a run a component; a number
        is there a limit of the total.
    baseline
        A JSON file of an earlier run, or earlier results. Losses, parameters, readings, weights and
        data must be the same.
    tolerance
        By how much a value may exceed its baseline: ``"2%"`` of it, or a number to add.

    Raises
    ------
    UsageError
        For a limit of nothing that was computed, and a baseline of other losses or readings.
    DataError
        For a baseline of other data.

    Examples
    --------
    >>> import lossctl
    >>> result = lossctl.compute("mae", [1.0, 2.0], [1.5, 2.5])
    >>> bool(lossctl.judge(result, fail_over=0.6)), bool(lossctl.judge(result, fail_over=0.4))
    (True, False)
    """
    several: list[Any] = list(results) if isinstance(results, Sequence) else [results]
    for one in several:
        if not hasattr(one, "to_dict") or not hasattr(one, "status"):
            kind = type(one).__name__
            raise UsageError(f"judge takes results of compute, evaluate or run, got {kind}")
    if several and not isinstance(several[0], Result):
        return _judge_answers(several, fail_over, baseline)
    return _judge_results(several, fail_over, baseline, tolerance)


def _judge_answers(answers: list[Any], fail_over: Any, baseline: Any) -> Verdict:
    from lossctl.gates.answers import failures_of  # noqa: PLC0415 - only after a run

    if baseline is not None:
        raise UsageError("baseline: is for results of compute; a run has gates of its own")
    return _verdict(answers, failures_of(answers, fail_over), [])


def _verdict(results: Sequence[Any], failures: Sequence[str], notes: Sequence[str]) -> Verdict:
    code = GATE_FAILED if failures else OK
    code = INVALID_DATA if any(one.status != "ok" for one in results) else code
    return Verdict(tuple(results), tuple(failures), tuple(notes), code)


def _judge_results(
    results: list[Result], fail_over: Any, baseline: Any, tolerance: float | str | None
) -> Verdict:
    limits = read_limits(fail_over, _known_of(results))
    earlier = read_baseline(baseline, tolerance)
    judged: list[Result] = []
    failures: list[str] = []
    notes: list[str] = []
    for one, label in zip(results, labels(results), strict=True):
        value = float(np.max(one.value))
        checks = _checks(one, label, value, limits)
        if earlier is not None:
            found = earlier.compare(one, value)
            notes.append(f"{label}: {in_words(value, found)}")
            allows = f"the baseline {number(found.value)} allows {number(found.allowed)}"
            checks.append((value <= found.allowed, f"{label} is {number(value)}, {allows}"))
            one = replace(one, baseline=found.to_dict())  # noqa: PLW2901
        failures += failed(checks)
        if one.status != "ok":
            failures.append(f"{label} is {number(value)}: the value is not finite")
        judged.append(one)
    for limit in limits:
        _require_met(limit, results)
    return _verdict(judged, failures, notes)


# Limits


class Known(NamedTuple):
    """What limits may name: ids of losses and recipes, and the recipes that have each part."""

    ids: Sequence[str]
    parts: Mapping[str, Sequence[str]]


def known_of(specs: Sequence[Spec]) -> Known:
    """Return what limits may name before anything is computed."""
    parts: dict[str, list[str]] = {}
    for one in specs:
        for part in getattr(one.target, "part_names", ()):
            parts.setdefault(part, []).append(one.target.id)
    return Known([one.target.id for one in specs], parts)


def _known_of(results: Sequence[Result]) -> Known:
    parts: dict[str, list[str]] = {}
    for one in results:
        for part in one.parts:
            parts.setdefault(part.name, []).append(one.loss)
    return Known([one.loss for one in results], parts)


def read_limits(fail_over: Any, known: Known) -> list[Limit]:
    """Read limits in any of the ways :func:`judge` takes.

    Raises
    ------
    UsageError
        For what is no limit, and for a name that is not computed.
    """
    if isinstance(fail_over, list) and all(isinstance(entry, Limit) for entry in fail_over):
        return fail_over  # read before anything was computed
    return [_read_limit(name, limit, known) for name, limit in limits_by_name(fail_over)]


def _read_limit(name: str | None, limit: Any, known: Known) -> Limit:
    text = str(limit) if name is None else f"{name}={limit}"
    value = finite_number(limit, f"fail_over {text}")
    if name is None:
        if len(known.ids) > 1:
            raise UsageError(
                f"fail_over {text}: of which loss? say for example {known.ids[0]}={text}"
            )
        return Limit(text, value, known.ids[0], {})
    if name.strip() in known.parts:
        return Limit(text, value, None, {}, name.strip())
    name, part = _split_part(name.strip(), known)
    try:
        wanted, params = parse_spec(name)
        owner, dot, inner = wanted.partition(".")
        loss = owner if owner in known.ids else resolve(owner).id
    except UsageError as error:
        if known.parts:
            hint = did_you_mean(name, known.parts) or _parts_in_words(known)
            raise UsageError(f"fail_over {text}: no part {name!r}{hint}") from None
        raise UsageError(f"fail_over {text}: {error}") from None
    if loss not in known.ids:
        hint = did_you_mean(loss, known.ids) or _parts_in_words(known)
        raise UsageError(f"fail_over {text}: {loss} is not computed{hint}")
    return Limit(text, value, loss, params, inner if dot else part)


def _split_part(name: str, known: Known) -> tuple[str, str | None]:
    """Split the name of a row that is printed, LOSS:PARAMETERS.PART, where there are parameters.

    The dots of numbers are none before a part: what follows is the name of one, or of a class.
    """
    spelled, colon, tail = name.partition(":")
    for at in range(len(tail)):
        part = tail[at + 1 :]
        if tail[at] == "." and (part in known.parts or part.startswith("class.")):
            return f"{spelled}{colon}{tail[:at]}", part
    return name, None


def _parts_in_words(known: Known) -> str:
    return f"; parts are {', '.join(known.parts)}" if known.parts else ""


def _checks(one: Result, label: str, value: float, limits: Sequence[Limit]) -> list[Check]:
    """Compare a result, its parts and its classes with the limits there are."""
    checks = []
    inner = {each.name.removeprefix(f"{one.loss}."): each.value for each in one.inner_values()}
    for limit in limits:
        if not limit.meets(one):
            continue
        if limit.part is None:
            checks.append(at_most(label, value, limit.value))
        elif limit.part in inner:
            checks.append(at_most(f"{limit.part} of {label}", inner[limit.part], limit.value))
        else:
            hint = f"; there is {', '.join(inner)}" if inner else ""
            raise UsageError(
                f"fail_over {limit.text}: {label} has no part {limit.part} on these inputs{hint}"
            )
    return checks


def _require_met(limit: Limit, results: Sequence[Result]) -> None:
    """Refuse a limit of parameters or parts that no result has."""
    if any(limit.meets(one) for one in results):
        return
    if limit.loss is None:
        recipe = next(one.loss for one in results if one.parts)
        raise UsageError(
            f"fail_over {limit.text}: {recipe} has no part {limit.part} on these inputs"
        )
    there = [one for one in results if one.loss == limit.loss]
    for name in limit.params:
        if name not in there[0].params:
            hint = did_you_mean(name, there[0].params)
            raise UsageError(f"fail_over {limit.text}: {limit.loss} has no parameter {name}{hint}")
    computed = ", ".join(spec(one.loss, {n: one.params[n] for n in limit.params}) for one in there)
    raise UsageError(f"fail_over {limit.text}: is not computed; there is {computed}")
