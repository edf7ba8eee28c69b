"""Gradients in two passes: fold the totals, then carry their slopes back block by block."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from lossctl.core.result import Result
from lossctl.engine.averaging import SAMPLE_WEIGHT, slopes_of_classes
from lossctl.engine.block import Block
from lossctl.engine.blocks import prepare
from lossctl.engine.derived import behind, origin
from lossctl.engine.evaluate import ArraySink, Request, Settled, finish, first_plan, settle
from lossctl.engine.groups import group_pullback
from lossctl.engine.options import Options, require_use
from lossctl.engine.plan import Plan, Sources
from lossctl.engine.reader import Reader
from lossctl.engine.record_terms import pull_records
from lossctl.engine.sinks import Sink
from lossctl.engine.sources import Source
from lossctl.engine.sums import scaled_weights, weigh
from lossctl.engine.threads import run_blocks

MakeSink: TypeAlias = Callable[[tuple[int, ...], np.dtype[Any]], Sink]


def gradient(
    request: Request,
    sources: Sources,
    weights: Source | None,
    options: Options,
    make_sink: MakeSink = ArraySink,
) -> tuple[Result, dict[str, Sink]]:
    """Evaluate a loss and its gradient with respect to every differentiable input.

    For ``reduction="none"`` the gradient is that of the sum: each item's own slope.
    """
    summed = replace(options, reduction="sum") if options.reduction == "none" else options
    require_use([request.loss], options)
    plan = first_plan(request, sources, weights, summed)
    (settled,) = settle([plan], [None])
    slopes = total_slopes(settled)
    read = settled.plan.sources
    sinks = {
        entry.name: make_sink(origin(read[entry.name]).shape, settled.plan.dtype)
        for entry in plan.loss.inputs
        if entry.differentiable and entry.name in read
    }
    _pull_back(settled.plan, slopes, {n: behind(read[n], sink) for n, sink in sinks.items()})
    return finish(settled, None), sinks


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


def _pull_back(plan: Plan, slopes: dict[str, Any], sinks: dict[str, Sink]) -> None:
    def work(start: int, stop: int) -> None:
        block = prepare(plan, Reader(start, stop))
        if plan.weights is not None:
            block = scaled_weights(plan, block)
        if plan.loss.is_record:
            pull_records(plan, block, slopes, sinks)
            return
        local = {name: _slopes_of_rows(plan, block, slope) for name, slope in slopes.items()}
        if plan.loss.grouped:
            gradients, weights = group_pullback(plan, block, local), None
        else:
            gradients = dict(plan.form.pullback(*block.arrays, slopes=local, **plan.arguments))
            weights = block.weights
        for name, sink in sinks.items():
            values = gradients[name] if weights is None else weigh(gradients[name], weights)
            values = values.astype(plan.dtype, copy=False)
            for at, part in plan.fit.layout.flat_parts(start, values):
                sink.write(at, part)

    run_blocks(plan.fit.layout.grid(), work, plan.options.threads)


def _slopes_of_rows(plan: Plan, block: Block, slope: Any) -> Any:
    """Give every row of the block the slope of its sample."""
    if np.ndim(slope) == 0:
        return float(slope)
    if plan.options.pooling == "batch":
        return slope.astype(plan.dtype)
    rows = np.arange(block.start, block.stop) // plan.fit.layout.rows_per_sample
    by_row = slope[rows].astype(plan.dtype)
    return by_row[:, None] if block.arrays[0].ndim > by_row.ndim else by_row
