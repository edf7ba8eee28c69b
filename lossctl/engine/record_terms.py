"""Sum the statistics of a block of records, and carry slopes back to its inputs."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lossctl.core.loss import Array
from lossctl.engine.block import Block
from lossctl.engine.derived import OrderedSink
from lossctl.engine.evidence import Evidence, Fault
from lossctl.engine.plan import Plan
from lossctl.engine.record_blocks import expand
from lossctl.engine.sinks import Sink
from lossctl.engine.sums import BlockTotals, scaled_weights, sum_in_double, weigh


def sum_records(plan: Plan, block: Block, sink: Sink | None) -> BlockTotals:
    """Sum the statistics of the items of a block, or of its groups."""
    counts = (block.items, block.ignored, block.omitted)
    if not block.items:
        return BlockTotals({}, 0, counts, block.evidence)
    block = scaled_weights(plan, block) if block.weights is not None or plan.scale != 1.0 else block
    groups, given = _groups_of(plan, block)
    terms = plan.form.terms(*block.arrays, **given, **plan.arguments)
    loss = np.atleast_1d(terms["loss"])
    if sink is not None:
        _write(plan, block, terms, groups, sink)
    weights = None if plan.loss.grouped else block.weights
    sums = {
        name: _total(term, None if name in plan.loss.counts else weights, len(loss))
        for name, term in terms.items()
    }
    evidence = block.evidence
    if not math.isfinite(sums["loss"]):
        evidence = _find_nonfinite(plan, block, loss, groups)
    return BlockTotals(sums, 0, counts, evidence)


def _total(term: Any, weights: Array | None, count: int) -> float:
    if isinstance(term, float) or np.ndim(term) == 0:
        return float(term) * (count if weights is None else float(weights.sum()))
    return sum_in_double(term if weights is None else weigh(term, weights))


def _groups_of(plan: Plan, block: Block) -> tuple[Array | None, dict[str, Any]]:
    """Return the numbers of the groups with items in the block, and what their loss is told."""
    if plan.loss.grouped is None:
        return None, {}
    first, bounds = plan.fit.layout.groups_between(block.start, block.stop)
    if block.keep is not None:
        bounds = np.append(0, np.cumsum(block.keep))[bounds]
    present = np.flatnonzero(np.diff(bounds))
    if plan.loss.grouped == "batch":
        return first + present, {}
    return first + present, {"groups": np.append(bounds[present], bounds[-1])}


def _write(
    plan: Plan, block: Block, terms: Mapping[str, Any], groups: Array | None, sink: Sink
) -> None:
    """Write what each item costs, or each group; an item that does not count costs 0."""
    loss = np.atleast_1d(terms["loss"])
    if plan.loss.per_group and groups is not None:
        weight = np.broadcast_to(terms["weight"], loss.shape)
        means = np.where(weight > 0.0, loss / np.where(weight > 0.0, weight, 1.0), 0.0)
        for number, value in zip(groups.tolist(), means, strict=True):
            sink.write(number, np.atleast_1d(value))
        return
    if plan.loss.grouped:
        values = loss
    elif block.weights is not None:
        values = weigh(loss, block.weights / plan.scale).astype(loss.dtype)
    else:
        values = loss
    if block.keep is not None:
        values = expand(values, block.keep)
    if plan.fit.order is not None:
        sink = OrderedSink(plan.fit.order, 1, sink)
    sink.write(block.start, values)


def _find_nonfinite(plan: Plan, block: Block, loss: Array, groups: Array | None) -> Evidence:
    wrong = np.flatnonzero(~np.isfinite(loss))
    if not len(wrong):  # every item is finite, only their sum is not
        return block.evidence
    if plan.loss.per_group and groups is not None:
        number = int(groups[wrong[0]])
        message, row = f"the loss of group {number} is {loss[wrong[0]]}", block.start
    else:
        places = np.arange(block.start, block.stop)
        row = int((places if block.keep is None else places[block.keep])[wrong[0]])
        first = next(iter(plan.sources.values()))
        message = f"the loss is {loss[wrong[0]]} at {first.where(plan.fit.layout.index_of(row))}"
    return replace(block.evidence, nonfinite=Fault(len(wrong), row, message))


def pull_records(
    plan: Plan, block: Block, slopes: Mapping[str, Any], sinks: Mapping[str, Sink]
) -> None:
    """Carry the slopes of the statistics back to every input and write them."""
    found: Mapping[str, Array] = {}
    if block.items:
        _, given = _groups_of(plan, block)
        found = plan.form.pullback(*block.arrays, slopes=slopes, **given, **plan.arguments)
    for name, sink in sinks.items():
        values = found.get(name)
        if values is None:
            shape = (block.items, *plan.fit.layout.shapes[name])
            values = np.zeros(shape, plan.dtype)
        elif block.weights is not None and not plan.loss.grouped:
            values = weigh(values, block.weights)
        values = values.astype(plan.dtype, copy=False)
        if block.keep is not None:
            values = expand(values, block.keep)
        for at, part in plan.fit.layout.flat_parts(block.start, values):
            sink.write(at, part)
