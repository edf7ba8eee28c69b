"""The forest plot: numbers of the comparison, verdicts apart, slices, both doors."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from scipy.stats import t as student

import lossctl as package
from lossctl.pictures.differences import MOST_ROWS
from lossctl.report.formats import PLAIN
from lossctl.report.pictures.terminal import as_sketch
from tests.cli.run import lossctl

N = 400


def models(seed: int = 3) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=N)
    noise = {"base": 1.0, "good": 0.7, "bad": 1.4}
    return truth, {name: truth + size * rng.normal(size=N) for name, size in noise.items()}


def test_intervals_are_those_of_a_paired_t_test(tmp_path: Path) -> None:
    truth, saved = models()
    np.save(tmp_path / "y.npy", truth)
    for name, values in saved.items():
        np.save(tmp_path / f"{name}.npy", values)
    files = [tmp_path / f"{name}.npy" for name in saved]
    command = ("plot", "compare", *files, "--targets", tmp_path / "y.npy", "-l", "mse")
    found = json.loads(lossctl(*command, "-f", "json").out)
    assert not list(Draft202012Validator(package.schema("picture")).iter_errors(found))
    columns = found["columns"]
    assert columns["model"] == ["good", "bad"]
    assert columns["verdict"] == ["better", "worse"]
    for place, name in enumerate(columns["model"]):
        change = (saved[name] - truth) ** 2 - (saved["base"] - truth) ** 2
        half = student.ppf(0.975, N - 1) * change.std(ddof=1) / np.sqrt(N)
        assert columns["difference"][place] == pytest.approx(change.mean())
        assert columns["low"][place] == pytest.approx(change.mean() - half)
        assert columns["high"][place] == pytest.approx(change.mean() + half)
    rows = list(csv.DictReader(lossctl(*command, "-f", "csv").out.splitlines()))
    assert [row["rows"] for row in rows] == [str(N)] * 2
    said = lossctl("compare", *command[2:]).out
    assert all(sentence in said.replace("\n", " ") for sentence in found["sentences"][:1])


def panels(answer: Any) -> list[Any]:
    return list(answer.picture.panels)


def test_verdicts_have_colours_of_their_own_and_margins_a_band() -> None:
    truth, saved = models()
    found = package.plot("compare", saved, targets=truth, loss=["mse", "mae"], margin=0.01)
    first, second = panels(found)
    assert (first.title, second.title) == ("mse", "mae")
    assert first.x.label == "difference in mse (below 0 is better)"
    by_name = {trace.name: trace for trace in first.traces}
    assert by_name["within the margin"].x.tolist() == [-0.01, 0.01]
    assert by_name["better"].y.tolist() == [0.0]
    assert by_name["worse"].y.tolist() == [1.0]
    assert by_name["better"].colour != by_name["worse"].colour
    assert len(set(first.colours()[2:])) == 2
    (higher,) = panels(package.plot("compare", saved, targets=truth, metric="r2"))
    assert "above 0 is better" in higher.x.label
    text = as_sketch(found.picture, PLAIN)
    line = next(row for row in text.splitlines() if row.startswith("good ┤"))
    assert line.index("◆") < line.index("┊")  # better than the baseline: left of 0


def test_slices_follow_their_model_and_the_largest_are_drawn() -> None:
    truth, saved = models()
    two = {name: saved[name] for name in ("base", "good")}
    groups = np.arange(N) % 33
    found = package.plot("compare", two, targets=truth, loss="mse", by={"site": groups})
    columns = found.to_dict()["columns"]
    assert len(columns["slice"]) == 34
    assert columns["slice"][0] == ""
    of_five = columns["slice"].index("5")
    own = (saved["good"] - truth) ** 2 - (saved["base"] - truth) ** 2
    assert columns["difference"][of_five] == pytest.approx(own[groups == 5].mean())
    (panel,) = panels(found)
    assert len(panel.y.names) == MOST_ROWS
    assert panel.y.names[0] == "good"
    largest = int(np.argmax([abs(own[groups == k].mean()) for k in range(33)]))
    assert f"site {largest}" in panel.y.names
    assert f"{MOST_ROWS} rows are drawn" in found.sentences[-1]


def test_what_cannot_be_compared_is_said_as_by_compare(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(3))
    done = lossctl("plot", "compare", tmp_path / "a.npy", "--targets", tmp_path / "a.npy")
    assert done.code == 2
    done = lossctl(
        "plot", "compare", tmp_path / "a.npy", tmp_path / "a.npy", "--names", "a,b",
        "--targets", tmp_path / "a.npy", "-l", "mse", "-o", tmp_path / "a.npy",
    )  # fmt: skip
    assert done.code == 2
