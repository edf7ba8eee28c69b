"""A request that fails leaves no file, not even those that were whole by then."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.run import SAMPLES, listing, lossctl

P, T = SAMPLES / "breast_cancer" / "preds.npy", SAMPLES / "breast_cancer" / "targets.npy"
CONFIG = SAMPLES.parent / "configs" / "logical.yaml"


@pytest.mark.parametrize("option", ["--gradient", "--per-item"])
@pytest.mark.parametrize("suffix", [".npy", ".csv", ".jsonl", ".parquet"])
@pytest.mark.parametrize("second", ["pseudo_huber:delta=-1", "gamma_deviance"])
def test_a_later_loss(option: str, suffix: str, second: str, tmp_path: Path) -> None:
    template = f"{{loss}}{suffix}"
    outcome = lossctl("compute", P, T, "-l", "mse", "-l", second, option, template, cwd=tmp_path)
    assert outcome.code in {2, 3}
    assert listing(tmp_path) == {}


def test_a_gradient_after_values_per_item(tmp_path: Path) -> None:
    maps = np.arange(24).reshape(2, 3, 4) % 3
    np.save(tmp_path / "p.npy", maps)
    np.save(tmp_path / "t.npy", maps[::-1].copy())
    before = listing(tmp_path)
    outcome = lossctl("compute", "p.npy", "t.npy", "-l", "dice", "--input", "labels",
                      "--per-item", "i.npy", "--gradient", "g.npy", cwd=tmp_path)  # fmt: skip
    assert outcome.code == 2
    assert listing(tmp_path) == before


def test_values_and_gradients_of_several_losses(tmp_path: Path) -> None:
    p, t = np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 2.0])
    np.save(tmp_path / "p.npy", p)
    np.save(tmp_path / "t.npy", t)
    outcome = lossctl("compute", "p.npy", "t.npy", "-l", "mse", "-l", "mae",
                      "--per-item", "i-{loss}.csv", "--gradient", "g-{loss}.npy",
                      cwd=tmp_path)  # fmt: skip
    assert outcome.code == 0, outcome.err
    slopes = {"mse": 2 * (p - t) / 3, "mae": np.sign(p - t) / 3}
    items = {"mse": (p - t) ** 2, "mae": np.abs(p - t)}
    for loss in ("mse", "mae"):
        np.testing.assert_allclose(np.load(tmp_path / f"g-{loss}.npy"), slopes[loss])
        written = np.loadtxt(tmp_path / f"i-{loss}.csv", skiprows=1, delimiter=",")[:, 1]
        np.testing.assert_allclose(written, items[loss])


@pytest.mark.parametrize(
    "wrong",
    [
        ("--weights-grid", "rule="),
        ("--weights-grid", "=1"),
        ("--weights-grid", "zzz=1"),
        ("--data", "predictions=zzz.npy"),
        ("--set", "supervised.loss=zzz"),
    ],
    ids=" ".join,
)
def test_gradients_of_a_configuration(wrong: tuple[str, str], tmp_path: Path) -> None:
    outcome = lossctl("run", CONFIG, "--gradient", "new", *wrong, cwd=tmp_path)
    assert outcome.code in {2, 3}, outcome
    assert listing(tmp_path) == {}


def test_code_that_there_is_not_for_the_loss(tmp_path: Path) -> None:
    outcome = lossctl("recommend", "--stage", "direct", "--write", "made.yaml",
                      "--snippet", "sklearn", "--no-input", cwd=tmp_path)  # fmt: skip
    assert outcome.code == 2
    assert outcome.err.startswith("error: --snippet sklearn")
    assert listing(tmp_path) == {}


@pytest.mark.parametrize("name", [{}, {"a": 1}, ["mse"], [], 3, None, True])
def test_a_baseline_whose_loss_is_no_name(name: object, tmp_path: Path) -> None:
    made = lossctl("compute", P, T, "-l", "mse", "-f", "json")
    result = json.loads(made.out)
    result["results"][0]["loss"] = name
    (tmp_path / "old.json").write_text(json.dumps(result), encoding="utf-8")
    outcome = lossctl("compute", P, T, "-l", "mse", "--baseline", "old.json", cwd=tmp_path)
    assert (outcome.code, outcome.out) == (3, ""), outcome
    assert outcome.err == "error: old.json: not a JSON result of lossctl\n"


OVER_AN_INPUT = """
plot reliability p.npy y.npy -o p.npy
plot residuals t.csv::p t.csv::y -o t.csv
plot confusion p.npy y.npy -o y.npy
plot items p.npy y.npy -l bce -o p.npy
plot landscape p.npy y.npy -l bce -o p.npy
plot pit p.npy p.npy y.npy --forecast gaussian -o y.npy
plot series y.npy --series p*.npy -l bce -o y.npy
plot series y.npy --series p*.npy -l bce -o p2.npy
plot series --log t.csv::p -o t.csv
plot front c.yaml --sweep supervised -f csv -o p2.npy
calibrate t.csv::p t.csv::y -f csv -o t.csv
calibrate p.npy y.npy --report markdown=y.npy
calibrate p.npy y.npy --apply m.json -o m.json
calibrate p.npy y.npy --recalibrate platt --save p.npy
calibrate p.npy --apply m.json --recalibrated p.npy
calibrate p.npy p.npy y.npy --forecast gaussian --report junit=y.npy
check p.npy y.npy -l bce --report markdown=y.npy
check y.npy --series p*.npy -l bce -f json -o p.npy
check --log t.csv::p --report markdown=t.csv
run c.yaml -f json -o p2.npy
"""


@pytest.mark.parametrize("command", OVER_AN_INPUT.strip().splitlines())
def test_no_input_is_overwritten(command: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    p, y = rng.uniform(0.1, 0.9, 60), rng.integers(0, 2, 60)
    np.savetxt(tmp_path / "t.csv", np.c_[p, y], delimiter=",", header="p,y", comments="")
    for name, array in (("p", p), ("p2", 1.0 - p), ("y", y)):
        np.save(tmp_path / f"{name}.npy", array)
    (tmp_path / "m.json").write_text(
        '{"schema_version": 1, "recalibrator": "temperature", "columns": 0, "joint": false, '
        '"values": {"temperature": 2.0}, "rows": 60}'
    )
    (tmp_path / "c.yaml").write_text(
        "version: 1\ndata: {p: 'p*.npy', y: y.npy}\n"
        "supervised: {loss: bce, predictions: p, targets: y}\n"
    )
    before = listing(tmp_path)
    outcome = lossctl(*command.split(), cwd=tmp_path)
    assert outcome.code == 2
    assert "would overwrite the " in outcome.err
    assert listing(tmp_path) == before


def test_a_sketch_has_an_ending_of_texts(tmp_path: Path) -> None:
    answers = {}
    for name in ("x.npy", "x.gif", "x.txt", "x"):
        answers[name] = lossctl("plot", "reliability", P, T, "-o", name, cwd=tmp_path)
    assert {name: one.code for name, one in answers.items()} == {
        "x.npy": 2, "x.gif": 2, "x.txt": 0, "x": 0,
    }  # fmt: skip
    assert set(listing(tmp_path)) == {"x.txt", "x"}


@pytest.mark.parametrize("place", [
    ("compute", P, T, "-l", "bce", "-o", "-"),
    ("slices", P, T, "-l", "bce", "--by-class", "-o", "-"),
    ("compute", P, T, "-l", "bce", "--report", "html=-"),
    ("calibrate", P, T, "--recalibrate", "platt", "--save", "-"),
])  # fmt: skip
def test_no_file_is_called_as_a_stream_is(place: tuple[str | Path, ...], tmp_path: Path) -> None:
    outcome = lossctl(*place, cwd=tmp_path)
    assert (outcome.code, outcome.out) == (2, "")
    assert "cannot write -: name a file" in outcome.err
    assert listing(tmp_path) == {}
