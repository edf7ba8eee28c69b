"""Pictures as sketches, figures and numbers: bytes, names, themes, what is refused."""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl as package
from lossctl.pictures.picture import Axis, Mark, Panel, Picture, Surface, Trace
from lossctl.report.formats import PLAIN
from lossctl.report.pictures.figures import NO_DATES, as_figure
from lossctl.report.pictures.terminal import as_sketch
from tests.cli.run import lossctl

HOSTILE = "$\\frac{a}{b}$ <script>\x1b[31m _x \u202e"
XS = np.linspace(0.0, 1.0, 11)
PANEL = Panel(
    HOSTILE,
    Axis(HOSTILE),
    Axis("y"),
    [
        Trace(HOSTILE, XS, XS),
        Trace("_hidden", XS, 1 - XS, "dashed"),
        Trace("band", XS, XS - 0.1, "band", XS + 0.1),
        Trace("steps", XS, XS**2, "steps"),
        Trace("points", XS, XS**3, "points"),
        Trace("bars", XS[:-1], XS[:-1] / 2, "bars", XS[1:]),
    ],
)
SURFACE = Surface(
    Axis("x"), Axis("y"), "loss", XS, XS, XS[:, None] ** 2 + XS**2, [Mark(HOSTILE, 0.5, 0.5, 0.5)]
)
PICTURE = Picture("test", HOSTILE, {"name": [HOSTILE], "x": [np.nan]}, [PANEL], SURFACE)


@pytest.mark.parametrize("suffix", NO_DATES)
def test_figures_have_the_same_bytes_and_no_dates(suffix: str) -> None:
    pytest.importorskip("matplotlib")
    drawn = as_figure(PICTURE, suffix)
    assert drawn == as_figure(PICTURE, suffix)
    assert drawn != as_figure(PICTURE, suffix, "dark")
    assert b"CreationDate" not in drawn
    assert b"<dc:date>" not in drawn
    start = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}[suffix]
    assert drawn.startswith(start)
    assert b"\x1b[31m" not in drawn if suffix == ".svg" else True
    assert b"<script" not in drawn


def test_a_sketch_is_harmless_and_names_everything() -> None:
    drawn = as_sketch(PICTURE, PLAIN)
    assert "\x1b" not in drawn
    assert "\u202e" not in drawn
    for trace in PANEL.traces[1:]:
        assert trace.name in drawn


def test_numbers_in_every_format(tmp_path: Path) -> None:
    command = ("plot", "curve", "mse", "huber", "--over", "residual")
    document = json.loads(lossctl(*command, "-f", "json").out)
    columns = document["columns"]
    assert document["picture"] == "curve"
    rows = list(csv.reader(lossctl(*command, "-f", "csv").out.splitlines()))
    assert rows[0] == ["loss", "x", "value", "derivative"]
    assert [float(row[2]) for row in rows[1:]] == columns["value"]
    lines = lossctl(*command, "-f", "jsonl").out.splitlines()
    assert [json.loads(line)["derivative"] for line in lines] == columns["derivative"]
    plain = lossctl(*command, "-f", "plain").out.splitlines()
    assert plain[0].split("\t") == ["mse", "-3", "9", "-6"]
    assert lossctl(*command, "-f", "markdown").out.startswith("| loss | x | value | derivative |")
    for suffix, form in (
        (".csv", "csv"),
        (".json", "json"),
        (".jsonl", "jsonl"),
        (".md", "markdown"),
    ):
        file = tmp_path / f"curve{suffix}"
        assert lossctl(*command, "-o", file).out == ""
        assert file.read_text() == lossctl(*command, "-f", form).out


def test_a_sketch_where_there_are_no_letters_for_it() -> None:
    drawn = lossctl("plot", "curve", "mse", env={"LC_ALL": "C.UTF-8"}).out
    plain = lossctl("plot", "curve", "mse", env={"LC_ALL": "C"}).out
    assert "⠀" in drawn
    assert plain.isascii()
    assert "Loss and derivative: mse" in plain


def test_what_is_refused(tmp_path: Path) -> None:
    cases = {
        ("--theme", "drak"): "did you mean dark",
        ("-o", str(tmp_path / "x.png"), "-f", "csv"): "is a figure",
        ("-o", str(tmp_path / "no" / "x.png")): "there is no folder",
        ("--sweep", "delta"): "expected PARAM=V,V",
        ("--low", "x"): "--low",
        ("-f", "svg"): "must be one of",
    }
    for more, said in cases.items():
        done = lossctl("plot", "curve", "huber", *more)
        assert (done.code, done.out) == (2, ""), more
        assert said in done.err, more
    assert not list(tmp_path.iterdir())
    assert "Missing command" in lossctl("plot").err
    assert "Did you mean" in lossctl("plot", "curv").err


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = lossctl("plot", "curve", "mse", "-o", tmp_path / "x.svg")
    assert done.code == 2
    assert "pip install 'lossctl[plot]'" in done.err
    assert lossctl("plot", "curve", "mse").code == 0


def test_a_figure_from_the_shell(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for name in ("a.svg", "b.svg"):
        done = lossctl("plot", "curve", "mse", "-o", tmp_path / name)
        assert (done.code, done.out) == (0, ""), done
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_pictures_in_python(tmp_path: Path) -> None:
    p, y = [0.9, 0.2, 0.6, 0.4] * 5, [1, 0, 0, 1] * 5
    curve = package.plot("curve", "huber", sweep={"delta": [1.0, 2.0]}, over="residual")
    assert curve.facts["losses"] == ["huber:delta=1", "huber:delta=2"]
    found = package.plot("reliability", p, y, theme="dark")
    assert found.to_dict()["picture"] == "reliability"
    assert set(found.to_frame().columns) == {"class", "probability", "calibrated", "low", "high"}
    items = package.plot("items", p, y, loss="bce", by_class=True)
    assert "class 1" in "".join(items.sentences)
    assert "Items of bce" in items._repr_html_()
    assert package.plot("landscape", p, y, loss="brier").facts["rows"] == 20
    pytest.importorskip("matplotlib")
    curve.save(tmp_path / "c.svg", theme="dark")
    assert (tmp_path / "c.svg").read_text().startswith("<?xml")
    picture = curve._repr_png_()
    assert picture is not None
    assert picture.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("args", "keywords", "said"),
    [
        (("curv", "mse"), {}, "did you mean curve"),
        (("curve", "mse"), {"theme": "drak"}, "did you mean dark"),
        (("curve", "mse"), {"ovr": "residual"}, "did you mean over"),
        (("curve", "mse"), {"sweep": "delta=1"}, "values by parameter"),
        (("items", [0.5], [1]), {}, "say which loss"),
        (("items", [0.5], [1]), {"loss": "bce", "weigths": [1.0]}, "did you mean weights"),
    ],
)
def test_mistakes_in_python(args: tuple[Any, ...], keywords: dict[str, Any], said: str) -> None:
    with pytest.raises(package.UsageError, match=said):
        package.plot(*args, **keywords)


def test_a_figure_has_a_known_suffix(tmp_path: Path) -> None:
    with pytest.raises(package.UsageError, match=r"figures are \.png"):
        package.plot("curve", "mse").save(tmp_path / "x.gif")


def test_a_figure_of_another_kind_is_refused_and_not_written_as_text(tmp_path: Path) -> None:
    done = lossctl("plot", "curve", "mse", "-o", tmp_path / "curve.jpg")
    assert (done.code, done.err) == (2, "error: -o curve.jpg: figures are .pdf, .png, .svg\n")
    assert not [*tmp_path.iterdir()]
