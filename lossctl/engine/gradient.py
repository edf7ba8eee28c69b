"""Gradients: sum the totals, then carry their slopes back block by block.

That is two passes over the data. Where the slopes are known before the totals are, as they are for
a sum, and for a mean over items of equal weight as long as none is left out, each block is carried
back while it is at hand; should the totals say otherwise in the end, the second pass is made.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod
from typing import Any, TypeAlias, TypeVar

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.loss import slope_of_mean
from lossctl.core.options import Options, require_use
from lossctl.core.result import Result
from lossctl.core.spelling import option
from lossctl.core.threads import run_blocks
from lossctl.engine.bind.views import behind, origin
from lossctl.engine.digests import Digests
from lossctl.engine.evaluate import Request, finish_quietly, first_plan, require_weight
from lossctl.engine.plan import Plan, Sources
from lossctl.engine.read.prepare import Block, prepare
from lossctl.engine.read.reader import Reader
from lossctl.engine.reduce.averages import (
    slopes_of_classes,
    slopes_of_sequences,
    sums_of_batches,
)
from lossctl.engine.reduce.block_runs import SlopesInMemory
from lossctl.engine.reduce.statistics import SAMPLE_WEIGHT
from lossctl.engine.reduce.totals import sum_block, sum_blocks
from lossctl.engine.reduce.vjp import write_gradients
from lossctl.engine.resolve import Resolved, resolve, resolve_one
from lossctl.engine.sources import (
    ArraySink,
    Sink,
    Source,
    WideSink,
    is_written_anywhere,
    restart,
)
from lossctl.kernels.numeric.block_cache import one_block

MakeSink: TypeAlias = Callable[[tuple[int, ...], np.dtype[Any]], WideSink]
AnySink = TypeVar("AnySink", bound=WideSink)


def gradient(
    request: Request,
    sources: Sources,
    weights: Source | None,
    options: Options,
    make_sink: MakeSink = ArraySink,
) -> tuple[Result, dict[str, WideSink]]:
    """Evaluate a loss and its gradient with respect to every differentiable input.

    For ``reduction="none"`` the gradient is that of the sum: each item's own slope.
    """
    is_none = request.with_own(options).reduction == "none"
    summed = replace(options, reduction="sum") if is_none else options
    require_use([request.loss], options)
    digests = Digests() if options.context else None
    plan = first_plan(request, sources, weights, summed, digests=digests)
    # The slope of a sum, or of a plain mean, is known before anything is read: then the gradient of
    # a block is written while the block is at hand, in one pass instead of two.
    if plan.label_maps:
        raise UsageError(
            f"{option('gradient')}: {plan.loss.id} of label maps has no gradient; give one score "
            "per class"
        )
    with np.errstate(all="ignore"):  # of the functions of a loss, as in every block
        return gradient_of_plan(plan, make_sink)


def gradient_of_plan(
    plan: Plan, make_sink: Callable[..., AnySink]
) -> tuple[Result, dict[str, AnySink]]:
    """Evaluate a plan and its gradients, where NumPy's warnings are off already."""
    resolved, sinks = resolved_gradient(plan, early_slopes(plan), make_sink)
    return _with_note(resolved), sinks


def resolved_gradient(
    plan: Plan, early: dict[str, float] | None, make_sink: Callable[..., AnySink]
) -> tuple[Resolved, dict[str, AnySink]]:
    """Sum a plan and write its gradients; `early` are the slopes known before it is summed."""
    if early is None:
        (resolved,) = resolve([plan], [None])
        sinks = _make_sinks(resolved.plan, make_sink)
        _second_pass(resolved.plan, total_slopes(resolved), sinks)
        return resolved, sinks
    sinks = _make_sinks(plan, make_sink)
    outs = _through_views(plan, sinks)
    (totals,) = sum_blocks(
        [plan],
        [None],
        lambda block: write_gradients(plan, block, early, outs),
        then_anywhere=all(map(is_written_anywhere, outs.values())),
        slopes=_in_memory(early, outs),
    )
    resolved = resolve_one(plan, totals, None)
    # Ignored items, another kind or float64 change the slope or the arithmetic: write all again.
    if not _same_arithmetic(resolved.plan, plan) or total_slopes(resolved) != early:
        for sink in sinks.values():
            restart(sink)
        if resolved.plan.dtype != plan.dtype:
            for sink in sinks.values():
                sink.widen()
        _second_pass(resolved.plan, total_slopes(resolved), sinks)
    return resolved, sinks


