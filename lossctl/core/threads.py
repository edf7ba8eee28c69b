"""Threads over pieces of work, and who is shown how far they are.

The number is said once, by whoever orders the work; what runs inside a piece, such as a kernel
that cuts its matrix into lanes, may use the share of its piece and no more.
"""

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from functools import cache
from threading import Thread
from typing import Any, TypeAlias, TypeVar

import numpy as np

_SHARE: ContextVar[int | None] = ContextVar("_SHARE", default=None)


def worker_count(threads: int | None) -> int:
    """Return the number of threads: as said, else the share of the piece this runs in.

    Outside of any piece these are the cores that this process may use.
    """
    if threads is not None:
        return threads
    if (share := _SHARE.get()) is not None:
        return share
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_pieces(count: int, work: Callable[[int], None], threads: int | None = None) -> None:
    """Call ``work(number)`` for every number below `count`, in any order.

    The caller's thread is one of those that work. The first error is raised here, when the pieces
    that were begun have ended.
    """
    if count == 1 and threads is None:  # nothing to share, and small calls are counted in µs
        with np.errstate(all="ignore"):
            work(0)
        return
    total = worker_count(threads)
    workers = max(min(total, count), 1)
    numbers = itertools.count()
    failures: list[BaseException] = []

    def run_next() -> None:
        share = _SHARE.set(total // workers)
        try:
            with np.errstate(all="ignore"):
                while (number := next(numbers)) < count:
                    work(number)
        finally:
            _SHARE.reset(share)

    def help_out() -> None:
        nonlocal numbers
        try:
            run_next()
        except BaseException as failure:  # noqa: BLE001 - raised again where the work was ordered
            failures.append(failure)
            numbers = itertools.count(count)  # the others stop at their next piece

    # threading, since concurrent.futures takes as long to import as half of our own modules
    helpers = [Thread(target=copy_context().run, args=(help_out,)) for _ in range(workers - 1)]
    for helper in helpers:
        helper.start()
    try:
        run_next()
    finally:
        numbers = itertools.count(count)
        for helper in helpers:
            helper.join()
    if failures:
        raise failures[0]


Answer = TypeVar("Answer")
Begin: TypeAlias = Callable[[str, int], Callable[[int], None]]


def _silent(_amount: int) -> None:
    pass


def _nobody(_unit: str, _total: int) -> Callable[[int], None]:
    return _silent


_watchers: list[Begin] = [_nobody]


@cache
def keep_freed_memory() -> None:
    """Make the C library keep memory that temporaries of a block free, for the next block.

    glibc returns large blocks to the system at once and takes fresh pages for the next, which cost
    more than the arithmetic, and more so in threads. Freeing one block of just under 32 MiB raises
    both of its dynamic thresholds (mallopt(3), M_MMAP_THRESHOLD); elsewhere it does nothing.
    """
    np.empty(31 << 20, np.uint8)


def run_blocks(
    grid: Sequence[tuple[int, int]], work: Callable[[int, int], Answer], threads: int | None
) -> list[Answer]:
    """Apply `work` to every block, in any order; return the answers in grid order."""
    keep_freed_memory()
    answers: list[Any] = [None] * len(grid)
    advance = begin("items", grid[-1][1] if grid else 0)

    def one_block(number: int) -> None:
        start, stop = grid[number]
        answers[number] = work(start, stop)
        advance(stop - start)

    run_pieces(len(grid), one_block, threads)
    return answers


@contextmanager
def watched_by(watcher: Begin) -> Iterator[None]:
    """Tell `watcher` of the work inside the block.

    The watcher is called with a unit (``items``, ``bytes``) and the total of each piece of work,
    and returns what takes every advance, from any thread.
    """
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.pop()


def begin(unit: str, total: int) -> Callable[[int], None]:
    """Announce work of `total` units (0 when unknown); call the answer with each advance."""
    return _watchers[-1](unit, total)
