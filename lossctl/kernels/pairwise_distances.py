"""Distances from a block of rows to all rows, and the forces that changes of them mean.

‖a‖² + ‖b‖² − 2a·b costs one product of matrices, but loses the digits of near pairs. So far pairs,
where hardly anything cancels, are measured so, and all others by their difference.
"""

from typing import NamedTuple

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.matmul import columns_by_columns, rows_by_columns, rows_by_rows
from lossctl.kernels.norms import SAFE, norm, norm_slope

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
