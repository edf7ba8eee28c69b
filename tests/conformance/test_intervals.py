"""Law: an interval is t times the spread of what rows contribute, found by moving their weights."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from lossctl.core.errors import UsageError
from lossctl.core.loss import Array
from lossctl.testing.running import split_options
from tests.conformance.cases import Case, draw, each_case, run, with_measured

ROWS = 9
STEP = 2.0**-16


def influence(case: Case, arrays: list[Array], weights: Array, **options: Any) -> Array:
    """Return the derivative of the value with respect to the weight of each row."""
    slopes = np.zeros(len(weights))
    for row in range(len(weights)):
        values = []
        for sign in (1.0, -1.0):
            moved = weights.copy()
            moved[row] += sign * STEP
            values.append(run(case, arrays, weights=moved, **options).value)
        slopes[row] = (values[0] - values[1]) / (2.0 * STEP)
    return weights * slopes


def spread(contributions: Array) -> float:
    """Return the standard error of a sum of contributions."""
    return float(np.sqrt(len(contributions) * contributions.var(ddof=1)))


@each_case("items", "pooled", defaults=True)
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_the_interval_is_that_of_the_delta_method(case: Case, weighted: bool) -> None:
    case = with_measured(case)
    arrays = draw(case, ROWS)
    weights = 1.0 + 0.25 * np.arange(ROWS) if weighted else np.ones(ROWS)
    given = {"weights": weights} if weighted else {}
    for reduction in ("mean", "sum"):
        result = run(case, arrays, reduction=reduction, interval=True, **given)
        assert result.interval is not None, result.notes
        error = spread(influence(case, arrays, weights, reduction=reduction))
        quantile = stats.t.ppf(0.975, ROWS - 1)
        low, high = result.interval.low, result.interval.high
        assert result.interval.units == ROWS
        scale = abs(result.value) + error
        np.testing.assert_allclose(low, result.value - quantile * error, atol=1e-6 * scale)
        np.testing.assert_allclose(high, result.value + quantile * error, atol=1e-6 * scale)


@each_case("items", "pooled", defaults=True)
def test_a_wider_interval_is_more_confident(case: Case) -> None:
    case = with_measured(case)
    arrays = draw(case, ROWS)
    widths = []
    for confidence in (0.5, 0.95, 0.99):
        interval = run(case, arrays, interval=True, confidence=confidence).interval
        assert interval is not None
        assert interval.confidence == confidence
        widths.append(interval.high - interval.low)
    quantiles = [stats.t.ppf(0.5 + c / 2, ROWS - 1) for c in (0.5, 0.95, 0.99)]
    np.testing.assert_allclose(np.array(widths) / widths[0], np.array(quantiles) / quantiles[0])


@each_case("lists", "set", "grid", "batch", brief=True)
def test_one_group_has_no_interval_and_says_so(case: Case) -> None:
    result = run(case, draw(case, 1 if case.sort == "grid" else ROWS), interval=True)
    assert result.interval is None
    assert any(note.startswith("no interval: ") for note in result.notes)


@each_case("items", brief=True)
def test_values_of_items_have_no_interval(case: Case) -> None:
    result = run(case, draw(case, ROWS), reduction="none", interval=True)
    assert result.interval is None
    assert "no interval: every item has a value of its own" in result.notes


def test_the_confidence_is_a_share() -> None:
    for wrong in (0.0, 1.0, 95.0):
        with pytest.raises(UsageError, match="confidence"):
            split_options.__globals__["Options"](confidence=wrong)
