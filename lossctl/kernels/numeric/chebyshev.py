"""Power series cut short evenly: as few terms as an interval and a precision need.

A Taylor series is most exact where it was expanded and wastes terms there. The polynomial of the
same degree that meets it at the Chebyshev nodes of the interval is off by about as much everywhere
(within a factor of about 2 of the best there is), and needs two thirds of the terms.
"""

import math
from collections.abc import Callable, Sequence
from decimal import Decimal, localcontext
from functools import cache
from math import factorial

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.pointwise import select
from lossctl.kernels.numeric.primitives import expm1, polynomial

DIGITS = 50  # a float64 has 17; going from nodes to powers of x loses about as many


def economised(
    term: Callable[[int], float | Decimal], low: float, high: float, terms: int
) -> tuple[float, ...]:
    """Return the polynomial of so many terms that meets Σ cₖ·xᵏ at the nodes of [low, high].

    `term(k)` is cₖ, and x^(4·terms) must be nothing beside the sum.
    """
    with localcontext() as context:
        context.prec = DIGITS
        series = [Decimal(term(k)) for k in range(4 * terms)]
        return interpolant(lambda at: _sum(series, at), low, high, terms)


def interpolant(
    function: Callable[[Decimal], float | Decimal], low: float, high: float, terms: int
) -> tuple[float, ...]:
    """Return the polynomial of so many terms that meets a function at the nodes of [low, high].

    Coefficients come in rising order, each rounded once.
    """
    with localcontext() as context:
        context.prec = DIGITS
        middle, reach = 0.5 * (low + high), 0.5 * (high - low)
        nodes = [
            Decimal(middle + reach * math.cos((k + 0.5) * math.pi / terms)) for k in range(terms)
        ]
        return tuple(map(float, _through(nodes, [Decimal(function(node)) for node in nodes])))


def _sum(coefficients: Sequence[Decimal], at: Decimal) -> Decimal:
    total = Decimal(0)
    for coefficient in reversed(coefficients):
        total = total * at + coefficient
    return total


def _through(nodes: Sequence[Decimal], values: list[Decimal]) -> list[Decimal]:
    """Return the polynomial through points (Newton), by powers of x."""
    last, differences = len(nodes) - 1, list(values)
    for order in range(1, last + 1):
        for k in range(last, order - 1, -1):
            difference = differences[k] - differences[k - 1]
            differences[k] = difference / (nodes[k] - nodes[k - order])
    powers = [differences[last]]
    for k in range(last - 1, -1, -1):
        shifted = [differences[k] - nodes[k] * powers[0]]
        shifted += [powers[j - 1] - nodes[k] * powers[j] for j in range(1, len(powers))]
        powers = [*shifted, powers[-1]]
    return powers


EXPM1_REACH = 1.0  # a size up to which the series is used; beyond, e^−x − 1 + x loses a bit at most
EXPM1_TERMS = {4: 8, 8: 14}  # of the series, by the bytes of a number


def tangent_excess(values: Array) -> Array:
    """Return e^−x − 1 + x."""
    near = np.abs(values) < EXPM1_REACH
    if near.all():
        return near_excess(values)
    series = near_excess(np.clip(values, -EXPM1_REACH, EXPM1_REACH))
    return select(near, series, expm1(-values) + values)


def near_excess(values: Array) -> Array:
    """Sum the series x²/2 − x³/6 + … for |x| up to 1."""
    total = polynomial(excess_coefficients(values.itemsize), values)
    total *= values
    total *= values
    return total


@cache
def excess_coefficients(itemsize: int) -> tuple[float, ...]:
    """Return (e^−x − 1 + x)/x² = Σ (−x)^k/(k + 2)! as a polynomial of x."""
    return economised(
        lambda k: Decimal((-1) ** k) / factorial(k + 2),
        -EXPM1_REACH,
        EXPM1_REACH,
        EXPM1_TERMS[itemsize],
    )
