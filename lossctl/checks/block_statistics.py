"""Statistics that a pass adds up block by block: of one input, of rows of classes, of pairs."""

import math
from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal, TypeAlias

import numpy as np

from lossctl.core.lazy import record
from lossctl.core.loss import Array
from lossctl.engine.sources import EXACT_INTEGERS
from lossctl.kernels.numeric.rows import SHORT, mass_tolerance, row_sums

MOST_DISTINCT = 4096
GREATEST_LABEL = 65_536  # labels up to it are counted without sorting
FIRST_PARTS = (1024, 8192)  # rows of a block that may show each class as the highest
PIECE = 16_384  # numbers
FIRST = 64  # numbers that are looked at before all others

Counted: TypeAlias = Literal["never", "always", "whole"]


@record()
class InputStatistics:
    """What one input holds; of numbers that are finite and whose items count.

    Attributes
    ----------
    label
        What messages call it: a file, or the name of the input.
    shape, dtype
        As it is stored.
    count
        Finite numbers.
    nan, infinite
        Numbers that are not finite.
    first_not_finite
        The row of the first of them, -1 for none.
    low, high, mean, m2
        Range, mean and sum of squared deviations.
    zeros, ones
        Numbers that are exactly 0 and exactly 1.
    whole
        Whether all are whole numbers.
    constant
        Whether every row is like the first.
    first
        The first row.
    distinct
        Counts by value; None where there are too many values, or nobody asked.
    """

    label: str = ""
    shape: tuple[int, ...] = ()
    dtype: np.dtype[Any] = field(default_factory=lambda: np.dtype(np.float64))
    count: int = 0
    nan: int = 0
    infinite: int = 0
    first_not_finite: int = -1
    low: float = math.inf
    high: float = -math.inf
    mean: float = 0.0
    m2: float = 0.0
    zeros: int = 0
    ones: int = 0
    whole: bool = True
    constant: bool = True
    first: Array | None = None
    distinct: dict[float, int] | None = field(default_factory=dict)

    @property
    def variance(self) -> float:
        """Variance, dividing by the count; NaN of nothing."""
        return self.m2 / self.count if self.count else math.nan

    @property
    def in_unit(self) -> bool:
        """Whether every number lies in [0, 1], but for rounding."""
        return self.low >= -1e-6 and self.high <= 1.0 + 1e-6

    @property
    def not_finite(self) -> int:
        """How many numbers are NaN or infinite."""
        return self.nan + self.infinite

    def add(self, other: "InputStatistics") -> None:
        """Add those of the next block."""
        self.nan, self.infinite = self.nan + other.nan, self.infinite + other.infinite
        if self.first_not_finite < 0:
            self.first_not_finite = other.first_not_finite
        if self.first is None:
            self.first = other.first
        alike = other.first is None or np.array_equal(self.first, other.first)  # type: ignore[arg-type]
        self.constant = self.constant and other.constant and alike
        if not other.count:
            return
        total, gap = self.count + other.count, other.mean - self.mean
        self.m2 += other.m2 + gap * gap * self.count * other.count / total
        self.mean += gap * other.count / total
        self.count = total
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        self.zeros, self.ones = self.zeros + other.zeros, self.ones + other.ones
        self.whole = self.whole and other.whole
        self.distinct = _added(self.distinct, other.distinct)


def _added(one: dict[float, int] | None, other: dict[float, int] | None) -> dict[float, int] | None:
    if one is None or other is None:
        return None
    for value, count in other.items():
        one[value] = one.get(value, 0) + count
    return one if len(one) <= MOST_DISTINCT else None


def of_block(
    rows: Array,
    keep: Array | None,
    start: int,
    *,
    counted: Counted = "never",
    moments: bool = True,
    ends: bool = True,
) -> InputStatistics:
    """Return the statistics of the rows (n,) or (n, …) of a block.

    Parameters
    ----------
    keep
        Marks the rows (n,), or numbers (n, …), that count; None for all.
    start
        The number of the first row.
    counted
        Whether to count distinct values: never, always, or where all are whole.
    moments
        Whether mean and deviations matter; of scores they do not.
    ends
        Whether exact zeros and ones matter; of scores only those of probabilities do.
    """
    found = InputStatistics()
    kept = rows if keep is None else rows[keep]
    if not kept.size:
        return found
    values = kept.reshape(-1)
    low, high = limits(values)
    if not (math.isfinite(low) and math.isfinite(high)):
        finite = np.isfinite(values)
        by_row = finite.reshape(len(kept), -1).all(axis=1)
        places = np.flatnonzero(~by_row)
        at = int(places[0])
        if keep is not None:
            at = int(np.flatnonzero(keep)[at]) // (keep.size // len(keep))
        found.first_not_finite = start + at
        found.nan = int(np.count_nonzero(np.isnan(values)))
        found.infinite = int(values.size - np.count_nonzero(finite)) - found.nan
        values = values[finite]
        if not values.size:
            found.first, found.constant = kept[0].copy(), False
            return found
        low, high = limits(values)
    found.count, found.low, found.high = values.size, low, high
    found.first = np.array(kept[0])
    found.constant = not found.not_finite and _are_alike(kept)
    found.whole = values.dtype.kind != "f" or _all_whole(values)
    found.distinct = None
    if counted == "always" or (counted == "whole" and found.whole):
        found.distinct = _distinct(values, low, high, whole=found.whole)
    if found.distinct is not None:
        _add_counted(found, found.distinct)
        return found
    if moments:
        _add_moments(found, values)
    if ends and low <= 0.0 <= high and (moments or low == 0.0):
        found.zeros = int(values.size - np.count_nonzero(values))
    if ends and low <= 1.0 <= high and (moments or low >= 0.0):
        found.ones = int(np.count_nonzero(values == 1))
    return found


