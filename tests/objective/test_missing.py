"""Rows where a formula has no value: refused with the row and the formula, or left out."""

from pathlib import Path

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import DataError
from tests.objective._help import answer_of, gradients_of

NAN = float("nan")
COLUMNS = {
    "a": np.array([0.9, NAN, 0.2, 0.6]),
    "b": np.array([0.3, 0.1, NAN, 0.9]),
    "p": np.array([1.0, 0.0, 1.0, 0.0]),
    "q": np.array([0.2, 0.5, 0.7, 0.9]),
}
FORMULAS = [  # what each gives and how many of its rows have a value, worked out by hand
    ("a > 0.5", 1, 3, 2 / 3),
    ("~(a > 0.5)", 1, 3, 1 / 3),
    ("a > 0.5 -> p", 1, 3, 2 / 3),
    ("(a > 0.5) & (b > 0.2)", 1, 2, 1.0),
    ("where(b > 0.2, 1, 0) > 0", 2, 3, 2 / 3),
    ("sqrt(q - 0.3) > 0.5", 0, 3, 2 / 3),
    ("~(sqrt(q - 0.3) > 0.5)", 0, 3, 1 / 3),
    ("a != b", 1, 2, 1.0),
    ("a ^ 0 > 0.5", 1, 3, 1.0),
    ("a -> q > 0.4", 1, 3, (0.1 + 1 + 1) / 3),
]


@pytest.mark.parametrize(("formula", "row", "rows", "truth"), FORMULAS)
def test_a_rule_without_a_value(formula: str, row: int, rows: int, truth: float) -> None:
    with pytest.raises(DataError) as raised:
        answer_of(f'rules: [{{formula: "{formula}"}}]', COLUMNS)
    said = str(raised.value)
    assert f"{formula} is NaN at item {row};" in said
    assert "nan: omit" in said
    assert "predictions" not in said
    assert "--nan" not in said
    (one,) = answer_of(f'rules: [{{formula: "{formula}", nan: omit}}]', COLUMNS).components
    assert (one.items, one.omitted) == (rows, 4 - rows)
    assert one.satisfaction == pytest.approx(truth)


@pytest.mark.parametrize(
    "arrow", ["reichenbach", "kleene_dienes", "goguen", "lukasiewicz", "godel"]
)
@pytest.mark.parametrize("formula", ["a -> q", "q -> a", "a <-> q"])
def test_every_implication(arrow: str, formula: str) -> None:
    with pytest.raises(DataError, match=r"is NaN at item 1"):
        answer_of(f'rules: [{{formula: "{formula}", implication: {arrow}}}]', COLUMNS)


def test_no_row_has_a_value() -> None:
    with pytest.raises(DataError, match=r"log\(q - 2\) > 1 is NaN at item 0.*4 items"):
        answer_of('rules: [{formula: "log(q - 2) > 1"}]', COLUMNS)


def test_a_guarded_formula() -> None:
    text = 'rules: [{formula: "where(q > 0.3, sqrt(q - 0.3), 0) >= 0"}]'
    assert answer_of(text, COLUMNS).components[0].satisfaction == 1.0


@pytest.mark.parametrize("penalty", ["quadratic", "linear", "hinge", "log_barrier"])
def test_a_constraint_without_a_value(penalty: str) -> None:
    with pytest.raises(DataError, match=r"a <= 0.5 is NaN at item 1; .*nan: omit"):
        answer_of(f'constraints: [{{formula: "a <= 0.5", penalty: {penalty}}}]', COLUMNS)


@pytest.mark.parametrize("where", ["a > 0.5", "~(a > 0.5)", "a > 0.5 or p", "a"])
def test_a_condition_without_a_value(where: str) -> None:
    text = f'rules: [{{formula: "p > 0.5", where: "{where}"'
    with pytest.raises(DataError) as raised:
        answer_of(text + "}]", COLUMNS)
    assert f"{where} is NaN at item 1; leave such rows out with nan: omit" in str(raised.value)
    known = {name: np.delete(column, 1) for name, column in COLUMNS.items()}
    assert answer_of(text + ", nan: omit}]", COLUMNS).total == answer_of(text + "}]", known).total


def test_a_condition_of_a_loss() -> None:
    text = 'supervised: {loss: mse, predictions: p, targets: q, where: "a > 0.5"'
    with pytest.raises(DataError, match=r"a > 0.5 is NaN at item 1"):
        answer_of(text + "}", COLUMNS)
    found = answer_of(text + ", reading: {nan: omit}}", COLUMNS)
    assert found.total == pytest.approx((0.8**2 + 0.9**2) / 2)


def test_a_mask_without_a_value() -> None:
    with pytest.raises(DataError, match=r"mask is NaN at item 1"):
        answer_of('rules: [{formula: "p > 0.5", mask: a, nan: omit}]', COLUMNS)


def test_rows_left_out_have_no_gradient() -> None:
    text = 'constraints: [{formula: "where(a > 0.1, q, 0) <= 0.1", nan: omit}]'
    (slopes,) = (one for name, one in gradients_of(text, COLUMNS).items() if name == "q")
    assert slopes[1] == 0.0
    assert np.all(slopes[[0, 2, 3]] > 0.0)


def test_columns_of_nothing_but_nan(recwarn: pytest.WarningsRecorder) -> None:
    with pytest.raises(DataError, match="is NaN at item"):
        answer_of('rules: [{formula: "a | p"}]', {**COLUMNS, "a": np.full(4, NAN)})
    assert not recwarn.list


TWO = """\
version: 1
data: {x: x.npy, y: y.npy}
supervised: {loss: mse, predictions: y, targets: y}
TERM: [{values: x}]
"""


@pytest.mark.parametrize("term", ["rules", "constraints"])
def test_values_are_not_called_predictions(term: str, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(TWO.replace("TERM", term))
    np.save(tmp_path / "x.npy", COLUMNS["a"])
    np.save(tmp_path / "y.npy", COLUMNS["q"])
    for data in ({}, {"x": COLUMNS["a"]}):
        with pytest.raises(
            DataError, match="NaN at item 1; leave such rows out with nan: omit"
        ) as e:
            lossctl.run(tmp_path / "c.yaml", data=data)
        assert "predictions" not in str(e.value)
        assert "--nan" not in str(e.value)
