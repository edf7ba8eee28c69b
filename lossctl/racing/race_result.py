"""What a race answers: every entry against the winner, and which are within noise of the best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np

from lossctl.core.result import SCHEMA_VERSION, strict
from lossctl.racing.judging import Entry, Judge, Judged
from lossctl.uncertainty.comparison import is_significant
from lossctl.uncertainty.intervals import Limits
from lossctl.uncertainty.resampled import resampled_difference
from lossctl.uncertainty.several import holm

Verdict: TypeAlias = Literal["winner", "tied", "undecided", "worse"]
# Of corrected standard errors. At a whole one, the simplest of those tied is in every tenth case
# beyond one error of the best where folds are drawn again; at half of one in every fiftieth.
NEAR = 0.5


@dataclass(frozen=True)
class Placed:
    """An entry of a race with its place.

    Attributes
    ----------
    candidate, step, setting, values
        The candidate, and its step after training with what was fitted; empty without one.
    value
        The metric, its mean over folds.
    difference, interval
        value − that of the winner, and its two-sided interval by the corrected resampled t test.
    p_value, p_adjusted
        Two-sided, of no difference, and after Holm's correction for all entries; None of the
        winner and of entries with the same values.
    verdict
        ``winner``; ``tied``, within half a corrected standard error of the best; ``worse``, by
        `p_adjusted`; else ``undecided``.
    scores
        The metric of each fold.
    """

    candidate: str
    step: str
    setting: str
    values: tuple[float, ...]
    value: float
    difference: float
    interval: Limits
    p_value: float | None
    p_adjusted: float | None
    verdict: Verdict
    scores: tuple[float, ...]

    @property
    def name(self) -> str:
        """The candidate with its step."""
        return f"{self.candidate}, then {self.setting}" if self.step else self.candidate

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON data."""
        data = {**vars(self), "values": list(self.values), "interval": list(self.interval)}
        return {**data, "name": self.name, "scores": list(self.scores)}


