"""Threads over pieces of work, others that evaluate blocks, and who is shown how far they are.

The number of threads is said once, by whoever orders the work; what runs inside a piece, such as a
kernel that cuts its matrix into lanes, may use the share of its piece and no more.

Every pass over the data is a call of :func:`run_blocks`. Inside :func:`evaluated_by` it asks an
executor for the answers of the blocks in place of threads; what is done with answers, and all that
is decided by them, stays the same.
"""

import _thread
import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from functools import cache
from threading import Lock, Semaphore
from typing import Any, Protocol, TypeAlias, TypeVar

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.spelling import option

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of malloc.h
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
    begun, is_over, door, ended = 0, False, Lock(), Semaphore(0)

    def run_next() -> None:
        share = _SHARE.set(total // workers)
        try:
            with np.errstate(all="ignore"):
                while (number := next(numbers)) < count:
                    work(number)
        finally:
            _SHARE.reset(share)

    def help_out() -> None:
        nonlocal numbers, begun
        with door:
            if is_over:
                return
            begun += 1
        try:
            run_next()
        except BaseException as failure:  # noqa: BLE001 - raised again where the work was ordered
            failures.append(failure)
            numbers = itertools.count(count)  # the others stop at their next piece
        finally:
            ended.release()

    # threading.Thread would wait for a core to wake before anything is done here, for as long as a
    # block takes; who comes when the work is over is not waited for either.
    try:
        for _ in range(workers - 1):
            _thread.start_new_thread(copy_context().run, (help_out,))
        run_next()
    finally:
        numbers = itertools.count(count)
        with door:
            is_over = True
        for _ in range(begun):
            ended.acquire()
    if failures:
        raise failures[0]


Answer = TypeVar("Answer")
Grid: TypeAlias = Sequence[tuple[int, int]]
Begin: TypeAlias = Callable[[str, int], Callable[[int], None]]


def _silent(_amount: int) -> None:
    pass


def _nobody(_unit: str, _total: int) -> Callable[[int], None]:
    return _silent


_watchers: list[Begin] = [_nobody]


def _set_thresholds() -> None:
    """Set what glibc maps by itself and what it keeps; nothing in other C libraries."""
    import ctypes  # noqa: PLC0415 - workers only

    with suppress(AttributeError, OSError):
        library = ctypes.CDLL(None)
        for threshold, size in ((M_MMAP_THRESHOLD, 32 << 20), (M_TRIM_THRESHOLD, 64 << 20)):
            library.mallopt(threshold, size)


@cache
def keep_freed_memory() -> None:
    """Make the C library keep memory that temporaries of a block free, for the next block.

    glibc returns large blocks to the system at once and takes fresh pages for the next, which cost
    more than the arithmetic, and more so in threads. Freeing one block of just under 32 MiB raises
    both of its dynamic thresholds (mallopt(3), M_MMAP_THRESHOLD); elsewhere it does nothing. Where
    the environment names a threshold, as in workers of Dask, they are not dynamic: they are set.
    """
    if "MALLOC_TRIM_THRESHOLD_" in os.environ:
        _set_thresholds()
    np.empty(31 << 20, np.uint8)


class Executor(Protocol):
    """Whoever evaluates the blocks of passes over the data."""

    @property
    def shares(self) -> int:
        """How many shares the data is cut into at most."""
        ...

    @property
    def asks(self) -> bool:
        """Whether this process asks for answers; others only evaluate shares for it."""
        ...

    def name_output(self, flush: Callable[[], None]) -> str:
        """Return the name of what is written next, the same in every process.

        `flush` is called when blocks were written, so that others see them.
        """
        ...

    def run(
        self, grid: Grid, work: Callable[[int, int], Any], threads: int | None, *, writes: bool
    ) -> list[Any]:
        """Return what `work` returns for every block; where it writes, it must be called here."""
        ...


_EXECUTOR: ContextVar[Executor | None] = ContextVar("_EXECUTOR", default=None)


@contextmanager
def evaluated_by(executor: Executor | None) -> Iterator[None]:
    """Let `executor` evaluate the blocks of all passes inside; None for threads of this process."""
    before = _EXECUTOR.set(executor)
    try:
        yield
    finally:
        _EXECUTOR.reset(before)


def is_elsewhere() -> bool:
    """Whether blocks are evaluated by others than threads of this process."""
    return _EXECUTOR.get() is not None


def writes_results() -> bool:
    """Whether this process writes files of results; those that evaluate shares for it do not."""
    executor = _EXECUTOR.get()
    return executor is None or executor.asks


def executor_here() -> Executor | None:
    """Return who evaluates blocks in place of threads of this process."""
    return _EXECUTOR.get()


def require_files(places: Iterable[Any]) -> None:
    """Refuse standard input where others than this process read the data."""
    if is_elsewhere() and any(str(place).partition("::")[0] == "-" for place in places):
        raise UsageError(f"{option('cluster')}: workers open files; save standard input as one")


def shares_of(size: int, least: int) -> list[tuple[int, int]]:
    """Cut so many elements into shares of `least` or more, for each of those that read the data.

    Threads of this process share all of it.
    """
    executor = _EXECUTOR.get()
    count = 1 if executor is None else max(min(executor.shares, size // least), 1)
    return [(size * at // count, size * (at + 1) // count) for at in range(count)]


def run_blocks(
    grid: Grid,
    work: Callable[[int, int], Answer],
    threads: int | None,
    keep: Callable[[int, Any], Answer] | None = None,
    *,
    writes: bool = False,
) -> list[Answer]:
    """Apply `work` to every block, in any order; return the answers in grid order.

    `work` only returns what it finds, unless it `writes`: it may be called in another process.
    `keep` is called here with the start of each block and what `work` returned, from any thread,
    and returns the answer; without it that is what `work` returned.
    """
    if (executor := _EXECUTOR.get()) is not None:
        found = executor.run(grid, work, threads, writes=writes)
        if keep is None:
            return found
        return [keep(start, one) for (start, _), one in zip(grid, found, strict=True)]
    keep_freed_memory()
    answers: list[Any] = [None] * len(grid)
    advance = begin("items", grid[-1][1] if grid else 0)

    def one_block(number: int) -> None:
        start, stop = grid[number]
        answer = work(start, stop)
        answers[number] = answer if keep is None else keep(start, answer)
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
