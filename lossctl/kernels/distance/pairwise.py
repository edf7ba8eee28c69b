"""Distances ‖x − y‖_p of pairs of rows and from a block of rows to all rows, with derivatives.

‖a‖² + ‖b‖² − 2a·b costs one product of matrices, but loses the digits of near pairs. So far pairs,
where hardly anything cancels, are measured so, and all others by their difference. The derivative
of a distance of 0 is taken as 0.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.block_cache import once_a_block
from lossctl.kernels.numeric.matmul import (
    columns_by_columns,
    plain,
    row_by_row,
    rows_by_columns,
    rows_by_rows,
)
from lossctl.kernels.numeric.primitives import least_and_greatest, primitive

# Squared norms between these lost nothing to overflow or underflow on the way.
SAFE = {np.dtype(np.float32): (1e-18, 1e36), np.dtype(np.float64): (1e-200, 1e300)}


def norm(differences: Array, p: float) -> Array:
    """Return ‖x‖_p along the last axis; powers neither overflow nor vanish on the way."""
    if p == 1.0:
        return np.abs(differences).sum(axis=-1)
    if p != 2.0:
        return _scaled(differences, p)
    return _roots(row_by_row(differences, differences), lambda unsafe: differences[unsafe])


def _roots(squares: Array, differences_of: Callable[[Array], Array]) -> Array:
    """Return Euclidean norms from their squares, and from differences where those are not safe."""
    low, high = SAFE[squares.dtype]
    norms = np.sqrt(squares)
    least, greatest = least_and_greatest(squares)
    if not (least > low and greatest < high):
        unsafe = ~((squares > low) & (squares < high))
        norms[unsafe] = _scaled(differences_of(unsafe), 2.0)
    return norms


@primitive
def squared_distances(first: Array, second: Array, epsilon: float) -> Array:
    """Return ‖first − second + epsilon‖² of pairs of rows, (n, d) and (n, d) to (n,)."""
    differences = difference(first, second, epsilon)
    return row_by_row(differences, differences)


def difference(first: Array, second: Array, epsilon: float) -> Array:
    """Return first − second + epsilon."""
    differences = first - second
    if epsilon:
        differences += epsilon
    return differences


@once_a_block
def distances(first: Array, second: Array, p: float = 2.0, epsilon: float = 0.0) -> Array:
    """Return ‖first − second + epsilon‖_p, (n, d) and (n, d) to (n,)."""
    if p != 2.0 or first.ndim != 2 or first.shape != second.shape:
        return norm(difference(first, second, epsilon), p)
    squares = squared_distances(plain(first), plain(second), epsilon)
    return _roots(squares, lambda unsafe: difference(first[unsafe], second[unsafe], epsilon))


def _scaled(differences: Array, p: float) -> Array:
    sizes = np.abs(differences)
    largest = sizes.max(axis=-1, keepdims=True, initial=0.0)
    ordinary = (largest > 0.0) & np.isfinite(largest)
    parts = sizes / np.where(ordinary, largest, 1.0)
    total = (parts**p).sum(axis=-1) ** (1.0 / p)
    return np.where(
        ordinary[..., 0], largest[..., 0] * total, largest[..., 0]
    )  # 0, inf, NaN: as they are


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


def distance_block(vectors: Array, squared: Array, rows: slice, p: float) -> DistanceBlock:
    """Return ‖a − b‖_p from some rows to all; `squared` are the :func:`squares` of all rows."""
    if p != 2.0:
        distances = np.empty((rows.stop - rows.start, len(vectors)), vectors.dtype)
        far = np.zeros(distances.shape, bool)
    else:
        low, high = SAFE[vectors.dtype]
        both = squared[rows, None] + squared
        distances = both - 2.0 * rows_by_rows(vectors[rows], vectors)
        far = (distances >= FAR * both) & (both > low) & (both < high)
        distances = np.sqrt(np.clip(distances, 0.0, np.inf))
    for number, place in enumerate(range(rows.start, rows.stop)):
        for some in _tiles(np.flatnonzero(~far[number]), vectors.shape[1]):
            distances[number, some] = norm(vectors[place] - vectors[some], p)
    return DistanceBlock(rows, distances, far)


def add_distance_gradient(
    vectors: Array, block: DistanceBlock, slopes: Array, p: float, gradient: Array
) -> None:
    """Carry slopes (r, n) with respect to a block of distances back, and add them to `gradient`."""
    rows, far = block.rows, block.far
    # Σ_j c_ij·(a_i − b_j) / d_ij is a_i·Σ_j r_ij − Σ_j r_ij·b_j: two products of matrices, which
    # pay unless so few pairs have a slope that taking them one by one is cheaper.
    if np.count_nonzero(slopes) > slopes.size // 8:
        ratio = np.where(far, slopes / np.where(far, block.distances, 1.0), 0.0)
        ratio = ratio.astype(vectors.dtype, copy=False)
        gradient[rows] += ratio.sum(axis=1)[:, None] * vectors[rows] - rows_by_columns(
            ratio, vectors
        )
        gradient += ratio.sum(axis=0)[:, None] * vectors - columns_by_columns(ratio, vectors[rows])
        slopes = np.where(far, 0.0, slopes)
    for number, place in enumerate(block.places):
        for some in _tiles(np.flatnonzero(slopes[number]), vectors.shape[1]):
            directions = norm_slope(vectors[place] - vectors[some], p)
            share = slopes[number, some, None] * directions
            gradient[place] += share.sum(axis=0)
            gradient[some] -= share


def _tiles(places: Array, width: int) -> list[Array]:
    step = max(1, TILE // max(width, 1))
    return [places[at : at + step] for at in range(0, places.size, step)]
