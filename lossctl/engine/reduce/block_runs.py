"""Sum several blocks of arrays in memory by one call of a compiled total.

A block of mse takes fifty microseconds, half as long as what Python does around it, and Python runs
in one thread at a time. Of a run of blocks the arrays are prepared at once, and a loop makes the
sums of all blocks while other threads run. Where there is anything to leave out, to report or
to look at, the blocks are summed one by one.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lossctl.core.threads import is_elsewhere, run_blocks, worker_count
from lossctl.engine.plan import Plan
from lossctl.engine.read.prepare import prepare, read_inputs
from lossctl.engine.read.reader import NOTHING, BlockReader, Reader
from lossctl.engine.reduce.statistics import BlockTotals
from lossctl.engine.sources import ArraySource, Source
from lossctl.kernels.numeric.block_cache import one_block
from lossctl.kernels.numeric.primitives import NATIVE, in_parts

MOST_BLOCKS = 16  # of a run: what a check may copy stays small
SHARE_OF_A_THREAD = 2 / 3  # of what is left, in the next run of each


def totals_in_runs(
    plan: Plan, grid: Sequence[tuple[int, int]], sum_block: Callable[[Reader], BlockTotals]
) -> list[BlockTotals] | None:
    """Return the totals of each of several blocks, of one plan; None where it cannot sum runs.

    `sum_block` sums one block, where a run shows that its blocks need a closer look.
    """
    if not _sums_runs(plan) or is_elsewhere():
        return None
    (first, stop), (last, end) = grid[0], grid[-1]
    step = stop - first
    if list(grid[:-1]) != [(at, at + step) for at in range(first, last, step)]:
        return None
    whole = len(grid) if end - last == step else len(grid) - 1  # a shorter one is a run of its own
    runs = [
        (first + step * start, first + step * stop)
        for start, stop in runs_of(whole, worker_count(plan.options.threads))
    ]
    if whole < len(grid):
        runs.append((last, end))

    pays = True

    def sum_run(start: int, stop: int) -> list[BlockTotals]:
        nonlocal pays
        blocks = [(at, min(at + step, stop)) for at in range(start, stop, step)]
        totals = None
        if pays:
            with one_block(remember=False):
                totals = run_totals(plan, Reader(start, stop), len(blocks))
            pays = totals is not None  # what one run holds the others mostly hold too
        return [alone(*block) for block in blocks] if totals is None else totals

    def alone(start: int, stop: int) -> BlockTotals:
        with one_block(remember=False):
            return sum_block(Reader(start, stop))

    done = run_blocks(runs, sum_run, plan.options.threads)
    return [each for run in done for each in run]


def runs_of(count: int, threads: int) -> list[tuple[int, int]]:
    """Cut so many blocks into runs, long ones first, so that threads end together.

    They do not begin together, nor read as fast. Python does the same work around every run, in one
    thread at a time, so there are few.
    """
    runs, start = [], 0
    while start < count:
        length = math.ceil(SHARE_OF_A_THREAD * (count - start) / threads)
        for _ in range(threads):
            stop = min(start + min(length, MOST_BLOCKS), count)
            runs.append((start, stop))
            start = stop
    return [(start, stop) for start, stop in runs if start < stop]


def _sums_runs(plan: Plan) -> bool:
    """Whether blocks differ in nothing but their rows, which lie in memory as they are computed."""
    layout, loss = plan.fit.layout, plan.loss
    return (
        NATIVE is not None
        and plan.form.totals is not None
        and (plan.weights, layout.groups, plan.options.context) == (None, None, False)
        and (plan.scale, layout.inner) == (1.0, 1)
        and not (plan.by_sample or layout.column_is_item or loss.left_out == "drop")
        and (plan.order == "memory" or layout.axes == "item")
        and all(_lies_ready(source, plan) for source in plan.sources.values())
    )


def _lies_ready(source: Source, plan: Plan) -> bool:
    in_memory = isinstance(source, ArraySource) and source.array.flags.c_contiguous
    return in_memory and source.dtype in {plan.dtype, np.dtype(np.int64)}


def run_totals(plan: Plan, reader: Reader, count: int) -> list[BlockTotals] | None:
    """Sum a run of `count` blocks; None where they are to be summed one by one.

    The first has the findings and counts of all.
    """
    raw = [None if each is None else each.values for each in read_inputs(BlockReader(plan, reader))]
    sums = _sums(plan, raw, count)  # first, since it finds on the way what the checks look for
    if sums is not None and not _are_parted(sums, count):
        return None
    block = prepare(plan, reader, seek_nan=not plan.loss.nan_shows)
    left_out = block.ignored + block.omitted
    if block.findings.faults or left_out or block.weights is not None:
        return None
    if any(one is not other for one, other in zip(raw, block.arrays, strict=True)):
        sums = _sums(plan, block.arrays, count)
    if sums is None or not _are_parted(sums, count):
        return None
    if not all(np.isfinite(each).all() for each in sums.values()):
        return None
    columns = {name: np.asarray(each).tolist() for name, each in sums.items() if name != "weight"}
    if "weight" in sums:
        columns["weight"] = [sums["weight"] / count] * count  # every item weighs 1
    rows = zip(*columns.values(), strict=True)
    first, *others = [dict(zip(columns, row, strict=True)) for row in rows]
    counts = (block.items, 0, 0, block.weightless)
    rest = [BlockTotals(one, 0, (0, 0, 0, 0), NOTHING) for one in others]
    return [BlockTotals(first, 0, counts, block.findings), *rest]


def _sums(plan: Plan, arrays: Sequence[Any], count: int) -> Mapping[str, Any] | None:
    if plan.form.totals is None or not all(a is None or a.flags.c_contiguous for a in arrays):
        return None
    with in_parts(count, with_ends=not plan.loss.takes_anything):
        return plan.form.totals(*arrays, **plan.arguments)


def _are_parted(sums: Mapping[str, Any], count: int) -> bool:
    """Whether there is a sum of each block; of totals of another making there is one of all."""
    return all(np.shape(each) == (count,) for name, each in sums.items() if name != "weight")
