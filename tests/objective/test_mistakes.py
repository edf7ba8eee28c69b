"""Every mistake of a configuration is shown at once, each on a line with its place."""

import re
from pathlib import Path

import numpy as np
import pytest

import lossctl
from tests.cli.run import inside

KEYS = """\
version: 2
data: {predictions: preds.npy, targets: {fiel: targets.npy}}
supervised:
  - {loss: msee}
  - {loss: huber, params: {detla: 1, delta: 0}, reading: {nan: omitt, class_axis: 1}}
  - {weight: heavy}
rules:
  - {name: a, formula: risk, p: 3, quantifer: forall}
  - {values: targets, formula: risk, targets: 2}
  - 3
constraints: [{values: targets, penalty: hinge, sharpness: 2, tolerance: 1}]
schedule: {rule: {kind: linaer, steps: 0}}
semantics: goedel
wieghts: {rule: 1}
"""
KEYS_SAID = [
    (1, "2\n", "version must be 1, got 2"),
    (2, "{fiel", "data.targets needs the key file"),
    (2, "fiel", "unknown key 'fiel' in data.targets; did you mean file?"),
    (4, "msee", "unknown loss 'msee'; did you mean mse?"),
    (5, "omitt", "supervised[1].reading.nan must be one of raise, omit, propagate, got 'omitt'"),
    (6, "{weight", "supervised[2] needs the key loss"),
    (6, "heavy", "supervised[2].weight must be a number, got the text 'heavy'"),
    (8, "quantifer", "unknown key 'quantifer' in rules[0]; did you mean quantifier?"),
    (9, "2}", "rules[1].targets must lie in [0, 1], got 2"),
    (10, "3\n", "rules[2] must be a mapping with"),
    (11, "sharpness", "sharpness is for penalty: log_barrier, not for hinge"),
    (11, "tolerance", "tolerance is for a formula"),
    (
        12,
        "linaer",
        "schedule.rule.kind must be one of constant, linear, cosine, exponential,",
    ),
    (12, "0}", "schedule.rule.steps must be a whole number from 1 to 1000000, got 0"),
    (13, "goedel", "did you mean godel?"),
    (14, "wieghts", "unknown key 'wieghts'; did you mean weights?"),
]
NAMES = """\
version: 1
data: {predictions: preds.npy, targets: targets.npy, t: table.csv}
supervised:
  - {loss: huber, params: {detla: 1, delta: 0}, reading: {class_axis: 1, batch_size: 2}}
"""
NAMES_SAID = [
    (4, "detla", "huber has no parameter 'detla'; it takes delta; did you mean delta?"),
    (4, "delta: 0", "huber: delta must lie in (0, inf), got 0"),
    (4, "class_axis", "class_axis: huber takes none"),
    (4, "batch_size", "batch_size: huber takes none"),
]
REFERENCES = """\
version: 1
data: {predictions: preds.npy, targets: targets.npy, t: table.csv}
supervised:
  - {name: fit, loss: mse, targets: tragets, inputs: {prediction: preds, predictions: pred}}
  - {name: fit, loss: mse, mask: gone}
rules:
  - {name: r, formula: smokr -> risk, where: agee > 3}
  - {formula: risk, quantifier: forall, over: hospitl}
constraints:
  - {formula: age + 1}
  - {formula: age <= , name: c}
normalize: {by: initial, initial: {fitt: 1}}
schedule: {rules: linear}
gates: {components: {fitt: 1}, violation_rate: {fit: 0.5}, satisfaction: {c: 1}}
"""
REFERENCES_SAID = [
    (5, "fit, loss: mse, mask", "two terms are named fit"),
    (13, "rules", "schedule: no component 'rules'; did you mean rule?"),
    (12, "fitt", "normalize.initial: no component 'fitt'; did you mean fit?"),
    (14, "fitt", "gates.components: no component 'fitt'; did you mean fit?"),
    (14, "fit: 0.5", "gates.violation_rate: no rule or constraint 'fit'"),
    (14, "c: 1", "gates.satisfaction: no rule 'c'"),
    (12, "{by", "normalize by initial values needs initial: {fit: …}"),
    (4, "prediction: preds", "mse has no input 'prediction'; did you mean predictions?"),
    (4, "pred}", "predictions: there is no data 'pred'; it has predictions, targets, t"),
    (4, "tragets", "targets: there is no data 'tragets'; did you mean targets?"),
    (5, "gone", "mask: there is no data 'gone'"),
    (7, "agee", "agee > 3"),
    (7, "smokr", "smokr -> risk"),
    (8, "hospitl", "over names no column 'hospitl'; did you mean hospital?"),
    (10, "age + 1", "age + 1"),
    (11, "age <=", "age <="),
]
FILES = """\
version: 1
data: {predictions: pred.npy, targets: {file: target.npy, rows: "0:5"}, t: table.cvs}
supervised: {loss: mse, mask: gone}
rules: [{formula: a -> b}]
"""
FILES_SAID = [
    (3, "gone", "mask: there is no data 'gone'"),
    (2, "pred.npy", "data.predictions: there is no file pred.npy; did you mean preds.npy?"),
    (2, "target.npy", "data.targets: there is no file target.npy; did you mean targets.npy?"),
    (2, "table.cvs", "data.t: there is no file table.cvs; did you mean table.csv?"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    np.save(tmp_path / "preds.npy", np.arange(3.0))
    np.save(tmp_path / "targets.npy", np.arange(3.0))
    (tmp_path / "table.csv").write_text("age,smoker,risk,hospital\n30,1,0.5,a\n31,0,0.1,b\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def place_of(text: str, line: int, spot: str) -> str:
    """Return the place of a part of a line."""
    return f"{line}:{(text.splitlines()[line - 1] + chr(10)).index(spot) + 1}"


def places(err: str) -> list[tuple[str, str]]:
    """Split what was said into places and texts; carets belong to the line before."""
    found = []
    for line in err.removeprefix("error: ").splitlines():
        match = re.match(r"\s*c\.yaml:(\d+:\d+): (.*)", line)
        if match is None:
            assert "^ character" in line, err
        else:
            found.append((match[1], match[2]))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (KEYS, KEYS_SAID),
        (NAMES, NAMES_SAID),
        (REFERENCES, REFERENCES_SAID),
        (FILES, FILES_SAID),
    ],
    ids=["keys", "names", "references", "files"],
)
def test_every_mistake_is_shown(text, expected, folder: Path, monkeypatch, capsys) -> None:
    (folder / "c.yaml").write_text(text)
    done = inside(["run", "c.yaml"], monkeypatch, capsys)
    assert (done.code, done.out) == (2, "")
    found = places(done.err)
    assert [place for place, _ in found] == [
        place_of(text, line, spot) for line, spot, _ in expected
    ], done.err
    for (_, said), (*_, part) in zip(found, expected, strict=True):
        assert part in said


def test_mistakes_of_several_documents_and_files(folder: Path, monkeypatch, capsys) -> None:
    (folder / "base.yaml").write_text("version: 1\ndata: {a: preds.npy}\ntemperature: hot\n")
    (folder / "c.yaml").write_text(
        "extends: base.yaml\nsupervised: {los: mse}\n---\n"
        "version: 1\ndata: {a: preds.npy}\nsupervised: {loss: mse, weight: -1}\n"
    )
    done = inside(["run", "c.yaml", "--set", "semantics=goedel"], monkeypatch, capsys)
    assert done.code == 2
    said = [line.strip().removeprefix("error: ") for line in done.err.splitlines()]
    assert [line.split(": ")[0] for line in said] == [
        "--set semantics",
        "base.yaml:3:14",
        "c.yaml:2:13",
        "c.yaml:2:14",
        "c.yaml:6:33",
    ]


def test_mistakes_of_options(folder: Path, monkeypatch, capsys) -> None:
    (folder / "c.yaml").write_text(
        "version: 1\ndata: {predictions: preds.npy, targets: targets.npy}\nsupervised: mse\n"
    )
    options = ["--set", "a", "--set", "version.b=1", "--data", "target=x.npy"]
    done = inside(["run", "c.yaml", *options], monkeypatch, capsys)
    assert done.code == 2
    assert [line.split(": ")[0] for line in done.err.removeprefix("error: ").splitlines()] == [
        "--data target",
        "       --set a",
        "       --set version.b",
    ]


def test_python_gets_them_too(folder: Path) -> None:
    (folder / "c.yaml").write_text(KEYS)
    with pytest.raises(ValueError, match="version must be 1") as error:
        lossctl.run("c.yaml")
    assert len(str(error.value).splitlines()) == len(KEYS_SAID)


def test_a_wrong_request_goes_before_wrong_data(folder: Path, monkeypatch, capsys) -> None:
    (folder / "broken.npy").write_text("no array")
    text = "version: 1\ndata: {predictions: broken.npy, targets: targets.npy}\nsupervised: mse\n"
    (folder / "c.yaml").write_text(text + "gates: {components: {mae: 1}}\n")
    done = inside(["run", "c.yaml"], monkeypatch, capsys)
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert "no component 'mae'" in done.err
    (folder / "c.yaml").write_text(text)
    done = inside(["run", "c.yaml"], monkeypatch, capsys)
    assert done.code == 3
    assert "not an npy file" in done.err
