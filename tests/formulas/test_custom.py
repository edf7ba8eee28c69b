"""The loss `custom`: blends by hand, gradients, when it is checked, what it says."""

from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import UsageError
from lossctl.losses.formula.custom import tree_of

P, T = [1.0, 3.0], [0.0, 1.0]  # residuals 1 and 2


@pytest.mark.parametrize(
    ("formula", "items", "slopes"),
    [
        ("mse", [1.0, 4.0], [2.0, 4.0]),
        ("MAE", [1.0, 2.0], [1.0, 1.0]),
        ("l2 - mean_squared_error + p", [1.0, 3.0], [1.0, 1.0]),
        ("0.75*mse + 0.25*mae", [1.0, 3.5], [1.75, 3.25]),
        ("huber", [0.5, 1.5], [1.0, 1.0]),
        ("huber()", [0.5, 1.5], [1.0, 1.0]),
        ("huber(delta=0.5)", [0.375, 0.875], [0.5, 0.5]),
        ("huber(delta = 2^2 / 2)", [0.5, 2.0], [1.0, 2.0]),
        ("smooth_l1(beta=2) * 4", [1.0, 4.0], [2.0, 4.0]),
        ("huber(delta=0.5) / huber", [0.75, 0.875 / 1.5], [-0.5, 0.5 / 1.5 - 0.875 / 2.25]),
        ("sqrt(mse)", [1.0, 2.0], [1.0, 1.0]),
        ("max(mae, 1.5)", [1.5, 2.0], [0.0, 1.0]),
        ("where(t > 0.5, 3, 1) * mse", [1.0, 12.0], [2.0, 12.0]),
        ("abs(p-t)^1.5 / (1 + abs(t))", [1.0, 2**0.5], [1.5, 0.75 * 2**0.5]),
    ],
)
def test_items_and_slopes_by_hand(formula: str, items: list[float], slopes: list[float]) -> None:
    options: dict[str, Any] = {"formula": formula, "reduction": "none"}
    found = lossctl.compute("custom", P, T, **options).value
    np.testing.assert_allclose(found, items, rtol=1e-15)
    gradient = lossctl.gradient("custom", P, T, **options)["predictions"]
    np.testing.assert_allclose(gradient, slopes, rtol=1e-14)


def test_it_is_averaged_like_any_loss() -> None:
    formula = "0.75*mse + 0.25*mae"
    assert lossctl.compute("custom", P, T, formula=formula).value == 2.25
    assert lossctl.compute("expression", P, T, formula=formula, reduction="sum").value == 4.5
    assert lossctl.losses.custom(P, T, formula=formula, weights=[3.0, 1.0]) == 6.5 / 4
    gradient = lossctl.gradient("custom", P, T, formula=formula)["predictions"]
    np.testing.assert_array_equal(gradient, [0.875, 1.625])


def test_a_blend_is_the_blend_of_the_means() -> None:
    rng = np.random.default_rng(0)
    p, t = rng.normal(size=(2, 200_000))
    blend = lossctl.compute("custom", p, t, formula="0.7*mse + 0.3*mae").value
    by_hand = 0.7 * np.mean((p - t) ** 2) + 0.3 * np.mean(np.abs(p - t))
    assert blend == pytest.approx(by_hand, rel=1e-12)


def test_single_precision_stays_single() -> None:
    p, t = np.float32(P), np.float32(T)
    formula = "where(p > t, 2, 1) * huber(delta=0.5) + 0.1*log1p(mae)"
    found = lossctl.compute("custom", p, t, formula=formula, reduction="none").value
    assert found.dtype == np.float32
    assert lossctl.gradient("custom", p, t, formula=formula)["predictions"].dtype == np.float32


class Unread:
    """An input that must not be read."""

    shape, dtype, label = (4,), np.dtype(np.float64), "predictions"

    def read(self, start: int, stop: int) -> Any:
        raise AssertionError((start, stop))

    def where(self, index: tuple[int, ...]) -> str:
        return str(index)


def test_the_formula_is_checked_before_data_is_read() -> None:
    with pytest.raises(UsageError, match="unknown name 'q'"):
        lossctl.compute("custom", Unread(), np.zeros(4), formula="p - q")


def test_the_formula_is_read_once() -> None:
    before = tree_of.cache_info().misses
    zeros = np.zeros(500_000)
    for _ in range(3):
        lossctl.compute("custom", zeros, zeros, formula="mse + 0.125*mae + 0.0625*p")
    assert tree_of.cache_info().misses == before + 1


def test_the_result_says_the_formula() -> None:
    result = lossctl.compute("custom", P, T, formula="0.7*mse + 0.3*mae")
    assert result.params == {"formula": "0.7*mse + 0.3*mae"}
    assert result.signature.startswith("custom|formula:0.7*mse + 0.3*mae|input:values|")


def test_a_value_that_is_no_number_is_reported() -> None:
    result = lossctl.compute("custom", [-1.0, 1.0], [0.0, 0.0], formula="log(p) + mse")
    assert result.status == "nonfinite"
