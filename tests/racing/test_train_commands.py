"""Commands that train: nothing but what was typed is run, failures are named, runs go on."""

import json
import shlex
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import DataError, UsageError
from lossctl.racing.train_commands import TrainCommand

ROWS = 60
TARGETS = np.arange(float(ROWS)) ** 0.5
of_fold = np.arange(ROWS) % 3
LOSSES = ["mse", "huber:delta=0.5"]
SCRIPT = """
import json, math, struct, sys
loss, params, fold, rows, out, log = sys.argv[1:]
with open(log, "a") as stream:
    stream.write(json.dumps([loss, json.loads(params), int(fold), rows, out]) + chr(10))


def save(values, kind="<f8", code="d"):
    header = repr({"descr": kind, "fortran_order": False, "shape": (len(values),)}).ljust(117)
    with open(out, "wb") as stream:
        start = bytes([0x93]) + b"NUMPY" + bytes([1, 0, 118, 0])
        stream.write(start + header.encode() + bytes([10]))
        stream.write(struct.pack("<" + code * len(values), *values))


rows = [row for row in range(60) if row % 3 == int(fold)]
save([row**0.5 + (0.1 if loss == "huber" else 0.5) * math.cos(row) for row in rows])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a name that a shell would split, and a script in it."""
    odd = tmp_path / "two words; $(touch hacked) 'quoted'"
    odd.mkdir()
    (odd / "train.py").write_text(SCRIPT, encoding="utf-8")
    return odd


def template(folder: Path, script: str = "train.py") -> str:
    words = [sys.executable, "-I", "-S", str(folder / script)]
    last = shlex.quote(str(folder / "log"))
    return f"{shlex.join(words)} {{loss}} {{params}} {{fold}} {{test_rows}} {{out}} {last}"


def race(folder: Path, **more: Any) -> Any:
    words: dict[str, Any] = {
        "train": template(folder), "loss": LOSSES, "folds": of_fold, "runs": folder / "runs",
        "targets": TARGETS, "metric": "mae", "steps": False,
    }  # fmt: skip
    return lossctl.race(**{**words, **more})


def test_every_candidate_and_fold_is_run_once(folder: Path) -> None:
    said: list[str] = []
    answer = race(folder, say=said.append)
    runs = [json.loads(line) for line in (folder / "log").read_text().splitlines()]
    assert [(run[0], run[1], run[2]) for run in runs] == [
        (name, params, fold)
        for fold in range(3)
        for name, params in (("mse", {}), ("huber", {"delta": 0.5}))
    ]
    assert answer.trained == "command"
    assert answer.winner.candidate == "huber:delta=0.5"
    wanted = [np.abs(0.1 * np.cos(np.flatnonzero(of_fold == k))).mean() for k in range(3)]
    assert answer.winner.scores == pytest.approx(wanted)
    assert said[0].startswith("6 runs, in ")
    assert shlex.split(said[1].removeprefix("the first: "))[4:7] == ["mse", "{}", "0"]
    assert not list(folder.parent.rglob("hacked"))


def test_what_is_done_is_not_run_again(folder: Path) -> None:
    first = race(folder)
    said: list[str] = []
    again = race(folder, say=said.append)
    assert len((folder / "log").read_text().splitlines()) == 6
    assert said[0].startswith("0 runs (6 are done already)")
    assert again.to_dict() == first.to_dict()
    race(folder, loss=[*LOSSES, "mae"])
    assert len((folder / "log").read_text().splitlines()) == 9
    race(folder, targets=TARGETS + 1.0)  # other data: all of it anew
    assert len((folder / "log").read_text().splitlines()) == 15


def test_a_run_that_was_cut_off_is_run_again(folder: Path) -> None:
    race(folder)
    (record,) = (folder / "runs").glob("mse-*.fold1.json")
    record.write_text(record.read_text()[:20])
    (other,) = (folder / "runs").glob("mse-*.fold2.npy")
    other.write_bytes(other.read_bytes()[:100])
    race(folder)
    assert len((folder / "log").read_text().splitlines()) == 8


