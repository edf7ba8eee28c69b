"""What an array carries beside its numbers: masks, labels of rows, names of columns, fields.

None of it is dropped in silence. Expected values are worked out by hand.
"""

import decimal
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather
from pyarrow import parquet as pq

import lossctl
from lossctl.core.errors import DataError

MASKED = np.ma.array([1.0, 2.0, 99.0], mask=[False, False, True])


def refused(error: str, *inputs: Any, loss: str = "mse", **options: Any) -> str:
    """Return the message of a refusal, of two lines at the most."""
    with pytest.raises(DataError, match=error) as caught:
        lossctl.compute(loss, *inputs, **options)
    assert len(str(caught.value)) < 300
    return str(caught.value)


def test_masked_entries_are_missing() -> None:
    """(1 − 1)², (2 − 4)² count; what lies under the mask, (99 − 3)², does not."""
    targets = [1.0, 4.0, 3.0]
    for given in (
        MASKED,
        list(MASKED),
        MASKED.astype("f4"),
        np.ma.array([1, 2, 99], mask=[0, 0, 1]),
    ):
        refused("NaN in the predictions at item 2", given, targets)
        for pair in ((given, targets), (targets, given)):
            result = lossctl.compute("mse", *pair, nan="omit")
            assert (result.value, result.omitted) == (2.0, 1)
    rows = [np.ma.array([1.0, 99.0], mask=[0, 1]), np.ma.array([2.0, 3.0], mask=[0, 0])]
    result = lossctl.compute("mse", rows, [[1.0, 0.0], [2.0, 6.0]], nan="omit")
    assert (result.value, result.omitted) == (3.0, 1)
    plain = np.ma.array([1.0, 2.0], mask=[False, False])
    assert lossctl.compute("mse", plain, [1.0, 4.0]).value == 2.0
    refused("weights must be finite", [1.0, 2.0, 3.0], targets, weights=MASKED)


def test_masked_labels_are_missing() -> None:
    labels = np.ma.array(["no", "yes", "none"], mask=[False, False, True])
    result = lossctl.compute("bce", [0.2, 0.8, 0.9], labels, positive="yes", nan="omit")
    assert result.value == pytest.approx(-math.log(0.8))
    numbers = np.ma.array([0, 1, 7], mask=[False, False, True])
    assert lossctl.compute("bce", [0.2, 0.8, 0.9], numbers, nan="omit").value == result.value


def test_rows_of_the_same_labels_in_another_order_are_refused() -> None:
    p = pd.Series([1.0, 2.0, 3.0], index=["a", "b", "c"])
    t = pd.Series([2.0, 1.0, 3.0], index=["b", "a", "c"])
    message = refused("index of the predictions in another order", p, t)
    assert ".loc[predictions.index]" in message
    assert lossctl.compute("mse", p, t.loc[p.index]).value == 0.0  # the advice
    assert lossctl.compute("mse", p.to_numpy(), t.to_numpy()).value == pytest.approx(2 / 3)
    refused("another order", p, p, weights=t)
    refused("another order", p.to_frame(), t.to_frame())
    for index in (["b", "b", "a"], ["a", "b", "b"]):  # labels that stand in several rows
        refused("another order", p.set_axis(["b", "a", "b"]), t.set_axis(index))
    default = pd.Series([1.0, 2.0, 3.0])
    refused("another order", default, pd.Series([3.0, 1.0, 2.0], index=[2, 0, 1]))
    refused("shares a part of the index", p, t.set_axis(["b", "c", "d"]))
    with pytest.raises(DataError, match="another order"):
        lossctl.recommend(predictions=p, targets=t, task="regression", no_input=True)
    term = {"loss": "mse", "predictions": "p", "targets": "t"}
    with pytest.raises(DataError, match="another order"):
        lossctl.run({"version": 1, "data": {"p": p, "t": t}, "supervised": [term]})


def test_rows_of_other_labels_are_matched_by_place() -> None:
    held_out = [7, 2, 9]  # as train_test_split leaves them
    t = pd.Series([1.0, 2.0, 4.0], index=held_out)
    values = [1.0, 2.0, 3.0]
    indexes = (None, held_out, ["x", "y", "z"])
    for p in (values, *(pd.Series(values, index=index) for index in indexes)):
        assert lossctl.compute("mse", p, t).value == pytest.approx(1 / 3)


