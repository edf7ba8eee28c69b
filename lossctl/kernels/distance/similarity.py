"""Matrices of similarities between the rows of two sets, block by block of rows.

No more than a few blocks of (64, m) exist at a time. A loss gives the cost of a block of scores, or
its derivative; blocks, threads and the gradient of the rows are the same for all.
The grid and the order of every sum depend on the shapes alone, so threads change no bit.
"""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np

from lossctl.core.loss import Array
from lossctl.core.threads import run_pieces
from lossctl.kernels.numeric.matmul import columns_by_columns, plain, rows_by_columns, rows_by_rows

Rows: TypeAlias = slice
Cost: TypeAlias = Callable[[Array, Rows], Array]
ROWS = 64  # of a block
# Lane k adds up the blocks k, k + 4, … in order, and the lanes are added in order: a thread takes
# whole lanes, so which thread was first changes no bit.
LANES = 4
CACHED = 1 << 18  # scores worked on at once, so that they stay in the cache
BUSY = 1 << 22  # multiplications from which threads pay


def cost_of_rows(left: Array, right: Array, cost: Cost) -> Array:
    """Return ``cost(scores, rows)`` for all rows of left·rightᵀ: (n,), or (n, k).

    `cost` may overwrite the scores (r, m) of the rows it is given.
    """
    costs: list[Array | None] = [None] * _blocks(left)

    def lane(number: int) -> None:
        for block in range(number, len(costs), LANES):
            scores, rows = _scores(left, right, block)
            parts = [cost(scores[part], _within(rows, part)) for part in _parts(scores)]
            costs[block] = np.concatenate(parts)

    _run(lane, left.size * len(right))
    return np.concatenate([part for part in costs if part is not None])


def rows_vjp(left: Array, right: Array, slope: Cost) -> tuple[Array, Array]:
    """Return gradients (left, right) of a cost with the slopes ``slope(scores, rows)``, (r, m)."""
    to_left = np.empty_like(left)
    to_right: list[Array | None] = [None] * LANES

    def lane(number: int) -> None:
        for block in range(number, _blocks(left), LANES):
            scores, rows = _scores(left, right, block)
            for part in _parts(scores):
                scores[part] = slope(scores[part], _within(rows, part))
            to_left[rows] = rows_by_columns(scores, right)
            added, total = columns_by_columns(scores, left[rows]), to_right[number]
            to_right[number] = added if total is None else np.add(total, added, out=total)

    _run(lane, left.size * len(right))
    first, *others = [part for part in to_right if part is not None]
    for part in others:
        first += part
    return to_left, first


def diagonal(scores: Array, rows: Rows) -> tuple[Array, Array]:
    """Return where a block of rows meets the diagonal of the matrix: an index of the block."""
    rows_of_block = np.arange(len(scores))
    return rows_of_block, rows_of_block + rows.start


def each_block(count: int, work: Callable[[Rows, int], None], effort: int) -> None:
    """Call ``work(rows, lane)`` for every block of rows, in threads when the effort is worth it.

    Blocks of one lane follow each other, so `work` may add up in what belongs to its lane.
    """

    def lane(number: int) -> None:
        for block in range(number, -(-count // ROWS), LANES):
            work(slice(block * ROWS, min((block + 1) * ROWS, count)), number)

    _run(lane, effort)


def _blocks(left: Array) -> int:
    return -(-len(left) // ROWS)


def _scores(left: Array, right: Array, block: int) -> tuple[Array, Rows]:
    rows = slice(block * ROWS, min((block + 1) * ROWS, len(left)))
    return rows_by_rows(left[rows], right), rows


def _parts(scores: Array) -> Iterator[Rows]:
    step = max(1, CACHED // max(scores.shape[1], 1))
    for at in range(0, len(scores), step):
        yield slice(at, min(at + step, len(scores)))


def _within(rows: Rows, part: Rows) -> Rows:
    return slice(rows.start + part.start, rows.start + part.stop)


def _run(lane: Callable[[int], None], effort: int) -> None:
    """Run the lanes, in the threads that the work may use where these pay."""
    run_pieces(LANES, lane, None if effort >= BUSY else 1)


def centred(vectors: Array) -> Array:
    """Subtract the mean of every column."""
    vectors = plain(vectors)
    return vectors - vectors.mean(axis=0, keepdims=True)
