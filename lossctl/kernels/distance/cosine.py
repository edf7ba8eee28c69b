"""Cosines of pairs of vectors, exact also where they are near 1 and −1.

1 − cos loses all digits for vectors that almost agree; ½‖û − v̂‖², û and v̂ the vectors of length
one, is the same number without the subtraction. Only v is divided, and multiplied by ‖u‖ in the
same step: ‖u‖·(û − v̂) serves as well. A vector of zeros has cosine 0 with everything.
"""

from typing import NamedTuple

import numpy as np

from lossctl.core.lazy import lazy
from lossctl.core.loss import Array
from lossctl.kernels.numeric.block_cache import once_a_block
from lossctl.kernels.numeric.matmul import plain, row_by_row, row_products
from lossctl.kernels.numeric.primitives import least_and_greatest, primitive

SAFE = {  # squared lengths between these neither overflowed nor vanished on the way
    np.dtype(np.float32): (2.0**-80, 2.0**80),
    np.dtype(np.float64): (2.0**-800, 2.0**800),
}


class Scaled(NamedTuple):
    """Rows (n, d) · 2^−power whose squared lengths (n,) are safe; `power` (n,) is None for 0."""

    rows: Array
    squares: Array
    power: Array | None

    @property
    def may_have_zero(self) -> bool:
        """Whether some rows may be zero."""
        return self.power is not None

    def unscale(self, slopes: Array) -> Array:
        """Carry slopes with respect to the scaled rows back to the rows as they were."""
        return slopes if self.power is None else np.ldexp(slopes, -self.power[..., None])


def scaled(vectors: Array, squares: Array) -> Scaled:
    """Return rows and their squared lengths, scaled by powers of two where these are not safe."""
    low, high = SAFE[vectors.dtype]
    if not squares.size:
        return Scaled(vectors, squares, None)
    shortest, longest = least_and_greatest(squares)
    if shortest > low and longest < high:
        return Scaled(vectors, squares, None)
    _, power = np.frexp(np.abs(vectors).max(axis=-1, initial=0.0))
    rows = np.ldexp(vectors, -power[..., None])  # exact
    return Scaled(rows, row_by_row(rows, rows), power)


NEAR = 0.5  # cosines of this size and more are measured by the gap to 1 or −1


class Angle:
    """Cosines of pairs of rows; what only some losses need of them is computed when asked for."""

    def __init__(self, first: Array, second: Array) -> None:
        """Take the rows of (n, d) and (n, d) in pairs."""
        first, second = plain(first), plain(second)
        first_squares, second_squares, products = row_products(first, second)
        self.first, self.second = scaled(first, first_squares), scaled(second, second_squares)
        if self.first.power is not None or self.second.power is not None:
            products = row_by_row(self.first.rows, self.second.rows)
        self.lengths = np.sqrt(self.first.squares), np.sqrt(self.second.squares)
        self._products, self._lengths_product = products, self.lengths[0] * self.lengths[1]
        divisors = self._lengths_product
        if self.first.may_have_zero or self.second.may_have_zero:
            divisors = np.where(self.has_zero, divisors.dtype.type(1.0), divisors)
        self.cosine: Array = products / divisors

    @lazy
    def has_zero(self) -> Array:
        """Marks the pairs of which a vector is zero, (n,)."""
        zero: Array = self._lengths_product == 0.0
        return zero

    @lazy
    def sign(self) -> Array:
        """The sign of the cosine, (n,)."""
        return np.copysign(self._products.dtype.type(1.0), self._products)

    @lazy
    def inverse_lengths(self) -> tuple[Array, Array]:
        """One over the lengths, 0 for vectors of zeros."""
        inverse_u, inverse_v = (1.0 / np.where(size > 0.0, size, np.inf) for size in self.lengths)
        return inverse_u, inverse_v

    @lazy
    def ratio(self) -> Array:
        """‖u‖/‖v‖ with the sign of the cosine, (n,)."""
        ratio: Array = self.sign * self.lengths[0] * self.inverse_lengths[1]
        return ratio

    @lazy
    def gap(self) -> Array:
        """1 − |cos| of vectors that are not zero, with all its digits."""
        inverse = self.inverse_lengths[0]
        between = difference(self.first.rows, self.second.rows, self.ratio)
        return 0.5 * (row_by_row(between, between) * inverse * inverse)

    @lazy
    def extent(self) -> tuple[float, float]:
        """The least and the greatest cosine, NaN if there is any."""
        return least_and_greatest(self.cosine)

    @lazy
    def one_minus_cosine(self) -> Array:
        """1 − cos."""
        plain = 1.0 - self.cosine
        return plain if self.extent[1] <= NEAR else np.where(self.cosine > NEAR, self.gap, plain)