def test_numbered_columns_in_the_order_of_text() -> None:
    """Columns as `pivot` and sorted keys leave them: p_0, p_1, p_10, p_11, p_2."""
    scores = np.random.default_rng(0).dirichlet(np.ones(12), size=5)
    labels = [0, 2, 10, 11, 7]
    names = [f"p_{n}" for n in range(12)]
    frame = pd.DataFrame(scores, columns=names)[sorted(names)]
    result = lossctl.compute("cross_entropy", frame, labels)
    expected = -np.log(scores[np.arange(5), labels]).mean()
    assert result.value == pytest.approx(expected)
    (note,) = result.notes
    assert note.startswith("predictions: columns are ordered by their numbers: p_0, p_1, p_2, ")
    gradient = lossctl.gradient("cross_entropy", frame, labels)["predictions"]
    places = [list(frame.columns).index(f"p_{label}") for label in labels]
    assert (np.nonzero(gradient)[1] == places).all()  # it is shaped like the frame
    plain = lossctl.compute("cross_entropy", pd.DataFrame(scores, columns=names), labels)
    assert plain.value == pytest.approx(expected)
    assert not plain.notes
    (run,) = lossctl.run({"version": 1, "data": {"p": frame, "y": np.array(labels)},
                          "supervised": [{"loss": "cross_entropy", "predictions": "p",
                                          "targets": "y"}]})  # fmt: skip
    assert run.components[0].raw == pytest.approx(expected)


def test_other_columns_keep_their_order() -> None:
    rows = np.array([[0.5, 0.3, 0.2], [0.1, 0.8, 0.1]])
    for names in (["b", "a", "c"], ["p_2", "p_0", "p_1"], ["x_1", "x_a", "y"], [2, 0, 1]):
        result = lossctl.compute("cross_entropy", pd.DataFrame(rows, columns=names), [0, 1])
        assert result.value == pytest.approx(-math.log(0.5 * 0.8) / 2)
        assert not result.notes


def test_what_holds_no_plain_numbers_is_refused_with_what_works() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    targets = np.array([[1.0, 0.0], [0.0, 1.0]])
    message = refused("sparse matrix", sparse.csr_matrix(targets), targets)
    assert "predictions.toarray()" in message
    records = np.zeros(2, [("score", "f8"), ("t", "f8")])
    assert "array['score']" in refused("'score'", records, [0.0, 0.0])
    assert "array.real" in refused("complex128", np.array([1j, 2j]), [0.0, 0.0])
    days = np.array(["2026-01-01", "2026-01-03"], "M8[D]")
    message = refused("datetime64", days, [0.0, 2.0])
    array = days
    advice = "(array - array.min()) / np.timedelta64(1, 'D')"
    assert message.endswith(advice)
    numbers = eval(advice, {"array": array, "np": np})  # noqa: S307 - the advice is followed
    assert lossctl.compute("mse", numbers, [0.0, 2.0]).value == 0.0
    refused("timedelta64", days - days[0], [0.0, 2.0])
    refused("Timestamp at item 0", pd.Series(days).dt.tz_localize("UTC"), [0.0, 2.0])
    refused("texts, such as 'a', and other types .int at item 1.", ["a", 1], ["a", "b"])
    refused("more than 64 bits", [1, 2**70], [0.0, 2.0])


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_a_matrix_is_read_as_the_rows_it_has() -> None:
    matrix = np.asmatrix([[1.0, 2.0], [3.0, 4.0]])
    assert lossctl.compute("mse", matrix, [[1.0, 2.0], [3.0, 6.0]]).value == 1.0


def test_objects_that_are_numbers() -> None:
    half = decimal.Decimal("0.5")
    assert lossctl.compute("mse", [half, decimal.Decimal(2)], [0.5, 4.0]).value == 2.0
    flags = np.array([True, False, True], object)
    expected = -math.log(0.9 * 0.8 * 0.6) / 3
    for given in (
        flags,
        pd.Series(flags),
        pd.array([True, False, True], "boolean"),
        [np.True_, False, 1],
    ):
        assert lossctl.compute("bce", [0.9, 0.2, 0.6], given).value == pytest.approx(expected)
    for gap in (None, pd.NA, np.nan):
        objects = np.array([1, gap, 3], object)
        refused("NaN in the targets at item 1", [1.0, 2.0, 5.0], objects)
        for given in (objects, pd.Series(objects), pd.Series(pd.array([1, gap, 3], "Int64"))):
            assert lossctl.compute("mse", [1.0, 2.0, 5.0], given, nan="omit").value == 2.0
    labels = np.array([True, None, True], object)
    assert lossctl.compute("bce", [0.9, 0.2, 0.6], labels, nan="omit").value == pytest.approx(
        -math.log(0.9 * 0.6) / 2
    )
    rows = pd.Series([[0.5, 0.5], [0.25, 0.75]])  # a list in each cell
    assert lossctl.compute("mse", rows, [[0.5, 0.5], [0.25, 0.25]]).value == 0.0625


