"""What stands beside a value, in every format: intervals, slices, worst rows, gradients."""

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.report.formats import PLAIN, Display
from lossctl.report.results import render

RNG = np.random.default_rng(31)
TARGETS = RNG.normal(size=40)
PREDICTIONS = TARGETS + RNG.normal(size=40)
SIDE = np.repeat(["=cmd|a", "b"], 20)


@pytest.fixture
def result() -> lossctl.Result:
    slices: Any = {"by": {"side": SIDE}}
    return lossctl.compute("mse", PREDICTIONS, TARGETS, interval=True, worst=2, **slices)


def cells(text: str) -> dict[str, dict[str, str]]:
    return {row["loss"]: row for row in csv.DictReader(io.StringIO(text))}


def test_csv_has_intervals_slices_and_worst_rows(result: lossctl.Result) -> None:
    rows = cells(render([result], "csv"))
    assert result.interval is not None
    assert float(rows["mse"]["low"]) == result.interval.low
    assert float(rows["mse"]["high"]) == result.interval.high
    errors = (PREDICTIONS - TARGETS) ** 2
    order = np.argsort(-errors)[:2]
    for rank, at in enumerate(order, 1):
        row = rows[f"mse.worst.{rank}"]
        assert float(row["value"]) == errors[at]
        assert f"where=item {at}," in row["params"]
        assert row["low"] == ""
    (one,) = [each for each in result.slices if each.name == "b"]
    assert one.interval is not None
    assert float(rows["mse.side=b"]["high"]) == one.interval[1]


def test_csv_has_the_figures_of_gradients(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("p.npy", "t.npy")]
    for path, values in zip(paths, (PREDICTIONS, TARGETS), strict=True):
        np.save(path, values)
    found = lossctl.compute("mse", *map(str, paths), gradient_summary=True)
    rows = cells(render([found], "csv"))
    slopes = 2.0 * (PREDICTIONS - TARGETS) / 40.0
    norm = float(rows["mse.gradient.predictions.norm"]["value"])
    assert norm == pytest.approx(float(np.linalg.norm(slopes)), rel=1e-12)
    greatest = rows["mse.gradient.predictions.greatest"]
    assert float(greatest["value"]) == pytest.approx(float(np.abs(slopes).max()), rel=1e-12)
    assert str(int(np.abs(slopes).argmax())) in greatest["params"]


def test_without_intervals_csv_has_no_columns_for_them() -> None:
    text = render([lossctl.compute("mse", PREDICTIONS, TARGETS)], "csv")
    assert "low" not in text.splitlines()[0].split(",")


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_a_slice_with_a_gate_stands_once(result: lossctl.Result, form: str) -> None:
    judged = lossctl.judge(result, fail_over="mse[side=b]=1e-3")
    text = render([result], form, PLAIN._replace(gates=judged.gates))
    (line,) = [each for each in text.splitlines() if each.lstrip("| *").startswith("b ")]
    assert "20" in line
    assert "side=b" not in text.replace("mse[side=b]", "")


def test_a_gate_that_fails_colours_the_value_of_its_slice(result: lossctl.Result) -> None:
    """One that passes has another style."""
    looks = []
    for limit in ("1e-3", "1e3"):
        judged = lossctl.judge(result, fail_over=f"mse[side=b]={limit}")
        display = Display(6, judged.gates, 100, True)
        lines = render([result], "table", display).splitlines()
        (line,) = [each for each in lines if "\x1b[1mb" in each]
        looks.append(line)
    assert looks[0] != looks[1]


def test_answers_describe_themselves_in_a_line() -> None:
    models = {"old": PREDICTIONS, "new": PREDICTIONS + 9.0}
    answer = lossctl.compare(models, targets=TARGETS, loss=["mse", "mae"], by={"side": SIDE})
    assert repr(answer) == (
        "<Comparisons mse of new worse than old, mae of new worse than old, 4 slices>"
    )
    failed = lossctl.judge(answer, fail_over={"mse": 0.5, "mae": 0.5})
    assert repr(failed).startswith("<Verdict exit code 1, 2 gates: gate failed: mse of new is ")
    assert repr(failed).endswith(" (and 1 more)>")
    assert repr(lossctl.judge(answer, fail_over={"mse": 500})) == "<Verdict passed: 1 gate>"
