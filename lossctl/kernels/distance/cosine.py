"""Embeddings of length one, and the way back through the division by the length."""

from typing import NamedTuple

import numpy as np

from lossctl.core.lazy import lazy
from lossctl.core.loss import Array
from lossctl.kernels.numeric.block_cache import once_a_block
from lossctl.kernels.numeric.matmul import row_by_row

SAFE = {  # squared lengths between these neither overflowed nor vanished on the way
    np.dtype(np.float32): (2.0**-80, 2.0**80),
    np.dtype(np.float64): (2.0**-800, 2.0**800),
}


class Scaled(NamedTuple):
    """Rows (n, d) · 2^−power whose squared lengths (n,) are safe; `power` (n,) is None for 0."""

    rows: Array
    squares: Array
    power: Array | None

    def unscale(self, slopes: Array) -> Array:
        """Carry slopes with respect to the scaled rows back to the rows as they were."""
        return slopes if self.power is None else np.ldexp(slopes, -self.power[..., None])


def scaled(vectors: Array) -> Scaled:
    """Square the lengths of rows, of rows scaled by powers of two where that is not safe."""
    squares = row_by_row(vectors, vectors)
    low, high = SAFE[vectors.dtype]
    if squares.min(initial=1.0) > low and squares.max(initial=1.0) < high:
        return Scaled(vectors, squares, None)
    _, power = np.frexp(np.abs(vectors).max(axis=-1, initial=0.0))
    rows = np.ldexp(vectors, -power[..., None])  # exact
    return Scaled(rows, row_by_row(rows, rows), power)


NEAR = 0.5  # cosines of this size and more are measured by the gap to 1 or −1


class Angle:
    """Pairs of rows: their cosines, and what is made of them once something asks."""

    def __init__(self, first: Array, second: Array) -> None:
        """Compare the rows of (n, d) and (n, d)."""
        self.first, self.second = scaled(first), scaled(second)
        products = row_by_row(self.first.rows, self.second.rows)
        self.lengths = np.sqrt(self.first.squares), np.sqrt(self.second.squares)
        both = self.lengths[0] * self.lengths[1]
        self.blank = both == 0.0
        self.cosine: Array = products / np.where(self.blank, both.dtype.type(1.0), both)
        self.sign = np.copysign(both.dtype.type(1.0), products)

    @lazy
    def shares(self) -> tuple[Array, Array]:
        """One over the lengths, 0 for vectors of zeros."""
        one, other = (1.0 / np.where(size > 0.0, size, np.inf) for size in self.lengths)
        return one, other

    @lazy
    def apart(self) -> Array:
        """‖u‖·(û − v̂) where the cosine is positive, ‖u‖·(û + v̂) where it is not, (n, d)."""
        ratio = self.sign * self.lengths[0] * self.shares[1]
        found = ratio[:, None] * self.second.rows
        return np.subtract(self.first.rows, found, out=found)

    @lazy
    def gap(self) -> Array:
        """1 − |cos| of vectors that are not zero, with all its digits."""
        share = self.shares[0]
        return 0.5 * (row_by_row(self.apart, self.apart) * share * share)

    @lazy
    def below(self) -> Array:
        """1 − cos."""
        plain, near = 1.0 - self.cosine, self.cosine > NEAR
        return np.where(near, self.gap, plain) if near.any() else plain


@once_a_block
def angle(first: Array, second: Array) -> Angle:
    """Compare the rows of (n, d) and (n, d)."""
    return Angle(first, second)


def cosine_minus(of: Angle, level: float | Array) -> Array:
    """Return cos − level, from whichever of 1 − cos, cos and 1 + cos keeps most digits."""
    middle, near = of.cosine - level, np.abs(of.cosine) > NEAR
    if not near.any():
        return middle
    close = np.where(of.cosine > 0.0, (1.0 - level) - of.gap, of.gap - (1.0 + level))
    return np.where(near, close, middle)


def cosine_vjp(of: Angle, slopes: Array) -> tuple[Array, Array]:
    """Carry slopes with respect to the cosine back to both vectors; 0 for a vector of zeros.

    ∂cos/∂u is (v̂ − û·cos)/‖u‖, what of v̂ is at right angles to u; that of û − v̂ (or û + v̂) is
    the same but for its sign, and vanishes where they agree.
    """
    if of.blank.any():
        slopes = np.where(of.blank, 0.0, slopes).astype(slopes.dtype)
    (u, v), (one, other) = (of.first.rows, of.second.rows), of.shares
    to_first = _across(of.apart, u, -of.sign * slopes * one * one, one * one)
    to_second = _across(of.apart, v, slopes * one * other, other * other)
    return of.first.unscale(to_first), of.second.unscale(to_second)


def _across(apart: Array, rows: Array, factors: Array, shares: Array) -> Array:
    """Return the factors times what of `apart` is at right angles to the rows."""
    along = row_by_row(apart, rows) * shares
    found = factors[:, None] * apart
    found -= (factors * along)[:, None] * rows
    return found
