"""`lossctl race` and `recommend --race`: formats, files, messages, the screen."""

import csv
import io
import json
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import lossctl
from tests.cli.run import SAMPLES, Answer

DIABETES = SAMPLES / "diabetes"
TWO = (
    *("--candidate", f"mse={DIABETES / 'preds.npy'}"),
    *("--candidate", f"huber={DIABETES / 'preds_huber.npy'}"),
    *("--targets", str(DIABETES / "targets.npy"), "--metric", "mae"),
)
LOGIC = str(SAMPLES / "logic" / "features.csv")
FEATURES = f"{LOGIC}::radius,texture,smoothness,concavity"


def test_every_format_has_the_same_answer(answer: Answer) -> None:
    data = json.loads(answer("race", *TWO, "-f", "json").out)
    jsonschema.validate(data, lossctl.schema("race"))
    assert data["verdict"]["winner"] == "mse"
    lines = [json.loads(line) for line in answer("race", *TWO, "-f", "jsonl").out.splitlines()]
    assert [line["value"] for line in lines] == [one["value"] for one in data["candidates"]]
    rows = list(csv.DictReader(io.StringIO(answer("race", *TWO, "-f", "csv").out)))
    assert [float(row["difference"]) for row in rows] == [
        one["difference"] for one in data["candidates"]
    ]
    plain = answer("race", *TWO, "-f", "plain").out.splitlines()
    assert [line.split("\t")[0] for line in plain] == [one["name"] for one in data["candidates"]]
    for form in ("table", "markdown"):
        out = answer("race", *TWO, "-f", form).out
        assert data["verdict"]["sentence"] in out
        assert "huber" in out


def test_python_gives_the_same(answer: Answer) -> None:
    candidates = {"mse": DIABETES / "preds.npy", "huber": np.load(DIABETES / "preds_huber.npy")}
    race = lossctl.race(candidates, targets=DIABETES / "targets.npy", metric="mae")
    assert race.to_dict() == json.loads(answer("race", *TWO, "-f", "json").out)
    assert list(race.to_frame().verdict).count("winner") == 1


def test_the_answer_is_written_whole(answer: Answer, tmp_path: Path) -> None:
    file = tmp_path / "race.json"
    assert answer("race", *TWO, "-o", str(file)).out == ""
    jsonschema.validate(json.loads(file.read_text()), lossctl.schema("race"))


def test_no_input_is_overwritten(answer: Answer, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(40.0))
    np.save(tmp_path / "y.npy", np.arange(40.0))
    place = str(tmp_path / "a.npy")
    done = answer(
        "race", "--candidate", f"a={place}", "--candidate", f"b={tmp_path / 'y.npy'}",
        "--targets", str(tmp_path / "y.npy"), "--metric", "mae", "-f", "json", "-o", place,
    )  # fmt: skip
    assert done.code == 2
    assert "a.npy" in done.err
    assert np.load(place).shape == (40,)


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        ((), 2, "--targets is needed"),
        (TWO[:6], 2, "--metric is needed"),
        (TWO[4:], 2, "one of --candidate, --features or --train"),
        ((*TWO, "--model", "network"), 2, "--model: is of --features"),
        ((*TWO, "--folds", "1"), 2, "--folds: must be from 2"),
        ((*TWO[:6], "--metric", "mea"), 2, "did you mean medae"),
        ((*TWO, "--candidate", "x"), 2, "expected NAME=FILE"),
        ((*TWO, "--candidate", f"x={LOGIC}::radius"), 3, "there are 442 rows"),
        ((*TWO[4:], "--train", "python {lost} {fold} {out}"), 2, "did you mean loss"),
        ((*TWO, "--confidence", "much"), 2, "--confidence"),
    ],
)
def test_mistakes_are_named(answer: Answer, args: tuple[str, ...], code: int, said: str) -> None:
    done = answer("race", *args)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert len(done.err.splitlines()) <= 2


def test_a_command_is_said_before_it_runs(answer: Answer, tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(
        "import sys\nimport numpy as np\nloss, rows, out, targets = sys.argv[1:]\n"
        "goals = np.load(targets)[np.load(rows)]\n"
        "np.save(out, goals + 10 * np.cos(goals) * (2 if loss == 'mse' else 1))\n"
    )
    command = f"{sys.executable} {script} {{loss}} {{test_rows}} {{out}} {DIABETES / 'targets.npy'}"
    done = answer(
        "race", "--train", command, "-l", "mse", "-l", "mae", "--folds", "2", "--runs",
        str(tmp_path / "runs"), *TWO[4:], "-f", "json",
    )  # fmt: skip
    data = json.loads(done.out)
    assert (done.code, data["trained"], data["verdict"]["winner"]) == (0, "command", "mae")
    first, second, *_ = done.err.splitlines()
    assert first.startswith("note: 4 runs, in ")
    assert "train.py mse" in second


def test_recommend_races_as_its_last_step(answer: Answer) -> None:
    args = ("recommend", "--targets", f"{LOGIC}::target", "--metric", "balanced_accuracy")
    args = (*args, "--model", "linear", "--race", FEATURES, "--no-input")
    data = json.loads(answer(*args, "-f", "json").out)
    jsonschema.validate(data, lossctl.schema("recommendation"))
    jsonschema.validate(data["race"], lossctl.schema("race"))
    named = {data["recommendation"]["spec"], *(one["spec"] for one in data["alternatives"])}
    assert named <= {one["loss"] for one in data["race"]["candidates"]}
    out = " ".join(answer(*args).out.split())
    verdict = data["race"]["verdict"]
    (winner,) = [
        one["name"]
        for one in data["race"]["candidates"]
        if (one["candidate"], one["step"]) == (verdict["winner"], verdict["step"])
    ]
    assert f"race · {winner} wins" in out


def test_recommend_says_why_there_is_no_race(answer: Answer) -> None:
    done = answer("recommend", "--task", "regression", "--race", FEATURES, "--no-input")
    assert (done.code, done.out, done.err) == (2, "", "error: --race needs --targets\n")
    args = ("recommend", "--targets", f"{LOGIC}::target", "--race", FEATURES, "--no-input")
    done = answer(*args)
    assert done.code == 2
    assert "compute" in done.out  # the answer stands
    assert done.err == "error: --race needs a metric to judge by: say --metric\n"
