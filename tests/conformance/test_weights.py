"""Law 5: weight 2 equals the item twice, weight 0 equals the item absent, whatever it holds."""

from typing import Any

import numpy as np
import pytest

from lossctl.api import compute
from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from tests.conformance.cases import Case, class_weights, draw, each_case, run, slope

ITEMS = 7
CHOSEN = 2
NEAR = {"rtol": 1e-13, "atol": 1e-14}


def given(case: Case) -> dict[str, Any]:
    """Class weights where the case takes them, so that both kinds of weight meet."""
    classes = class_weights(case)
    return {} if classes is None else {"class_weights": classes}


def weigh(case: Case, number: float) -> Array:
    """Give the chosen item (of each label) a weight, the others one step more each."""
    weights = 1.0 + 0.5 * np.arange(ITEMS)
    weights[CHOSEN] = number
    labels = case.form.layout == "element" and case.columns
    return np.repeat(weights[:, None], case.columns, axis=1) if labels else weights


@each_case()
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_weight_two_is_the_item_twice(case: Case, reduction: str) -> None:
    arrays, options = draw(case, ITEMS), {"reduction": reduction, **given(case)}
    twice = [np.concatenate([array, array[[CHOSEN]]]) for array in arrays]
    once = weigh(case, 1.0)
    doubled = np.concatenate([once, once[[CHOSEN]]])
    value = run(case, arrays, weights=weigh(case, 2.0), **options).value
    np.testing.assert_allclose(value, run(case, twice, weights=doubled, **options).value, **NEAR)
    found = slope(case, arrays, weights=weigh(case, 2.0), **options)
    wanted = slope(case, twice, weights=doubled, **options)
    wanted[CHOSEN] += wanted[ITEMS]
    np.testing.assert_allclose(found, wanted[:ITEMS], **NEAR)


@each_case()
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_weight_zero_is_the_item_absent(case: Case, reduction: str) -> None:
    arrays, options = draw(case, ITEMS), {"reduction": reduction, **given(case)}
    absent = [np.delete(array, CHOSEN, axis=0) for array in arrays]
    weights = weigh(case, 0.0)
    rest = np.delete(weights, CHOSEN, axis=0)
    result = run(case, arrays, weights=weights, **options)
    without = run(case, absent, weights=rest, **options)
    np.testing.assert_allclose(result.value, without.value, **NEAR)
    assert result.items == without.items
    found = slope(case, arrays, weights=weights, **options)
    assert not found[CHOSEN].any()
    wanted = slope(case, absent, weights=rest, **options)
    np.testing.assert_allclose(np.delete(found, CHOSEN, axis=0), wanted, **NEAR)


@each_case(defaults=True)
@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf, 1e300])
@pytest.mark.parametrize("place", [0, 1])
def test_what_an_item_of_weight_zero_holds_does_not_matter(
    case: Case, poison: float, place: int
) -> None:
    """NaN, infinities and labels that do not exist are as absent as the item."""
    arrays, weights = draw(case, ITEMS), weigh(case, 0.0)
    clean = run(case, arrays, weights=weights)
    slopes = slope(case, arrays, weights=weights)
    if place >= len(arrays):
        pytest.skip("the targets are a constant")
    arrays[place] = arrays[place].astype(np.float64)
    arrays[place][CHOSEN] = poison
    for policy in ("raise", "omit", "propagate"):
        result = run(case, arrays, weights=weights, nan=policy)
        np.testing.assert_allclose(result.value, clean.value, **NEAR)
        assert (result.items, result.ignored, result.omitted) == (
            clean.items, clean.ignored, clean.omitted
        )  # fmt: skip
        assert result.status == "ok"
        found = slope(case, arrays, weights=weights, nan=policy)
        np.testing.assert_allclose(found, slopes, **NEAR)


@each_case(pooled=False, defaults=True)
def test_items_are_reported_with_their_weight(case: Case) -> None:
    arrays, weights = draw(case, ITEMS), weigh(case, 0.0)
    values = run(case, arrays, reduction="none").value
    weighed = run(case, arrays, reduction="none", weights=weights).value
    np.testing.assert_allclose(weighed, values * weights, rtol=1e-14)


@each_case(defaults=True)
def test_all_weights_equal_change_nothing(case: Case) -> None:
    arrays = draw(case, ITEMS)
    value = run(case, arrays).value
    smooth_free = case.loss.pooled and any(param.name == "smooth" for param in case.loss.params)
    for number in (0.25, 1.0, 8.0):
        weights = np.full(weigh(case, 1.0).shape, number)
        # smooth is a mass beside the weighted masses, so it alone tells weights 1 from weights 8
        tolerance = 1e-5 if smooth_free else 1e-14
        np.testing.assert_allclose(run(case, arrays, weights=weights).value, value, rtol=tolerance)


@each_case(defaults=True)
def test_weights_of_integers_and_float32_agree(case: Case) -> None:
    arrays, weights = draw(case, ITEMS), weigh(case, 3.0)
    value = run(case, arrays, weights=2 * weights).value
    for dtype in ("int64", "uint8", "float32", ">f8", "float16"):
        assert run(case, arrays, weights=(2 * weights).astype(dtype)).value == value


@each_case(defaults=True)
@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_a_weight_that_is_none_is_refused(case: Case, wrong: float) -> None:
    weights = weigh(case, wrong)
    with pytest.raises(DataError, match="weights must be finite and at least 0") as caught:
        run(case, draw(case, ITEMS), weights=weights)
    assert str(CHOSEN) in str(caught.value)


@each_case(defaults=True)
def test_weights_that_sum_to_zero_have_no_mean(case: Case) -> None:
    weights = 0.0 * weigh(case, 1.0)
    for reduction in ("mean", "sum"):
        with pytest.raises(DataError, match=r"weight|items are ignored"):
            run(case, draw(case, ITEMS), weights=weights, reduction=reduction)


@each_case(pooled=True)
@pytest.mark.parametrize("how", ["weights", "nan", "label"])
def test_a_sample_left_out_is_the_sample_absent(case: Case, how: str) -> None:
    """A sample of which nothing counts is no perfect sample: it takes no part in the mean."""
    if how == "label" and case.encoding not in {"labels", "index"}:
        pytest.skip("soft targets have no label to ignore")
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
    assert any("whole samples" in note for note in result.notes)
    with pytest.raises(DataError, match=r"\(3,\).*\(2, 3\)"):
        compute("mse", predictions, targets, weights=[1.0, 3.0, 1.0])
