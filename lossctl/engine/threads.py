"""Threads over a grid of blocks, and who is shown how far they are.

NumPy releases the interpreter, so plain threads suffice.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeAlias, TypeVar

import numpy as np

from lossctl.core.threads import run_pieces

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
