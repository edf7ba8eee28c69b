"""Carry slopes of the totals back to one block of every input (a vector–Jacobian product)."""

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from lossctl.core.loss import Array
from lossctl.engine.plan import Plan
from lossctl.engine.read.prepare import Block
from lossctl.engine.reduce.statistics import (
    BlockGroups,
    expand,
    is_empty,
    scaled_weights,
    weigh,
)
from lossctl.engine.sources import ArraySink, Sink
from lossctl.kernels.numeric.block_cache import gradient_places


def write_gradients(
    plan: Plan, block: Block, slopes: Mapping[str, Any], sinks: Mapping[str, Sink]
) -> None:
    """Write the gradient of one block of every input that has a sink.

    Parameters
    ----------
    plan, block
        What is differentiated, and where.
    slopes
        ∂value/∂statistic: numbers, or one per sample or class.
    sinks
        By input; they take elements as the plan reads them.
    """
    if plan.weights is not None:
        block = scaled_weights(plan, block)
    places = _places(plan, block, sinks)
    with gradient_places(places):
        gradients = _gradients(plan, block, slopes)
    for name, sink in sinks.items():
        values = gradients.get(name)
        if values is not None and values is places.get(name):
            continue
        if values is None:
            rows = block.items if block.keep is not None else block.stop - block.start
            values = np.zeros((rows, *plan.fit.layout.lies[name].own), plan.dtype)
        elif block.weights is not None and (not plan.loss.grouped or plan.weighs_lists):
            values = weigh(values, block.weights)
        values = values.astype(plan.dtype, copy=False)
        for at, part in plan.fit.layout.parts(block.start, expand(values, block.keep)):
            sink.write(at, part)


def _places(plan: Plan, block: Block, sinks: Mapping[str, Sink]) -> dict[str, Array]:
    """Return the memory of sinks that gradients of a block may be written to as they are made."""
    layout = plan.fit.layout
    if block.weights is not None or block.keep is not None or layout.inner != 1:
        return {}
    arrays = dict(zip((entry.name for entry in plan.loss.inputs), block.arrays, strict=True))
    places = {}
    for name, sink in sinks.items():
        if type(sink) is ArraySink and sink.array.dtype == plan.dtype:
            shape = arrays[name].shape
            width = prod(shape[1:])
            flat = sink.array.reshape(-1)[block.start * width : block.stop * width]
            places[name] = flat.reshape(shape)
    return places


def _gradients(plan: Plan, block: Block, slopes: Mapping[str, Any]) -> Mapping[str, Array]:
    """Return the gradient with respect to the arrays of a block, before items are weighed."""
    if is_empty(plan, block):
        return {}
    local = {name: _slopes_of_rows(plan, block, slope) for name, slope in slopes.items()}
    if not plan.loss.grouped:
        return plan.form.vjp(*block.arrays, slopes=local, **plan.arguments)
    groups = BlockGroups(plan, block)
    gradients = plan.form.vjp(*groups.arrays, slopes=local, **groups.arguments, **plan.arguments)
    shapes = dict(zip((e.name for e in plan.loss.inputs), block.arrays, strict=True))
    return {name: values.reshape(shapes[name].shape) for name, values in gradients.items()}


def _slopes_of_rows(plan: Plan, block: Block, slope: Any) -> Any:
    """Give every row of the block the slope of its sample."""
    if isinstance(slope, float) or np.ndim(slope) == 0:
        return float(slope)
    if not plan.by_sample:
        return slope.astype(plan.dtype)
    samples = plan.fit.layout.sample_of(np.arange(block.start, block.stop))
    by_row = slope[samples].astype(plan.dtype)
    return by_row[:, None] if block.arrays[0].ndim > by_row.ndim else by_row
