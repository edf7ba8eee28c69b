"""`lossctl check` on files: formats, exit codes, and commands that repair what was found."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator

import lossctl
from tests.checks.every_plant import PLANTED
from tests.checks.models import classes, labels
from tests.checks.planted import Case, Make
from tests.cli.run import Outcome, run_line
from tests.cli.run import lossctl as run_lossctl

FLAT = ("npy", "csv", "tsv", "jsonl", "parquet", "npz")


def saved(case: Case, form: str, folder: Path) -> list[str]:
    """Write predictions and targets; return the arguments that name them."""
    predictions, targets = case.predictions, case.targets
    if form == "npy":
        np.save(folder / "p.npy", predictions)
        np.save(folder / "t.npy", targets)
        return ["p.npy", "t.npy"]
    if form == "npz":
        np.savez(folder / "both.npz", p=predictions, t=targets)
        return ["both.npz::p", "both.npz::t"]
    several = targets.ndim > 1
    columns: dict[str, Any] = {f"t_{at}": part for at, part in enumerate(targets.T)}
    columns = columns if several else {"t": targets}
    if predictions.ndim == 1:
        columns["p_0"] = predictions
    else:
        columns |= {f"p_{at}": predictions[:, at] for at in range(predictions.shape[1])}
    frame = pd.DataFrame(columns)
    file = f"table.{form}"
    if form in {"csv", "tsv"}:
        frame.to_csv(folder / file, index=False, sep="," if form == "csv" else "\t")
    elif form == "jsonl":
        frame.to_json(folder / file, orient="records", lines=True, double_precision=15)
    else:
        frame.to_parquet(folder / file)
    return [f"{file}::p_*", f"{file}::t_*" if several else f"{file}::t"]


def checked(case: Case, arguments: list[str], monkeypatch: Any, folder: Path) -> dict[str, Any]:
    monkeypatch.chdir(folder)
    loss = [] if case.loss is None else ["--loss", case.loss]
    options: list[str] = []
    for name, value in case.options.items():
        if name == "weights":
            np.save(folder / "w.npy", value)
        text = "w.npy" if name == "weights" else str(value)
        options += [f"--{name.replace('_', '-')}", text]
    done: Outcome = run_lossctl("check", *arguments, *loss, *options, "-f", "json")
    assert done.code in {0, 1}, done.err
    return dict(json.loads(done.out))


def first(code: str) -> Make:
    return PLANTED[code][0][1]


def is_flat(make: Make) -> bool:
    """Whether a table holds it: rows of scores, and a target or a row of them for each."""
    case = make(np.random.default_rng(1))
    return case.predictions.ndim <= 2 and case.targets.ndim <= 2


DRESS = {"LC406": 1}  # two labels: of several classes a loss takes other predictions
OF_TYPES = {"LC506"}  # storage types, which text has none of
FLAT_DRESS = {
    code: next((make for _, make in made[DRESS.get(code, 0) :] if is_flat(make)), None)
    for code, made in PLANTED.items()
}
FORMS = [
    (code, "npy" if make is None or code in OF_TYPES else FLAT[at % len(FLAT)])
    for at, (code, make) in enumerate(FLAT_DRESS.items())
]
OTHER_FORMS = [
    (code, form)
    for code, make in FLAT_DRESS.items()
    for form in (("npy",) if make is None or code in OF_TYPES else ("npy", "csv"))
    if (code, form) not in FORMS
]
# Only the data can be repaired: rows of another file, classes that are missing, a weak model.
WITHOUT_COMMAND = {
    *("LC201", "LC305", "LC307", "LC502", "LC503", "LC506", "LC601", "LC602", "LC603", "LC604")
}


@pytest.mark.parametrize(
    ("code", "form"),
    [*FORMS, *(pytest.param(*one, marks=pytest.mark.exhaustive) for one in OTHER_FORMS)],
)
def test_the_command_that_is_printed_repairs_the_files(
    code: str, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = FLAT_DRESS[code] or first(code)
    case = make(np.random.default_rng(1))
    report = checked(case, saved(case, form, tmp_path), monkeypatch, tmp_path)
    found = [each for each in report["findings"] if each["code"] == code]
    assert found, [each["code"] for each in report["findings"]]
    command = found[0]["command"]
    assert bool(command) == (code not in WITHOUT_COMMAND)
    if not command:
        return
    done = run_line(f"{command} -f json", tmp_path)
    assert done.code == 0, (command, done.out[-400:], done.err)
    answer = json.loads(done.out)
    assert code not in {each["code"] for each in answer.get("findings", ())}


def test_json_follows_its_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    validator = Draft202012Validator(lossctl.schema("check"))
    for code in ("LC101", "LC301", "LC501"):
        case = first(code)(np.random.default_rng(1))
        report = checked(case, saved(case, "npy", tmp_path), monkeypatch, tmp_path)
        validator.validate(report)
        assert report["findings"][0]["code"] == code
        every = {*report["passed"], *(each["code"] for each in report["skipped"])}
        assert every.isdisjoint({code})


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    model = classes(np.random.default_rng(3), (400,), 4, 3.0)
    np.save("p.npy", model.probabilities)
    np.save("t.npy", model.labels)
    np.save("percent.npy", 100 * model.probabilities)
    exact = model.probabilities.astype(np.float16)
    np.save("saturated.npy", np.where(exact < 0.05, 0, exact) / 1.0)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("p.npy", "t.npy"), 0),
        (("percent.npy", "t.npy"), 1),
        (("percent.npy", "t.npy", "--fail-on", "never"), 0),
        (("percent.npy", "t.npy", "--ignore", "LC107,LC4,LC6,LC2"), 0),
        (("percent.npy", "t.npy", "--select", "LC301"), 0),
        (("percent.npy", "t.npy", "--select", "percent-scale"), 1),
        (("nowhere.npy", "t.npy"), 2),
        (("p.npy", "t.npy", "--select", "LC999"), 2),
        (("p.npy", "t.npy", "--fail-on", "always"), 2),
        (("p.npy", "p.npy::x"), 2),
    ],
)
def test_exit_codes(arguments: tuple[str, ...], code: int, files: Path) -> None:
    assert run_lossctl("check", *arguments).code == code


def test_shapes_that_do_not_fit_are_invalid_data(files: Path) -> None:
    np.save("short.npy", np.zeros(17, dtype=int))
    done = run_lossctl("check", "p.npy", "short.npy")
    assert done.code == 3
    assert "400" in done.err
    assert "17" in done.err


@pytest.mark.parametrize("form", ["table", "plain", "json", "jsonl", "csv", "markdown"])
def test_every_format_names_the_finding(form: str, files: Path) -> None:
    done = run_lossctl("check", "percent.npy", "t.npy", "-f", form)
    assert done.code == 1
    assert "LC107" in done.out
    assert "percent-scale" in done.out


def test_a_pipe_is_checked(files: Path) -> None:
    line = "cat percent.npy | lossctl check - t.npy --stdin-format npy -f plain"
    done = run_line(line, files)
    assert done.code == 1, done.err
    assert done.out.startswith("LC107\tpercent-scale\terror\t")


def test_without_a_loss_it_says_what_the_data_look_like(files: Path) -> None:
    report = json.loads(run_lossctl("check", "p.npy", "t.npy", "-f", "json").out)
    described = report["description"]
    assert described["task"] == "multiclass"
    assert described["predictions"] == "probabilities"
    assert described["classes"] == 4
    assert described["chance"] == pytest.approx(np.log(4))
    counts = np.bincount(np.load("t.npy"))
    shares = counts / counts.sum()
    assert described["constant"] == pytest.approx(-(shares * np.log(shares)).sum())
    assert "cross_entropy" in report["fitting"]


def test_names_of_files_are_quoted_in_commands(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    model = labels(np.random.default_rng(3), (400,), 3.0, 0.0)
    np.save("it's $(mine).npy", 100 * model.probabilities)
    np.save("t.npy", model.labels)
    done = run_lossctl("check", "it's $(mine).npy", "t.npy", "-f", "json")
    (found,) = json.loads(done.out)["findings"]
    again = run_line(found["command"], tmp_path, bash=True)
    assert again.code == 0, again.err


def test_explain(files: Path) -> None:
    for asked in ("LC107", "lc107", "percent-scale"):
        assert "LC107 percent-scale (error)" in run_lossctl("explain", asked).out
    assert run_lossctl("explain", "LC0").code == 2
    assert run_lossctl("explain").code == 2
    listed = run_lossctl("explain", "--list").out
    assert all(code in listed for code in PLANTED)
    page = json.loads(run_lossctl("explain", "LC107", "-f", "json").out)
    assert page["severity"] == "error"


def test_a_loss_without_a_value_is_no_success(tmp_path: Path) -> None:
    """One distribution over all items, whose targets are no probabilities: a warning is not all."""
    np.save(tmp_path / "p.npy", np.linspace(-1, 1, 40))
    np.save(tmp_path / "t.npy", np.arange(40) % 4)
    arguments = [str(tmp_path / "p.npy"), str(tmp_path / "t.npy"), "-l", "cross_entropy"]
    answer = run_lossctl("check", *arguments)
    assert answer.code == run_lossctl("compute", *arguments).code == 3
    assert "one score per class" in answer.err


def test_targets_that_the_loss_refuses_fail(tmp_path: Path) -> None:
    votes = np.random.default_rng(0).integers(1, 5, size=(40, 3))
    np.save(tmp_path / "p.npy", np.random.default_rng(1).normal(size=(40, 3)))
    np.save(tmp_path / "t.npy", votes / 4)
    arguments = [str(tmp_path / "p.npy"), str(tmp_path / "t.npy"), "-l", "cross_entropy"]
    answer = run_lossctl("check", *arguments)
    assert answer.code == 1
    assert answer.out.startswith("LC308 soft-targets-not-normalized (error)")