@dataclass(frozen=True)
class Race:
    """What :func:`lossctl.race` answers.

    Attributes
    ----------
    metric, higher_is_better
        The metric, and whether more of it is better.
    candidates
        Every entry, the best first: each candidate as it is, and with the steps after training
        that change its value.
    trained
        What was raced: ``predictions`` that were given, a ``linear`` model or a ``network`` that
        was trained here, or the ``command`` of the user.
    rows, folds, drawings
        How many rows were judged, by how many folds, drawn how often.
    confidence
        Of intervals and verdicts.
    losses
        The spec of each candidate that was trained here or by the command.
    failures
        Candidates that could not be judged, with the reason.
    notes
        What there is to say about the data.
    unchanged
        Names of candidates with a step after which the metric of every fold is what it was.
    """

    metric: str
    higher_is_better: bool
    candidates: tuple[Placed, ...]
    trained: str
    rows: int
    folds: int
    drawings: int
    confidence: float
    losses: Mapping[str, str] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()

    @property
    def winner(self) -> Placed:
        """The simplest of those within half a corrected standard error of the best."""
        return next(each for each in self.candidates if each.verdict == "winner")

    @property
    def tied(self) -> tuple[Placed, ...]:
        """The others within half a corrected standard error of the best."""
        return tuple(each for each in self.candidates if each.verdict == "tied")

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        first, others = self.winner.name, len(self.tied)
        open_ones = sum(each.verdict == "undecided" for each in self.candidates)
        more = f"; {open_ones} more are not clearly worse" if open_ones else ""
        if open_ones == 1:
            more = "; one more is not clearly worse"
        if len(self.candidates) == 1:
            return f"{first} alone is left: there is no other to compare it with"
        if not others:
            return f"{first} wins: no other is within half a standard error of it{more}"
        count = f"the {others + 1} within half a standard error of the best"
        best = self.candidates[0].name
        named = "" if best == first else f" ({best})"
        return f"{first} wins: it is the simplest of {count}{named}{more}"

    def _repr_html_(self) -> str | None:
        """Show as its page in notebooks."""
        from lossctl.core.notebook import html_page  # noqa: PLC0415 - notebooks only

        return html_page(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the race as strict JSON data."""
        winner = self.winner
        return {
            "schema_version": SCHEMA_VERSION,
            "metric": self.metric,
            "higher_is_better": self.higher_is_better,
            "trained": self.trained,
            "rows": self.rows,
            "folds": self.folds,
            "drawings": self.drawings,
            "confidence": self.confidence,
            "candidates": strict([self._candidate(each) for each in self.candidates]),
            "verdict": {
                "winner": winner.candidate,
                "step": winner.step or None,
                "tied": [each.name for each in self.tied],
                "sentence": self.sentence,
            },
            "failures": dict(self.failures),
            "notes": list(self.notes),
            "unchanged": list(self.unchanged),
        }

    def _candidate(self, each: Placed) -> dict[str, Any]:
        spec = self.losses.get(each.candidate)
        return {"name": each.name, "loss": spec, **each.to_dict(), "step": each.step or None}

    def to_frame(self) -> Any:
        """Return the entries as a pandas frame, one row each."""
        from lossctl.core.notebook import frame  # noqa: PLC0415 - when asked

        rows = [self._candidate(each) for each in self.candidates]
        return frame(list(rows[0]), [list(row.values()) for row in rows])


def simplest_of_best(entries: Sequence[Entry], share: float, *, higher_is_better: bool) -> set[int]:
    """Return which entries are within half a corrected standard error of the best, it included."""
    sign = -1.0 if higher_is_better else 1.0
    means = [sign * float(entry.scores.mean()) for entry in entries]
    best = entries[int(np.argmin(means))].scores
    found = set()
    for at, entry in enumerate(entries):
        difference = resampled_difference(best, entry.scores, share)
        if difference.identical or sign * difference.value <= NEAR * difference.standard_error:
            found.add(at)
    return found


def placed(
    judge: Judge, judged: Judged, share: float, confidence: float, simplicity: Sequence[str]
) -> tuple[Placed, ...]:
    """Compare every entry with the winner; the best comes first.

    The winner is the simplest of those within half a corrected standard error of the best: an entry
    without a step before those with one, then in the order of `simplicity`.

    Parameters
    ----------
    judge
        The metric.
    judged
        The entries.
    share
        Rows judged over rows trained on.
    confidence
        Of intervals and verdicts.
    simplicity
        Names of the candidates, the simplest first.
    """
    entries = judged.entries
    near = simplest_of_best(entries, share, higher_is_better=judge.higher_is_better)
    rank = {name: at for at, name in enumerate(simplicity)}
    first = min(near, key=lambda at: (bool(entries[at].step), rank[entries[at].candidate], at))
    differences = [
        resampled_difference(entries[first].scores, entry.scores, share) for entry in entries
    ]
    others = [None if at == first else each.p_value for at, each in enumerate(differences)]
    adjusted = holm(others)
    sign = -1.0 if judge.higher_is_better else 1.0
    found = []
    for at, (entry, each) in enumerate(zip(entries, differences, strict=True)):
        verdict: Verdict = "undecided"
        if at in near:
            verdict = "winner" if at == first else "tied"
        elif sign * each.value > 0 and is_significant(adjusted[at], confidence):
            verdict = "worse"
        found.append(
            Placed(
                entry.candidate,
                entry.step,
                entry.setting,
                entry.values,
                float(entry.scores.mean()),
                each.value,
                (0.0, 0.0) if at == first else each.limits(confidence),
                others[at],
                adjusted[at],
                verdict,
                tuple(entry.scores.tolist()),
            )
        )
    order = sorted(range(len(found)), key=lambda at: (sign * found[at].value, at != first, at))
    return tuple(found[at] for at in order)
