"""Results: strict JSON, a signature that tells results apart, a status."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lossctl.api import compute
from lossctl.core import notebook
from lossctl.core.errors import UsageError
from lossctl.core.result import ClassValue, Part, Reading, Result, finite_or_none
from lossctl.version import __version__
from tests.conformance.cases import Case, draw, each_case, run, several

READING = Reading("values", "declared", "mse reads values", "regression", "values")
PLAIN = Result("mse", {}, 0.5, "mean", 4, 0, 0, READING)


def strict(data: dict[str, Any]) -> dict[str, Any]:
    """Go through JSON that has no NaN and no infinity."""
    loaded: dict[str, Any] = json.loads(json.dumps(data, allow_nan=False))
    return loaded


@each_case()
def test_every_result_is_strict_json(case: Case) -> None:
    result = run(case, draw(case, 4))
    data = result.to_dict()
    assert strict(data) == data
    assert data["loss"] == case.loss.id
    assert data["value"] == result.value
    assert list(data["params"]) == [param.name for param in case.loss.params]
    assert data["signature"] == result.signature
    assert data["input"]["kind"] == case.form.kind


@each_case("items", "set", "grid", defaults=True)
def test_item_values_are_strict_json(case: Case) -> None:
    arrays, options = several(case, 4)
    result = run(case, arrays, reduction="none", **options)
    data = strict(result.to_dict())
    assert data["value"] is None
    assert np.array_equal(np.array(data["values"]), result.value)
    assert json.loads(json.dumps(data))["status"] == "ok"


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_null(wrong: float) -> None:
    scalar = replace(PLAIN, value=wrong)
    assert scalar.status == "nonfinite"
    assert strict(scalar.to_dict())["value"] is None
    items = replace(PLAIN, value=np.array([[1.0, wrong], [2.0, 3.0]]), reduction="none")
    assert items.status == "nonfinite"
    assert strict(items.to_dict())["values"] == [[1.0, None], [2.0, 3.0]]
    empty = replace(PLAIN, value=np.array(wrong), reduction="none")
    assert strict(empty.to_dict())["values"] is None
    assert finite_or_none(wrong) is None
    assert finite_or_none(2.0) == 2.0


def test_the_signature_of_defaults() -> None:
    assert PLAIN.signature == f"mse|input:values|reduction:mean|n:4|lossctl:{__version__}"


def test_the_signature_spells_every_sort_of_value() -> None:
    params = {"a": 2.0, "b": 0.1, "c": None, "d": True, "e": (0.5, 1.0), "f": "x", "g": 1e-10}
    signature = replace(PLAIN, params=params, options={"ignore_index": None}).signature
    spelt = "a:2|b:0.1|c:null|d:true|e:[0.5,1]|f:x|g:1e-10|"
    assert signature.startswith(f"mse|{spelt}input:values")
    assert "|ignore_index:null|" in signature


def test_signatures_tell_results_apart() -> None:
    inputs = [0.9, 0.2, 0.6], [1.0, 0.0, 0.0]
    given: list[dict[str, Any]] = [
        {}, {"gamma": 1.0}, {"alpha": None}, {"reduction": "sum"}, {"input": "logits"},
        {"weights": [1.0, 2.0, 1.0]}, {"class_weights": [1.0, 2.0]}, {"nan": "omit"},
        {"precision": "double"}, {"ignore_index": 5}, {"task": "binary"},
    ]  # fmt: skip
    signatures = [compute("focal", *inputs, **options).signature for options in given]
    assert len(set(signatures)) == len(given)
    assert signatures[0] == compute("focal", *inputs, threads=1).signature


@each_case()
def test_the_parameters_of_a_result_give_the_result_again(case: Case) -> None:
    arrays = draw(case, 5)
    result = run(case, arrays)
    again = run(replace(case, params=result.params), arrays)
    assert again.value == result.value
    assert again.signature == result.signature


def test_a_result_as_a_number_a_text_and_a_frame() -> None:
    assert float(PLAIN) == 0.5
    assert f"{PLAIN:.3f}" == "0.500"
    assert f"{PLAIN}" == repr(PLAIN) == "<Result mse 0.5: mean over 4 items of values>"
    assert replace(PLAIN) == PLAIN
    assert replace(PLAIN, value=0.25) != PLAIN
    assert PLAIN != 0.5
    (row,) = PLAIN.to_frame().itertuples(index=False)
    assert row == ("mse", 0.5, "mean", 4, PLAIN.signature)
    with pytest.raises(TypeError, match="unhashable"):
        hash(PLAIN)


def test_one_value_an_item() -> None:
    grid = replace(PLAIN, value=np.arange(6.0).reshape(2, 3), reduction="none")
    assert repr(grid) == "<Result mse array of (2, 3): one per item 4 items of values>"
    frame = grid.to_frame()
    assert list(frame.columns) == ["mse"]
    assert frame.loc[(1, 2), "mse"] == 5.0
    flat = replace(grid, value=np.array([1.0, np.nan]))
    assert list(flat.to_frame().index) == [0, 1]
    assert flat == replace(flat)
    with pytest.raises(UsageError, match="mse"):
        float(flat)


def test_classes_and_parts_inside_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """Classes of one name are told apart by their index."""
    first, second = ClassValue(0, "a", 0.25, 3.0), ClassValue(2, "b\n", 0.75, 1.5)
    part = Part("overlap", "dice", 0.5, 2.0, 1.0)
    whole = replace(PLAIN, classes=(first, second), parts=(part,), notes=("n",), params={"k": 1})
    names = [one.name for one in whole.inner_values("m")]
    assert names == ["m.class.a", "m.class.b\\x0a", "m.overlap"]
    assert [one.value for one in whole.inner_values()] == [0.25, 0.75, 0.5]
    alike = replace(whole, classes=(first, replace(second, name="a")))
    assert [one.name for one in alike.inner_values()][:2] == ["mse.class.0", "mse.class.2"]
    assert whole.inner_values()[1].facts == {"class": "2", "target_mass": "1.5"}
    monkeypatch.setattr(notebook, "find_spec", lambda _: None)  # without Jinja2 there is no page
    table = replace(whole, context={"chance": 0.125})._repr_html_()
    for cell in (
        "mse.class.a",
        "0.25",
        "mse.overlap",
        "chance",
        "0.125",
        "mse:k=1",
        whole.signature,
    ):
        assert f">{cell}</t" in table
    assert list(whole.to_frame()["value"]) == [0.5, 0.25, 0.75, 0.5]
    data = strict(replace(whole, baseline={"value": 1.0}).to_dict())
    assert data["baseline"] == {"value": 1.0}
    assert data["parts"][0]["weighted"] == 1.0
    assert data["classes"][1]["target_mass"] == 1.5
    assert whole.with_notes(["before"]).notes == ("before", "n")


def test_slices_are_rows_of_their_own() -> None:
    found = compute("mae", [1.0, 2.0, 4.0], [0.0, 0.0, 0.0], by={"part": [0, 1, 1]}, min_size=1)
    inner = {one.name: (one.value, one.facts) for one in found.inner_values()}
    assert inner == {"mae.part=0": (1.0, {"n": "1"}), "mae.part=1": (3.0, {"n": "2"})}
