"""Law: a difference of two models has the spread of what rows contribute to it."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

import lossctl
from tests.conformance.cases import Case, draw, each_case, run, with_measured
from tests.conformance.test_intervals import influence, spread

ROWS = 9


def others(case: Case, arrays: list[Any]) -> dict[str, Any]:
    """Return the inputs beside the predictions, by name."""
    return {entry.name: array for entry, array in zip(case.inputs[1:], arrays[1:], strict=True)}


@each_case("items", "pooled", defaults=True)
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_a_comparison_is_by_the_delta_method(case: Case, weighted: bool) -> None:
    if case.inputs[0].name != "predictions":
        pytest.skip("models are compared by predictions")
    case = with_measured(case)
    first, second = draw(case, ROWS), draw(case, ROWS, seed=1)
    second[1:] = first[1:]
    weights = 1.0 + 0.25 * np.arange(ROWS) if weighted else np.ones(ROWS)
    given: dict[str, Any] = {"weights": weights} if weighted else {}
    answer = lossctl.compare(
        first[0],
        second[0],
        loss=[(case.loss, case.params)],
        **others(case, first),
        **case.options,
        **given,
    )
    (found,) = answer.comparisons
    values = [run(case, arrays, **given).value for arrays in (first, second)]
    contributions = influence(case, second, weights) - influence(case, first, weights)
    error, difference = spread(contributions), values[1] - values[0]
    scale = abs(difference) + error
    np.testing.assert_allclose(found.baseline_value, values[0], rtol=1e-12)
    np.testing.assert_allclose(found.difference, difference, atol=1e-9 * scale)
    half = stats.t.ppf(0.975, ROWS - 1) * error
    np.testing.assert_allclose(
        found.interval, [difference - half, difference + half], atol=1e-5 * scale
    )
    p = 2.0 * stats.t.sf(abs(difference) / error, ROWS - 1)
    np.testing.assert_allclose(found.p_value, p, rtol=1e-4, atol=1e-9)


@each_case("items", "pooled", brief=True)
def test_a_model_compared_with_itself_is_equivalent(case: Case) -> None:
    if case.inputs[0].name != "predictions":
        pytest.skip("models are compared by predictions")
    case = with_measured(case)
    arrays = draw(case, ROWS)
    answer = lossctl.compare(
        {"old": arrays[0], "new": arrays[0].copy()},
        loss=[(case.loss, case.params)],
        **others(case, arrays),
        **case.options,
    )
    (found,) = answer.comparisons
    assert (found.verdict, found.difference, found.p_value) == ("equivalent", 0.0, None)