@pytest.mark.parametrize("form", ["parquet", "feather"])
def test_typed_columns_that_are_numbers(form: str, tmp_path: Path) -> None:
    numbers = [decimal.Decimal("1.5"), decimal.Decimal("2.5"), decimal.Decimal("3.5")]
    columns = {
        "exact": pa.array(numbers), "gap": pa.array([1, None, 3]),
        "flag": pa.array([True, None, True]), "p": pa.array([0.9, 0.2, 0.6]),
        "code": pa.array([4, 2, 4]).dictionary_encode(),
    }  # fmt: skip
    file = tmp_path / f"t.{form}"
    table = pa.table(columns)
    pq.write_table(table, file) if form == "parquet" else feather.write_feather(table, str(file))
    assert lossctl.compute("mse", [1.5, 2.5, 5.5], f"{file}::exact").value == pytest.approx(4 / 3)
    assert lossctl.compute("mse", [4.0, 2.0, 1.0], f"{file}::code").value == 3.0
    refused("NaN in the targets at data row 2", [1.0, 2.0, 5.0], f"{file}::gap")
    assert lossctl.compute("mse", [1.0, 2.0, 5.0], f"{file}::gap", nan="omit").value == 2.0
    flags = lossctl.compute("bce", f"{file}::p", f"{file}::flag", nan="omit")
    assert flags.value == pytest.approx(-math.log(0.9 * 0.6) / 2)


def as_csv(columns: dict[str, Any], path: Path) -> Path:
    pd.DataFrame(columns).to_csv(path.with_suffix(".csv"), index=False)
    return path.with_suffix(".csv")


def as_jsonl(columns: dict[str, Any], path: Path) -> Path:
    rows = [json.dumps(row) for row in pd.DataFrame(columns).to_dict("records")]
    path.with_suffix(".jsonl").write_text("\n".join(rows))
    return path.with_suffix(".jsonl")


def as_parquet(columns: dict[str, Any], path: Path) -> Path:
    pq.write_table(pa.table(columns), path.with_suffix(".parquet"))
    return path.with_suffix(".parquet")


@pytest.mark.parametrize("write", [as_csv, as_jsonl, as_parquet])
@pytest.mark.parametrize("name", ["id", "item_id", "uuid"])
def test_tables_whose_ids_are_in_another_order(
    write: Callable[..., Path], name: str, tmp_path: Path
) -> None:
    """Rows of x, y, z: predictions 1, 2, 3 and targets 1, 2, 4; by place the mean is 3."""
    first = write({name: ["x", "y", "z"], "p": [1.0, 2.0, 3.0]}, tmp_path / "p")
    other = write({name: ["z", "y", "x"], "t": [4.0, 2.0, 1.0]}, tmp_path / "t")
    pair = f"{first}::p", f"{other}::t"
    assert f"id='{name}'" in refused(f"the ids in {name} are in another order than", *pair)
    assert lossctl.compute("mse", *pair, id=name).value == pytest.approx(1 / 3)
    with pytest.raises(DataError, match="another order"):
        lossctl.recommend(predictions=pair[0], targets=pair[1], task="regression", no_input=True)
    term = {"loss": "mse", "predictions": "p", "targets": "t"}
    data = {"p": pair[0], "t": pair[1]}
    (run,) = lossctl.run({"version": 1, "data": data, "supervised": [term]})
    assert any("another order" in note for note in run.notes)


def test_ids_that_say_nothing_of_the_order(tmp_path: Path) -> None:
    first = as_csv({"id": ["x", "y", "z"], "p": [1.0, 2.0, 3.0]}, tmp_path / "p")
    same = as_jsonl({"id": ["x", "y", "z"], "t": [1.0, 2.0, 4.0]}, tmp_path / "t")
    result = lossctl.compute("mse", f"{first}::p", f"{same}::t")
    assert (result.value, result.notes) == (pytest.approx(1 / 3), ())
    others = as_csv({"id": ["u", "v", "w"], "t": [1.0, 2.0, 4.0]}, tmp_path / "u")
    result = lossctl.compute("mse", f"{first}::p", f"{others}::t")
    assert result.value == pytest.approx(1 / 3)
    assert "ids in id are not those of" in result.notes[0]
    users = as_csv({"user_id": ["x", "x", "z"], "p": [1.0, 2.0, 3.0]}, tmp_path / "v")
    mixed = as_csv({"user_id": ["x", "z", "x"], "t": [1.0, 2.0, 4.0]}, tmp_path / "w")
    result = lossctl.compute("mse", f"{users}::p", f"{mixed}::t")
    assert "rows are matched by position" in result.notes[0]
