"""Distances of pairs of rows by name: a norm, its square, 1 − cos; each with its derivative.

Among the rows of a batch all three follow from the Euclidean distance, of unit vectors for 1 − cos,
which is ½‖û − v̂‖².
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.distance.cosine import angle, cosine_vjp
from lossctl.kernels.distance.pairwise import difference, distances, norm, norm_vjp
from lossctl.kernels.numeric.matmul import row_by_row

KINDS = ("norm", "squared", "cosine")
PairVjp: TypeAlias = Callable[[Array], tuple[Array, Array]]


class Measured(NamedTuple):
    """Distances (n,), and what carries their slopes (n,) back to both rows, (n, d) each."""

    distances: Array
    vjp: PairVjp


def measured(first: Array, second: Array, kind: str, p: float, epsilon: float) -> Measured:
    """Measure rows in pairs; `p` is the order of the norm, `epsilon` is added to differences."""
    if kind == "cosine":
        pairs = angle(first, second)
        return Measured(pairs.one_minus_cosine, lambda slopes: cosine_vjp(pairs, -slopes))
    lengths = distances(first, second, p, epsilon)

    def vjp(slopes: Array) -> tuple[Array, Array]:
        by_length = slopes if kind == "norm" else 2.0 * lengths * slopes
        to_first = norm_vjp(difference(first, second, epsilon), lengths, by_length, p)
        return to_first, -to_first

    return Measured(lengths if kind == "norm" else lengths * lengths, vjp)


class Rows(NamedTuple):
    """The rows of a batch as their distances are taken, for one kind of distance.

    For the cosine they are divided by their lengths; a row of zeros has distance 1 to every other.
    """

    vectors: Array
    lengths: Array
    kind: str

    def order(self, p: float) -> float:
        """Return the order of the norms that are measured."""
        return 2.0 if self.kind == "cosine" else p

    def of_lengths(self, lengths: Array, at: int) -> Array:
        """Return the distances from one row to all that these norms stand for."""
        if self.kind == "norm":
            return lengths
        squares = lengths * lengths
        if self.kind == "squared":
            return squares
        has_zero = (self.lengths == 0.0) | (self.lengths[at] == 0.0)
        return np.where(has_zero, lengths.dtype.type(1.0), 0.5 * squares)

    def to_lengths(self, slopes: Array, lengths: Array, rows: slice) -> Array:
        """Carry slopes by the distances from some rows to all back to the norms."""
        if self.kind == "norm":
            return slopes
        slopes = slopes * lengths
        if self.kind == "squared":
            return 2.0 * slopes
        has_zero = (self.lengths == 0.0) | (self.lengths[rows, None] == 0.0)
        return np.where(has_zero, slopes.dtype.type(0.0), slopes)

    def to_rows(self, gradient: Array) -> Array:
        """Carry the gradient of the vectors back to the rows of the batch."""
        if self.kind != "cosine":
            return gradient
        across = gradient - row_by_row(gradient, self.vectors)[:, None] * self.vectors
        return across / np.where(self.lengths > 0.0, self.lengths, np.inf)[:, None]


def rows_of(batch: Array, kind: str) -> Rows:
    """Return the rows of a batch, divided by their lengths for the cosine."""
    if kind != "cosine":
        return Rows(batch, np.ones(len(batch), batch.dtype), kind)
    lengths = norm(batch, 2.0)
    return Rows(batch / np.where(lengths > 0.0, lengths, 1.0)[:, None], lengths, kind)
