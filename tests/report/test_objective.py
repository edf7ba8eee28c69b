"""The table of a run on terminals of any width: nothing is broken inside a word or a number."""

import io
import os
from typing import Any

import pytest

import lossctl
from lossctl.cli import output
from lossctl.objective.objective_result import Component, ObjectiveResult, Step, ViolationCount
from lossctl.report.formats import Display
from lossctl.report.objective import render

NAMES = ("bce", "background_knowledge", "large_is_malignant", "upper")
RAWS = (0.15593078281, 0.052518642661, 0.00057782667551, 0.016301095632)


def answer() -> ObjectiveResult:
    parts = tuple(
        Component(
            name=name,
            kind="rule",
            loss="constraint_violation",
            params={},
            raw=raw,
            weight=2.0,
            items=1707,
            violations=ViolationCount(135, 1707),
        )
        for name, raw in zip(NAMES, RAWS, strict=True)
    )
    steps = tuple(Step(number, {}, parts) for number in range(2))
    grid = [{"rule": 1.0, "total": 0.29053270333}]
    front = [{**dict(zip(NAMES, RAWS, strict=True)), "chosen": "yes"}]
    return ObjectiveResult("doc", parts, steps=steps, extras={"grid": grid, "front": front})


def table(width: int | None = None, **more: Any) -> str:
    """Return the table of the answer, for a terminal of this width."""
    return render([answer()], "table", Display(width=width, **more))


def test_limits_are_said_and_coloured() -> None:
    gates = lossctl.judge(answer(), fail_over={"total": 0.1, "upper": 1.0}).gates
    text = table(colour=True, gates=gates)
    assert "total is 0.450657, over the limit 0.1" in text
    assert "upper is 0.0163011, within the limit 1" in text
    assert "\x1b[1;31m0.450657\x1b[0m" in text
    assert "\x1b[1;32m0.0163011\x1b[0m" in text


@pytest.mark.parametrize("width", [200, 100, 80, 72, 60, 50, 40, 30])
def test_no_line_is_wider_and_no_word_is_broken(width: int) -> None:
    lines = table(width).splitlines()
    assert max(map(len, lines)) <= width
    text = " ".join(line.strip() for line in lines)
    for name, raw in zip(NAMES, RAWS, strict=True):
        assert name in text
        assert f"{raw:.6g}" in text.replace(",", " ").split()
    assert "95 % interval 6.72% to 9.29%" in text
    assert "chosen yes" in text or "chosen\n" in "\n".join(lines) + "\n"


def test_wide_terminals_and_pipes_show_everything() -> None:
    assert table(200) == table()
    header, first, *_ = table().splitlines()
    assert header.split() == ["component", "kind", "loss", "raw", "weight", "weighted", "share"]
    assert first.split()[:4] == ["bce", "rule", "constraint_violation", "0.155931"]


def test_columns_that_do_not_fit_are_said_below() -> None:
    header, first, *rest = table(60).splitlines()
    assert header.split() == ["component", "raw", "weight", "weighted", "share"]
    assert "0.155931" in first
    assert "bce: kind rule, loss constraint_violation" in rest


def test_a_narrow_terminal_gets_a_paragraph_a_component() -> None:
    text = table(40)
    assert "bce: kind rule, loss" in text
    assert "step 0: total" in text


class Screen(io.StringIO):
    """A stream that says it is a output."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("say", "head"), [(output.note, "note"), (output.complain, "error")])
@pytest.mark.parametrize("columns", [60, 30])
def test_notes_and_errors_break_between_words(
    say, head: str, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "large_is_malignant: what stands before the arrow holds in 0.20% of the rows: satisfied"
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setitem(os.environ, "COLUMNS", str(columns))
    say(text)
    lines = screen.getvalue().splitlines()
    assert max(map(len, lines)) <= columns
    assert all(line.startswith("      ") for line in lines[1:])
    assert " ".join(line.strip() for line in lines) == f"{head}: {text}"
    assert output.width_of(io.StringIO()) is None


def test_a_caret_stays_under_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setitem(os.environ, "COLUMNS", "20")
    output.complain("a & b & c & d & e & f", "      ^ unknown name")
    assert screen.getvalue() == "error: a & b & c & d & e & f\n             ^ unknown name\n"
