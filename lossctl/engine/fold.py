"""Fold blocks into totals: threads over the grid, float64 inside a block, an exact sum across.

Each block's statistics are summed in float64 in an order its shape fixes, and block totals are
combined by ``math.fsum``, whose result does not depend on order. So neither threads nor chunking
can change a bit of the answer.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from lossctl.core.loss import Array
from lossctl.engine.averaging import SAMPLE_WEIGHT
from lossctl.engine.block import Block
from lossctl.engine.blocks import prepare
from lossctl.engine.context import target_statistics
from lossctl.engine.evidence import Evidence, Fault, merge
from lossctl.engine.groups import group_terms
from lossctl.engine.plan import Plan
from lossctl.engine.reader import Reader
from lossctl.engine.record_terms import sum_records
from lossctl.engine.sinks import Sink
from lossctl.engine.sums import (
    BlockTotals,
    Totals,
    exact_sum,
    is_finite,
    scaled_weights,
    sum_in_double,
    weigh,
)
from lossctl.engine.threads import run_blocks
from lossctl.kernels.numeric.block_cache import one_block

Then: TypeAlias = Callable[[Block], None]


def fold(
    plans: Sequence[Plan], sinks: Sequence[Sink | None], then: Then | None = None
) -> list[Totals]:
    """Fold plans that share a layout in one pass over the data.

    `then` is called with every block that has no faults, after its statistics were summed.
    """
    numbers: dict[Any, int] = {}
    keys = [0]
    if len(plans) > 1:
        keys = [numbers.setdefault(plan.reading_key, len(numbers)) for plan in plans]
    several = len(plans) > 1 or then is not None  # alone, nothing is worth remembering

    def work(start: int, stop: int) -> list[BlockTotals]:
        with one_block(remember=several):
            return answer(Reader(start, stop))

    def answer(reader: Reader) -> list[BlockTotals]:
        prepared: dict[int, Block] = {}
        answers = []
        for plan, sink, key in zip(plans, sinks, keys, strict=True):
            if key not in prepared:
                prepared[key] = prepare(plan, reader, seek_nan=plan.loss.has_classes)
            answers.append(_block_totals(plan, reader, prepared[key], sink, then))
        return answers

    blocks = run_blocks(plans[0].fit.layout.grid(), work, plans[0].options.threads)
    return [
        _combine(plan, column)
        for plan, column in zip(plans, zip(*blocks, strict=True), strict=True)
    ]


def _block_totals(
    plan: Plan, reader: Reader, block: Block, sink: Sink | None, then: Then | None
) -> BlockTotals:
    """Sum the statistics of a block.

    A NaN among plain values shows in the sum, so values are searched for NaN only then.
    """
    totals = _sum_block(plan, block, sink)
    finite = all(map(is_finite, totals.sums.values()))
    if not finite and not plan.loss.has_classes:
        block = prepare(plan, reader)
        totals = _sum_block(plan, block, sink)
    if block.evidence.faults:
        return totals
    if then is not None:
        then(block)
    targets = target_statistics(plan, block)
    return totals if targets is None else totals._replace(targets=targets)


def _sum_block(plan: Plan, block: Block, sink: Sink | None) -> BlockTotals:
    counts = (block.items, block.ignored, block.omitted)
    if block.evidence.faults:
        return BlockTotals({}, 0, counts, block.evidence)
    if plan.loss.is_record:
        return sum_records(plan, block, sink)
    if plan.loss.grouped:
        return _sum_group(plan, block, sink)
    block = scaled_weights(plan, block)
    terms = plan.form.terms(*block.arrays, **plan.arguments)
    if sink is not None:
        _write_items(plan, block, terms["loss"], sink)
    counted = None if block.weights is None else (block.weights > 0.0).astype(np.float64)
    sums = {
        name: _block_sum(plan, block, term, counted if name in plan.loss.counts else block.weights)
        for name, term in terms.items()
    }
    if plan.options.pooling == "sample":
        each = np.ones(block.stop - block.start) if block.weights is None else block.weights
        by_row = each if each.ndim == 1 else each.sum(axis=1)
        sums[SAMPLE_WEIGHT] = _block_sum(plan, block, by_row, None)
    evidence = block.evidence
    if not plan.loss.pooled and not math.isfinite(sums["loss"]):
        evidence = _find_nonfinite(plan, block, terms["loss"])
    return BlockTotals(sums, block.start // plan.fit.layout.rows_per_sample, counts, evidence)


def _sum_group(plan: Plan, block: Block, sink: Sink | None) -> BlockTotals:
    """Evaluate a whole group: one item loss."""
    terms = group_terms(plan, block)
    number = block.start // plan.fit.layout.rows_per_sample
    if sink is not None:
        sink.write(number, terms["loss"])
    loss, evidence = float(terms["loss"][0]), block.evidence
    if not math.isfinite(loss):
        evidence = replace(evidence, nonfinite=Fault(1, block.start, f"group {number} is {loss}"))
    sums = {"loss": loss * plan.scale, "weight": terms["weight"]}
    return BlockTotals(sums, 0, (block.items, block.ignored, block.omitted), evidence)


def _block_sum(plan: Plan, block: Block, term: Any, weights: Array | None) -> Any:
    """Sum one statistic over a block, by sample where the loss is pooled by sample."""
    if np.ndim(term) == 0 and plan.loss.pooled and plan.options.pooling == "sample":
        term = np.full(block.arrays[0].shape, float(term))
    elif isinstance(term, float) or np.ndim(term) == 0:
        count = (block.stop - block.start) * max(plan.fit.layout.columns, 1) ** (
            plan.fit.layout.form == "element"
        )
        return float(term) * (count if weights is None else float(weights.sum()))
    weighted = term if weights is None else weigh(term, weights)
    if plan.options.pooling == "batch":
        if plan.loss.pooled and weighted.ndim == 2:
            return weighted.sum(axis=0, dtype=np.float64)
        return sum_in_double(weighted)
    size = plan.fit.layout.rows_per_sample
    first = block.start - block.start % size
    starts = np.arange(first, block.stop, size) - block.start
    return np.add.reduceat(weighted.astype(np.float64), np.maximum(starts, 0), axis=0)


def _write_items(plan: Plan, block: Block, loss: Array, sink: Sink) -> None:
    values = loss
    if block.weights is not None:
        values = weigh(loss, block.weights / plan.scale).astype(loss.dtype)
    for start, part in plan.fit.layout.flat_parts(block.start, values):
        sink.write(start, part)


def _find_nonfinite(plan: Plan, block: Block, loss: Array) -> Evidence:
    wrong = ~np.isfinite(loss if block.weights is None else weigh(loss, block.weights))
    if not wrong.any():  # every item is finite, only their sum is not
        return block.evidence
    first = tuple(int(part[0]) for part in np.nonzero(wrong))
    row = block.start + first[0]
    index = plan.fit.layout.index_of(row, first[1] if len(first) > 1 else None)
    where = plan.sources["predictions"].where(index)
    message = f"the loss is {loss[first]} at {where}"
    return replace(block.evidence, nonfinite=Fault(int(wrong.sum()), row, message))


def _combine(plan: Plan, blocks: Sequence[BlockTotals]) -> Totals:
    evidence = merge(block.evidence for block in blocks)
    items, ignored, omitted = (
        sum(parts) for parts in zip(*(b.block_counts for b in blocks), strict=True)
    )
    sums: dict[str, Any] = {}
    if not evidence.faults:
        by_sample = plan.loss.pooled and plan.options.pooling == "sample"
        counted = [block for block in blocks if block.sums]
        for name in counted[0].sums if counted else ():
            parts = [block.sums[name] for block in counted]
            if by_sample:
                sums[name] = _join_samples(plan, blocks, name)
            elif isinstance(parts[0], np.ndarray):
                sums[name] = np.array([exact_sum(column) for column in np.transpose(parts)])
            else:
                sums[name] = exact_sum(parts)
    targets = [block.targets for block in blocks]
    return Totals(sums, items, ignored, omitted, evidence, targets)


def _join_samples(plan: Plan, blocks: Sequence[BlockTotals], name: str) -> Array:
    """Add the parts of each sample in grid order."""
    totals = np.zeros((plan.fit.layout.samples, *np.shape(blocks[0].sums[name])[1:]))
    for block in blocks:
        part = block.sums[name]
        totals[block.first_sample : block.first_sample + len(part)] += part
    return totals
