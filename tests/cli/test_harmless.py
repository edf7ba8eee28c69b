"""Hostile names through every format of every command that prints names of others.

A name is data: it moves no cursor, adds no line, column, tag, formula or command of a job's log,
and what reads the format back has the whole of it.
"""

import ast
import csv
import io
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from lossctl.core.spelling import html_text
from lossctl.report.ci.annotations import annotation
from lossctl.report.formats import FORMATS, RESULT_FORMATS
from tests.cli.run import Outcome, lossctl
from tests.exhaustive import rest

HOSTILE = (
    "\x1b[31mred\x07",
    "[bold]x[/bold]",
    "=1+1",
    "-1+1",
    "@sum(a1)",
    "a|b",
    "a\\|b",
    "a\nerror: b",
    "a\r\tb",
    "<script>alert(1)</script>",
    "[x](javascript:1)",
    "::error::x",
    "##[error]x",
    "]]>",
    "\u202eexe.gpj",
    "\x9b2J",
    "\x7f",
    "\x00nul",
    "\x85next line",
    "a\u2028::error::line",
    "a\u2029paragraph",
    "\u2066isolated\u2069",
    "\ufeff=mark",
    "\u200b=nothing",
    "\ue000private",
    '=HYPERLINK("http://x")',
    "＝1+1",
    "![x](http://x)",
    "[x]: javascript:1",
    "<img src=x onerror=alert(1)>",
    "##vso[task.setvariable]x",
    "```",
    f"{'long ' * 17}::error::x",
)
assert len(HOSTILE) == 33
FORMULAS = ("=", "+", "-", "@", "＝", "\t", "\r")
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def require_harmless(done: Outcome, form: str, *, codes: tuple[int, ...] = (0,)) -> None:
    """Check what was printed, as its reader sees it."""
    assert done.code in codes, done
    for text in (done.out, done.err):
        for line in text.split("\n"):
            assert not [a for a in line if a != "\t" and unicodedata.category(a) in HIDDEN], line
            assert not re.match(r"\s*::", line), "no line is a command of a job's log"
            assert not re.search(r"##\w*\[", line), line
        assert "\nerror: b" not in text
    if form == "csv":
        for row in csv.reader(io.StringIO(done.out)):
            cells = [cell for cell in row if cell.strip().startswith(FORMULAS)]
            assert all(map(number, cells)), row
    if form == "markdown":
        outside = re.sub(r"(?ms)^(```+)\w*\n.*?^\1$", "", done.out)
        assert not re.search(r"<[A-Za-z/!?]|\]\(", outside), "no tag, link or image"
        assert not re.search(r"(?m)^\s*(- )?(\[|```)", outside), "no definition of a link, no code"
        require_columns(outside)


def number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def require_columns(text: str) -> None:
    """Check that every row of a Markdown table has the columns of its header."""
    width = 0
    for line in text.split("\n"):
        if not line.startswith("|"):
            width = 0
            continue
        cells = re.findall(r"(?:\\.|[^|\\])+", line.strip("|"))
        width = width or len(cells)
        assert len(cells) == width, line


@pytest.fixture
def arrays(tmp_path: Path) -> Path:
    """Write class scores and labels."""
    np.save(tmp_path / "p.npy", np.full((4, len(HOSTILE)), 1 / len(HOSTILE)))
    np.save(tmp_path / "t.npy", np.arange(4))
    return tmp_path


def test_every_format_is_driven_below() -> None:
    assert {*RESULT_FORMATS, "text", "html"} == {*FORMATS}


@pytest.mark.parametrize("form", RESULT_FORMATS)
@pytest.mark.parametrize("first", [None, *map(rest, HOSTILE)])
def test_compute_with_names_of_classes(form: str, first: str | None, arrays: Path) -> None:
    names = [*HOSTILE] if first is None else [first, *map(str, range(1, len(HOSTILE)))]
    args = ("-l", "dice", "--average", "macro", "--class-names", ",".join(names))
    where = ("p.npy", "t.npy", "-f", form, "--fail-over", "1e-9")
    if "\0" in ",".join(names):  # which no command line can hold
        names = [name.replace("\0", "0") for name in names]
        args = (*args[:-1], ",".join(names))
    done = lossctl("compute", *where, *args, cwd=arrays)
    require_harmless(done, form, codes=(1,))
    if form in {"json", "jsonl"}:
        document = json.loads(done.out)
        (result,) = document.get("results", [document])
        assert [each["name"] for each in result["classes"]] == names, "JSON keeps the names"
    lossctl("compute", *where, *args, "-o", "out.txt", cwd=arrays)
    if first is None:
        require_harmless(Outcome(0, (arrays / "out.txt").read_text("utf-8"), ""), form)


