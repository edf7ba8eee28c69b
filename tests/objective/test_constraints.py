"""Constraints: what each inequality misses by, what each penalty makes of it, and the gradients."""

import math

import numpy as np
import pytest

from tests.exhaustive import rest
from tests.objective._help import answer_of, gradients_of, numeric_gradient

DATA = {
    "low": np.array([0.0, 2.0, 1.0, -1.0]),
    "high": np.array([1.0, 1.5, 1.0, 3.0]),
    "p": np.array([[0.2, 0.8], [0.5, 0.6], [0.1, 0.9], [1.0, 0.5]]),
}


def component(formula: str, more: str = "", data: dict | None = None):
    (found,) = answer_of(
        f'constraints: [{{formula: "{formula}"{more}}}]\n', data or DATA
    ).components
    return found


@pytest.mark.parametrize(
    ("formula", "excess", "violated"),
    [
        ("low <= high", [-1.0, 0.5, 0.0, -4.0], 1),
        ("high >= low", [-1.0, 0.5, 0.0, -4.0], 1),
        ("low < high", [-1.0, 0.5, 0.0, -4.0], 2),
        ("low >= 0", [0.0, -2.0, -1.0, 1.0], 1),
        ("low > 0", [0.0, -2.0, -1.0, 1.0], 2),
        ("low == 1", [1.0, 1.0, 0.0, 2.0], 3),
        ("sum(p_*) == 1", [0.0, 0.1, 0.0, 0.5], 2),
        ("sum(p) <= 1", [0.0, 0.1, 0.0, 0.5], 2),
        ("mean(p_*) <= 0.5", [0.0, 0.05, 0.0, 0.25], 2),
        ("max(p_*) <= 0.85", [-0.05, -0.25, 0.05, 0.15], 2),
        ("min(p) >= 0.15", [-0.05, -0.35, 0.05, -0.35], 1),
        ("low >= 0 and low <= 1.5", [0.0, 0.5, -0.5, 1.0], 2),
        ("low >= 0 or high <= 2", [-1.0, -2.0, -1.0, 1.0], 1),
        ("abs(low) <= 1", [-1.0, 1.0, 0.0, 0.0], 1),
    ],
)
def test_excess(formula: str, excess: list[float], violated: int) -> None:
    found = component(formula)
    wanted = np.mean([10.0 * max(one, 0.0) ** 2 for one in excess])
    assert found.raw == pytest.approx(wanted, rel=1e-5, abs=1e-11)
    assert found.violations.violated == violated
    assert found.violations.items == 4


@pytest.mark.parametrize(
    ("more", "price"),
    [
        ("", lambda g: 10.0 * max(g, 0.0) ** 2),
        (", penalty_weight: 3", lambda g: 3.0 * max(g, 0.0) ** 2),
        (", penalty: linear", lambda g: 10.0 * max(g, 0.0)),
        (", penalty: hinge, margin: 0.25", lambda g: 10.0 * max(g + 0.25, 0.0)),
        (", tolerance: 0.2", lambda g: 10.0 * max(g - 0.2, 0.0) ** 2),
        (
            ", penalty: log_barrier, sharpness: 3, penalty_weight: 1",
            lambda g: (
                -math.log(-g) / 3.0
                if g <= -1.0 / 9.0
                else 3.0 * g - math.log(1.0 / 9.0) / 3.0 + 1.0 / 3.0
            ),
        ),
    ],
)
def test_penalties(more: str, price) -> None:
    found = component("low <= high", more)
    wanted = np.mean([price(g) for g in (-1.0, 0.5, 0.0, -4.0)])
    assert found.raw == pytest.approx(wanted, rel=1e-13)


def test_thresholds_are_numbers_or_data() -> None:
    data = {"c": np.array([1.0, 2.0, 3.0]), "t": np.array([1.5, 1.0, 3.0])}
    by_number = answer_of("constraints: [{values: c, thresholds: 1.5}]\n", data).total
    by_data = answer_of("constraints: [{values: c, thresholds: t}]\n", data).total
    assert by_number == pytest.approx(10.0 * (0.25 + 2.25) / 3)
    assert by_data == pytest.approx(10.0 / 3)


def test_rows_that_do_not_count() -> None:
    found = component("low <= high", ", where: low < 1.5")
    assert (found.raw, found.violations.violated, found.violations.items) == (0.0, 0, 3)
    weighted = component("low <= high", ", weights: w", {**DATA, "w": np.array([1.0, 3.0, 0, 1.0])})
    assert weighted.raw == pytest.approx(10.0 * 3.0 * 0.25 / 5.0)


def test_wilson_interval() -> None:
    """For 1 of 10: (0.0179, 0.4042), as in Brown, Cai and DasGupta's formula."""
    data = {"c": np.r_[1.0, -np.ones(9)]}
    (found,) = answer_of("constraints: [{values: c}]\n", data).components
    assert found.violations.interval == pytest.approx((0.01787621, 0.40415002), abs=1e-7)


def test_worst_rows_come_worst_first_and_ties_in_order() -> None:
    values = np.array([0.5, -1.0, 2.0, 0.5, 2.0, 0.1, 0.5, 0.7])
    (found,) = answer_of("constraints: [{values: c}]\n", {"c": values}).components
    assert [one.index for one in found.worst] == [(2,), (4,), (7,), (0,), (3,)]
    assert [one.value for one in found.worst] == [2.0, 2.0, 0.7, 0.5, 0.5]


@pytest.mark.parametrize("threads", [1, 3])
def test_the_first_of_equal_rows_over_many_blocks(threads: int) -> None:
    values = np.full(900_000, 0.5, np.float32)
    (found,) = answer_of("constraints: [{values: c}]\n", {"c": values}, threads).components
    assert [one.index for one in found.worst] == [(row,) for row in range(5)]
    values[[899_999, 400_000, 7]] = 0.75
    (found,) = answer_of("constraints: [{values: c}]\n", {"c": values}, threads).components
    rows = [7, 400_000, 899_999, 0, 1]
    assert [one.index for one in found.worst] == [(row,) for row in rows]


DRAW = np.random.default_rng(2)
AT = {name: DRAW.normal(size=9) for name in ("x", "y")} | {"q": DRAW.uniform(0.1, 0.6, (9, 3))}


@pytest.mark.parametrize(
    "formula",
    [
        "x*y >= 0.3 and x < 1",
        "sum(q_*) == 1",
        *map(rest, ("x <= y", "x == y^2", "max(q) <= 0.4*x")),
    ],
)
@pytest.mark.parametrize(
    "penalty", ["quadratic", "linear", "hinge, margin: 0.3", "log_barrier, sharpness: 2"]
)
def test_gradients(formula: str, penalty: str) -> None:
    text = f'constraints: [{{formula: "{formula}", penalty: {penalty}, weight: 0.5}}]\n'
    for name, found in gradients_of(text, AT).items():
        wanted = numeric_gradient(text, AT, name)
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-7)
