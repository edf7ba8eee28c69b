"""Broken configurations: one message with a place each, exit 2 or 3, at once, never a traceback."""

import re
from pathlib import Path

import numpy as np
import pytest

from tests.cli.run import inside
from tests.objective._broken import BROKEN, Broken

TABLE = "age,smoker,exercises,risk,hospital\n" + "".join(
    f"{30 + row},{row % 2},{row % 3 == 0:d},{row / 10},{row % 4}\n" for row in range(10)
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that the configurations name, good and bad."""
    folder = tmp_path_factory.mktemp("broken")
    values = np.linspace(0.1, 0.9, 10)
    np.save(folder / "preds.npy", values)
    np.save(folder / "targets.npy", values[::-1])
    np.save(folder / "long.npy", np.ones(12))
    np.save(folder / "wide.npy", np.ones((12, 2)))
    np.save(folder / "nan.npy", np.where(np.arange(10) == 3, np.nan, values))
    np.save(folder / "pickle.npy", np.array([{}], dtype=object), allow_pickle=True)
    (folder / "text.npy").write_text("no array")
    (folder / "short.npy").write_bytes((folder / "preds.npy").read_bytes()[:-8])
    (folder / "table.csv").write_text(TABLE)
    (folder / "ring.yaml").write_text("extends: c.yaml\n")
    for number in range(12):
        (folder / f"deep{number}.yaml").write_text(f"extends: deep{number + 1}.yaml\n")
    return folder


@pytest.mark.parametrize("broken", BROKEN, ids=lambda one: one.name)
def test_one_clear_message(broken: Broken, files: Path, monkeypatch, capsys) -> None:
    (files / "c.yaml").write_text(broken.text, encoding="utf-8")
    monkeypatch.chdir(files)
    done = inside(["run", "c.yaml"], monkeypatch, capsys)
    assert done.out == ""
    assert done.code == broken.code, done.err
    lines = done.err.splitlines()
    assert 1 <= len(lines) <= 2, done.err
    assert lines[0].startswith("error: ")
    assert "Traceback" not in done.err
    assert len(done.err) < 600
    for part in broken.said:
        assert part in done.err, done.err
    if "bytes" not in done.err:
        assert re.search(r"\.yaml:\d+:\d+: ", done.err), done.err


def test_there_are_sixty() -> None:
    names = [one.name for one in BROKEN]
    assert len(names) == len(set(names)) >= 60


def test_bytes_that_are_no_text(tmp_path: Path, monkeypatch, capsys) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(b"version: 1\nname: \xff\xfe\n")
    done = inside(["run", str(path)], monkeypatch, capsys)
    assert done.code == 2
    assert "c.yaml:2" in done.err
    assert "UTF-8" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "weights.rul=2"], "did you mean rule?"),
        (["--set", "weights"], "expected key.path=value"),
        (["--set", "version.deep=2"], "1 in the place of deep"),
        (["--set", "temperature=[1"], "not valid YAML"),
        (["--data", "preds=x.npy"], "did you mean predictions?"),
        (["--data", "predictions"], "expected name=path"),
        (["--data", "predictions=gone.npy"], "no file gone.npy"),
        (["--fail-over", "total=abc"], "expected a number"),
        (["--fail-over", "msee=1"], "did you mean mse?"),
        (["--weights-grid", "rules=1,2"], "did you mean rule?"),
        (["--weights-grid", "rule=1,-2"], "not a weight of at least 0"),
        (["--weights-grid", "rule"], "expected NAME=W,W"),
        (["--output", "c.yaml"], "would overwrite the configuration"),
        (["--format", "yaml"], "--format must be one of"),
    ],
)
def test_options(arguments: list[str], said: str, files: Path, monkeypatch, capsys) -> None:
    text = "version: 1\ndata: {predictions: preds.npy, targets: targets.npy}\nsupervised: mse\n"
    (files / "c.yaml").write_text(text)
    monkeypatch.chdir(files)
    done = inside(["run", "c.yaml", *arguments], monkeypatch, capsys)
    assert done.code == 2, done.err
    assert said in done.err
    assert len(done.err.splitlines()) <= 2
    assert (files / "c.yaml").read_text() == text
