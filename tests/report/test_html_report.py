"""The HTML report: self-contained, escaped, the same bytes, readable, with what reproduces it."""

import base64
import hashlib
import html
import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl as lossctl_in_python
from lossctl.core.outcome import Outcome, Summary
from lossctl.pictures.picture import Axis, Panel, Trace
from lossctl.report.formats import BAD, Styled, Table
from lossctl.report.html.drawing import draw_intervals, draw_panel, ticks
from lossctl.report.html.page import MOST_ROWS, as_html
from lossctl.report.html.section import Interval, Section
from tests.cli.run import SAMPLES, lossctl
from tests.cli.test_harmless import HOSTILE

P, T = SAMPLES / "breast_cancer" / "preds.npy", SAMPLES / "breast_cancer" / "targets.npy"
DIABETES = SAMPLES / "diabetes"
LOGIC = SAMPLES / "logic" / "features.csv"
VOID = {"meta", "rect", "circle", "line", "polyline", "polygon"}
LIMIT = 300_000  # bytes


class Page(HTMLParser):
    """The elements of a page, with what is wrong with them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)
        assert not self.stack, self.stack

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack, tag
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.stack and self.stack[-1] not in {"script", "style"}:
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def checked(text: str) -> Page:
    """Check what holds for every page."""
    page = Page(text)
    assert len(text.encode()) < LIMIT
    assert text.startswith('<!doctype html>\n<html lang="en" class="lossctl-report">')
    for attributes in (attributes for _, attributes in page.elements):
        assert not {"src", "style", "onclick", "onload"} & attributes.keys()
        assert str(attributes.get("href", "#")).startswith("#"), "leads out of the file"
    (policy,) = [each["content"] for each in page.all("meta") if "http-equiv" in each]
    assert policy is not None
    assert "default-src 'none'" in policy
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    names = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(names)) == len(names)
    links = [str(each["href"]).removeprefix("#") for each in page.all("a")]
    assert set(links) <= set(names)
    for tag in ("main", "nav", "header", "footer", "h1"):
        assert len(page.all(tag)) == 1, tag
    assert all(each.get("scope") in {"col", "row"} for each in page.all("th"))
    assert all(each.get("aria-label") or each.get("aria-hidden") for each in page.all("svg"))
    return page


COMMANDS: dict[str, tuple[Any, ...]] = {
    "compute": ("compute", P, T, "-l", "bce", "--by-class", "--worst", "3", "--interval"),
    "gradients": ("compute", P, T, "-l", "bce", "--gradient-summary", "--fail-over", "0.01"),
    "compare": (
        *("compare", DIABETES / "preds.npy", DIABETES / "preds_huber.npy", "-l", "mse"),
        *("--targets", DIABETES / "targets.npy"),
    ),
    "check": ("check", T, P, "-l", "bce"),
    "clean": ("check", P, T),
    "run": ("run", SAMPLES.parent / "configs" / "segmentation.yaml"),
    "calibrate": ("calibrate", P, T, "--recalibrate", "platt", "--fail-over", "0.001"),
    "recommend": ("recommend", "--targets", T, "--predictions", P, "--metric", "log_loss"),
    "slices": ("slices", P, T, "-l", "bce", "--by-class"),
    "find": (
        *("slices", "--table", LOGIC, "--column", "predictions=prediction"),
        *("--column", "targets=target", "-l", "bce", "--find"),
    ),
    "race": (
        *("race", "--candidate", f"first={DIABETES / 'preds.npy'}"),
        *("--candidate", f"second={DIABETES / 'preds_huber.npy'}"),
        *("--targets", DIABETES / "targets.npy", "--metric", "mae"),
    ),
    "error": ("compute", P, DIABETES / "targets.npy", "-l", "bce"),
}
HOLDS = {
    "compute": (
        "Worst rows by bce",
        "bce by class",
        "Signature of bce:",
        "Fingerprint",
        "item 297",
    ),
    "gradients": ("Gradients", "failed", "over the limit 0.01"),
    "compare": ("Differences in mse", "Comparison", "Signature:"),
    "check": ("Findings", "Evidence", "a command that repairs it", "rules that found nothing"),
    "clean": ("nothing was found",),
    "run": ("Components", "Signature of"),
    "calibrate": ("Reliability", "too timid", "fitted: platt", "held-out", "failed"),
    "recommend": ("Recommended", "Commands", "Answers", "lossctl compute"),
    "slices": ("bce by class",),
    "find": ("radius", "Fingerprint", "Searched"),
    "race": ("first wins", "Differences from the winner", "mae by fold", "Candidates"),
    "error": ("the command runs to its end", "failed"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_pages_of_commands(name: str, tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    file = tmp_path / "report.html"
    done = lossctl(*COMMANDS[name], "--report", f"html={file}")
    first = file.read_bytes()
    page = checked(first.decode())
    text = " ".join(" ".join(page.text).split())
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", first.decode())
    for part in HOLDS[name]:
        assert part in text, part
    words = [str(word) for word in COMMANDS[name]]
    assert " ".join(words[:2]) in text, "the command that makes it again"
    again = lossctl(*COMMANDS[name], "--report", f"html={file}")
    assert (again.code, again.out) == (done.code, done.out)
    assert file.read_bytes() == first
    plain = lossctl(*COMMANDS[name])
    assert (plain.code, plain.out) == (done.code, done.out), "the report changes no answer"


def test_a_failed_page_leads_to_the_worst_rows(tmp_path: Path) -> None:
    """Also where nobody asked for them; what is printed stays as it is."""
    pytest.importorskip("jinja2")
    file = tmp_path / "report.html"
    command = ("compute", P, T, "-l", "bce", "-l", "mse", "--fail-over", "bce=0.01")
    done = lossctl(*command, "--report", f"html={file}")
    assert (done.code, done.out) == (1, lossctl(*command).out)
    page = checked(file.read_text())
    text = " ".join(page.text)
    assert "Worst rows by bce" in text
    assert "item 297" in text
    first = lossctl(*command[:-1], "bce=1", "--report", f"html={file}")
    assert first.code == 0
    assert "Worst rows" not in file.read_text()
    area = ("compute", P, T, "--metric", "roc_auc", "--fail-under", "1")
    assert lossctl(*area, "--report", f"html={file}").code == 1
    assert "Worst rows" not in file.read_text()


def test_values_of_different_units_do_not_share_an_axis(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    measures = ("-l", "bce", "-l", "focal:gamma=1", "-l", "focal:gamma=2", "--metric", "accuracy")
    lossctl("compute", P, T, *measures, "--interval", "--report", f"html={file}")
    drawn = re.findall(r'<svg[^>]*aria-label="intervals of (\w+)".*?</svg>', file.read_text())
    assert drawn == ["bce", "focal", "accuracy"]


def hostile(text: str) -> Summary:
    table = Table((text, "n"), [[Styled(text, BAD), text], [text, "1"]], ("n",))
    panel = Panel(text, Axis(text), Axis(text), [Trace(text, np.arange(3.0), np.arange(3.0))])
    section = Section(
        text, [table], [text], [(text, text)], [panel], [(text, [Interval(text, 0.0, 1.0, 2.0)])]
    )
    outcome = Outcome(text, "failed", text, text, text, 3)
    return Summary(text, [outcome], text, lambda: [section], text)


@pytest.mark.parametrize("text", [*HOSTILE, "</script><script>alert(1)</script>", "{{ 7 * 7 }}"])
def test_hostile_names_stay_text(text: str) -> None:
    pytest.importorskip("jinja2")
    written = as_html(hostile(text))
    page = checked(written)
    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert "\x1b" not in written
    assert "49" not in "".join(page.text) or "49" in text


def test_long_tables_and_cells_are_cut_and_said_so() -> None:
    pytest.importorskip("jinja2")
    rows = [["x" * 10_000, str(at)] for at in range(MOST_ROWS + 7)]
    section = Section("Long", [Table(("name", "n"), rows)])
    text = as_html(Summary("lossctl compute", (), "", lambda: [section]))
    page = checked(text)
    assert "7 more rows" in " ".join(page.text)
    assert len(page.all("tr")) == MOST_ROWS + 1


def test_without_jinja(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    done = lossctl("compute", P, T, "-l", "bce", "--report", f"html={tmp_path / 'x.html'}")
    assert (done.code, done.out) == (2, "")
    assert "pip install 'lossctl[html]'" in done.err


def test_a_page_replaces_a_page_only(tmp_path: Path) -> None:
    """After an error a file that is no report stays as it is."""
    pytest.importorskip("jinja2")
    file = tmp_path / "mine.html"
    file.write_text("<!doctype html>\n<p>mine</p>\n")
    assert lossctl(*COMMANDS["error"], "--report", f"html={file}").code == 3
    assert "mine" in file.read_text()


def test_ticks_are_round_and_inside() -> None:
    assert ticks(0.0, 1.0) == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert ticks(-3.0, 3.0) == [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0] or len(ticks(-3, 3)) <= 7
    for low, high in ((0.013, 0.0171), (-1e6, 3e7), (1e-9, 2e-9)):
        found = ticks(low, high)
        assert 3 <= len(found) <= 8
        assert all(low - 1e-12 <= at <= high + 1e-12 * abs(high) for at in found)


def test_drawings_keep_inside_their_frame() -> None:
    trace = Trace("a", np.array([0.0, 0.5, 1.0]), np.array([0.0, np.nan, 9.0]))
    band = Trace("b", trace.x, np.zeros(3), "band", np.ones(3))
    bars = Trace("c", np.array([0.0, 0.5]), np.array([1.0, 2.0]), "bars", np.array([0.5, 1.0]))
    drawn = draw_panel(Panel("", Axis("x"), Axis("y", 0.0, 2.0), [band, bars, trace]))
    numbers = [float(n) for n in re.findall(r'(?:points="| )(-?[\d.]+),', drawn)]
    assert numbers
    assert all(0.0 <= number <= 460.0 for number in numbers)
    assert "nan" not in drawn
    many = [Interval(f"m{at}", at - 1.0, float(at), at + 1.0) for at in range(60)]
    assert draw_intervals("x", many).count("<circle") == 40
    assert draw_intervals("x", [Interval("m", np.nan, 0.0, 1.0)]) == ""
    assert html.unescape(draw_intervals("<b>", many[:1])).count("<b>") == 2


def test_a_merged_page_is_that_of_the_whole(tmp_path: Path) -> None:
    """All but the command."""
    pytest.importorskip("jinja2")
    shards, file = [tmp_path / "1.json", tmp_path / "2.json"], tmp_path / "report.html"
    for at, shard in enumerate(shards, 1):
        lossctl("compute", P, T, "-l", "bce", "--shard", f"{at}/2", "--save-totals", shard)
    seen = []
    for words in (("merge", *shards), ("compute", P, T, "-l", "bce")):
        lossctl(*words, "--fail-over", "1", "--report", f"html={file}")
        checked(text := file.read_text())
        text = re.sub(r"The command that makes.*?</pre>", "", text, flags=re.DOTALL)
        seen.append(text[text.index("<nav") :])
    assert seen[0] == seen[1]
    assert "Signature of bce:" in seen[0]


ANSWERS: dict[str, Callable[[], Any]] = {
    "result": lambda: lossctl_in_python.compute("bce", P, T, worst=3, interval=True),
    "comparison": lambda: lossctl_in_python.compare(
        DIABETES / "preds.npy",
        DIABETES / "preds_huber.npy",
        targets=DIABETES / "targets.npy",
        loss="mse",
    ),
    "check": lambda: lossctl_in_python.check(T, P, loss="bce"),
    "calibration": lambda: lossctl_in_python.calibrate(P, T),
    "recommendation": lambda: lossctl_in_python.recommend(task="regression", metric="mae"),
    "objective": lambda: lossctl_in_python.run(SAMPLES.parent / "configs" / "segmentation.yaml")[0],
    "race": lambda: lossctl_in_python.race(
        {"first": P, "second": T.with_name("preds.npy")}, targets=T, metric="brier"
    ),
}
IN_NOTEBOOKS = {
    "result": ("Worst rows by bce", "item 297", "Signature of bce:"),
    "comparison": ("Differences in mse", "Paired t test"),
    "check": ("Findings", "Rules that found nothing"),
    "calibration": ("Reliability", "too timid"),
    "recommendation": ("Recommended", "lossctl compute"),
    "objective": ("Components", "Signature of"),
    "race": ("Candidates", "wins", "brier by fold"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_notebooks_show_the_content_of_pages(name: str) -> None:
    """Without script, ids and links, in a style that holds inside it alone."""
    pytest.importorskip("jinja2")
    shown = ANSWERS[name]()._repr_html_()
    page = Page(shown)
    text = " ".join(" ".join(page.text).split())
    assert all(part in text for part in IN_NOTEBOOKS[name])
    assert len(shown.encode()) < LIMIT
    assert not {tag for tag, _ in page.elements} & {"script", "a", "html", "body", "link", "img"}
    for attributes in (attributes for _, attributes in page.elements):
        assert not {"id", "src", "style", "href", "onclick"} & attributes.keys()
    (style,) = re.findall(r"<style>(.*?)</style>", shown, re.DOTALL)
    rules = style.replace("@media (prefers-color-scheme:dark){", "")
    for selectors in re.findall(r"([^{}]+)\{", rules):
        assert all(one.strip().startswith(".lossctl-answer") for one in selectors.split(","))


def test_notebooks_without_jinja(monkeypatch: pytest.MonkeyPatch) -> None:
    result = ANSWERS["result"]()
    monkeypatch.setattr("lossctl.core.notebook.find_spec", lambda _: None)
    assert result._repr_html_().startswith("<table>")
    assert ANSWERS["check"]()._repr_html_() is None, "notebooks show its repr then"