def gradient_of_block(plan: Plan, reader: Reader) -> tuple[Result, dict[str, ArraySink]]:
    """Evaluate a plan whose data is one block, and its gradients: read once, in this thread.

    NumPy's warnings are off already.
    """
    resolved, sinks = resolved_gradient_of_block(plan, reader)
    return _with_note(resolved), sinks


def resolved_gradient_of_block(plan: Plan, reader: Reader) -> tuple[Resolved, dict[str, ArraySink]]:
    """Sum a plan whose data is one block, and write its gradients, as that does."""
    blocks: list[Block] = []
    with one_block():
        resolved = resolve_one(plan, sum_block(plan, reader, None, blocks.append), None)
        sinks = _make_sinks(resolved.plan, ArraySink)
        slopes = quiet_slopes(resolved)
        if _same_arithmetic(resolved.plan, plan):
            write_gradients(plan, blocks[0], slopes, _through_views(plan, sinks))
            return resolved, sinks
    _second_pass(resolved.plan, slopes, sinks)
    return resolved, sinks


def _with_note(resolved: Resolved) -> Result:
    """Finish quietly, and say how the slope was found where no formula gives it."""
    result, note = finish_quietly(resolved, None), resolved.plan.loss.slope_note
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


def _in_memory(early: Mapping[str, float], outs: Mapping[str, Sink]) -> SlopesInMemory | None:
    """Return where the gradient of the predictions lies, if that is all and it lies in memory."""
    sink = outs.get("predictions")
    if len(outs) > 1 or type(sink) is not ArraySink:
        return None
    return SlopesInMemory(early["loss"], sink.array.reshape(-1))


def _same_arithmetic(first: Plan, second: Plan) -> bool:
    same = (first.dtype, first.scale) == (second.dtype, second.scale)
    return same and first.form is second.form


def _make_sinks(plan: Plan, make_sink: Callable[..., AnySink]) -> dict[str, AnySink]:
    return {
        entry.name: make_sink(origin(plan.sources[entry.name]).shape, plan.dtype)
        for entry in plan.loss.inputs
        if entry.differentiable and entry.name in plan.sources
    }


def _through_views(plan: Plan, sinks: Mapping[str, Sink]) -> dict[str, Sink]:
    """Return sinks that take elements as the plan reads them."""
    return {name: behind(plan.sources[name], sink) for name, sink in sinks.items()}


def total_slopes(resolved: Resolved) -> dict[str, Any]:
    """∂value/∂statistic: numbers, or one per sample for losses pooled by sample."""
    with np.errstate(all="ignore"):  # of the functions of a loss, as in every block
        return quiet_slopes(resolved)


def quiet_slopes(resolved: Resolved) -> dict[str, Any]:
    """Return the same where NumPy's warnings are off already.

    Statistics of scaled weights have slopes that are too large by the same factor, which the
    weights take back; without weights it is taken back here.
    """
    plan, sums = resolved.plan, resolved.totals.sums
    back = plan.scale if plan.weights is None else 1.0
    if not plan.loss.pooled and plan.options.reduction == "sum":
        return {"loss": back / plan.scale}
    if plan.loss.pooled:
        sums = dict(sums_of_batches(plan, sums))
        statistics = {name: total for name, total in sums.items() if name != SAMPLE_WEIGHT}
        slopes = slopes_of_sequences(plan, slopes_of_classes(plan, statistics))
    else:
        require_weight(plan, sums["weight"])
        slopes = dict(plan.loss.finish_slope(**sums, **plan.arguments))
    share = 1.0
    if plan.options.reduction == "mean" and SAMPLE_WEIGHT in sums:
        share = float(np.count_nonzero(sums[SAMPLE_WEIGHT]))
    return {name: slope * (back / share) for name, slope in slopes.items()}


def _second_pass(plan: Plan, slopes: dict[str, Any], sinks: Mapping[str, Sink]) -> None:
    outs = _through_views(plan, sinks)

    def work(start: int, stop: int) -> None:
        with one_block():
            write_gradients(plan, prepare(plan, Reader(start, stop)), slopes, outs)

    writes = not all(map(is_written_anywhere, outs.values()))
    run_blocks(plan.fit.layout.grid(), work, plan.options.threads, writes=writes)
