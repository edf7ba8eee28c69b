"""The number of threads is one fact: no loss works in more threads than were ordered."""

import _thread
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.cli import main
from lossctl.core import threads as pieces
from lossctl.core.threads import run_pieces, worker_count
from lossctl.engine.bind import layout
from lossctl.io import csv_rows
from lossctl.kernels.distance import similarity
from tests.conformance.cases import Case, by_loss, draw, each_case, run, several, slopes

EVERY_SORT = ("items", "pooled", "set", "grid", "record", "batch", "lists")


class Watch:
    """How many threads were started, and how many were at work at once beside the first."""

    def __init__(self) -> None:
        self.started, self.most, self.alive = 0, 0, 0
        self._lock = threading.Lock()

    def count(self, change: int) -> None:
        with self._lock:
            self.alive += change
            self.most = max(self.most, self.alive)


class Shares:
    """The shares of threads at pieces of work; who comes when the work is over has none."""

    def __init__(self, shares: ContextVar[int | None], watch: Watch) -> None:
        self.get, self._shares, self._watch = shares.get, shares, watch
        self._first, self._depth = threading.get_ident(), threading.local()

    def set(self, share: int) -> Token[int | None]:
        self._change(1)
        return self._shares.set(share)

    def reset(self, token: Token[int | None]) -> None:
        self._shares.reset(token)
        self._change(-1)

    def _change(self, change: int) -> None:
        before = getattr(self._depth, "pieces", 0)
        self._depth.pieces = before + change
        if threading.get_ident() != self._first and 0 in {before, before + change}:
            self._watch.count(change)


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """Count the threads that are started, of whatever library."""
    watch, start, work = Watch(), threading.Thread.start, threading.Thread.run

    def started(self: threading.Thread) -> None:
        watch.started += 1
        watch.count(1)
        start(self)

    def started_for_pieces(work: Any, arguments: Any) -> None:
        watch.started += 1
        _thread.start_new_thread(work, arguments)

    def worked(self: threading.Thread) -> None:
        try:
            work(self)
        finally:
            watch.count(-1)

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", started)
        patch.setattr(threading.Thread, "run", worked)
        patch.setattr(pieces, "_thread", SimpleNamespace(start_new_thread=started_for_pieces))
        patch.setattr(pieces, "_SHARE", Shares(pieces._SHARE, watch))
        yield watch


@pytest.fixture
def many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut a few items into many blocks, and let threads pay for the least work."""
    monkeypatch.setattr(layout, "BLOCK_ELEMENTS", 16)
    monkeypatch.setattr(layout, "LIST_ITEMS", 16)
    monkeypatch.setattr(similarity, "BUSY", 0)


@pytest.mark.usefixtures("many_blocks")
@each_case(*EVERY_SORT, brief=True, quick=by_loss)
def test_no_loss_takes_more_threads_than_ordered(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays, options = several(case, 150) if case.sort != "lists" else (draw(case, (9, 8)), {})
    for threads in (1, 2, 3):
        with watched(monkeypatch) as watch:
            run(case, arrays, threads=threads, **options)
            slopes(case, arrays, threads=threads, **options)
        assert watch.most <= threads - 1
        assert (watch.started > 0) == (threads > 1), "the work is large enough to be shared"


def test_groups_share_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity, "BUSY", 0)
    first, second = np.random.default_rng(0).normal(size=(2, 400, 3))
    for threads in (1, 2, 4):
        with watched(monkeypatch) as watch:
            lossctl.compute("info_nce", first, second, batch_size=200, threads=threads)
        assert watch.most <= threads - 1


RULE = """version: 1
data: {t: {file: t.csv, id: id}}
rules: [{formula: "p -> q"}]
"""


@pytest.mark.parametrize("command", ["compute", "run"])
@pytest.mark.parametrize("threads", [1, 2])
def test_tables_are_read_in_no_more_threads(
    command: str, threads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(csv_rows, "PIECE", 1000)
    lines = (f"{number},0.25,0.5\n" for number in range(1000))
    Path("t.csv").write_text("id,p,q\n" + "".join(lines))
    Path("c.yaml").write_text(RULE)
    words = {
        "compute": ["compute", "t.csv::p", "t.csv::q", "-l", "mse", "--id", "id"],
        "run": ["run", "c.yaml"],
    }
    with watched(monkeypatch) as watch:
        assert main.run([*words[command], "--threads", str(threads)]) == 0
    assert watch.most <= (0 if threads == 1 else threads)
    assert (watch.started > 0) == (threads > 1)


def test_pieces_get_a_share() -> None:
    shares = []
    run_pieces(2, lambda _: shares.append(worker_count(None)), 6)
    assert shares == [3, 3]
    nested = []
    run_pieces(1, lambda _: run_pieces(5, lambda _: nested.append(worker_count(None))), 2)
    assert nested == [1] * 5
    assert worker_count(None) >= 1
    assert worker_count(7) == 7


@pytest.mark.parametrize(("cores", "wanted"), [(6, 6), (None, 1)])
def test_cores_where_a_system_tells_no_affinity(
    cores: int | None, wanted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As macOS and Windows; Python itself may not know the number."""
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    assert worker_count(None) == wanted


def test_an_error_in_a_thread_is_raised_once_all_have_ended() -> None:
    done = []

    def work(number: int) -> None:
        if number == 3:
            raise ArithmeticError(number)
        done.append(number)

    for threads in (1, 2, 5):
        with pytest.raises(ArithmeticError, match="3"):
            run_pieces(1000, work, threads)
        assert len(done) < 1000
        done.clear()
