"""Slopes of elementwise functions without a formula: complex step and central differences.

Squire and Trapp, Using complex variables to estimate derivatives of real functions (1998),
doi:10.1137/S003614459631241X.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from lossctl.core.loss import Array

Function: TypeAlias = Callable[[Array], Array]

EPSILON = 2.0**-52
COMPLEX_STEP = 2.0**-100  # nothing is subtracted, so nothing is lost however small the step
CHECK_STEP = 2.0**-30  # small, to stay clear of kinks and within domains; only contradicts
BEST_STEP = EPSILON ** (1.0 / 3.0)  # truncation and rounding of a central difference in balance
SMALLEST = 2.0**-10  # numbers below this are moved as if they were this large
CONTRADICTION = 1e-3  # relative difference of two slopes that cannot both be right


def numeric_slope(function: Function, x: Array, scale: Array, *, analytic: bool) -> Array:
    """Return the derivative of an elementwise function at every element of `x`, in float64.

    Parameters
    ----------
    function
        Takes an array shaped like `x` and returns one; where `analytic`, also of complex numbers.
    x
        Where to differentiate.
    scale
        The largest magnitude of any of its inputs at each element, for the rounding to expect.
    analytic
        Whether to take the complex step. Elements where a finite difference contradicts it (the
        function has a branch there that is not analytic) get the central difference.
    """
    if not analytic:
        return central_difference(function, x)
    slope = complex_step(function, x)
    wrong = contradicted(function, x, slope, scale)
    if wrong.any():
        slope[wrong] = central_difference(function, x)[wrong]
    return slope


def complex_step(function: Function, x: Array) -> Array:
    """Return Im f(x + ih) / h, exact to the last digits where f is analytic."""
    step = COMPLEX_STEP * np.where(x == 0.0, 1.0, np.abs(x))
    return np.imag(function(x + 1j * step)) / step


def central_difference(function: Function, x: Array) -> Array:
    """Return (f(x + h) − f(x − h)) / 2h, good to about ten digits.

    The step is relative to numbers above 1 and absolute below; where it leaves the domain of the
    function, it is relative there too.
    """
    size = np.abs(x)
    slope, _ = _difference(function, x, BEST_STEP * np.maximum(size, 1.0))
    outside = ~np.isfinite(slope) & (size > 0.0)
    if outside.any():
        closer, _ = _difference(function, x, BEST_STEP * np.where(outside, size, 1.0))
        slope[outside] = closer[outside]
    return slope


def contradicted(function: Function, x: Array, slope: Array, scale: Array) -> Array:
    """Mark the elements whose slope a finite difference shows to be wrong, beyond its rounding."""
    step = CHECK_STEP * np.maximum(np.abs(x), SMALLEST)
    difference, values = _difference(function, x, step)
    # of the values, of the inputs, and of numbers near 1 within, as in log(cosh(x)) at a small x
    rounding = 4.0 * EPSILON * (values + scale * np.abs(difference) + 1.0) / step
    larger = np.maximum(np.abs(slope), np.abs(difference))
    apart = np.abs(slope - difference) > CONTRADICTION * larger + rounding
    wrong: Array = np.isfinite(difference) & (apart | ~np.isfinite(slope))
    return wrong


def _difference(function: Function, x: Array, step: Array) -> tuple[Array, Array]:
    """Return the central difference, and the magnitude of what was subtracted."""
    above, below = x + step, x - step
    high, low = (np.asarray(function(x), dtype=np.float64) for x in (above, below))
    return (high - low) / (above - below), np.abs(high) + np.abs(low)
