"""Ignored labels and NaN: raise, omit or propagate; what is left out is as if absent."""

from typing import Any

import numpy as np
import pytest

from lossctl.api import compute
from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from tests.conformance.cases import Case, draw, each_case, run, slope, slopes, with_measured

ITEMS = 9
NEAR = {"rtol": 1e-13, "atol": 1e-15}
HARD = ("labels", "signs", "index")


def spoilt(case: Case, places: list[int], name: str) -> list[Array]:
    """Put a NaN into some items, in one class, label or pixel only."""
    arrays = draw(case, ITEMS)
    at = names(case).index(name)
    array = arrays[at] = arrays[at].astype(np.float64)
    for place in places:
        array[(place, *[-1] * (array.ndim - 1))] = np.nan
    return arrays


def names(case: Case) -> list[str]:
    return [entry.name for entry in case.inputs]


@each_case(defaults=True)
def test_nan_raises_with_the_first_item_and_the_count(case: Case) -> None:
    for name in names(case):
        for compute_it in (run, slope):
            with pytest.raises(DataError, match=f"NaN in the {name} at item") as caught:
                compute_it(case, spoilt(case, [5, 3, 7], name))
            message = str(caught.value)
            where = "[3, 2]" if case.has_labels else "[3, 3, 4]" if case.sort == "grid" else "3"
            assert where in message
            assert "3 items" in message
            assert "omit" in message


@each_case("items", "pooled", "set")
def test_nan_omitted_is_the_items_removed(case: Case) -> None:
    if case.has_labels:
        pytest.skip("labels are omitted one by one")
    case = with_measured(case)
    for name in names(case):
        arrays = spoilt(case, [3, 5], name)
        clean = draw(case, ITEMS)
        rest = [np.delete(array, [3, 5], axis=0) for array in clean]
        result, wanted = run(case, arrays, nan="omit"), run(case, rest)
        np.testing.assert_allclose(result.value, wanted.value, **NEAR)
        assert (result.items, result.omitted) == (ITEMS - 2, 2)
        assert any("2 items" in note and "NaN" in note for note in result.notes)
        wanted_slopes = slopes(case, rest)
        for input_name, found in slopes(case, arrays, nan="omit").items():
            assert not found[[3, 5]].any()
            kept = np.delete(found, [3, 5], axis=0)
            np.testing.assert_allclose(kept, wanted_slopes[input_name], **NEAR)


@each_case("grid", defaults=True)
def test_images_must_be_complete(case: Case) -> None:
    """A distance needs every pixel: nothing is omitted or ignored."""
    for name in names(case):
        for compute_it in (run, slope):
            with pytest.raises(DataError, match=f"{case.loss.id}: 1 items do not count"):
                compute_it(case, spoilt(case, [3], name), nan="omit")
    arrays = draw(case, ITEMS)
    arrays[1][2, 1, 1] = -100
    with pytest.raises(DataError, match="do not count"):
        run(case, arrays)


@each_case("items", "pooled", defaults=True)
def test_labels_are_omitted_one_by_one(case: Case) -> None:
    if not case.has_labels:
        pytest.skip("there are no labels in columns")
    arrays = spoilt(case, [3, 5], "predictions")
    result = run(case, arrays, nan="omit", reduction="none")
    whole = run(case, draw(case, ITEMS), reduction="none").value
    assert result.omitted == 2
    kept = np.ones((ITEMS, case.columns), bool)
    kept[[3, 5], -1] = False
    np.testing.assert_allclose(result.value[kept], whole[kept], **NEAR)
    mean = run(case, arrays, nan="omit").value
    np.testing.assert_allclose(mean, whole[kept].mean(), **NEAR)


@each_case(defaults=True)
def test_nan_propagates(case: Case) -> None:
    for name in names(case):
        arrays = spoilt(case, [3], name)
        result = run(case, arrays, nan="propagate")
        assert np.isnan(result.value)
        assert result.status == "nonfinite"
        assert result.to_dict()["value"] is None
        if case.sort == "items":
            assert np.isnan(slope(case, arrays, nan="propagate")[3]).any()
            values = run(case, arrays, nan="propagate", reduction="none").value
            assert np.isnan(values).sum() == 1
            assert np.isnan(values[3]).any()


@each_case("items", "pooled", "set", defaults=True)
def test_all_omitted_is_an_error(case: Case) -> None:
    arrays = draw(case, ITEMS)
    arrays[0][...] = np.nan
    for reduction in ("mean", "sum", "none"):
        with pytest.raises(DataError, match=r"all \d+ items are ignored or omitted"):
            run(case, arrays, nan="omit", reduction=reduction)
    with pytest.raises(DataError, match="ignored or omitted"):
        slope(case, arrays, nan="omit")


