"""Economised series, and what the deviances make of them, against mpmath."""

import math
from decimal import Decimal

import numpy as np
import pytest
from mpmath import atanh, expm1, log, mp, mpf, sqrt

from lossctl.kernels.numeric import chebyshev
from lossctl.kernels.numeric.chebyshev import economised
from lossctl.kernels.numeric.primitives import polynomial
from lossctl.kernels.probability import deviance, divergence

POINTS = 200


def furthest(coefficients: tuple[float, ...], exact, low: float, high: float) -> float:
    """Return the greatest relative error of a polynomial, evaluated exactly."""
    with mp.workdps(60):
        worst = mpf(0)
        for k in range(POINTS + 1):
            at = mpf(low) + (mpf(high) - mpf(low)) * k / POINTS
            found = sum(mpf(c) * at**power for power, c in enumerate(coefficients))
            worst = max(worst, abs(found / exact(at) - 1))
        return float(worst)


def rest_of_artanh(square):
    """2·(artanh v − v)/v³ of v²."""
    root = sqrt(square)
    return 2 * (atanh(root) - root) / root**3 if square > mpf("1e-12") else mpf(2) / 3


def series(base: float):
    """g(u)/u²: the deviance of means 1 by its definition, over 2·u²."""

    def exact(log_ratio):
        if abs(log_ratio) < mpf("1e-12"):
            return mpf(1) / 2
        first, second = mpf(base) - 1, mpf(base)
        quotient = mp.exp(log_ratio)
        first_part = quotient * expm1(first * log_ratio) / first if first else quotient * log_ratio
        return (
            first_part - expm1(second * log_ratio) / second if second else first_part - log_ratio
        ) / log_ratio**2

    return exact


@pytest.mark.parametrize(("itemsize", "least"), [(4, 2.0**-26), (8, 2.0**-52)])
def test_artanh(itemsize: int, least: float) -> None:
    found = deviance._artanh_coefficients(itemsize)
    assert furthest(found, rest_of_artanh, 0.0, deviance.RELATIVE**2) < least


@pytest.mark.parametrize("base", [0.99, 0.75, 0.5, 0.01, -0.25, -0.99])
@pytest.mark.parametrize(("itemsize", "least"), [(4, 2.0**-26), (8, 2.0**-53)])
def test_series_of_powers(base: float, itemsize: int, least: float) -> None:
    reach = math.log(deviance.NEAR)
    found = deviance._series_coefficients(base, itemsize)
    assert furthest(found, series(base), -reach, reach) < least


@pytest.mark.parametrize(("itemsize", "least"), [(4, 2.0**-26), (8, 2.0**-53)])
def test_excess_over_the_tangent(itemsize: int, least: float) -> None:
    def exact(at):
        return (mp.exp(-at) - 1 + at) / at**2 if abs(at) > mpf("1e-12") else mpf(1) / 2

    assert (
        furthest(
            chebyshev.excess_coefficients(itemsize),
            exact,
            -chebyshev.EXPM1_REACH,
            chebyshev.EXPM1_REACH,
        )
        < least
    )


@pytest.mark.parametrize(("itemsize", "least"), [(4, 2.0**-26), (8, 2.0**-53)])
def test_jensen_shannon(itemsize: int, least: float) -> None:
    def exact(square):
        if square < mpf("1e-12"):
            return mpf(1)
        lean = sqrt(square)
        return ((1 + lean) * log(1 + lean) + (1 - lean) * log(1 - lean)) / square

    assert furthest(divergence._coefficients(itemsize), exact, 0.0, divergence.NEAR**2) < least


def test_fewer_terms_than_taylor() -> None:
    """Eight terms of the exponential on [−1, 1] are off by 1/8! as Taylor has them."""
    found = economised(lambda k: 1 / Decimal(math.factorial(k)), -1.0, 1.0, 8)
    assert furthest(found, mp.exp, -1.0, 1.0) < 1.0 / math.factorial(8) / 20.0


def test_polynomial_leaves_its_argument_alone() -> None:
    values = np.array([0.0, 1.0, -2.0])
    assert polynomial((3.0, 2.0, 0.5), values).tolist() == [3.0, 5.5, 1.0]
    assert values.tolist() == [0.0, 1.0, -2.0]


@pytest.mark.parametrize("power", [1.0, 1.2, 1.5, 2.0, 2.7, 3.0])
def test_float32_is_held_to_five_ulp(power: float) -> None:
    random = np.random.default_rng(7)
    means = np.exp(random.normal(size=400)).astype(np.float32)
    targets = (means * np.exp(random.normal(size=400) * 0.7)).astype(np.float32)
    found = deviance.unit_deviance(targets, means, power)
    with mp.workdps(40):
        base = mpf(2.0 - power)
        exact = [
            2 * mpf(float(m)) ** base * log_ratio**2 * series(float(base))(log_ratio)
            for m, log_ratio in (
                (m, log(mpf(float(y)) / mpf(float(m)))) for y, m in zip(targets, means, strict=True)
            )
        ]
        off = [abs(mpf(float(f)) / e - 1) for f, e in zip(found, exact, strict=True) if e]
    assert max(off) < 5 * 2.0**-23
