"""`lossctl recommend` and files: answers read, configurations written, nothing overwritten."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.cli.recommending import data, scored
from tests.cli.run import Answer, lossctl


def test_answers_from_a_file(advise: Answer, tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text("task: segmentation\nobject-size: tiny\nconstraints: none\n")
    found = data(advise("--answers", file, "-f", "json"))
    assert found["recommendation"]["loss"] == "tversky"
    over = data(advise("--answers", file, "--object-size", "small", "-f", "json"))
    assert over["recommendation"]["loss"] == "dice"
    file.write_text(json.dumps(found))
    assert data(advise("--answers", file, "-f", "json")) == found
    file.write_text("task: segmentation\nobject_sise: tiny\n")
    assert "did you mean object_size?" in advise("--answers", file).err
    file.write_text("[1, 2")
    assert "not valid YAML" in advise("--answers", file).err


def test_write_a_configuration(advise: Answer, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    done = advise("--task", "classification", "--classes", "multiclass", "--imbalance", "moderate",
                  "--constraints", "multiple", "--write", file)  # fmt: skip
    assert done.code == 0
    assert f"wrote {file}" in done.err
    config = yaml.safe_load(file.read_text())
    assert config["version"] == 1
    assert config["supervised"] == {
        "loss": "cross_entropy",
        "reading": {"class_weights": "balanced"},
    }
    assert config["rules"] == [{"name": "background_knowledge", "values": "rule_values"}]
    assert config["constraints"] == [{"name": "feasible", "values": "constraint_values"}]
    assert config["weights"] == {"supervised": 1.0, "rule": 2.0, "constraint": 5.0}
    assert config["data"] == {
        "predictions": "predictions.npy", "targets": "targets.npy",
        "rule_values": "rules.npy", "constraint_values": "constraints.npy",
    }  # fmt: skip
    advise("--task", "generative", "--model", "vae", "--write", file, "--force")
    config = yaml.safe_load(file.read_text())
    assert config["recipe"] == "vae"
    assert set(config["data"]) == {"reconstruction", "targets", "mean", "log_variance"}
    advise("--task", "regression", "--setting", "distribution", "--write", file, "--force")
    config = yaml.safe_load(file.read_text())
    assert set(config["supervised"]["inputs"]) == {"predictions", "variance", "targets"}
    missing = advise("--task", "regression", "--goal", "mean", "--write", tmp_path / "no/c.yaml")
    assert missing.code == 2


def test_no_input_is_overwritten(advise: Answer, tmp_path: Path) -> None:
    y, p = scored(tmp_path)
    before = y.read_bytes(), p.read_bytes()
    args = ("--targets", y, "--predictions", p, "--metric", "f1", "--no-input")
    link = tmp_path / "link.npy"
    link.symlink_to(y)
    for option, place, name in (
        ("--write", y, "targets"), ("-o", p, "predictions"), ("--write", link, "targets"),
    ):  # fmt: skip
        done = advise(*args, option, place, "--force")
        assert (done.code, done.out) == (2, "")
        assert f"{place} would overwrite the {name}" in done.err
    assert (y.read_bytes(), p.read_bytes()) == before
    said = tmp_path / "answers.yaml"
    said.write_text("task: regression\n")
    done = advise("--answers", said, "--no-input", "-o", said)
    assert (done.code, "would overwrite the answers" in done.err) == (2, True)


def test_write_overwrites_only_when_forced(advise: Answer, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("mine")
    done = advise("--task", "regression", "--goal", "mean", "--write", file)
    assert (done.code, "--force" in done.err, file.read_text()) == (2, True, "mine")
    assert advise("--task", "regression", "--goal", "mean", "--write", file, "--force").code == 0
    assert yaml.safe_load(file.read_text())["version"] == 1


def test_the_configuration_finds_the_data(
    advise: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    y, p = scored(tmp_path)
    rows = zip(np.load(y), np.load(p), strict=True)
    (tmp_path / "t.csv").write_text("y,p\n" + "".join(f"{a},{float(b)!r}\n" for a, b in rows))
    (tmp_path / "w").mkdir()
    monkeypatch.chdir(tmp_path)
    value = lossctl("compute", "p.npy", "y.npy", "--loss", "bce_with_logits", "--value-only",
                    cwd=tmp_path).out  # fmt: skip
    for targets, predictions in (("y.npy", "p.npy"), ("t.csv::y", "t.csv::p"), (str(y), str(p))):
        args = ("--targets", targets, "--predictions", predictions, "--metric", "log_loss",
                "--no-input")  # fmt: skip
        found = data(advise(*args, "--write", "w/c.yaml", "--force", "-f", "json"))
        assert found["command"] == (
            f"lossctl compute {predictions} {targets} --loss bce_with_logits"
        )
        again = found["recommend_command"]
        assert f"--targets {targets} --predictions {predictions}" in again
        assert data(advise(*again.split()[2:], "-f", "json"))["command"] == found["command"]
        done = lossctl("run", "w/c.yaml", "--value-only", cwd=tmp_path)
        assert done.code == 0, done.err
        assert float(done.out) == pytest.approx(float(value), rel=1e-9)