@once_a_block
def angle(first: Array, second: Array) -> Angle:
    """Return the cosines of the rows of (n, d) and (n, d), computed once a block."""
    return Angle(first, second)


def cosine_minus(pairs: Angle, level: float | Array) -> Array:
    """Return cos − level, from whichever of 1 − cos, cos and 1 + cos keeps most digits."""
    middle, (low, high) = pairs.cosine - level, pairs.extent
    if low >= -NEAR and high <= NEAR:
        return middle
    near = np.abs(pairs.cosine) > NEAR
    close = np.where(pairs.cosine > 0.0, (1.0 - level) - pairs.gap, pairs.gap - (1.0 + level))
    return np.where(near, close, middle)


def cosine_vjp(pairs: Angle, slopes: Array) -> tuple[Array, Array]:
    """Carry slopes with respect to the cosine back to both vectors; 0 for a vector of zeros.

    ∂cos/∂u is (v̂ − û·cos)/‖u‖, the part of v̂ at right angles to u; that of û − v̂ (or û + v̂) is the
    same but for its sign, and vanishes where they agree.
    """
    if (pairs.first.may_have_zero or pairs.second.may_have_zero) and pairs.has_zero.any():
        slopes = np.where(pairs.has_zero, 0.0, slopes).astype(slopes.dtype)
    inverse_u, inverse_v = pairs.inverse_lengths
    to_first, to_second = perpendicular_parts(
        pairs.first.rows,
        pairs.second.rows,
        pairs.ratio,
        -pairs.sign * slopes * inverse_u * inverse_u,
        slopes * inverse_u * inverse_v,
        inverse_u * inverse_u,
        inverse_v * inverse_v,
    )
    return pairs.first.unscale(to_first), pairs.second.unscale(to_second)


def difference(first: Array, second: Array, ratio: Array) -> Array:
    """Return u − r·v of rows: ‖u‖·(û − v̂), or ‖u‖·(û + v̂), for the ratio of an angle; (n, d)."""
    scaled_second = ratio[:, None] * second
    return np.subtract(first, scaled_second, out=scaled_second)


@primitive
def perpendicular_parts(  # noqa: PLR0917 - as a loop is called
    first: Array,
    second: Array,
    ratio: Array,
    of_first: Array,
    of_second: Array,
    inverse_first: Array,
    inverse_second: Array,
) -> Array:
    """Return the parts of u − r·v at right angles to u and to v, times a factor each, (2, n, d).

    Parameters
    ----------
    first, second
        Rows u and v, (n, d).
    ratio, of_first, of_second
        r and the factors, (n,).
    inverse_first, inverse_second
        1/‖u‖² and 1/‖v‖², (n,).
    """
    between = difference(first, second, ratio)
    to_first = _perpendicular(between, first, of_first, inverse_first)
    return np.stack([to_first, _perpendicular(between, second, of_second, inverse_second)])


def _perpendicular(difference: Array, rows: Array, factors: Array, inverse_lengths: Array) -> Array:
    """Return the factors times the part of `difference` at right angles to the rows."""
    along = row_by_row(difference, rows) * inverse_lengths
    result = factors[:, None] * difference
    result -= (factors * along)[:, None] * rows
    return result
