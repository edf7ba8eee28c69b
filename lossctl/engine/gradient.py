"""Gradients: fold the totals, then carry their slopes back block by block.

That is two passes over the data. Where the slopes are known before the totals are, as they are for
a sum, and for a mean over items of equal weight as long as none is left out, each block is carried
back while it is at hand; should the totals say otherwise in the end, the second pass is made.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod
from typing import Any, TypeAlias

import numpy as np

from lossctl.core.loss import slope_of_mean
from lossctl.core.options import Options, require_use
from lossctl.core.result import Result
from lossctl.engine.averaging import SAMPLE_WEIGHT, slopes_of_classes
from lossctl.engine.block import Block
from lossctl.engine.blocks import prepare
from lossctl.engine.derived import behind, origin
from lossctl.engine.digests import Digests
from lossctl.engine.evaluate import (
    ArraySink,
    Request,
    Settled,
    finish,
    first_plan,
    settle,
    settle_one,
)
from lossctl.engine.fold import fold
from lossctl.engine.groups import group_pullback
from lossctl.engine.plan import Plan, Sources
from lossctl.engine.reader import Reader
from lossctl.engine.record_terms import pull_records
from lossctl.engine.sinks import Sink, Store
from lossctl.engine.sources import Source
from lossctl.engine.sums import scaled_weights, weigh
from lossctl.engine.threads import run_blocks
from lossctl.kernels.numeric.block_cache import one_block

MakeSink: TypeAlias = Callable[[tuple[int, ...], np.dtype[Any]], Store]


def gradient(
    request: Request,
    sources: Sources,
    weights: Source | None,
    options: Options,
    make_sink: MakeSink = ArraySink,
) -> tuple[Result, dict[str, Store]]:
    """Evaluate a loss and its gradient with respect to every differentiable input.

    For ``reduction="none"`` the gradient is that of the sum: each item's own slope.
    """
    summed = replace(options, reduction="sum") if options.reduction == "none" else options
    require_use([request.loss], options)
    digests = Digests() if options.context else None
    plan = first_plan(request, sources, weights, summed, digests=digests)
    early = early_slopes(plan)
    if early is None:
        (settled,) = settle([plan], [None])
        sinks = _make_sinks(settled.plan, make_sink)
        _pull_back(settled.plan, total_slopes(settled), sinks)
        return _with_note(settled), sinks
    sinks = _make_sinks(plan, make_sink)
    (totals,) = fold([plan], [None], lambda block: _pull_block(plan, block, early, sinks))
    settled = settle_one(plan, totals, None)
    if not _same_arithmetic(settled.plan, plan) or total_slopes(settled) != early:
        if settled.plan.dtype != plan.dtype:
            for sink in sinks.values():
                sink.widen()
        _pull_back(settled.plan, total_slopes(settled), sinks)
    return _with_note(settled), sinks


def _with_note(settled: Settled) -> Result:
    """Finish, and say how the slope was found where no formula gives it."""
    result, note = finish(settled, None), settled.plan.loss.slope_note
    return replace(result, notes=(*result.notes, note)) if note else result


def early_slopes(plan: Plan) -> dict[str, float] | None:
    """∂value/∂statistic where it is known before anything is read, if no item is left out."""
    loss = plan.loss
    if loss.pooled or loss.grouped or plan.weights is not None:
        return None
    if plan.options.reduction == "sum":
        return {"loss": 1.0}
    weighted = plan.arguments.get("class_weights") is not None
    if weighted or loss.finish_slope is not slope_of_mean:
        return None
    return {"loss": 1.0 / prod(plan.fit.layout.item_shape)}


def _same_arithmetic(one: Plan, other: Plan) -> bool:
    return one.form is other.form and (one.dtype, one.scale) == (other.dtype, other.scale)


def _make_sinks(plan: Plan, make_sink: MakeSink) -> dict[str, Store]:
    return {
        entry.name: make_sink(origin(plan.sources[entry.name]).shape, plan.dtype)
        for entry in plan.loss.inputs
        if entry.differentiable and entry.name in plan.sources
    }


def total_slopes(settled: Settled) -> dict[str, Any]:
    """∂value/∂statistic: numbers, or one a sample for losses pooled by sample.

    Statistics of scaled weights have slopes that are too large by the same factor, which the
    weights take back; without weights it is taken back here.
    """
    plan, sums = settled.plan, settled.totals.sums
    back = plan.scale if plan.weights is None else 1.0
    if not plan.loss.pooled and plan.options.reduction == "sum":
        return {"loss": back / plan.scale}
    if plan.loss.pooled:
        statistics = {name: total for name, total in sums.items() if name != SAMPLE_WEIGHT}
        slopes = slopes_of_classes(plan, statistics)
    else:
        slopes = dict(plan.loss.finish_slope(**sums, **plan.arguments))
    share = 1.0
    if plan.options.reduction == "mean" and SAMPLE_WEIGHT in sums:
        share = float(np.count_nonzero(sums[SAMPLE_WEIGHT]))
    return {name: slope * (back / share) for name, slope in slopes.items()}


def _pull_back(plan: Plan, slopes: dict[str, Any], sinks: Mapping[str, Sink]) -> None:
    def work(start: int, stop: int) -> None:
        with one_block():
            _pull_block(plan, prepare(plan, Reader(start, stop)), slopes, sinks)

    run_blocks(plan.fit.layout.grid(), work, plan.options.threads)


def _pull_block(
    plan: Plan, block: Block, slopes: dict[str, Any], sinks: Mapping[str, Sink]
) -> None:
    """Carry the slopes back to one block of every input and write its gradient."""
    outs = {name: behind(plan.sources[name], sink) for name, sink in sinks.items()}
    if plan.weights is not None:
        block = scaled_weights(plan, block)
    if plan.loss.is_record:
        pull_records(plan, block, slopes, outs)
        return
    local = {name: _slopes_of_rows(plan, block, slope) for name, slope in slopes.items()}
    if plan.loss.grouped:
        gradients, weights = group_pullback(plan, block, local), None
    else:
        gradients = dict(plan.form.pullback(*block.arrays, slopes=local, **plan.arguments))
        weights = block.weights
    for name, out in outs.items():
        values = gradients[name] if weights is None else weigh(gradients[name], weights)
        values = values.astype(plan.dtype, copy=False)
        for at, part in plan.fit.layout.flat_parts(block.start, values):
            out.write(at, part)


def _slopes_of_rows(plan: Plan, block: Block, slope: Any) -> Any:
    """Give every row of the block the slope of its sample."""
    if isinstance(slope, float) or np.ndim(slope) == 0:
        return float(slope)
    if plan.options.pooling == "batch":
        return slope.astype(plan.dtype)
    rows = np.arange(block.start, block.stop) // plan.fit.layout.rows_per_sample
    by_row = slope[rows].astype(plan.dtype)
    return by_row[:, None] if block.arrays[0].ndim > by_row.ndim else by_row