def configuration(folder: Path, name: str) -> dict[str, Any]:
    """Return a configuration in which everything that can be is called by hostile names."""
    for which in "pt":
        np.save(folder / f"{which}.npy", np.linspace(0.1, 0.9, 4))
    columns = [text for text in HOSTILE if not set(text) & set("\n\r\0,")]
    with (folder / "s.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["x", "@id", *columns])
        for at, text in enumerate(columns):
            writer.writerow([at / 40, text, *[at % 2] * len(columns)])
    return {
        "version": 1,
        "name": name,
        "data": {
            "predictions": "p.npy",
            "targets": "t.npy",
            name.replace("\n", " "): {"file": "s.csv", "id": "@id"},
        },
        "supervised": [{"name": text, "loss": "mse"} for text in HOSTILE],
        "rules": [
            {
                "name": f"{text} rule",
                "formula": "x > 0.5",
                "quantifier": "forall",
                "over": columns[1],
            }
            for text in HOSTILE[:11]
        ],
        "constraints": [
            {"name": f"{text} constraint", "formula": "x <= 0.1"} for text in HOSTILE[11:22]
        ],
        "gates": {"components": dict.fromkeys(HOSTILE, -1.0), "total": -1.0},
    }


def dump(path: Path, *documents: Any) -> None:
    path.write_text("---\n".join(map(yaml.safe_dump, documents)), encoding="utf-8")


@pytest.mark.parametrize("form", RESULT_FORMATS)
@pytest.mark.parametrize("name", [HOSTILE[0], *map(rest, HOSTILE[1:])])
def test_run_with_names_of_everything(form: str, name: str, tmp_path: Path) -> None:
    config = configuration(tmp_path, name)
    dump(tmp_path / "c.yaml", config, config)
    done = lossctl("run", "c.yaml", "-f", form, cwd=tmp_path)
    require_harmless(done, form, codes=(1,))
    if form == "json":
        first, _ = json.loads(done.out)["documents"]
        names = [each["name"] for each in first["components"]]
        assert names[: len(HOSTILE)] == [*HOSTILE]
        assert first["name"] == name


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "markdown"])
def test_run_with_tables_of_names(form: str, tmp_path: Path) -> None:
    config = configuration(tmp_path, HOSTILE[0])
    del config["gates"], config["rules"], config["constraints"]
    dump(tmp_path / "c.yaml", config)
    require_harmless(lossctl("run", "c.yaml", "--sensitivity", "-f", form, cwd=tmp_path), form)


EVERY_FIFTH = [
    pytest.param(name, slice(at % 5, None, 5), id=f"some of {at}")
    for at, name in enumerate(HOSTILE)
]


