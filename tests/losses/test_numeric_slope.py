"""Numerical slopes against derivatives written by hand, and where complex steps go wrong."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lossctl.losses.trial import central_difference, contradicted, numeric_slope

ANYWHERE = np.concatenate([-np.geomspace(1e-6, 50.0, 30), [0.0], np.geomspace(1e-6, 50.0, 30)])
POSITIVE = np.geomspace(1e-9, 1e6, 40)
SMOOTH: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], Any]] = {
    "square": (lambda x: (x - 3.0) ** 2, lambda x: 2.0 * (x - 3.0), ANYWHERE),
    "exponential": (np.exp, np.exp, ANYWHERE),
    "cosh": (lambda x: np.log(np.cosh(0.1 * x)), lambda x: 0.1 * np.tanh(0.1 * x), ANYWHERE),
    "logarithm": (np.log, lambda x: 1.0 / x, POSITIVE),
    "root": (np.sqrt, lambda x: 0.5 / np.sqrt(x), POSITIVE),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_complex_steps_are_exact(name: str) -> None:
    function, derivative, x = SMOOTH[name]
    with np.errstate(all="ignore"):
        slope = numeric_slope(function, x, np.abs(x), analytic=True)
    np.testing.assert_allclose(slope, derivative(x), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("name", ["square", "exponential", "cosh"])
def test_central_differences_are_good_to_about_ten_digits(name: str) -> None:
    function, derivative, x = SMOOTH[name]
    np.testing.assert_allclose(central_difference(function, x), derivative(x), rtol=1e-7, atol=1e-9)


def test_central_differences_keep_within_a_domain() -> None:
    """A step of fixed size leaves the domain of log below 6e-6; a relative one does not."""
    x = np.geomspace(1e-9, 5e-6, 20)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(central_difference(np.log, x), 1.0 / x, rtol=1e-8)


@pytest.mark.parametrize("analytic", [True, False])
def test_what_is_not_analytic_is_differentiated_all_the_same(analytic: bool) -> None:
    """The modulus of a complex number has no slope along the real axis, as complex steps see it."""
    x = np.array([-7.0, -0.25, 0.5, 30.0])
    slope = numeric_slope(np.abs, x, np.abs(x), analytic=analytic)
    np.testing.assert_allclose(slope, np.sign(x), rtol=1e-9)


def test_only_the_elements_of_the_other_branch_get_differences() -> None:
    def clipped(x: Any) -> Any:
        return np.where(np.real(x) < 100.0, x**2, 200.0 * np.abs(x) - 1e4)

    x = np.array([3.0, 400.0])
    slope = numeric_slope(clipped, x, x, analytic=True)
    assert slope[0] == 6.0
    assert slope[1] == pytest.approx(200.0, rel=1e-8)


def test_the_slope_of_a_difference_of_large_numbers_is_not_contradicted() -> None:
    """Rounding of p − t at |t| = 1e9 is no evidence against a complex step."""
    x, target = np.array([1.0, 2.0]), 1e9
    slope = 2.0 * (x - target)
    wrong = contradicted(lambda p: (p - target) ** 2, x, slope, np.full(2, target))
    assert not wrong.any()
    assert contradicted(lambda p: p**2, x, -2.0 * x, x).all()
