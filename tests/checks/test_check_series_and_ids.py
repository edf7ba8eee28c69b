"""`lossctl check` over time, and on tables whose rows have ids."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import lossctl
from tests.checks.models import labels
from tests.cli.run import lossctl as run_lossctl
from tests.cli.run import run_line


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Checkpoints 0 to 11, of which each is worse than the one before; natural order matters."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    targets = rng.normal(size=400)
    np.save("t.npy", targets)
    for epoch in range(12):
        folder = tmp_path / "runs" / str(epoch)
        folder.mkdir(parents=True)
        np.save(folder / "p.npy", targets + (0.3 + 0.25 * epoch) * rng.normal(size=400))
    return tmp_path


def test_a_loss_that_rises_over_checkpoints(runs: Path) -> None:
    done = run_lossctl("check", "t.npy", "--series", "runs/*/p.npy", "-l", "mse", "-f", "json")
    report = json.loads(done.out)
    codes = [each["code"] for each in report["findings"]]
    assert "LC702" in codes
    last = np.load(runs / "runs" / "11" / "p.npy") - np.load("t.npy")
    assert report["values"]["mse"] == pytest.approx(np.mean(last**2))


def test_a_series_in_python_is_a_list_of_arrays() -> None:
    rng = np.random.default_rng(1)
    targets = rng.normal(size=300)
    falling = [targets + noise * rng.normal(size=300) for noise in np.geomspace(2.0, 0.2, 10)]
    report = lossctl.check(targets, loss="mse", series=falling)
    assert not [each.code for each in report.findings if each.code.startswith("LC7")]
    assert {"LC701", "LC702", "LC703"} <= set(report.passed)


def test_a_log_of_training_needs_no_other_data(tmp_path: Path, monkeypatch: object) -> None:
    epochs = np.arange(40)
    frame = pd.DataFrame({"loss": np.exp(-epochs / 8), "val_loss": 1 + (epochs - 10) ** 2 / 400})
    frame.loc[20:, "other"] = np.nan
    frame.to_csv(tmp_path / "h.csv", index=False)
    place = f"{tmp_path / 'h.csv'}::loss,val_loss"
    report = json.loads(run_lossctl("check", "--log", place, "-f", "json").out)
    assert [each["code"] for each in report["findings"]] == ["LC705"]
    assert {each["code"] for each in report["skipped"]} >= {"LC101", "LC501"}
    by_name = lossctl.check(log={"loss": frame["loss"], "val_loss": frame["val_loss"]})
    assert [each.code for each in by_name.findings] == ["LC705"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("t.npy", "--series", "runs/*/p.npy"), "--loss"),
        (("t.npy", "--series", "none/*/p.npy", "-l", "mse"), "no file matches"),
        (("t.npy", "--series", "t.npy", "-l", "mse"), "fewer than 2"),
        (("--log", "t.npy"), "FILE::COLUMN"),
        ((), "predictions"),
    ],
)
def test_what_is_missing_is_said(arguments: tuple[str, ...], said: str, runs: Path) -> None:
    done = run_lossctl("check", *arguments)
    assert done.code == 2
    assert said in done.err


def tables(folder: Path, kind: str) -> list[str]:
    """Write two tables with ids, of which the second is changed; return the arguments."""
    model = labels(np.random.default_rng(2), (300,), 3.0, 0.0)
    first = pd.DataFrame({"id": np.arange(300), "p": model.probabilities})
    second = pd.DataFrame({"id": np.arange(300), "y": model.labels})
    changed = {
        "reordered": second.sample(frac=1, random_state=1),
        "missing": second.iloc[5:],
        "doubled": pd.concat([second, second.iloc[:5]]),
    }[kind]
    first.to_csv(folder / "a.csv", index=False)
    changed.to_csv(folder / "b.csv", index=False)
    return ["a.csv::p", "b.csv::y", "-l", "bce", *([] if kind == "reordered" else ["--id", "id"])]


@pytest.mark.parametrize("kind", ["reordered", "missing", "doubled"])
def test_ids_that_differ(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run_lossctl("check", *tables(tmp_path, kind), "-f", "json")
    assert done.code == 1, done.err
    (found,) = json.loads(done.out)["findings"]
    assert found["code"] == "LC207"
    assert found["evidence"]["reordered"] == (kind == "reordered")
    again = run_line(f"{found['command']} -f json", tmp_path)
    assert again.code == 0, again.err