@pytest.mark.parametrize(
    ("name", "chosen"),
    [
        *EVERY_FIFTH,
        *(rest(name, slice(None), id=f"all of {at}") for at, name in enumerate(HOSTILE)),
    ],
)
def test_mistakes_in_configurations(name: str, chosen: slice, tmp_path: Path) -> None:
    """Every mistake is said, in lines that are messages: each with every fifth name, at least."""
    config = configuration(tmp_path, name)
    mistakes: list[dict[Any, Any]] = [
        {name: 1},
        {"name": [name]},
        {"semantics": name},
        {"data": {name: name}},
        {"data": {name: {name: name}}},
        {"data": {"p": {"file": "s.csv", "id": name, "rows": name}}},
        {"extends": name},
        {"recipe": name},
        {"supervised": name},
        {"supervised": [{"loss": "mse", name: name}]},
        {"supervised": [{"loss": "mse", "predictions": name, "reading": {name: name}}]},
        {"supervised": [{"loss": "mse", "params": {name: name}, "inputs": {name: name}}]},
        {"supervised": [{"name": name, "loss": "bce", "reading": {"nan": name}}] * 2},
        {"rules": [{"name": name, "formula": name, "over": name}]},
        {"rules": [{"name": name, "formula": "x > 1", "over": name}]},
        {"constraints": [{"name": name, "values": name, "thresholds": name}]},
        {"gates": {"components": {name: name}}},
        {"gates": {"satisfaction": {name: 1}, "violation_rate": {name: 0.5}}},
        {"schedule": {name: {"kind": name}}},
        {"weights": {name: name}},
    ]
    for number, wrong in enumerate(mistakes[chosen]):
        dump(tmp_path / f"{number}.yaml", {**config, "data": {"p": "p.npy"}, **wrong})
        done = lossctl("run", f"{number}.yaml", cwd=tmp_path)
        require_harmless(done, "text", codes=(0, 1, 2, 3))
    dump(tmp_path / "c.yaml", config)
    options = [
        ("--set", f"{name}=1"),
        ("--set", f"name={name}"),
        ("--data", f"{name}=x"),
        ("--data", f"predictions=./{name}"),
        ("--weights-grid", f"{name}=1,2"),
        ("--fail-over", f"{name}=1"),
        # a traceback has the lines of its message
        ("--debug", "--data", f"predictions=./{name.replace(chr(10), ' ')}"),
    ]
    for args in options[chosen] if "\0" not in name else ():
        done = lossctl("run", "c.yaml", *args, cwd=tmp_path)
        require_harmless(done, "text", codes=(0, 1, 2, 3))


