"""Sum blocks by compiled totals before they are checked, several by one call if they lie in memory.

A total finds on the way the least and the greatest number of its arguments, which most checks ask
for (:func:`sums_first`); its sums count if the checks find nothing to leave out or to change.

A block of mse takes fifty microseconds, half as long as what Python does around it, and Python runs
in one thread at a time. Of a run of blocks the arrays are prepared at once, and a loop makes the
sums of all blocks while other threads run. Where there is anything to leave out, to report or
to look at, the blocks are summed one by one.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.loss import Array
from lossctl.core.threads import is_elsewhere, run_blocks, worker_count
from lossctl.engine.plan import Plan
from lossctl.engine.read.prepare import prepare, read_inputs
from lossctl.engine.read.reader import NOTHING, BlockReader, Reader
from lossctl.engine.reduce.statistics import BlockTotals, SumsFirst
from lossctl.engine.sources import ArraySource, Source
from lossctl.kernels.numeric.block_cache import one_block
from lossctl.kernels.numeric.loss_totals import Slopes, in_parts
from lossctl.kernels.numeric.primitives import NATIVE, are_either

INDEX = np.dtype(np.int64)
MOST_BLOCKS = 16  # of a run: what a check may copy stays small
SHARE_OF_A_THREAD = 2 / 3  # of what is left, in the next run of each


class SlopesInMemory(NamedTuple):
    """The slope of a loss for that of each item, and the flat array for those of predictions."""

    of_loss: float
    array: Array

    def of_rows(self, start: int, stop: int, width: int) -> Slopes:
        """Return where slopes of some rows go, of so many numbers each."""
        return Slopes(self.of_loss, self.array[start * width : stop * width])


def totals_in_runs(
    plan: Plan,
    grid: Sequence[tuple[int, int]],
    sum_block: Callable[[Reader], BlockTotals],
    slopes: SlopesInMemory | None = None,
) -> list[BlockTotals] | None:
    """Return the totals of each of several blocks, of one plan; None where it cannot sum runs.

    `sum_block` sums one block, where a run shows that its blocks need a closer look. Where `slopes`
    are wanted, it writes them too.
    """
    has_slopes = slopes is None or plan.form.has_slopes
    if not (_sums_runs(plan) and has_slopes) or is_elsewhere():
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
                totals = run_totals(plan, Reader(start, stop), len(blocks), slopes)
            pays = totals is not None  # what one run holds the others mostly hold too
        return [alone(*block) for block in blocks] if totals is None else totals

    def alone(start: int, stop: int) -> BlockTotals:
        with one_block(remember=slopes is not None):
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
    layout = plan.fit.layout
    return (
        NATIVE is not None
        and plan.form.totals is not None
        and (plan.weights, layout.groups, plan.options.context) == (None, None, False)
        and (plan.scale, layout.inner) == (1.0, 1)
        and not (plan.by_sample or layout.column_is_item)
        and (plan.order == "memory" or layout.axes == "item")
        and all(_lies_ready(source, plan) for source in plan.sources.values())
    )


def _lies_ready(source: Source, plan: Plan) -> bool:
    in_memory = isinstance(source, ArraySource) and source.array.flags.c_contiguous
    return in_memory and source.dtype in {plan.dtype, INDEX}


def run_totals(
    plan: Plan, reader: Reader, count: int, slopes: SlopesInMemory | None = None
) -> list[BlockTotals] | None:
    """Sum a run of `count` blocks; None where they are to be summed one by one.

    The first has the findings and counts of all. The `slopes` are written unless it is None.
    """
    raw = [None if each is None else each.values for each in read_inputs(BlockReader(plan, reader))]
    to = None
    if slopes is not None and raw[0] is not None:
        to = slopes.of_rows(reader.start, reader.stop, raw[0].size // len(raw[0]))
    sums = _sums(plan, raw, count, to)  # first, since it finds on the way what the checks look for
    if sums is not None and not _are_parted(sums, count):
        return None
    block = prepare(plan, reader, seek_nan=not plan.loss.nan_shows)
    left_out = block.ignored + block.omitted
    if block.findings.faults or left_out or block.weights is not None:
        return None
    if plan.fit.targets == "one_hot" and _holds_hard_blocks(block.arrays, count):
        return None
    if any(one is not other for one, other in zip(raw, block.arrays, strict=True)):
        sums = _sums(plan, block.arrays, count, to)
    has_slopes = slopes is None or (to is not None and to.are_written)
    if sums is None or not _are_parted(sums, count) or not has_slopes:
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


def _holds_hard_blocks(arrays: Sequence[Any], count: int) -> bool:
    """Whether some of several blocks may be one-hot, in a run of rows that is not.

    Those are read as classes, for which losses have other functions (``validate``).
    """
    rows = [each for each in arrays[1:] if count > 1 and each is not None and each.ndim == 2]
    return any(
        are_either(part, 0.0, 1.0)
        for each in rows
        for part in each.reshape(count, -1, each.shape[1])
    )


def sums_first(plan: Plan) -> Callable[[Reader], SumsFirst | None] | None:
    """Return what sums the blocks of a plan before they are checked; None where nothing is gained.

    It keeps the least and the greatest number of their inputs.
    """
    pays = (
        NATIVE is not None
        and plan.form.totals is not None
        and (plan.weights, plan.scale, plan.by_sample) == (None, 1.0, False)
        and not (plan.loss.takes_anything or (plan.loss.pooled and plan.fit.layout.columns))
    )

    def give_up() -> None:
        nonlocal pays
        pays = False

    def of_block(reader: Reader) -> SumsFirst | None:
        if not pays:
            return None
        inputs = read_inputs(BlockReader(plan, reader))
        raw = [None if each is None else each.values for each in inputs]
        fit = all(each is not None and each.dtype in {plan.dtype, INDEX} for each in raw)
        sums = _sums(plan, raw, 1, None) if fit else None
        if sums is None or not _are_parted(sums, 1):
            give_up()
            return None
        alone = {name: each if name == "weight" else each.item() for name, each in sums.items()}
        return SumsFirst(raw, alone, give_up)

    return of_block if pays else None


def _sums(
    plan: Plan, arrays: Sequence[Any], count: int, to: Slopes | None
) -> Mapping[str, Any] | None:
    if plan.form.totals is None or not all(a is None or a.flags.c_contiguous for a in arrays):
        return None
    of_rows = arrays[0] is not None and arrays[0].ndim == 2
    if of_rows and any(a is not None and a.ndim == 1 and a.dtype != INDEX for a in arrays):
        return None  # classes are read as integers, once they are known to be whole numbers
    with in_parts(count, with_ends=not plan.loss.takes_anything, slopes=to):
        return plan.form.totals(*arrays, **plan.arguments)


def _are_parted(sums: Mapping[str, Any], count: int) -> bool:
    """Whether there is a sum of each block; of totals of another making there is one of all."""
    return all(np.shape(each) == (count,) for name, each in sums.items() if name != "weight")
