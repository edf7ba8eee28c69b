"""What is measured from data: a summary of one pass over them, and what follows from it.

The pass over targets and predictions keeps moments, distinct values and an even sample.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lossctl.checks.finding import Finding
from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.engine.sources import Source

BLOCK = 1 << 18
MOST_DISTINCT = 4096
MOST_SAMPLED = 200_000
IGNORED = -100
GREATEST = 1e90  # beyond it third powers, and sums of them, leave floating point


@dataclass
class Moments:
    """Count, mean and central moments, added to block by block (Chan's update)."""

    count: int = 0
    mean: float = 0.0
    m2: float = 0.0
    m3: float = 0.0
    low: float = math.inf
    high: float = -math.inf
    zeros: int = 0
    integral: bool = True

    def add(self, values: Array) -> None:
        """Take a block of finite numbers in."""
        if not values.size:
            return
        n, size = self.count, int(values.size)
        mean = float(values.mean())
        centred = values - mean
        m2, m3 = float(np.sum(centred**2)), float(np.sum(centred**3))
        total, gap = n + size, mean - self.mean
        # m3 before m2, and both before the mean: each needs the old values of those below it.
        self.m3 += m3 + gap**3 * n * size * (n - size) / total**2
        self.m3 += 3 * gap * (n * m2 - size * self.m2) / total
        self.m2 += m2 + gap**2 * n * size / total
        self.mean += gap * size / total
        self.count = total
        self.low, self.high = (
            min(self.low, float(values.min())),
            max(self.high, float(values.max())),
        )
        self.zeros += int(np.count_nonzero(values == 0))
        self.integral = self.integral and bool(np.all(values == np.rint(values)))

    @property
    def variance(self) -> float:
        """Variance, dividing by the count."""
        return self.m2 / self.count if self.count else math.nan

    @property
    def skew(self) -> float:
        """Skewness, 0 for a constant."""
        cubed = self.variance**1.5  # 0 for deviations too small for a third power
        return self.m3 / self.count / cubed if cubed > 0 else 0.0


@dataclass
class DataSummary:
    """What one pass found.

    Attributes
    ----------
    shape, score_shape
        Shapes of targets and predictions without axes of length one; the latter is None without
        predictions.
    fitted
        Shapes under which predictions and targets fit each other, or None where none do.
    distinct
        Counts by value, or None when there are too many values.
    one_hot
        Whether every row of two-dimensional 0/1 targets holds exactly one 1.
    column_sums
        Sum of each column of two-dimensional targets.
    ignored, missing
        How many targets are −100 (left out), and how many are NaN or infinite (left out).
    rising
        Whether each target is greater than the one before.
    targets, scores, groups
        Rows sampled evenly; what is infinite is NaN there.
    """

    shape: tuple[int, ...]
    score_shape: tuple[int, ...] | None
    shapes_that_fit: Mapping[str, tuple[int, ...]] | None = field(default_factory=dict)
    moments: Moments = field(default_factory=Moments)
    score_moments: Moments = field(default_factory=Moments)
    distinct: dict[float, int] | None = field(default_factory=dict)
    one_hot: bool = True
    column_sums: Any = 0.0
    ignored: int = 0
    missing: int = 0
    rising: bool = True
    targets: Array = field(default_factory=lambda: np.empty(0))
    scores: Array | None = None
    groups: Array | None = None


def summarize(sources: dict[str, Source]) -> DataSummary:
    """Read targets, and predictions and groups where given, once.

    Raises
    ------
    DataError
        When one of them is empty, the first axes differ, or numbers are too great to measure.
    """
    targets, scores = sources["targets"], sources.get("predictions")
    groups = sources.get("groups")
    rows = targets.shape[0] if targets.shape else 0
    if not rows or 0 in targets.shape:
        raise DataError(f"{targets.label}: holds no targets")
    for source in (scores, groups):
        if source is not None and (not source.shape or source.shape[0] != rows):
            raise DataError(
                f"{source.label}: has shape {source.shape}, but {targets.label} has {rows} rows"
            )
        if source is not None and 0 in source.shape:
            raise DataError(f"{source.label}: is empty, its shape is {source.shape}")
    summary = DataSummary(
        without_unit_axes(targets.shape), without_unit_axes(scores.shape) if scores else None
    )
    if scores is not None:
        summary.shapes_that_fit = shapes_that_fit(targets.shape, scores.shape)
    step = _step(rows, math.prod(targets.shape[1:]), math.prod(scores.shape[1:]) if scores else 1)
    summary.targets = _pass(targets, summary, step, scored=False)
    if scores is not None:
        summary.scores = _pass(scores, summary, step, scored=True)
    if groups is not None:
        summary.groups = np.asarray(groups.read(0, rows)).reshape(rows, -1)[::step, 0]
    return summary


def without_unit_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Leave axes of length one out, but for the first, that of the items."""
    return shape[:1] + tuple(size for size in shape[1:] if size != 1)


def shapes_that_fit(
    targets: tuple[int, ...], scores: tuple[int, ...]
) -> dict[str, tuple[int, ...]] | None:
    """Return the shapes that targets and predictions must take for a loss to read both.

    Losses never broadcast: predictions are shaped like the targets, or have a class axis more. Axes
    of length one may be in the way of that, (N, 1) beside (N,). None where more than that is.
    """
    for first in (targets, without_unit_axes(targets)):
        for second in (scores, without_unit_axes(scores)):
            if first == second or class_axis(first, second) is not None:
                return {"targets": first, "predictions": second}
    return None


def class_axis(targets: tuple[int, ...], scores: tuple[int, ...]) -> int | None:
    """Return the axis of the predictions that the targets have not, or None."""
    if len(scores) != len(targets) + 1:
        return None
    axes = range(1, len(scores))
    return next(
        (at for at in axes if scores[at] > 1 and scores[:at] + scores[at + 1 :] == targets), None
    )


def _step(rows: int, *widths: int) -> int:
    """How many rows to go on for each one sampled."""
    # Fewer rows where rows are wide, so that a sample of images fits in memory; never under 64.
    most = max(MOST_SAMPLED * 8 // max(*widths, 1), 64)
    return max(-(-rows // min(most, MOST_SAMPLED)), 1)


def _pass(source: Source, summary: DataSummary, step: int, *, scored: bool) -> Array:
    """Read a source block by block; return every `step`-th row."""
    rows, width = source.shape[0], math.prod(source.shape[1:])
    block = max(BLOCK // width, 1)
    kept = []
    for start in range(0, rows, block):
        stop = min(start + block, rows)
        values = np.asarray(source.read(start * width, stop * width), dtype=np.float64)
        values = values.reshape(stop - start, width)
        good = np.isfinite(values)
        values = values if good.all() else np.where(good, values, np.nan)
        require_measurable(values[good], source.label)
        # The offset continues the stride over blocks; the copy lets go of the block.
        kept.append(values[(-start) % step :: step].copy())
        if scored:
            summary.score_moments.add(values[good])
        else:
            _add_targets(summary, values)
    shape = summary.score_shape if scored else summary.shape
    assert shape is not None  # noqa: S101 - a source that is read has a shape
    sampled = np.concatenate(kept)
    return sampled.reshape(len(sampled), *shape[1:])


def require_measurable(values: Array, label: str) -> None:
    """Refuse numbers so great that their spread is beyond floating point."""
    top = max(float(values.max()), -float(values.min())) if values.size else 0.0
    if top > GREATEST:
        raise DataError(
            f"{label}: holds numbers as great as {top:.3g}, whose spread cannot be measured above "
            f"{GREATEST:g}; mark missing ones as NaN, or divide all by a constant"
        )


def _add_targets(summary: DataSummary, values: Array) -> None:
    good = np.isfinite(values)
    summary.missing += int(np.count_nonzero(~good))
    ignored = values == IGNORED
    summary.ignored += int(np.count_nonzero(ignored))
    used = values[good & ~ignored]
    if summary.rising:
        last = summary.moments.high if summary.moments.count else -math.inf
        summary.rising = bool(np.all(np.diff(used, prepend=last) > 0))
    summary.moments.add(used)
    if summary.distinct is not None:
        for value, count in zip(*np.unique(used, return_counts=True), strict=True):
            summary.distinct[float(value)] = summary.distinct.get(float(value), 0) + int(count)
            if len(summary.distinct) > MOST_DISTINCT:
                summary.distinct = None
                break
    if values.shape[1] > 1:
        counted = np.where(good & ~ignored, values, 0.0)
        summary.column_sums = summary.column_sums + np.sum(counted, axis=0)
        summary.one_hot = summary.one_hot and bool(np.all(np.sum(values, axis=1) == 1))


NOT_FITTED = "not fitted"
PLAIN = "plain values"  # predictions of a regression, and no logarithms of them


@dataclass(frozen=True)
class Improvement:
    """The gain of one step after training on held-out folds of the given predictions.

    Attributes
    ----------
    metric, before, after, error
        The metric's name, its mean over folds without and with the step, and the standard error
        of the difference, corrected for the rows that folds share.
    better
        Whether the gain is more than twice its error and large enough to matter.
    setting
        What was fitted, in words: ``threshold 0.12``.
    values
        The numbers fitted: a threshold, a temperature, slope and shift, the strength of a prior
        correction, factors of the class probabilities, or what to add.
    """

    step: str
    metric: str
    before: float
    after: float
    error: float
    better: bool
    setting: str
    values: tuple[float, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the gain as data."""
        error = self.error if math.isfinite(self.error) else None
        after = self.after if self.fitted else None
        return {**vars(self), "error": error, "after": after, "values": list(self.values)}

    @property
    def fitted(self) -> bool:
        """Whether there was something to fit at all."""
        return self.setting != NOT_FITTED


@dataclass
class Measurements:
    """What is measured from data, collected step by step.

    Attributes
    ----------
    facts
        Numbers and words by name.
    answers, evidence
        Questions the data answer, and in words why.
    variables
        Values of the variables of the tree, such as ``$delta``.
    gains
        What steps after training would gain.
    notes
        Remarks, such as contradictions between an option and the data.
    findings
        Why the predictions cannot belong to the targets, as ``check`` says it; said before any
        advice.
    forced
        Answers in which the shapes leave no choice, whatever was said: two scores per item are read
        as several classes.
    shapes
        Inputs that a loss can read only in another shape, and that shape.
    class_axis
        The axis of the predictions that holds a score of each class, or None.
    ranges
        The least and the greatest value of inputs.
    unread
        Inputs that no loss of the task can read, and why.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)
    variables: dict[str, float] = field(default_factory=dict)
    improvements: list[Improvement] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    forced: dict[str, str] = field(default_factory=dict)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    class_axis: int | None = None
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    unreadable_inputs: dict[str, str] = field(default_factory=dict)

    @property
    def faults(self) -> list[str]:
        """The findings as sentences, each with its code."""
        return [
            f"{each.message} ({each.code} {each.name}); no post-hoc step is evaluated on such "
            "predictions"
            for each in self.findings
        ]

    def fact(self, name: str, value: Any) -> None:
        """Keep a number or word; floats to six digits, as more are noise."""
        self.facts[name] = float(f"{value:.6g}") if isinstance(value, float) else value

    def answer(self, question: str, value: str, evidence: str) -> None:
        """Answer a question, with what was seen."""
        self.answers[question], self.evidence[question] = value, evidence

    def note(self, text: str) -> None:
        """Keep a remark."""
        self.notes.append(text)