@pytest.mark.parametrize("name", HOSTILE)
def test_answers_and_baselines(name: str, tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", np.linspace(0.1, 0.9, 4))
    for answers in ({name: 1}, {"task": name}, {"task": "regression", "metric": name}, [name]):
        dump(tmp_path / "a.yaml", answers)
        done = lossctl("recommend", "--answers", "a.yaml", "--no-input", cwd=tmp_path)
        require_harmless(done, "text", codes=(2,))
    compute = ("compute", "p.npy", "p.npy", "-l", "mse", "-f", "json")
    good = json.loads(lossctl(*compute, cwd=tmp_path).out)
    for change in (
        {"loss": name},
        {"params": {name: name}},
        {"options": {name: name}},
        {"data": {name: name}},
        {"reduction": name},
        {"value": name},
    ):
        (tmp_path / "b.json").write_text(json.dumps({"results": [good["results"][0] | change]}))
        done = lossctl(*compute, "--baseline", "b.json", cwd=tmp_path)
        require_harmless(done, "text", codes=(0, 2, 3))


def file_name(name: str) -> str:
    return re.sub(r"[/\0]", "_", name)


@pytest.mark.parametrize(
    "form", ["table", "markdown", *map(rest, ("plain", "json"))], ids=lambda form: form
)
@pytest.mark.parametrize("name", HOSTILE)
def test_recommend_with_names_of_files(form: str, name: str, tmp_path: Path) -> None:
    file = file_name(name)
    np.save(tmp_path / "y.npy", np.arange(40) % 2)
    (tmp_path / "y.npy").rename(tmp_path / f"{file}.npy")
    where = ("--targets", f"./{file}.npy", "--no-input")
    done = lossctl("recommend", *where, "-f", form, cwd=tmp_path)
    require_harmless(done, form)
    if form != "table":
        return
    code = lossctl("recommend", *where, "--snippet", "sklearn", cwd=tmp_path)
    require_harmless(code, "text")
    ast.parse(code.out)
    done = lossctl("recommend", *where, "--write", "out.yaml", cwd=tmp_path)
    require_harmless(done, "table")
    written = (tmp_path / "out.yaml").read_text("utf-8")
    assert all(line.isprintable() for line in written.splitlines())
    assert not re.search(r"(?m)^\s*::", written)
    assert yaml.safe_load(written)["data"]["targets"].removeprefix(".") == f"{file}.npy"


PLUGIN = '''
import lossctl

def own(predictions, targets):
    """TITLE"""
    return predictions - targets
'''


@pytest.mark.parametrize("name", HOSTILE)
def test_pages_of_plugins(name: str, tmp_path: Path) -> None:
    source = PLUGIN.replace('"""TITLE"""', "pass") + f"own.__doc__ = {name!r} + '.'\n"
    (tmp_path / "own.py").write_text(source, encoding="utf-8")
    for form in ("table", "plain", "json"):
        require_harmless(lossctl("list", "-f", form, "--plugin", "own.py", cwd=tmp_path), form)
    for form in ("text", "json", "markdown"):
        done = lossctl("show", "own", "-f", form, "--plugin", "own.py", cwd=tmp_path)
        require_harmless(done, form)


@pytest.mark.parametrize("name", HOSTILE)
def test_errors_notes_and_paths(name: str, tmp_path: Path) -> None:
    file = file_name(name)
    name = name.replace("\0", "0")  # which no command line can hold
    for args in (
        ("compute", f"./{file}.npy", "t.npy", "-l", "mse"),
        ("compute", "p", "t", "-l", name),
        ("compute", "p", "t", "-l", "mse", "--in", f"{name}=x"),
        ("compute", "p", "t", "-l", "mse", "-f", name),
        ("compute", "p", "t", "-l", "mse", "--fail-over", f"{name}=1"),
        ("run", f"./{file}.yaml"),
        ("run", "no.yaml", "--data", name),
        ("recommend", "--task", name),
        ("show", name),
        ("list", "--family", name),
        ("schema", name),
        (name,),
    ):
        require_harmless(lossctl(*args, cwd=tmp_path), "text", codes=(2,))
    require_harmless(lossctl("init", f"./{file}.yaml", cwd=tmp_path), "text")


def test_ids_that_are_written_are_no_formulas(tmp_path: Path) -> None:
    """A later run aligns by them all the same: the apostrophe is no part of an id."""
    names = [name for name in HOSTILE if name.isprintable()]
    for which in "pt":
        with (tmp_path / f"{which}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([("id", "x"), *((name, 0.5) for name in names)])
    args = ("p.csv::x", "t.csv::x", "--id", "id", "-l", "mse", "--per-item", "items.csv")
    assert lossctl("compute", *args, cwd=tmp_path).code == 0
    with (tmp_path / "items.csv").open(encoding="utf-8", newline="") as stream:
        found = [row["id"] for row in csv.DictReader(stream)]
    assert [name.removeprefix("'") for name in found] == names
    assert not [name for name in found if name.startswith(("=", "+", "-", "@"))]
    args = ("items.csv::value", "p.csv::x", "--id", "id", "-l", "mse", "--value-only")
    assert lossctl("compute", *args, cwd=tmp_path).out == "0.25\n"


@pytest.mark.parametrize("name", HOSTILE)
def test_markup(name: str) -> None:
    shown = html_text(name)
    assert not {"<", ">", '"', "'"} & set(shown)
    assert shown.isprintable(), "XML holds no control characters"
    assert "\n" not in annotation(name)
    assert "\r" not in annotation(name)


@pytest.mark.parametrize("form", RESULT_FORMATS)
@pytest.mark.parametrize("name", [HOSTILE[0], *map(rest, HOSTILE[1:])])
def test_race_with_names_of_candidates(form: str, name: str, tmp_path: Path) -> None:
    name = name.replace("\0", "0").replace("=", "-") or "empty"  # what an option can hold
    np.save(tmp_path / "p.npy", np.arange(20.0))
    np.save(tmp_path / "t.npy", np.arange(20.0) + np.arange(20) % 3)
    words = [word for which in (name, "other") for word in ("--candidate", f"{which}=p.npy")]
    where = ("--targets", "t.npy", "--metric", "mae", "-f", form)
    done = lossctl("race", *words, "--candidate", "short=p.npy", *where, cwd=tmp_path)
    require_harmless(done, form, codes=(0,))
    if form == "json":
        assert json.loads(done.out)["verdict"]["winner"] == name, "JSON keeps the names"
