"""How far e^−x lies above its tangent 1 − x, and what divergences make of it.

As written, e^−x − 1 + x loses every digit near 0, where divergences of nearly equal distributions
live; there a series is summed. Each of the pieces below is at least 0.
"""

from math import factorial

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.select import select

REACH = 1.0  # the series is used up to here; beyond, the sum as written loses no more than a bit
COEFFICIENTS = {  # of the series, by the bytes of a number
    4: tuple((-1.0) ** order / factorial(order) for order in range(11, 1, -1)),
    8: tuple((-1.0) ** order / factorial(order) for order in range(20, 1, -1)),
}


def tangent_excess(values: Array) -> Array:
    """Return e^−x − 1 + x."""
    near = np.abs(values) < REACH
    if near.all():
        return near_excess(values)
    series = near_excess(np.clip(values, -REACH, REACH))
    return select(near, series, np.expm1(-values) + values)


def near_excess(values: Array) -> Array:
    """Sum the series x²/2 − x³/6 + … for |x| up to 1."""
    first, *others = COEFFICIENTS[values.itemsize]
    total = first * values
    for coefficient in others[:-1]:
        total += coefficient
        total *= values
    total += others[-1]
    total *= values
    total *= values
    return total
