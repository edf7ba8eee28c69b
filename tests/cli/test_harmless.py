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

import numpy as np
import pytest
import yaml

from lossctl.core.spelling import annotation, html_text
from lossctl.report.formats import FORMATS, RESULT_FORMATS
from tests.cli.run import Outcome, lossctl

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
)
FORMULAS = ("=", "+", "-", "@")


def require_harmless(done: Outcome, form: str, *, codes: tuple[int, ...] = (0,)) -> None:
    """Check what was printed, as its reader sees it."""
    assert done.code in codes, done
    for text in (done.out, done.err):
        for line in text.split("\n"):
            assert not [a for a in line if a != "\t" and unicodedata.category(a)[0] == "C"], line
            assert not re.match(r"\s*::", line), "no line is a command of a job's log"
            assert "##[" not in line or form in {"json", "jsonl"}, line
        assert "\nerror: b" not in text
    if form == "csv":
        for row in csv.reader(io.StringIO(done.out)):
            assert not [cell for cell in row if cell.startswith(FORMULAS) and not number(cell)]
    if form == "markdown":
        outside = re.sub(r"(?ms)^(```+)\w*\n.*?^\1$", "", done.out)
        assert not re.search(r"<script|\]\(javascript", outside)
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
@pytest.mark.parametrize("name", HOSTILE)
def test_compute_with_names_of_classes(form: str, name: str, arrays: Path) -> None:
    names = ",".join([name, *map(str, range(1, len(HOSTILE)))])
    args = ("p.npy", "t.npy", "-l", "dice", "--average", "macro", "--class-names", names)
    done = lossctl("compute", *args, "-f", form, "--fail-over", "1e-9", cwd=arrays)
    require_harmless(done, form, codes=(1,))
    if form in {"json", "jsonl"}:
        document = json.loads(done.out)
        (result,) = document.get("results", [document])
        assert result["classes"][0]["name"] == name, "JSON keeps the name itself"


@pytest.mark.parametrize("form", RESULT_FORMATS)
def test_run_with_names_of_everything(form: str, tmp_path: Path) -> None:
    for which in "pt":
        np.save(tmp_path / f"{which}.npy", np.linspace(0.1, 0.9, 4))
    terms = [{"name": name, "loss": "mse"} for name in HOSTILE]
    config = {"version": 1, "name": HOSTILE[0], "supervised": terms}
    config["data"] = {"predictions": "p.npy", "targets": "t.npy"}
    text = yaml.safe_dump(config)
    (tmp_path / "c.yaml").write_text(f"{text}---\n{text}", encoding="utf-8")
    done = lossctl("run", "c.yaml", "-f", form, cwd=tmp_path)
    require_harmless(done, form)
    if form == "json":
        first, _ = json.loads(done.out)["documents"]
        assert [each["name"] for each in first["components"]] == [*HOSTILE]


@pytest.mark.parametrize("args", [("-f", form) for form in ("table", "plain", "json", "markdown")])
@pytest.mark.parametrize("name", HOSTILE)
def test_recommend_with_names_of_files(args: tuple[str, ...], name: str, tmp_path: Path) -> None:
    file = name.replace("/", "_")
    np.save(tmp_path / "y.npy", np.arange(40) % 2)
    (tmp_path / "y.npy").rename(tmp_path / f"{file}.npy")
    where = ("--targets", f"./{file}.npy", "--no-input")
    done = lossctl("recommend", *where, *args, cwd=tmp_path)
    require_harmless(done, args[1])
    code = lossctl("recommend", *where, "--snippet", "sklearn", cwd=tmp_path)
    require_harmless(code, "text")
    ast.parse(code.out)
    done = lossctl("recommend", *where, "--write", "out.yaml", cwd=tmp_path)
    require_harmless(done, "table")
    assert set(yaml.safe_load((tmp_path / "out.yaml").read_text("utf-8"))) >= {"version", "data"}


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
    file = name.replace("/", "_")
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


def test_ids_are_written_as_they_were_read(tmp_path: Path) -> None:
    """The values of items are data of a later run, which aligns by these very ids."""
    names = [name for name in HOSTILE if not set(name) & set("\r\n\x07\x1b\x7f\x9b")]
    for which in "pt":
        with (tmp_path / f"{which}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([("id", "x"), *((name, 0.5) for name in names)])
    args = ("p.csv::x", "t.csv::x", "--id", "id", "-l", "mse", "--per-item", "items.csv")
    assert lossctl("compute", *args, cwd=tmp_path).code == 0
    with (tmp_path / "items.csv").open(encoding="utf-8", newline="") as stream:
        assert [row["id"] for row in csv.DictReader(stream)] == names


@pytest.mark.parametrize("name", HOSTILE)
def test_markup(name: str) -> None:
    shown = html_text(name)
    assert not {"<", ">", '"', "'"} & set(shown)
    assert shown.isprintable(), "XML holds no control characters"
    assert "\n" not in annotation(name)
    assert "\r" not in annotation(name)