def limits(values: Array) -> tuple[float, float]:
    """Return the least and the greatest of some numbers; NaN where one is."""
    return float(values.min()), float(values.max())


def _are_alike(rows: Array) -> bool:
    return all(bool((part == rows[0]).all()) for part in (rows[:FIRST], rows))


def _all_whole(values: Array) -> bool:
    return all(bool((np.floor(part) == part).all()) for part in (values[:FIRST], values))


def _add_counted(found: InputStatistics, counts: Mapping[float, int]) -> None:
    """Add what counts of the distinct values say."""
    values, many = (np.array(list(part), np.float64) for part in (counts.keys(), counts.values()))
    found.zeros, found.ones = counts.get(0.0, 0), counts.get(1.0, 0)
    with np.errstate(over="ignore"):
        found.mean = float((values * many).sum()) / found.count
        found.m2 = float((many * (values - found.mean) ** 2).sum())


@np.errstate(over="ignore")
def _add_moments(found: InputStatistics, values: Array) -> None:
    """Mean and squared deviations; of numbers near the end of float64, without overflow."""
    scale = max(abs(found.low), abs(found.high), 1.0)
    mean = float(values.mean(dtype=np.float64))
    found.mean, found.m2 = mean, math.inf if scale > 1e100 else 0.0
    for at in range(0, values.size if scale <= 1e100 else 0, PIECE):  # which stay in the cache
        centred = values[at : at + PIECE] - np.float64(mean)
        found.m2 += float(np.einsum("i,i->", centred, centred))  # BLAS would take more threads


def _distinct(values: Array, low: float, high: float, *, whole: bool) -> dict[float, int] | None:
    if whole and high - low == 1.0:  # two labels, without the conversion that counting all takes
        many = int(np.count_nonzero(values == high))
        return {low: values.size - many, high: many}
    if whole and high - low < GREATEST_LABEL and max(-low, high) <= EXACT_INTEGERS:
        if values.dtype.kind in "bi" and values.dtype.itemsize < 4:
            values = values.astype(np.int64)  # no bool can be subtracted, and int8 has no room
        counts = np.bincount((values - values.min()).astype(np.int64))
        places = np.flatnonzero(counts)
        if len(places) > MOST_DISTINCT:
            return None
        return {float(low + place): int(counts[place]) for place in places}
    if len(np.unique(values[: 2 * MOST_DISTINCT])) > MOST_DISTINCT:  # enough of them already
        return None
    found, numbers = np.unique(values, return_counts=True)
    if len(found) > MOST_DISTINCT:
        return None
    return dict(zip(found.tolist(), numbers.tolist(), strict=True))


@record()
class RowStatistics:
    """What rows of class scores hold; of rows that count and are finite.

    Attributes
    ----------
    count
        Rows.
    sum_low, sum_high
        Range of their sums.
    unnormalized, first_unnormalized
        Rows whose sum is further from 1 than rounding takes it, and the number of the first.
    predicted
        How often each class at least has the highest score, (C,): 0 only where it never has.
    hits
        Rows whose highest score is that of their class, where all scores are 0 and 1.
    """

    count: int = 0
    sum_low: float = math.inf
    sum_high: float = -math.inf
    unnormalized: int = 0
    first_unnormalized: int = -1
    predicted: Any = 0
    hits: int = 0

    def add(self, other: "RowStatistics") -> None:
        """Add those of the next block."""
        self.count += other.count
        self.sum_low = min(self.sum_low, other.sum_low)
        self.sum_high = max(self.sum_high, other.sum_high)
        if self.first_unnormalized < 0:
            self.first_unnormalized = other.first_unnormalized
        self.unnormalized += other.unnormalized
        self.predicted = self.predicted + other.predicted
        self.hits += other.hits


