"""Functions of each element: the branch-free choice, powers, quotients, and their limits."""

import math

import numpy as np
import pytest

from lossctl.kernels.numeric.pointwise import (
    box_cox,
    crossing,
    fast_power,
    over,
    quotient,
    select,
    with_sign_of,
    zero_safe_product,
)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("order", ["C", "F"])
def test_same_bits_as_where(dtype: type, order: str) -> None:
    random = np.random.default_rng(0)
    odd = [np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, 1e-45, 3.0, -7.5, np.finfo(dtype).max]
    these = np.asarray(random.permutation(odd * 6).reshape(12, 5), dtype, order=order)
    others = np.asarray(random.permutation(odd * 6).reshape(12, 5), dtype, order=order)
    mask = np.asarray(random.random((12, 5)) < 0.5, order=order)
    wanted = np.where(mask, these, others)
    assert select(mask, these, others).tobytes() == wanted.tobytes()
    assert select(mask, these, others).dtype == dtype


def test_leaves_its_arguments_alone() -> None:
    these, others, mask = np.ones(3), np.zeros(3), np.array([True, False, True])
    select(mask, these, others)
    assert these.tolist() == [1, 1, 1]
    assert others.tolist() == [0, 0, 0]
    assert mask.tolist() == [True, False, True]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_signs_are_those_of_copysign(dtype: type) -> None:
    sizes = np.array([0.0, 0.0, 1.5, 1.5, np.inf, np.inf, 1e-45, 3.0], dtype)
    signs = np.array([-2.0, 2.0, -0.0, 0.0, -np.inf, 7.0, -1.0, np.inf], dtype)
    wanted = np.copysign(sizes, signs)
    assert with_sign_of(signs.copy(), sizes).tobytes() == wanted.tobytes()


@pytest.mark.parametrize("exponent", [1.0, 2.0, 4.0, 3.0, 0.5])
def test_powers_by_products_are_powers(exponent: float) -> None:
    base = np.array([0.0, 0.1, 0.5, 1.0, 3.0])
    np.testing.assert_allclose(fast_power(base, exponent), np.power(base, exponent), rtol=1e-15)


@pytest.mark.parametrize("exponent", [0.0, 1e-25, -1e-25])
def test_the_limit_of_the_box_cox_transform(exponent: float) -> None:
    """At an exponent of 0 it is ½·log(1 + x²)."""
    x = np.array([0.0, 1e-9, 0.75, 3.0, 1e200])
    wanted = [0.5 * math.log1p(v * v) if v < 1e8 else math.log(v) for v in x]
    np.testing.assert_allclose(box_cox(x, exponent), wanted, rtol=1e-15)


@pytest.mark.parametrize("exponent", [2.0, 1.0, 0.5, -1.0, -2.0])
def test_the_box_cox_transform_on_both_sides(exponent: float) -> None:
    x = np.array([0.0, 0.75, 1.0, 2.4, 1e3])
    wanted = [((1.0 + v * v) ** (exponent / 2.0) - 1.0) / exponent for v in x]
    np.testing.assert_allclose(box_cox(x, exponent), wanted, rtol=1e-14)


def test_quotients_by_zero() -> None:
    numerator, denominator = np.array([3.0, 3.0, np.nan, 0.0]), np.array([2.0, 0.0, 1.0, 0.0])
    np.testing.assert_array_equal(quotient(numerator, denominator), [1.5, 0.0, np.nan, 0.0])
    np.testing.assert_array_equal(over(numerator, -denominator), [0.0] * 4)
    np.testing.assert_array_equal(over(numerator, denominator), [1.5, 0.0, np.nan, 0.0])


def test_a_weight_of_nothing_makes_infinity_nothing() -> None:
    weights, costs = np.array([0.0, 2.0, 0.0, 0.0]), np.array([np.inf, np.inf, np.nan, 3.0])
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(zero_safe_product(weights, costs), [0.0, np.inf, np.nan, 0.0])


def test_where_a_slope_crosses_zero() -> None:
    """Inside, at an end where the slope has one sign only, and of a slope that leaps."""
    assert crossing(lambda x: x**3 - 2.0, 0.0, 4.0) == pytest.approx(2.0 ** (1 / 3), rel=1e-12)
    assert crossing(lambda x: x + 1.0, 0.0, 4.0) == 0.0
    assert crossing(lambda x: x - 9.0, 0.0, 4.0) == 4.0
    assert crossing(lambda x: -1.0 if x < 0.7 else 1.0, 0.0, 4.0) == pytest.approx(0.7, abs=1e-12)
