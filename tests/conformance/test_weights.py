"""Law 5: weight 2 equals the item twice, weight 0 equals the item absent, whatever it holds."""

from typing import Any

import numpy as np
import pytest

from lossctl.api import compute
from lossctl.core.errors import DataError
from lossctl.testing.weights import CHOSEN, ITEMS, weigh
from tests.conformance.cases import Case, draw, each_case, run, slope, with_measured

NEAR = {"rtol": 1e-13, "atol": 1e-14}


@each_case("items", defaults=True)
def test_items_are_reported_with_their_weight(case: Case) -> None:
    case = with_measured(case)
    arrays, weights = draw(case, ITEMS), weigh(case, 0.0)
    values = run(case, arrays, reduction="none").value
    weighed = run(case, arrays, reduction="none", weights=weights).value
    np.testing.assert_allclose(weighed, values * weights, rtol=1e-14)


@each_case("items", "pooled", brief=True)
def test_weights_of_integers_and_float32_agree(case: Case) -> None:
    arrays, weights = draw(case, ITEMS), weigh(case, 3.0)
    value = run(case, arrays, weights=2 * weights).value
    for dtype in ("int64", "uint8", "float32", ">f8", "float16"):
        assert run(case, arrays, weights=(2 * weights).astype(dtype)).value == value


@each_case("items", "pooled", brief=True)
@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_a_weight_that_is_none_is_refused(case: Case, wrong: float) -> None:
    weights = weigh(case, wrong)
    with pytest.raises(DataError, match="weights must be finite and at least 0") as caught:
        run(case, draw(case, ITEMS), weights=weights)
    assert str(CHOSEN) in str(caught.value)


@each_case("items", "pooled", brief=True)
def test_weights_that_sum_to_zero_have_no_mean(case: Case) -> None:
    weights = 0.0 * weigh(case, 1.0)
    for reduction in ("mean", "sum"):
        with pytest.raises(DataError, match=r"weight|items are ignored"):
            run(case, draw(case, ITEMS), weights=weights, reduction=reduction)


@each_case("pooled", "set", defaults=True)
@pytest.mark.parametrize("how", ["weights", "nan", "label"])
def test_a_sample_left_out_is_the_sample_absent(case: Case, how: str) -> None:
    """A sample of which nothing counts is no perfect sample: it takes no part in the mean."""
    if how == "label" and case.encoding not in {"labels", "index"}:
        pytest.skip("soft targets have no label to ignore")
    if how == "weights" and case.loss.grouped:
        pytest.skip("groups take no weights")
    case = with_measured(case)
    arrays = draw(case, (4, 3))
    options: dict[str, Any] = {"pooling": "sample", "nan": "omit"}
    options |= {"class_axis": 2} if case.columns else {}
    rest = [np.delete(array, 2, axis=0) for array in arrays]
    wanted, slopes = run(case, rest, **options), slope(case, rest, **options)
    if how == "weights":
        options["weights"] = [1.0, 1.0, 0.0, 1.0]
    else:
        arrays[0 if how == "nan" else 1][2] = np.nan if how == "nan" else -100
    result, found = run(case, arrays, **options), slope(case, arrays, **options)
    np.testing.assert_allclose(result.value, wanted.value, **NEAR)
    assert result.items == wanted.items
    assert not found[2].any()
    np.testing.assert_allclose(np.delete(found, 2, axis=0), slopes, **NEAR)
    total = run(case, arrays, **{**options, "reduction": "sum"}).value
    np.testing.assert_allclose(total, 3 * wanted.value, **NEAR)


def test_weights_of_samples_stand_for_their_items() -> None:
    predictions, targets = np.arange(6.0).reshape(2, 3), np.zeros((2, 3))
    result = compute("mse", predictions, targets, weights=[1.0, 3.0])
    assert result.value == (0 + 1 + 4 + 3 * (9 + 16 + 25)) / (3 * 1 + 3 * 3)
    assert any("weights are per sample" in note for note in result.notes)
    with pytest.raises(DataError, match=r"\(3,\).*\(2, 3\)"):
        compute("mse", predictions, targets, weights=[1.0, 3.0, 1.0])
