"""Roots, logarithms and powers of 1 + x², from which the robust losses are made.

None squares a number that overflows, and none loses a small x beside the 1.
"""

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.piecewise_linear import capped

FAR = 1e8
"""Beyond, 1 + x² is x² to the last bit."""

NEXT_TO_ZERO = 1e-20
"""A smaller exponent k leaves no trace in ((1 + x²)^(k/2) − 1) / k."""


def hypotenuse(legs: Array) -> Array:
    """Return √(1 + x²); ``np.hypot``, twenty times slower, only where x² overflows."""
    squares = legs * legs
    if np.isinf(squares.max(initial=0.0)):
        return np.hypot(1.0, legs)
    return np.sqrt(1.0 + squares)


def log_square(legs: Array) -> Array:
    """Return log(1 + x²)."""
    size = np.abs(legs)
    inner = capped(size, FAR)
    near = np.log1p(inner * inner)
    if size.max(initial=0.0) <= FAR:
        return near
    return near + 2.0 * np.log(np.clip(size / FAR, 1.0, np.inf))


def hypotenuse_power(legs: Array, exponent: float) -> Array:
    """Return (1 + x²)^(k/2): by the logarithm for small x, where 1 + x² has lost digits of x."""
    powers = np.exp(0.5 * exponent * log_square(legs))
    far = np.abs(legs) > 1.0
    powers[far] = hypotenuse(legs[far]) ** exponent
    return powers


def box_cox(legs: Array, exponent: float) -> Array:
    """Return ((1 + x²)^(k/2) − 1) / k, and its limit ½·log(1 + x²) at k = 0.

    ``expm1`` keeps small gains; of a large argument it would keep too few digits.
    """
    half = 0.5 * log_square(legs)
    if abs(exponent) < NEXT_TO_ZERO:
        return half
    growth = exponent * half
    gains = np.expm1(growth)
    far = growth > max(1.0, exponent)
    gains[far] = hypotenuse(legs[far]) ** exponent - 1.0
    return gains / exponent
