"""Rows of classes: how they lie in memory, their sums, their targets and the entries these pick.

Targets are an index (n,) or a distribution (n, C). Short rows are laid out column-major for maxima,
and left as they lie for sums.
"""

from functools import lru_cache
from typing import Any, Literal

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.block_cache import Measure, known_extent, once_a_block
from lossctl.kernels.numeric.loss_totals import total_of
from lossctl.kernels.numeric.primitives import (
    NATIVE,
    are_either,
    least_and_greatest,
    ones,
    primitive,
)

MASS_TOLERANCE = 1e-3  # how far a row of probabilities may be from summing to one
SURE = 0.9  # the share of a tolerance within which last bits make no difference
HALF_MASS_TOLERANCE = 5e-3  # the same for float16, which carries three digits
SHORT = 16  # entries of a row up to which laying rows out class by class pays
LONGEST = 512  # entries of a row that a product adds up; sums of longer rows are fast and exacter
FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
PIECE = 8192  # multiplications of a product
AS_LOOPS_READ: Literal["as_is", "class"] = "class" if NATIVE is None else "as_is"
"""The order of rows for functions that are a compiled loop, and look for maxima in NumPy."""


@once_a_block
def class_by_class(rows: Array) -> Array:
    """Return rows in Fortran order if they are short: reductions then run along memory."""
    return np.asfortranarray(rows) if rows.shape[1] <= SHORT else rows


def row_sums(rows: Array) -> Array:
    """Return the sum of every row, in its dtype; its last bits may depend on the row's place."""
    # NumPy reduces rows that lie one after the other at 20 ns each; a product with ones takes a
    # tenth of that. BLAS shares no product of less than 9216 multiplications among threads, so
    # pieces below that have the same bits for any number of threads.
    count, width = rows.shape
    sums: Array
    if not rows.flags.c_contiguous or not 1 < width <= LONGEST:
        sums = rows.sum(axis=1)
        return sums
    size = PIECE // width
    even = count - count % size
    factors = ones(width, rows.dtype)
    sums = np.empty(count, rows.dtype)
    if even:
        np.matmul(rows[:even].reshape(-1, size, width), factors, out=sums[:even].reshape(-1, size))
    if even < count:
        np.matmul(rows[even:], factors, out=sums[even:])
    return sums


def are_near_one(sums: Array, tolerance: float) -> bool:
    """Whether all sums lie well within a tolerance of one; a look at their ends, without a mask."""
    return _are_sure(*least_and_greatest(sums), tolerance)


def _are_sure(low: float, high: float, tolerance: float) -> bool:
    return low >= 1.0 - SURE * tolerance and high <= 1.0 + SURE * tolerance


def is_index(targets: Array) -> bool:
    """Whether the targets are class indices rather than distributions."""
    return targets.ndim == 1


@once_a_block
def are_hard(targets: Array) -> bool:
    """Whether all targets are 0 or 1, which shortens formulas."""
    return are_either(targets, 0.0, 1.0)


def one_hot(classes: Array, like: Array) -> Array:
    """Return indices as rows of 0 and 1, shaped, typed and laid out in memory like `like`."""
    rows = np.zeros_like(like)
    rows.T[classes, np.arange(len(classes))] = 1.0
    return rows


@once_a_block
def distribution(targets: Array, like: Array) -> Array:
    """Return the targets as rows of probabilities shaped and typed like the predictions `like`."""
    return one_hot(targets, like) if is_index(targets) else targets


def smoothed_distribution(targets: Array, smoothing: float) -> Array:
    """Move a share of each row's mass to all its classes alike: (1−ε)·t + ε/C."""
    return (1.0 - smoothing) * targets + smoothing / targets.shape[1]


def places(rows: Array, classes: Array) -> tuple[Array, Array]:
    """Return `rows` flattened in memory order, and where ``rows[i, classes[i]]`` stands in it.

    One index into flat memory is read twice as fast as a pair of indices.
    """
    count, width = rows.shape
    if rows.flags.f_contiguous:
        return rows.reshape(-1, order="F"), classes * count + _multiples(count, 1)
    return rows.reshape(-1), _multiples(count, width) + classes


@lru_cache(4)  # blocks have one shape, and to count takes as long as to add
def _multiples(count: int, of: int) -> Array:
    multiples = np.arange(0, count * of, of)
    multiples.flags.writeable = False
    return multiples


def pick(rows: Array, classes: Array) -> Array:
    """Return ``rows[i, classes[i]]`` for every row; NaN or another entry where there is no such."""
    if rows.flags.c_contiguous and rows.dtype in FLOATS:
        scores: Array = true_class_score(rows, classes)
        return scores
    return _entries(rows, classes)


@primitive
def true_class_score(rows: Array, classes: Array) -> Array:
    """Return ``rows[i, classes[i]]`` of rows that lie one after the other."""
    return _entries(rows, classes)


true_class_score_total = total_of(true_class_score, of_rows=True)


def _entries(rows: Array, classes: Array) -> Array:
    flat, at = places(rows, classes)
    entries: Array = flat.take(at, mode="clip")
    return entries


def put(rows: Array, classes: Array, values: Array | float) -> None:
    """Set ``rows[i, classes[i]]`` for every row, in place; `rows` is contiguous."""
    flat, at = places(rows, classes)
    flat[at] = values


def surely_sum_to_one(rows: Array, tolerance: float, of: Measure = "sums of rows") -> bool:
    """Whether a total has found that no sum of a row is as far as a tolerance from one, or near it.

    Its sums differ in last bits from those of :func:`row_sums`, by which rows are reported.
    """
    known = known_extent(rows, of)
    return known is not None and _are_sure(*known, tolerance)


def mass_tolerance(dtype: np.dtype[Any]) -> float:
    """How far the sum of a row of probabilities of this dtype may be from one."""
    return HALF_MASS_TOLERANCE if dtype.itemsize == 2 else MASS_TOLERANCE
