"""Formulas name columns of any name, and compare columns of text with words."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import lossctl
from lossctl.core.errors import LossctlError

TABLE = pd.DataFrame(
    {
        "sex": ["F", "M", "F", "M", None],
        "age-y": [40.0, 61.0, 70.0, 30.0, 65.0],
        "pred p": [0.2, 0.8, 0.6, 0.1, 0.3],
        "été": [0.0, 1.0, 1.0, 0.0, 1.0],
        "sum": [1.0, 2.0, 3.0, 4.0, 5.0],
    }
)
DATA = {"table": "d.csv", "predictions": "d.csv::pred p", "targets": "d.csv::été"}


@pytest.fixture(params=["csv", "parquet", "jsonl"])
def run(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a function that runs a configuration beside the table, in each format."""
    monkeypatch.chdir(tmp_path)
    form = request.param
    {
        "csv": lambda: TABLE.to_csv("d.csv", index=False),
        "parquet": lambda: TABLE.to_parquet("d.parquet"),
        "jsonl": lambda: TABLE.to_json("d.jsonl", orient="records", lines=True),
    }[form]()
    data = {name: place.replace("csv", form) for name, place in DATA.items()}

    def answer(**terms: Any) -> Any:
        (result,) = lossctl.run({"version": 1, "data": data, **terms})
        return result

    return answer


def raw(result: Any, name: str = "r") -> float:
    return float(next(one for one in result.components if one.name == name).raw)


@pytest.mark.parametrize(
    ("formula", "truths"),
    [
        ("`age-y` > 60", [0, 1, 1, 0, 1]),
        ("`age-y` > 60 -> `pred p` >= 0.5", [1, 1, 1, 1, 0]),
        ("`été` == 1", [0, 1, 1, 0, 1]),
        ("`sum` > 2", [0, 0, 1, 1, 1]),
        ("min(`sum`, `age-y`) > 2", [0, 0, 1, 1, 1]),
    ],
)
def test_columns_of_any_name(run: Any, formula: str, truths: list[float]) -> None:
    result = run(rules=[{"name": "r", "formula": formula}])
    assert raw(result) == pytest.approx(np.mean((1 - np.array(truths)) ** 2), abs=1e-12)


@pytest.mark.parametrize(
    ("formula", "truths"),
    [
        ('sex == "F"', [1, 0, 1, 0]),
        ("sex != 'F'", [0, 1, 0, 1]),
        ("'M' == sex | `age-y` > 60", [0, 1, 1, 1]),
        ('not sex == "F" -> `pred p` > 0.5', [1, 1, 1, 0]),
        ('sex == "F" & sex == "M"', [0, 0, 0, 0]),
    ],
)
def test_texts(run: Any, formula: str, truths: list[float]) -> None:
    """The last row has no text, so its truth is not known."""
    result = run(rules=[{"name": "r", "formula": formula, "nan": "omit"}])
    assert raw(result) == pytest.approx(np.mean((1 - np.array(truths)) ** 2), abs=1e-12)


def test_a_missing_text_is_not_another_word(run: Any) -> None:
    with pytest.raises(LossctlError, match="NaN"):
        run(rules=[{"name": "r", "formula": 'sex != "F"'}])


def test_a_condition_on_text(run: Any) -> None:
    reading = {"nan": "omit"}
    result = run(
        supervised=[{"name": "r", "loss": "mse", "where": 'sex == "F"', "reading": reading}]
    )
    assert raw(result) == pytest.approx((0.2**2 + 0.4**2) / 2, rel=1e-12)


def test_a_word_that_never_comes_is_noted(run: Any) -> None:
    result = run(rules=[{"name": "r", "formula": 'sex == "f"', "nan": "omit"}])
    assert raw(result) == 1.0
    assert any("sex is never 'f'" in note for note in result.notes)


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ('sex < "F"', "by == or !="),
        ('"F"', "text can only be compared with a column"),
        ('"F" == "M"', "text can"),
        ('sex + "F" > 1', "by == or !="),
        ('`pred p` == "F"', "holds numbers"),
        ('sex == "F', "the closing quote is missing"),
        ("`age-y > 60", "the closing quote is missing"),
        ("`age y` > 60", "did you mean age-y"),
        ("``> 60", "the closing quote is missing"),
    ],
)
def test_mistakes(run: Any, formula: str, said: str) -> None:
    with pytest.raises(LossctlError) as caught:
        run(rules=[{"name": "r", "formula": formula}])
    assert said in str(caught.value)
