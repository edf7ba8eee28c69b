"""Sum blocks to totals: threads over the grid, float64 inside a block, an exact sum across.

Each block's statistics are summed in float64 in an order its shape fixes, and block totals are
combined by ``math.fsum``, whose result does not depend on order. So neither threads nor chunking
can change a bit of the answer.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np

from lossctl.core.loss import Array
from lossctl.core.threads import run_blocks
from lossctl.engine.plan import Plan
from lossctl.engine.read.prepare import Block, prepare
from lossctl.engine.read.reader import Findings, Reader, merge
from lossctl.engine.reduce.statistics import (
    BlockTotals,
    MakeUnits,
    SumsFirst,
    block_statistics,
    exact_sum,
)
from lossctl.engine.sources import Sink, is_written_anywhere
from lossctl.kernels.numeric.block_cache import one_block

Then: TypeAlias = Callable[[Block], None]


class Observing(Protocol):
    """Sees every block of a pass while its rows are in memory, faults or not."""

    @property
    def of_units(self) -> bool:
        """Whether it is shown the statistics of units; else it looks at the rows itself."""
        ...

    def see(self, start: int, stop: int, units: Sequence[Any], /) -> Any:
        """Return what is kept of one block, which may be seen in another process.

        `start` is its first row, `units` the statistics of its units for each plan
        (:class:`UnitBlock`), None where it has none.
        """
        ...

    def take(self, start: int, seen: Any, /) -> None:
        """Take what was kept of one block; called from any thread."""
        ...


class Totals(NamedTuple):
    """Statistics of all blocks: a number each, or an array with one entry per sample.

    `targets` has what each block shows of its targets.
    """

    sums: dict[str, Any]
    items: int
    ignored: int
    omitted: int
    findings: Findings
    targets: Sequence[Any] = ()


def sum_blocks(
    plans: Sequence[Plan],
    sinks: Sequence[Sink | None],
    then: Then | None = None,
    observing: Observing | None = None,
    *,
    then_anywhere: bool = False,
    slopes: Any = None,
) -> list[Totals]:
    """Sum plans that share a grid in one pass over the data; see :func:`block_totals`."""
    grid = plans[0].fit.layout.grid()
    blocks = block_totals(
        plans, sinks, grid, then, observing, then_anywhere=then_anywhere, slopes=slopes
    )
    return [
        combine(plan, column) for plan, column in zip(plans, zip(*blocks, strict=True), strict=True)
    ]


def sum_block(plan: Plan, reader: Reader, sink: Sink | None, then: Then | None = None) -> Totals:
    """Sum a plan whose data is one block, here and now; the caller opens its cache.

    `then` is called with the block unless it has faults.
    """
    return combine(plan, [_totals_of_one(plan, reader, sink, then)])


def _totals_of_one(
    plan: Plan, reader: Reader, sink: Sink | None = None, then: Then | None = None
) -> BlockTotals:
    """Sum one block of one plan."""
    block = prepare(plan, reader, seek_nan=not plan.loss.nan_shows)
    return _block_totals(plan, reader, block, sink, then)


def block_totals(
    plans: Sequence[Plan],
    sinks: Sequence[Sink | None],
    grid: Sequence[tuple[int, int]],
    then: Then | None = None,
    observing: Observing | None = None,
    *,
    then_anywhere: bool = False,
    slopes: Any = None,
) -> list[list[BlockTotals]]:
    """Return the totals of some blocks of the grid that plans share, for each block of all plans.

    `then` is called with every block that has no faults, after its statistics were summed;
    `observing` sees every block. `then` is for this process alone, unless it may run in any
    (`then_anywhere`). Where that is to write `slopes` (:class:`SlopesInMemory`) and nothing else,
    they may be written without it.
    """
    written = then if slopes is None else None
    is_alone = len(plans) == 1 and all(each is None for each in (sinks[0], written, observing))
    if is_alone and len(grid) > 1:
        from lossctl.engine.reduce.block_runs import totals_in_runs  # noqa: PLC0415 - large data

        one = partial(_totals_of_one, plans[0], then=then)
        of_runs = totals_in_runs(plans[0], grid, one, slopes)
        if of_runs is not None:
            return [[each] for each in of_runs]
    return _block_by_block(plans, sinks, grid, then, observing, then_anywhere=then_anywhere)


def _block_by_block(
    plans: Sequence[Plan],
    sinks: Sequence[Sink | None],
    grid: Sequence[tuple[int, int]],
    then: Then | None,
    observing: Observing | None,
    *,
    then_anywhere: bool,
) -> list[list[BlockTotals]]:
    numbers: dict[Any, int] = {}
    keys = [0]
    if len(plans) > 1:
        keys = [numbers.setdefault(plan.reading_key, len(numbers)) for plan in plans]
    make_units: MakeUnits | None = None
    if observing is not None and observing.of_units:
        from lossctl.engine.reduce.units import unit_block  # noqa: PLC0415 - if asked for

        make_units = unit_block
    several = len(plans) > 1 or then is not None  # alone, nothing is worth remembering
    alone = len(grid) > 1 and not several and sinks[0] is None and observing is None
    sums_first = _sums_first(plans[0]) if alone else None

    def work(start: int, stop: int) -> Any:
        with one_block(remember=several):
            return of_block(Reader(start, stop))

    def of_block(reader: Reader) -> Any:
        prepared: dict[int, Block] = {}
        totals = []
        first = None if sums_first is None else sums_first(reader)
        for plan, sink, key in zip(plans, sinks, keys, strict=True):
            if key not in prepared:
                prepared[key] = prepare(plan, reader, seek_nan=not plan.loss.nan_shows)
            make = None if plan.by_sample else make_units
            block = prepared[key]
            totals.append(
                _block_totals(plan, reader, block, sink, then, make_units=make, first=first)
            )
        if observing is None:
            return totals
        seen = observing.see(reader.start, reader.stop, [each.units for each in totals])
        return [each._replace(units=None) for each in totals], seen

    def keep(start: int, answer: tuple[list[BlockTotals], Any]) -> list[BlockTotals]:
        totals, seen = answer
        if observing is not None:
            observing.take(start, seen)
        return totals

    writes = (then is not None and not then_anywhere) or any(
        sink is not None and not is_written_anywhere(sink) for sink in sinks
    )
    threads = plans[0].options.threads
    return run_blocks(grid, work, threads, None if observing is None else keep, writes=writes)


def _sums_first(plan: Plan) -> Callable[[Reader], SumsFirst | None] | None:
    from lossctl.engine.reduce.block_runs import sums_first  # noqa: PLC0415 - large data

    return sums_first(plan)


def _block_totals(
    plan: Plan,
    reader: Reader,
    block: Block,
    sink: Sink | None,
    then: Then | None,
    *,
    make_units: MakeUnits | None = None,
    first: SumsFirst | None = None,
) -> BlockTotals:
    """Sum the statistics of a block.

    Where a NaN in the data shows in the sum, the data is searched for NaN only then.
    """
    totals = block_statistics(plan, block, sink, make_units, first)
    if plan.loss.nan_shows and not are_finite(totals.sums):
        block = prepare(plan, reader)
        totals = block_statistics(plan, block, sink, make_units)
    if block.findings.faults:
        return totals
    if then is not None:
        then(block)
    if not plan.options.context:
        return totals
    from lossctl.engine.reference import target_statistics  # noqa: PLC0415 - if asked for

    return totals._replace(targets=target_statistics(plan, block))


def combine(plan: Plan, blocks: Sequence[BlockTotals]) -> Totals:
    """Join the totals of all blocks, given in the order of the grid."""
    if len(blocks) == 1 and not plan.by_sample:  # small calls have one
        return _combine_one(plan, blocks[0])
    findings = merge(block.findings for block in blocks)
    items, ignored, omitted, weightless = (
        sum(parts) for parts in zip(*(b.block_counts for b in blocks), strict=True)
    )
    sums: dict[str, Any] = {}
    if not findings.faults:
        by_sample = plan.by_sample
        counted = [block for block in blocks if block.sums]
        for name in counted[0].sums if counted else ():
            parts = [block.sums[name] for block in counted]
            if by_sample:
                sums[name] = _join_samples(plan, counted, name)
            elif isinstance(parts[0], np.ndarray):
                sums[name] = np.array([exact_sum(column) for column in np.transpose(parts)])
            else:
                sums[name] = exact_sum(parts)
        if plan.options.mean_by == "items" and sums:
            sums["weight"] = plan.scale * (items + weightless)
    targets = [block.targets for block in blocks]
    return Totals(sums, items, ignored, omitted, findings, targets)


def _combine_one(plan: Plan, block: BlockTotals) -> Totals:
    """Return the totals of all blocks where there is one; 0 for −0, as an exact sum has it."""
    items, ignored, omitted, weightless = block.block_counts
    sums = {}
    if not block.findings.faults:
        sums = {name: 0.0 + total for name, total in block.sums.items()}
        if plan.options.mean_by == "items" and sums:
            sums["weight"] = plan.scale * (items + weightless)
    return Totals(sums, items, ignored, omitted, block.findings, [block.targets])


def _join_samples(plan: Plan, blocks: Sequence[BlockTotals], name: str) -> Array:
    """Add the parts of each sample in grid order."""
    totals = np.zeros((plan.fit.layout.samples, *np.shape(blocks[0].sums[name])[1:]))
    for block in blocks:
        part = block.sums[name]
        totals[block.first_sample : block.first_sample + len(part)] += part
    return totals


def are_finite(sums: Mapping[str, Any]) -> bool:
    """Whether statistics, numbers or arrays, are finite."""
    totals = sums.values()
    if np.ndarray in map(type, totals):
        return all(bool(np.isfinite(total).all()) for total in totals)
    return all(map(math.isfinite, totals))