def test_a_failure_is_named_with_its_command_and_last_lines(folder: Path) -> None:
    script = folder / "train.py"
    wrong = "assert loss != 'huber' or int(fold) < 1, 'no such loss'"
    script.write_text(script.read_text().replace("rows = [", f"{wrong}\nrows = ["))
    answer = race(folder, loss=[*LOSSES, "mae"])
    assert {one.candidate for one in answer.candidates} == {"mse", "mae"}
    (why,) = answer.failures.values()
    assert why.startswith("fold 1: ")
    assert "train.py" in why
    assert "ended with code 1" in why
    assert "AssertionError: no such loss" in why
    assert len((folder / "log").read_text().splitlines()) == 8  # not tried on the last fold


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("pass", "wrote no"),
        ("save([0.0] * 3)", "the fold has 20 rows of 60"),
        ("save([math.nan] * 20)", "not finite"),
        ("open(out, 'w').write('x')", "is no npy file"),
        ("save([b'a'] * 20, '|S1', 's')", "is no array of numbers"),
        ("sys.exit(3)", "ended with code 3: it printed nothing"),
        ("import os; os.kill(os.getpid(), 9)", "signal 9"),
    ],
)
def test_runs_without_predictions(folder: Path, line: str, said: str) -> None:
    text = SCRIPT[: SCRIPT.index("rows = [")]
    (folder / "train.py").write_text(f"{text}{line}\n", encoding="utf-8")
    with pytest.raises(DataError, match=said):
        race(folder)


def test_predictions_of_all_rows_are_cut_to_those_of_the_fold(folder: Path) -> None:
    text = (folder / "train.py").read_text().replace(" if row % 3 == int(fold)", "")
    answer_of_fold = race(folder, runs=folder / "first")
    (folder / "train.py").write_text(text)
    assert race(folder, runs=folder / "second").to_dict() == answer_of_fold.to_dict()


def test_the_budget_ends_a_run_and_its_children(folder: Path) -> None:
    child, late = folder / "child.py", folder / "late"
    child.write_text(f"import time\ntime.sleep(1.5)\nopen({str(late)!r}, 'w')\n")
    (folder / "slow.py").write_text(
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-I', '-S', {str(child)!r}])\ntime.sleep(30)\n"
    )
    began = time.monotonic()
    with pytest.raises(UsageError, match="goes on from there"):
        race(folder, train=template(folder, "slow.py"), budget=0.5)
    assert time.monotonic() - began < 10
    assert not list((folder / "runs").glob("*.json"))
    time.sleep(max(began + 2.2 - time.monotonic(), 0.0))
    assert not late.exists()


def test_folds_that_are_done_are_judged_when_the_time_is_over(folder: Path) -> None:
    text = (folder / "train.py").read_text()
    (folder / "train.py").write_text(
        text.replace("rows = [", "import time\ntime.sleep(30 * (int(fold) == 2))\nrows = [")
    )
    answer = race(folder, budget=2.0)
    assert answer.folds == 2
    assert any("was over in fold 2" in note for note in answer.notes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("python 'x {loss} {fold} {out}", "No closing quotation"),
        ("python x {lost} {fold} {out}", "did you mean loss"),
        ("python x {loss} {fold}", "needs {out}"),
        ("python x {fold} {out}", "needs {out}, {loss}"),
        ("python x {loss} {out}", "{fold} or {test_rows}"),
        ("no-such-program {loss} {fold} {out}", "there is no program 'no-such-program'"),
        ("{loss} {fold} {out}", "there is no program"),
    ],
)
def test_commands_that_cannot_be_run(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        TrainCommand.read(text, tmp_path)
    assert said in str(error.value)


def test_a_value_stays_one_word(tmp_path: Path) -> None:
    command = TrainCommand.read(f"{sys.executable} -c x --l={{spec}} {{fold}} {{out}}", tmp_path)
    words = command.filled({"spec": "a b; rm -rf $HOME {out}", "fold": "1", "out": "o ' \""})
    assert words[3:] == ["--l=a b; rm -rf $HOME {out}", "1", "o ' \""]
