"""Values over time: by hand, the best one, signs as `check` has them, logs, what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

import lossctl as package
from lossctl.report.formats import PLAIN
from lossctl.report.pictures.terminal import as_sketch
from tests.cli.run import lossctl

EPOCHS = np.arange(30)
TRAINING = 2.0 * np.exp(-EPOCHS / 8.0)
VALIDATION = 2.0 * np.exp(-EPOCHS / 6.0) + 0.3 + 0.03 * np.maximum(EPOCHS - 14, 0)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    truth = np.linspace(-1.0, 1.0, 50)
    np.save(tmp_path / "y.npy", truth)
    for place, size in enumerate((0.9, 0.5, 0.2, 0.4)):
        np.save(tmp_path / f"p{place}.npy", truth + size)
    return tmp_path


def test_values_of_checkpoints_and_the_best_one(runs: Path) -> None:
    command = ("plot", "series", runs / "y.npy", "--series", str(runs / "p?.npy"))
    more = ("-l", "mse", "-l", "huber:delta=0.3", "--metric", "r2", "-f", "json")
    found = json.loads(lossctl(*command, *more).out)
    assert not list(Draft202012Validator(package.schema("picture")).iter_errors(found))
    columns = found["columns"]
    sizes = np.array([0.9, 0.5, 0.2, 0.4])
    spread = np.linspace(-1.0, 1.0, 50).var()
    huber = np.where(sizes <= 0.3, 0.5 * sizes**2, 0.3 * (sizes - 0.15))
    expected = np.concatenate([sizes**2, huber, 1.0 - sizes**2 / spread])
    assert columns["value"] == pytest.approx(expected)
    assert columns["checkpoint"] == [0, 1, 2, 3] * 3
    assert columns["mark"] == ["", "", "best", ""] * 3
    assert columns["series"][::4] == ["mse", "huber:delta=0.3", "r2"]
    assert columns["file"][2].endswith("p2.npy")
    assert found["sentences"][0].startswith("mse is lowest, 0.04, at checkpoint 2 (of 0 to 3), ")
    assert "r2 is highest" in found["sentences"][2]
    text = lossctl(*command, "-l", "mse", env={"LC_ALL": "C.UTF-8"}).out
    assert "■    lowest mse: checkpoint 2" in text


def test_signs_are_those_of_check_where_they_begin(tmp_path: Path) -> None:
    log = {"train_loss": TRAINING, "val_loss": VALIDATION}
    (finding,) = package.check(log=log).findings
    assert finding.code == "LC705"
    found = package.plot("series", log=log)
    data = found.to_dict()["columns"]
    signs = [
        (s, e) for s, e, m in zip(*list(data.values())[:2], data["mark"], strict=True) if "LC" in m
    ]
    assert signs == [("val_loss", finding.evidence["epoch"])]
    assert found.sentences[-1] == f"LC705: {finding.message}"
    (panel,) = found.picture.panels  # training and validation share a scale
    assert panel.y.label == "loss (less is better)"
    mark = next(trace for trace in panel.traces if trace.name.startswith("LC705"))
    assert mark.x.tolist() == [finding.evidence["epoch"]]
    assert mark.y[0] < min(TRAINING.min(), VALIDATION.min())  # beside the curves, not over them
    lines = [f"{a},{b}" for a, b in zip(TRAINING, VALIDATION, strict=True)]
    (tmp_path / "log.csv").write_text("\n".join(["loss,val_loss", *lines]))
    drawn = lossctl("plot", "series", "--log", f"{tmp_path / 'log.csv'}::loss,val_loss")
    assert "LC705: val_loss rises" in drawn.out.replace("\n", " ")


def test_more_is_better_where_the_name_or_the_caller_says_so() -> None:
    rising = np.linspace(0.1, 0.9, 20)
    log = {"val_accuracy": rising, "score": rising, "loss": rising[::-1]}
    found = package.plot("series", log=log, higher_is_better=["score"])
    assert [found.facts[f"best.{name}"] for name in log] == [19, 19, 19]
    assert not any("LC7" in line for line in found.sentences)
    assert [panel.y.label for panel in found.picture.panels][:2] == [
        "accuracy (more is better)",
        "score (more is better)",
    ]
    other = package.plot("series", log={"score": rising})
    assert other.facts["best.score"] == 0


def test_a_log_is_drawn_over_its_epochs_and_settings_are_not_judged() -> None:
    log = {"epoch": EPOCHS + 1, "loss": TRAINING, "lr": 0.1 * 0.9**EPOCHS, "time_s": EPOCHS + 0.5}
    found = package.plot("series", log=log)
    assert [panel.y.label for panel in found.picture.panels] == [
        "loss (less is better)",
        "lr",
        "time_s",
    ]
    assert "best.lr" not in found.facts
    assert found.facts["best.loss"] == 30
    (loss, rate, _) = found.picture.panels
    assert loss.x.label == "epoch"
    assert loss.traces[0].x.tolist() == (EPOCHS + 1).tolist()
    assert [trace.style for trace in rate.traces] == ["line"]
    assert not any("LC70" in line and "time" in line for line in found.sentences)


@pytest.mark.parametrize(
    ("names", "unit", "said"),
    [
        (("step_00100", "step_00250", "step_00900"), "step", "step 250"),
        (("run3-epoch=1", "run3-epoch=2", "run3-epoch=10"), "epoch", "epoch 2"),
        (("best", "last", "swa"), "checkpoint", "last"),
        (("e1_v2", "e2_v1", "e3_v3"), "checkpoint", "e2_v1"),
    ],
)
def test_checkpoints_are_called_by_what_their_files_say(
    names: tuple[str, ...], unit: str, said: str, tmp_path: Path
) -> None:
    truth = np.linspace(0.0, 1.0, 9)
    for name, error in zip(names, (0.5, 0.1, 0.3), strict=True):
        np.save(tmp_path / f"{name}.npy", truth + error)
    found = package.plot("series", truth, series=str(tmp_path / "*.npy"), loss="mse")
    assert f"lowest, 0.01, at {said} (" in found.sentences[0]
    (panel,) = found.picture.panels
    assert panel.x.label == unit
    assert list(panel.x.names) == ([] if " " in said else list(names))


def test_values_that_are_not_finite_leave_a_gap() -> None:
    values = np.array([3.0, 2.0, 1.0, 1.5, np.nan, np.inf, np.nan, np.nan])
    found = package.plot("series", log={"loss": values})
    assert found.facts["best.loss"] == 2
    assert "LC701" in "".join(found.sentences)
    data = found.to_dict()["columns"]
    assert data["value"][4:] == [None] * 4
    assert data["mark"][4] == "LC701"
    assert "lowest loss: epoch 2" in as_sketch(found.picture, PLAIN)
    with pytest.raises(package.DataError, match="no value over time is finite"):
        package.plot("series", log={"loss": [np.nan, np.nan]})


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({}, "give series, predictions"),
        ({"series": [[0.0], [1.0]], "log": {"a": [1.0, 2.0]}}, "give series, predictions"),
        ({"log": {"a": [1.0, 2.0]}, "loss": "mse"}, "takes no losses"),
        ({"log": {"a": [1.0, 2.0]}, "higher_is_better": ["b"]}, "is no column"),
        ({"series": [[0.0], [1.0]]}, "of which loss"),
        ({"series": [[0.0]], "loss": "mse"}, "fewer than 2"),
        ({"series": [[0.0], [1.0]], "loss": "mse", "higher_is_better": ["mse"]}, "of a log"),
    ],
)
def test_what_is_no_series(keywords: dict[str, Any], said: str) -> None:
    inputs = [[1.0]] if "series" in keywords and "log" not in keywords else []
    with pytest.raises(package.UsageError, match=said):
        package.plot("series", *inputs, **keywords)