def of_rows(
    scores: Array,
    seen: InputStatistics,
    classes: Array | None,
    keep: Array | None,
    start: int,
) -> RowStatistics:
    """Return the statistics of rows of class scores (n, C).

    Parameters
    ----------
    seen
        What is known of all scores of the block that count.
    classes
        The class of each row, (n,); None where the highest scores are not asked for.
    keep
        Marks the rows that count; None for all.
    """
    found = RowStatistics()
    numbers = np.arange(len(scores)) if keep is None else np.flatnonzero(keep)
    kept = scores if keep is None else scores[keep]
    if len(kept) and (seen.not_finite or seen.low >= -1e-6):  # else they are logits
        sums = row_sums(kept).astype(np.float64, copy=False)
        finite = np.isfinite(sums)
        if not finite.all():
            numbers, kept, sums = numbers[finite], kept[finite], sums[finite]
        if len(kept):
            _add_sums(found, sums, numbers + start, mass_tolerance(seen.dtype))
    found.count = len(kept)
    if classes is not None and found.count:
        hard = seen.zeros + seen.ones == seen.count
        found.predicted, found.hits = _highest(kept, classes[numbers], every=hard)
    return found


def _add_sums(found: RowStatistics, sums: Array, numbers: Array, tolerance: float) -> None:
    """Add sums of rows; `tolerance` is how far from 1 a row of probabilities may sum."""
    found.sum_low, found.sum_high = float(sums.min()), float(sums.max())
    if found.sum_low < 1.0 - tolerance or found.sum_high > 1.0 + tolerance:
        wrong = np.abs(sums - 1.0) > tolerance
        found.unnormalized = int(np.count_nonzero(wrong))
        found.first_unnormalized = int(numbers[wrong.argmax()])


def _highest(scores: Array, classes: Array, *, every: bool) -> tuple[Array, int]:
    """Return how often each class has the highest score, and how often the class of the row has.

    The first rows are enough where each class has the highest score in one; then hits are not
    counted. Of short rows it goes column by column, in a third of the time; of equal scores each
    is the highest.
    """
    for part in () if every else FIRST_PARTS:
        if part < len(scores):
            predicted, _ = _highest(scores[:part], classes[:part], every=True)
            if predicted.all():
                return predicted, 0
    count = scores.shape[1]
    if count > SHORT:
        highest = scores.argmax(axis=1)
        predicted = np.bincount(highest, minlength=count)
        right = highest == classes
    else:
        columns = np.ascontiguousarray(scores.T)
        top = columns.max(axis=0)
        predicted = np.array([np.count_nonzero(column == top) for column in columns])
        known = np.clip(classes, 0, count - 1).astype(np.intp)
        right = (scores[np.arange(len(top)), known] == top) & (known == classes)
    return predicted, int(np.count_nonzero(right)) if every else 0


def impossible(scores: Array, targets: Array, keep: Array | None) -> Array:
    """Return the numbers of the rows of a block in which what is true has probability 0.

    Parameters
    ----------
    scores
        Probabilities (n, C), or (n,) or (n, L) of label 1.
    targets
        The class of each row, (n,), or labels shaped like the scores.
    keep
        Marks the items that count; None for all.
    """
    if scores.shape == targets.shape:
        wrong = ((scores == 0) & (targets == 1)) | ((scores == 1) & (targets <= 0))
        wrong = wrong if keep is None else wrong & keep
        return np.unique(np.nonzero(wrong)[0])
    good = (targets >= 0) & (targets < scores.shape[1])
    good = good if keep is None else good & keep
    rows = np.flatnonzero(good)
    return rows[scores[rows, targets[rows].astype(np.int64)] == 0]


@record()
class PairStatistics:
    """What predictions and targets of one shape have in common.

    Attributes
    ----------
    count
        Pairs that count.
    alike
        Whether both numbers of every pair are equal.
    """

    count: int = 0
    alike: bool = True

    def add(self, other: "PairStatistics") -> None:
        """Add those of the next block."""
        self.count, self.alike = self.count + other.count, self.alike and other.alike


def of_pairs(predictions: Array, targets: Array, keep: Array | None) -> PairStatistics:
    """Return the statistics of pairs of one block, of any shape; the first show most."""
    if keep is None:
        count, kept = predictions.size, np.ones((), bool)
    else:
        count = int(np.count_nonzero(keep)) * (predictions.size // max(keep.size, 1))
        kept = keep.reshape(keep.shape + (1,) * (predictions.ndim - keep.ndim))
    for most in (FIRST, len(predictions)):
        differ = predictions[:most] != targets[:most]
        if bool((differ & (kept[:most] if kept.ndim else kept)).any()):
            return PairStatistics(count, alike=False)
    return PairStatistics(count)
