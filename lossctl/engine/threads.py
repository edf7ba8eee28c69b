"""Threads over a grid of blocks: NumPy releases the interpreter, so plain threads suffice."""

import itertools
import os
from collections.abc import Callable, Sequence
from functools import cache
from threading import Thread
from typing import Any, TypeVar

import numpy as np

from lossctl.engine.progress import begin

Answer = TypeVar("Answer")


def worker_count(threads: int | None) -> int:
    """Return the number of threads: as asked, or the cores this process may use."""
    if threads is not None:
        return threads
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
    numbers = itertools.count()
    advance = begin("items", grid[-1][1] if grid else 0)

    def drain() -> None:
        with np.errstate(all="ignore"):
            while (number := next(numbers)) < len(grid):
                answers[number] = work(*grid[number])
                advance(grid[number][1] - grid[number][0])

    failures: list[BaseException] = []

    def help_out() -> None:
        nonlocal numbers
        try:
            drain()
        except BaseException as failure:  # noqa: BLE001 - raised again where the work was ordered
            failures.append(failure)
            numbers = itertools.count(len(grid))  # the others stop at their next block

    # threading, since concurrent.futures takes as long to import as half of our own modules
    helpers = [Thread(target=help_out) for _ in range(min(worker_count(threads), len(grid)) - 1)]
    for helper in helpers:
        helper.start()
    try:
        drain()
    finally:
        numbers = itertools.count(len(grid))
        for helper in helpers:
            helper.join()
    if failures:
        raise failures[0]
    return answers
