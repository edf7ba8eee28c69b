"""Threads over a grid of blocks: NumPy releases the interpreter, so plain threads suffice."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

import numpy as np

from lossctl.core.threads import run_pieces
from lossctl.engine.progress import begin

Answer = TypeVar("Answer")


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
