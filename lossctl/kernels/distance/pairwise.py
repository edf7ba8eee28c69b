"""Distances ‖x − y‖_p of pairs of rows and from a block of rows to all rows, with derivatives.

‖a‖² + ‖b‖² − 2a·b costs one product of matrices, but loses the digits of near pairs. So far pairs,
where hardly anything cancels, are measured so, and all others by their difference. The derivative
of a distance of 0 is taken as 0.
"""

from typing import NamedTuple

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.block_cache import once_a_block
from lossctl.kernels.numeric.matmul import (
    columns_by_columns,
    row_by_row,
    rows_by_columns,
    rows_by_rows,
)

SAFE = {np.dtype(np.float32): (1e-18, 1e36), np.dtype(np.float64): (1e-200, 1e300)}


def norm(differences: Array, p: float) -> Array:
    """Return ‖x‖_p along the last axis; powers neither overflow nor vanish on the way."""
    if p == 1.0:
        return np.abs(differences).sum(axis=-1)
    if p != 2.0:
        return _scaled(differences, p)
    squares = row_by_row(differences, differences)
    low, high = SAFE[differences.dtype]
    found = np.sqrt(squares)
    strange = ~((squares > low) & (squares < high))
    if strange.any():
        found[strange] = _scaled(differences[strange], p)
    return found


def _scaled(differences: Array, p: float) -> Array:
    sizes = np.abs(differences)
    top = sizes.max(axis=-1, keepdims=True, initial=0.0)
    ordinary = (top > 0.0) & np.isfinite(top)
    parts = sizes / np.where(ordinary, top, 1.0)
    total = (parts**p).sum(axis=-1) ** (1.0 / p)
    return np.where(ordinary[..., 0], top[..., 0] * total, top[..., 0])  # 0, inf, NaN: as they are


@once_a_block
def difference_and_norm(
    first: Array, second: Array, p: float = 2.0, epsilon: float = 0.0
) -> tuple[Array, Array]:
    """Return first − second + epsilon, (n, d), and its norm, (n,)."""
    differences = first - second
    if epsilon:
        differences += epsilon
    return differences, norm(differences, p)


def norm_vjp(differences: Array, lengths: Array, slopes: Array, p: float = 2.0) -> Array:
    """Carry slopes with respect to the norms (n,) back to the differences (n, d)."""
    if p != 2.0:
        return slopes[:, None] * norm_slope(differences, p)
    with np.errstate(divide="ignore", invalid="ignore"):
        divisors = np.where(lengths == 0.0, lengths.dtype.type(np.inf), lengths / slopes)
    return differences / divisors[:, None]  # one pass, and 0 where the slope is


def norm_slope(differences: Array, p: float) -> Array:
    """Return the derivative of ‖x‖_p: sign(x)·(|x|/‖x‖)^(p−1), and 0 where ‖x‖ is 0."""
    if p == 1.0:
        return np.sign(differences)
    length = norm(differences, p)[..., None]
    parts = differences / np.where(length > 0.0, length, 1.0)
    return parts if p == 2.0 else np.sign(parts) * np.abs(parts) ** (p - 1.0)


FAR = 0.5  # share of ‖a‖² + ‖b‖² that ‖a − b‖² must reach


TILE = 1 << 17  # numbers worked on at once


def squares(vectors: Array) -> Array:
    """Return ‖x‖² of every row."""
    return (vectors * vectors).sum(axis=1)


class DistanceBlock(NamedTuple):
    """Distances (r, n) from a block of rows to all rows, and which pairs are far."""

    rows: slice
    distances: Array
    far: Array

    @property
    def places(self) -> range:
        """Where the rows of the block stand among all."""
        return range(self.rows.start, self.rows.stop)


def distance_block(vectors: Array, sizes: Array, rows: slice, p: float) -> DistanceBlock:
    """Measure ‖a − b‖_p; `sizes` are the squares of all rows."""
    if p != 2.0:
        found = np.empty((rows.stop - rows.start, len(vectors)), vectors.dtype)
        far = np.zeros(found.shape, bool)
    else:
        low, high = SAFE[vectors.dtype]
        both = sizes[rows, None] + sizes
        found = both - 2.0 * rows_by_rows(vectors[rows], vectors)
        far = (found >= FAR * both) & (both > low) & (both < high)
        found = np.sqrt(np.clip(found, 0.0, np.inf))
    for number, place in enumerate(range(rows.start, rows.stop)):
        for some in _tiles(np.flatnonzero(~far[number]), vectors.shape[1]):
            found[number, some] = norm(vectors[place] - vectors[some], p)
    return DistanceBlock(rows, found, far)


def add_distance_gradient(
    vectors: Array, of: DistanceBlock, changes: Array, p: float, to: Array
) -> None:
    """Add to the gradient `to` what changes (r, n) of the distances mean for all rows."""
    rows, far = of.rows, of.far
    if np.count_nonzero(changes) > changes.size // 8:  # else single pairs are cheaper
        pull = np.where(far, changes / np.where(far, of.distances, 1.0), 0.0)
        pull = pull.astype(vectors.dtype, copy=False)
        to[rows] += pull.sum(axis=1)[:, None] * vectors[rows] - rows_by_columns(pull, vectors)
        to += pull.sum(axis=0)[:, None] * vectors - columns_by_columns(pull, vectors[rows])
        changes = np.where(far, 0.0, changes)
    for number, place in enumerate(of.places):
        for some in _tiles(np.flatnonzero(changes[number]), vectors.shape[1]):
            slopes = norm_slope(vectors[place] - vectors[some], p)
            force = changes[number, some, None] * slopes
            to[place] += force.sum(axis=0)
            to[some] -= force


def _tiles(places: Array, width: int) -> list[Array]:
    step = max(1, TILE // max(width, 1))
    return [places[at : at + step] for at in range(0, places.size, step)]