@each_case("items", "pooled", "set", encodings=HARD)
@pytest.mark.parametrize("label", [-100, 7])
def test_an_ignored_label_is_the_item_removed(case: Case, label: int) -> None:
    case = with_measured(case)
    arrays, places, at = draw(case, ITEMS), [0, 4], case.place_of_targets
    if arrays[at].ndim == 2 and case.form.axes == "item class":
        pytest.skip("rows of labels are no single label")
    rest = [np.delete(array, places, axis=0) for array in arrays]
    arrays[at][places] = label
    arrays[0][0] = np.nan  # what an ignored item holds does not matter
    result, wanted = run(case, arrays, ignore_index=label), run(case, rest)
    np.testing.assert_allclose(result.value, wanted.value, **NEAR)
    assert result.items == wanted.items
    assert result.ignored == arrays[at][places].size
    assert any("ignored" in note for note in result.notes)
    found = slope(case, arrays, ignore_index=label)
    assert not found[places].any()
    np.testing.assert_allclose(np.delete(found, places, axis=0), slope(case, rest), **NEAR)


@each_case("items", "pooled", "set", defaults=True, encodings=HARD)
def test_a_label_that_is_not_ignored_is_refused(case: Case) -> None:
    case = with_measured(case)
    arrays, at = draw(case, ITEMS), case.place_of_targets
    arrays[at][4] = -100
    with pytest.raises(DataError, match="targets") as caught:
        run(case, arrays, ignore_index=None)
    assert "-100" in str(caught.value)
    assert "4" in str(caught.value)
    if arrays[at].ndim == 2 and case.form.axes == "item class":
        return
    arrays[at][...] = -100
    for reduction in ("mean", "sum", "none"):
        with pytest.raises(DataError, match="ignored or omitted"):
            run(case, arrays, reduction=reduction)


@each_case("items", "pooled", defaults=True, encodings=HARD)
def test_ignored_and_omitted_are_counted_apart(case: Case) -> None:
    case = with_measured(case)
    each = case.columns if case.has_labels else 1
    arrays, at = draw(case, ITEMS), case.place_of_targets
    if arrays[at].ndim == 2 and case.form.axes == "item class":
        pytest.skip("rows of labels are no single label")
    arrays[at][[1, 2]] = -100
    arrays[0][[2, 3]] = np.nan
    weights = np.ones(arrays[0].shape if case.form.axes == "item" else ITEMS)
    weights[4] = 0.0
    result = run(case, arrays, weights=weights, nan="omit")
    assert (result.items, result.ignored, result.omitted) == (5 * each, 3 * each, each)


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ([0, 1, 3], r"class index from 0 to 2.*3"),
        ([0, -1, 1], r"class index from 0 to 2.*-1"),
        ([0.0, 0.5, 1.0], r"whole numbers.*0\.5"),
        ([0.0, np.nan, 1.0], r"NaN in the targets at item 1"),
        ([0.0, np.inf, 1.0], r"inf"),
    ],
)
def test_indices_that_are_none(targets: list[Any], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        compute("cross_entropy", -np.eye(3), targets)
    assert "item" in str(caught.value)


@pytest.mark.parametrize("loss", ["bce", "bce_with_logits", "focal", "dice", "tversky"])
def test_labels_that_are_none(loss: str) -> None:
    with pytest.raises(DataError, match=r"\(t \+ 1\) / 2"):
        compute(loss, [0.5, 0.5, 0.25], [1, -1, 1])
    with pytest.raises(DataError, match=r"\[0, 1\].*got 2 at item 2"):
        compute(loss, [0.5, 0.5, 0.25], [1, 0, 2])


def test_rows_of_targets_that_are_none() -> None:
    with pytest.raises(DataError, match=r"sum to 1.*0\.5 at item 1"):
        compute("cross_entropy", -np.eye(2), [[0.0, 1.0], [0.25, 0.25]])
    with pytest.raises(DataError, match=r"\[0, 1\] in every class.*item 1"):
        compute("cross_entropy", -np.eye(2), [[0.0, 1.0], [1.5, -0.5]])


def test_the_first_of_many_wrong_items_is_named_whatever_the_threads() -> None:
    targets = np.zeros(300_000)
    targets[[70_000, 200_000, 299_999]] = [5.0, 6.0, 7.0]
    for threads in (1, 2, 5):
        with pytest.raises(DataError, match=r"got 5 at item 70000.*\(3 items"):
            compute("bce", np.full(300_000, 0.5), targets, threads=threads)


def test_integers_float64_cannot_tell_apart() -> None:
    huge = np.array([2**53 + 1, 1, 2], np.int64)
    with pytest.raises(DataError, match=r"2\^53.*9007199254740993|2\^53.*item 0"):
        compute("mse", huge, np.zeros(3, np.int64))
    with pytest.raises(DataError, match=r"2\^53"):
        compute("mse", [1, 2, 3], huge.astype(np.uint64))
