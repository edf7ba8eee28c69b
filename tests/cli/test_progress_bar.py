"""A progress bar: on a terminal, for long work, on standard error, and nowhere else."""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from lossctl.cli import progress_bar
from lossctl.core import threads as engine
from lossctl.core.threads import run_blocks
from tests.cli.run import on_terminal

PROBE = """
import sys
from lossctl.cli import progress_bar
progress_bar.PATIENCE = 0.0
from lossctl.cli.main import run
sys.exit(run({arguments!r}))
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    """Write a pair of arrays of several blocks."""
    for name in "pt":
        np.save(tmp_path / f"{name}.npy", np.linspace(0.0, 1.0, 2_000_000))
    return (str(tmp_path / "p.npy"), str(tmp_path / "t.npy"))


def errors_on_a_terminal(*args: str, env: Mapping[str, str] | None = None) -> str:
    """Run with standard error on a terminal and no patience; return what it wrote there."""
    command = [sys.executable, "-c", PROBE.format(arguments=list(args))]
    done = on_terminal(command, "stderr", env)
    assert (done.code, done.out) == (0, "0.0\n"), done
    return done.err


def test_a_bar_on_a_terminal(files: tuple[str, ...]) -> None:
    shown = errors_on_a_terminal("compute", *files, "-l", "mse", "--value-only")
    assert "evaluating" in shown
    assert re.search(r"\d [MGk] items/s", shown)


def test_reading_text_is_shown_too(tmp_path: Path) -> None:
    rows = "".join(f"{n}.5,{n}.5\n" for n in range(400_000))
    (tmp_path / "a.csv").write_text("p,t\n" + rows, encoding="utf-8")
    columns = (f"{tmp_path}/a.csv::p", f"{tmp_path}/a.csv::t")
    shown = errors_on_a_terminal("compute", *columns, "-l", "mse", "--value-only")
    assert "reading" in shown
    assert "bytes/s" in shown


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_no_bar_where_it_is_not_wanted(files: tuple[str, ...], env: dict[str, str]) -> None:
    shown = errors_on_a_terminal("compute", *files, "-l", "mse", "--value-only", env=env)
    assert "evaluating" not in shown


def test_no_bar_when_said(files: tuple[str, ...]) -> None:
    args = ("compute", *files, "-l", "mse", "--value-only", "--no-progress")
    assert "evaluating" not in errors_on_a_terminal(*args)


def test_short_work_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    monkeypatch.setattr(progress_bar.Bar, "_draw", lambda *told: drawn.append(told[1]))
    bar = progress_bar.Bar()
    bar.begin("items", 10)(5)
    assert drawn == []
    monkeypatch.setattr(progress_bar, "PATIENCE", 0.0)
    advance = bar.begin("items", 10)
    advance(5)
    advance(3)
    assert drawn == [5, 8]


def test_blocks_tell_how_far_they_are() -> None:
    told: list[tuple[str, int]] = []

    def begin(unit: str, total: int) -> Callable[[int], None]:
        told.append((unit, total))
        return lambda amount: told.append(("", amount))

    with engine.watched_by(begin):
        run_blocks([(0, 4), (4, 6)], lambda start, stop: stop - start, 1)
    run_blocks([(0, 4)], lambda start, stop: stop - start, 1)
    assert told == [("items", 6), ("", 4), ("", 2)]
