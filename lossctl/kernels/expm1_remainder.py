"""How far e^−x lies above its tangent 1 − x, and what divergences make of it.

As written, e^−x − 1 + x loses every digit near 0, where divergences of nearly equal distributions
live; there a series is summed. Each of the pieces below is at least 0.
"""

from decimal import Decimal
from functools import cache
from math import factorial

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.chebyshev import economised, polynomial
from lossctl.kernels.where import select

REACH = 1.0  # the series is used up to here; beyond, the sum as written loses no more than a bit
TERMS = {4: 8, 8: 14}  # of the series, by the bytes of a number


def tangent_excess(values: Array) -> Array:
    """Return e^−x − 1 + x."""
    near = np.abs(values) < REACH
    if near.all():
        return near_excess(values)
    series = near_excess(np.clip(values, -REACH, REACH))
    return select(near, series, np.expm1(-values) + values)


def near_excess(values: Array) -> Array:
    """Sum the series x²/2 − x³/6 + … for |x| up to 1."""
    total = polynomial(coefficients(values.itemsize), values)
    total *= values
    total *= values
    return total


@cache
def coefficients(itemsize: int) -> tuple[float, ...]:
    """Return (e^−x − 1 + x)/x² = Σ (−x)^k/(k + 2)! as a polynomial of x."""
    return economised(
        lambda k: Decimal((-1) ** k) / factorial(k + 2), -REACH, REACH, TERMS[itemsize]
    )
