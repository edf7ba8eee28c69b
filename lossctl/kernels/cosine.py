"""Cosines of pairs of vectors, exact also where they are near 1 and −1.

1 − cos loses all digits for vectors that almost agree; ½‖û − v̂‖², û and v̂ the vectors of length
one, is the same number without the subtraction. A vector of zeros has cosine 0 with everything.
"""

from typing import NamedTuple

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.units import Units, pull_units, units


class Angle(NamedTuple):
    """Two rows of vectors of length one, their cosine, and 1 − cos and 1 + cos."""

    first: Units
    second: Units
    cosine: Array
    below: Array
    above: Array


def angle(first: Array, second: Array) -> Angle:
    """Compare the rows of (n, d) and (n, d)."""
    a, b = units(first), units(second)
    cosine = (a.rows * b.rows).sum(axis=-1)
    blank = ((a.lengths == 0.0) | (b.lengths == 0.0))[..., 0]
    return Angle(a, b, cosine, _gap(a.rows - b.rows, blank), _gap(a.rows + b.rows, blank))


def _gap(differences: Array, blank: Array) -> Array:
    half = 0.5 * (differences * differences).sum(axis=-1)
    return np.where(blank, 1.0, half).astype(differences.dtype)


def beyond(of: Angle, level: float | Array) -> Array:
    """Return cos − level, from whichever of 1 − cos, cos and 1 + cos keeps most digits."""
    near_one = (1.0 - level) - of.below
    near_minus_one = of.above - (1.0 + level)
    middle = of.cosine - level
    return np.where(of.cosine > 0.5, near_one, np.where(of.cosine < -0.5, near_minus_one, middle))


def pull_cosine(of: Angle, slopes: Array) -> tuple[Array, Array]:
    """Carry slopes with respect to the cosine back to both vectors; 0 for a vector of zeros.

    ∂cos/∂u is (v̂ − û·cos)/‖u‖, written from û − v̂ (or û + v̂) so that it vanishes where they agree.
    """
    a, b = of.first, of.second
    same = (of.cosine > 0.0)[:, None]
    apart = np.where(same, b.rows - a.rows, b.rows + a.rows)
    rest = np.where(same, of.below[:, None], -of.above[:, None])
    to_first = slopes[:, None] * (apart + rest * a.rows)
    to_second = slopes[:, None] * (np.where(same, -apart, apart) + rest * b.rows)
    return pull_units(a, to_first), pull_units(b, to_second)
