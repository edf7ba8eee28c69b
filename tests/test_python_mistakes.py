"""Whatever is given to Python's functions: the right number, or an error of lossctl."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import lossctl
from lossctl.data_places import DATA_NAMES

P, T = np.array([0.2, 0.7, 0.4]), np.array([0.0, 1.0, 1.0])
NO_NUMBERS = {
    "None": None,
    "generator": (x for x in P),
    "set": {0.2, 0.7},
    "dict": {"a": 0.2},
    "file": io.BytesIO(b"0.2"),
    "function": len,
    "None in a list": [0.2, None, 0.4],
    "complex": P + 1j,
    "ragged": [[0.2], [0.7, 0.4]],
    "ragged arrays": [np.zeros(1), np.zeros(2)],
    "huge": [10**400, 1, 2],
    "objects": np.array([0.2, "a", 0.4], dtype=object),
}
ANYTHING = (3.5, [1], {"a": 1}, object(), b"x")


@pytest.mark.parametrize("value", NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_what_is_no_array_is_refused_by_the_name_of_its_input(value: Any) -> None:
    for inputs in ((value, T), (T, value)):
        with pytest.raises(lossctl.DataError, match=r"^(predictions|targets): ") as caught:
            lossctl.compute("mse", *inputs)
        assert "holds object," not in str(caught.value)
    with pytest.raises(lossctl.DataError, match=r"^weights\b"):
        lossctl.compute("mse", P, T, weights=[value] if value is None else value)


@pytest.mark.parametrize("name", [*DATA_NAMES, "per_item"])
@pytest.mark.parametrize("value", ANYTHING, ids=lambda value: type(value).__name__)
def test_keywords_of_places_take_what_they_are_for(name: str, value: Any) -> None:
    if (name, value) == ("weights", 3.5):  # of all items, as frameworks have it
        weighted = lossctl.compute("mse", P, T, weights=value).value
        assert weighted == pytest.approx(lossctl.losses.mse(P, T), rel=1e-15)
        return
    for loss in ("mse", "listnet"):
        with pytest.raises(lossctl.LossctlError):
            lossctl.compute(loss, P, T, **{name: value})


@pytest.mark.parametrize("value", [None, *ANYTHING], ids=lambda value: type(value).__name__)
@pytest.mark.parametrize(
    "call",
    [
        lambda value: lossctl.compute(value, P, T),
        lambda value: lossctl.evaluate(value, P, T),
        lossctl.show,
        lossctl.run,
        lambda value: lossctl.judge(value, fail_over=1.0),
        lossctl.load_plugin,
    ],
    ids=["compute", "evaluate", "show", "run", "judge", "load_plugin"],
)
def test_a_first_argument_of_another_kind(call: Callable[[Any], Any], value: Any) -> None:
    with pytest.raises(lossctl.LossctlError):
        call(value)


@pytest.mark.parametrize("baseline", ANYTHING, ids=lambda value: type(value).__name__)
def test_a_baseline_of_another_kind(baseline: Any) -> None:
    result = lossctl.compute("mae", P, T, context=True)
    with pytest.raises(lossctl.UsageError, match=r"^baseline: must be"):
        lossctl.judge(result, baseline=baseline)


def test_errors_in_python_name_no_option_of_the_shell(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n0.2,1\n0.7,0\n0.4,1\n")
    table, result = str(tmp_path / "t.csv"), lossctl.compute("mae", P, T)
    calls: list[Callable[[], Any]] = [
        lambda: lossctl.compute("mse", table, T),
        lambda: lossctl.compute("mse", f"{table}::a", T, id="b"),
        lambda: lossctl.compute("mse", P, str(tmp_path / "t.npy"), delimiter=";"),
        lambda: lossctl.compute("mse", table=table),
        lambda: lossctl.compute("mse", P, T, column={"targets": "b"}),
        lambda: lossctl.compute("mse", P, T, per_item=""),
        lambda: lossctl.evaluate(["mse", "mae"], P, T, per_item="a.npy"),
        lambda: lossctl.judge(result, tolerance=1.0),
    ]
    np.save(tmp_path / "t.npy", T)
    for call in calls:
        with pytest.raises(lossctl.LossctlError) as caught:
            call()
        assert "--" not in str(caught.value)


@pytest.mark.parametrize("masked", ["predictions", "targets", "weights"])
@pytest.mark.parametrize("dtype", ["f8", "f4", "i8", "i1", "?"])
def test_what_a_mask_hides_is_missing(masked: str, dtype: str) -> None:
    inputs = {"predictions": P, "targets": T, "weights": np.ones(3)}
    hidden = np.ma.masked_array(np.array([1, 9, 1]).astype(dtype), [False, True, False])
    with pytest.raises(lossctl.DataError, match=r"(NaN|nan) .*at item 1"):
        lossctl.compute("mse", **{**inputs, masked: hidden})
    if masked != "weights":
        shown = {name: array[[0, 2]] for name, array in inputs.items()} | {masked: np.ones(2)}
        result = lossctl.compute("mse", **{**inputs, masked: hidden}, nan="omit")
        by_hand = np.mean((shown["predictions"] - shown["targets"]) ** 2)
        assert (result.value, result.items) == (pytest.approx(by_hand, rel=1e-15), 2)
    bare = np.ma.masked_array(inputs[masked], False)
    assert lossctl.compute("mse", **{**inputs, masked: bare}) == lossctl.compute("mse", **inputs)


@pytest.mark.parametrize("box", [pd.Series, pd.DataFrame])
def test_labels_of_rows_in_another_order_are_refused(box: Any) -> None:
    first = box(P, index=["a", "b", "c"])
    other = box(T[::-1], index=["c", "b", "a"])
    with pytest.raises(lossctl.DataError, match="index of the predictions in another order"):
        lossctl.compute("mse", first, other)
    with pytest.raises(lossctl.DataError, match="another order"):
        lossctl.compute("mse", first, box(T, index=list("abc")), weights=pd.Series(P, list("bca")))
    data = {"predictions": first, "targets": other}
    with pytest.raises(lossctl.DataError, match="another order"):
        lossctl.run({"version": 1, "data": data, "supervised": "mse"})
    by_hand = np.mean((P - T) ** 2)
    fitting = (other.loc[first.index], box(T), box(T, index=["x", "y", "z"]), box(T, index=[0] * 3))
    for targets in fitting:
        assert float(lossctl.compute("mse", first, targets)) == pytest.approx(by_hand, rel=1e-15)


def test_functions_of_losses_stand_for_their_loss() -> None:
    functions = [lossctl.losses.huber, lossctl.losses.mse]
    results = lossctl.evaluate([(functions[0], {"delta": 0.5}), functions[1]], P, T)
    assert [result.loss for result in results] == ["huber", "mse"]
    assert float(lossctl.compute(lossctl.losses.mae, P, T)) == pytest.approx(np.mean(abs(P - T)))


def test_columns_may_be_a_list(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [0.2, 0.7], "y": [0.8, 0.3], "label": [1, 0]})
    column = {"predictions": ["x", "y"], "targets": "label"}
    result = lossctl.compute("cross_entropy", table=frame, column=column)
    assert float(result) == pytest.approx(-np.mean(np.log([0.8, 0.7])))
    place = tmp_path / "items.npy"
    lossctl.compute("cross_entropy", table=frame, column=column, per_item=place)
    assert np.load(place).tolist() == pytest.approx(-np.log([0.8, 0.7]))


def test_one_value_per_item_is_no_number() -> None:
    with pytest.raises(lossctl.UsageError, match="one value per item"):
        float(lossctl.compute("mse", P, T, reduction="none"))


def test_a_function_of_truths_has_no_slope() -> None:
    def above(predictions: Any, targets: Any) -> Any:
        return predictions > targets

    assert lossctl.gradient(above, P, T)["predictions"].tolist() == [0.0, 0.0, 0.0]
