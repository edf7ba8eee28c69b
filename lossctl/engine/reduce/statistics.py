"""Sum the statistics of one block: float64, weighted item by item, in an order its shape fixes."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array, Grouped
from lossctl.engine.plan import Plan
from lossctl.engine.read.prepare import Block
from lossctl.engine.read.reader import Fault, Findings
from lossctl.engine.sources import Sink
from lossctl.kernels.numeric.primitives import least_and_greatest, sum_in_double, sum_of_items

MakeUnits: TypeAlias = Callable[[Plan, Block, Mapping[str, Any], Any], Any]
SAMPLE_WEIGHT = "sample_weight"  # total item weight of each sample; a sample with none is absent


class BlockTotals(NamedTuple):
    """Statistics of one block: a number each, or one per sample from `first_sample` on.

    A block with faults, or from which every item was taken out, has no statistics.

    `targets` is what a value is compared with (see ``reference``), and `units` what an interval or
    a comparison takes as one observation each (see ``units``), where those were asked for.
    """

    sums: dict[str, Any]
    first_sample: int
    block_counts: tuple[int, int, int, int]
    findings: Findings
    targets: Any = None
    units: Any = None


class SumsFirst(NamedTuple):
    """The statistics of a block whose arrays are these, summed before it was checked."""

    arrays: Sequence[Any]
    sums: Mapping[str, float]
    give_up: Callable[[], None]

    def of(self, block: Block) -> Mapping[str, float] | None:
        """Return the sums, if the checks left all items and arrays as they were read.

        Else other blocks are not summed first: what one holds the others mostly hold too.
        """
        pairs = zip(self.arrays, block.arrays, strict=True)
        if block.weights is None and all(one is other for one, other in pairs):
            return self.sums
        self.give_up()
        return None


def block_statistics(
    plan: Plan,
    block: Block,
    sink: Sink | None,
    make_units: MakeUnits | None = None,
    first: SumsFirst | None = None,
) -> BlockTotals:
    """Sum the statistics of the items of a block, or of its groups; write the losses of items.

    `make_units` makes the statistics of units of the same terms, where those are asked for. `first`
    are its sums, if they are known.
    """
    counts, loss = (block.items, block.ignored, block.omitted, block.weightless), plan.loss
    if block.findings.faults or (not block.items and is_empty(plan, block)):
        return BlockTotals({}, 0, counts, block.findings)
    if plan.scale != 1.0:
        block = scaled_weights(plan, block)
    if sink is None and make_units is None and (totals := _totals_alone(plan, block, first)):
        return BlockTotals(dict(totals), 0, counts, block.findings)
    groups = BlockGroups(plan, block) if loss.grouped else None
    terms = evaluate_terms(plan, block, groups)
    if sink is not None and not loss.pooled:
        _write_items(plan, block, terms, groups, sink)
    weights, count = block.weights, _size(block)
    if groups:
        weights, count = groups.weights, np.size(terms["loss"])
    counted = None
    if loss.counts and weights is not None and loss.left_out == "fill":  # those left count all
        counted = (weights > 0.0).astype(np.float64)
    sums = {
        name: _sum(plan, block, term, counted if name in loss.counts else weights, count)
        for name, term in terms.items()
    }
    if plan.by_sample:
        each = np.ones(block.stop - block.start) if block.weights is None else block.weights
        by_row = each if each.ndim == 1 else each.sum(axis=1)
        sums[SAMPLE_WEIGHT] = _sum(plan, block, by_row, None, count)
    findings = block.findings
    if not loss.pooled and not math.isfinite(sums["loss"]):
        findings = _find_nonfinite(plan, block, np.atleast_1d(terms["loss"]), groups)
    units = None if make_units is None else make_units(plan, block, terms, groups)
    first_sample = int(plan.fit.layout.sample_of(block.start)) if plan.by_sample else 0
    return BlockTotals(sums, first_sample, counts, findings, units=units)


def _totals_alone(
    plan: Plan, block: Block, first: SumsFirst | None = None
) -> Mapping[str, float] | None:
    """Sum items that weigh 1 without storing them, where the loss can and the sums are finite."""
    sums = None if first is None else first.of(block)
    if plan.form.totals is None or block.weights is not None or plan.by_sample:
        return None
    if plan.loss.pooled and block.arrays[0].ndim > 1:  # one of each column
        return None
    sums = sums or plan.form.totals(*block.arrays, **plan.arguments)
    return sums if sums is not None and all(map(math.isfinite, sums.values())) else None


def is_empty(plan: Plan, block: Block) -> bool:
    """Whether every item of a block was taken out."""
    return not block.items and plan.loss.left_out == "drop"


def evaluate_terms(plan: Plan, block: Block, groups: "BlockGroups | None") -> dict[str, Any]:
    """Return the statistics of the items of a block, or of its groups, which weigh 1 by default."""
    if groups is None:
        return dict(plan.form.terms(*block.arrays, **plan.arguments))
    terms = plan.form.terms(*groups.arrays, **groups.arguments, **plan.arguments)
    return {"weight": 1.0, **terms, "loss": np.atleast_1d(terms["loss"])}


class BlockGroups:
    """The groups of a block: their numbers among all, and the arrays as their loss takes them.

    `weights` are those of whole lists; the weights of their items are an argument of the loss.
    """

    def __init__(self, plan: Plan, block: Block) -> None:
        """Find the groups that have items left.

        Raises
        ------
        DataError
            When items are left out of a grid.
        """
        reduction = plan.loss.reduction
        assert isinstance(reduction, Grouped)  # noqa: S101 - asked of losses of groups only
        groups = plan.fit.layout.groups
        assert groups is not None  # noqa: S101 - as above
        self.arguments: dict[str, Any] = {}
        self.arrays = block.arrays
        self.weights: Array | None = None
        if reduction.kind == "lists":
            first, bounds = plan.fit.layout.groups_between(block.start, block.stop)
            if block.keep is not None:
                bounds = np.append(0, np.cumsum(block.keep))[bounds]
            present = np.flatnonzero(np.diff(bounds))
            self.numbers: list[int] = (first + present).tolist()
            self.arguments = {"groups": np.append(bounds[present], bounds[-1])}
            if plan.weighs_lists and block.weights is not None:
                self.weights = block.weights[bounds[present]]
            elif block.weights is not None and plan.loss.item_weights:
                self.arguments["weights"] = block.weights
            return
        self.numbers = [groups.number(block.start)]
        if reduction.kind == "grid":
            _require_whole(plan, block)
            shape = plan.fit.layout.item_shape[-reduction.axes :]
            arrays = [array.reshape(*shape, *array.shape[1:]) for array in block.arrays]
            self.arrays = tuple(arrays)


def _require_whole(plan: Plan, block: Block) -> None:
    left_out = block.ignored + block.omitted
    if left_out:
        raise DataError(
            f"{plan.loss.id}: {left_out} items do not count, but a distance needs every pixel; "
            "give complete masks"
        )


def _size(block: Block) -> int:
    """Return the number of items in the arrays of a block."""
    return block.items if block.keep is not None else block.items + block.ignored + block.omitted


def _sum(plan: Plan, block: Block, term: Any, weights: Array | None, count: int) -> Any:
    """Sum one statistic over a block, by class and by sample where the loss is pooled."""
    by_sample = plan.by_sample
    if getattr(term, "ndim", 0) == 0:
        if not by_sample:
            total_weight = count if weights is None else np.add.reduce(weights, axis=None)
            return float(term) * float(total_weight)
        term = np.full(block.arrays[0].shape, float(term))
    if by_sample:
        weighted = term if weights is None else weigh(term, weights)
        # A block may begin and end within a sample: its parts are added in the order of the grid.
        starts = plan.fit.layout.sample_starts(block.start, block.stop)
        return np.add.reduceat(weighted.astype(np.float64), starts, axis=0)
    add = sum_of_items if plan.loss.pooled else sum_in_double
    if weights is None:
        return add(term)
    total = add((weights.T * term.T).T)
    # An infinite item, or NaN, shows in the sum even where it weighs 0.
    is_finite = math.isfinite(total) if isinstance(total, float) else np.isfinite(total).all()
    return total if is_finite else add(weigh(term, weights))


def exact_sum(numbers: Sequence[float]) -> float:
    """Sum exactly and round once; inf and NaN behave as in ordinary addition."""
    try:
        return math.fsum(numbers)
    except (OverflowError, ValueError):  # overflow on the way, or inf − inf
        with np.errstate(all="ignore"):
            return float(np.sum(numbers))


def weigh(values: Array, weights: Array) -> Array:
    """Multiply each item by its weight; what weighs 0 is 0, even where it is inf or NaN."""
    weighted: Array = (weights.T * values.T).T
    # 0·inf is NaN, which shows in the extent: the mask is made only where there is one.
    if not all(map(math.isfinite, least_and_greatest(weighted))):
        absent = (weights == 0.0).reshape(weights.shape + (1,) * (values.ndim - weights.ndim))
        weighted = np.where(absent, 0.0, weighted)
    return weighted


def scaled_weights(plan: Plan, block: Block) -> Block:
    """Scale the weights of a block by the plan's power of two, so that their sums stay finite."""
    if plan.scale == 1.0:
        return block
    weights = block.weights
    if weights is None:
        weights = np.ones(block.arrays[0].shape[: plan.fit.layout.item_axes])
    return block._replace(weights=weights * plan.scale)


def expand(values: Array, keep: Array | None) -> Array:
    """Put the rows that stayed back among all rows of a block; 0 for those taken out."""
    if keep is None:
        return values
    spread = np.zeros((len(keep), *values.shape[1:]), values.dtype)
    spread[keep] = values
    return spread


def present(sums: Mapping[str, Any]) -> dict[str, Any]:
    """Return the statistics of the samples in which something counts."""
    if SAMPLE_WEIGHT not in sums:
        return dict(sums)
    here = sums[SAMPLE_WEIGHT] > 0.0
    return {name: total[here] for name, total in sums.items() if name != SAMPLE_WEIGHT}


def _write_items(
    plan: Plan,
    block: Block,
    terms: Mapping[str, Any],
    groups: BlockGroups | None,
    sink: Sink,
) -> None:
    """Write the loss of each item, times its weight, or of each group; 0 for what is left out."""
    values = terms["loss"]
    if groups is not None and plan.loss.per_group:
        weight = np.broadcast_to(terms["weight"], values.shape)
        means = np.where(weight > 0.0, values / np.where(weight > 0.0, weight, 1.0), 0.0)
        if groups.weights is not None:
            means = weigh(means, groups.weights / plan.scale)
        for number, value in zip(groups.numbers, means, strict=True):
            sink.write(number, np.atleast_1d(value))
        return
    if groups is None and block.weights is not None:
        values = weigh(values, block.weights / plan.scale).astype(values.dtype)
    if plan.fit.order is not None:
        from lossctl.engine.bind.views import OrderedSink  # noqa: PLC0415 - gathered groups only

        sink = OrderedSink(plan.fit.order, 1, sink)
    for at, part in plan.fit.layout.parts(block.start, expand(values, block.keep)):
        sink.write(at, part)


def _find_nonfinite(plan: Plan, block: Block, loss: Array, groups: BlockGroups | None) -> Findings:
    """Say which item or group is not finite; nothing where only their sum is not."""
    wrong = ~np.isfinite(loss)
    if groups is None and block.weights is not None:
        wrong = ~np.isfinite(weigh(loss, block.weights))
    if not wrong.any():
        return block.findings
    first = tuple(int(part[0]) for part in np.nonzero(wrong))
    if groups is not None and plan.loss.per_group:
        row = block.start
        where = f"the loss of group {groups.numbers[first[0]]} is {loss[first]}"
    else:
        row = first[0] if block.keep is None else int(np.flatnonzero(block.keep)[first[0]])
        row += block.start
        index = plan.fit.layout.index_of(row, first[1] if len(first) > 1 else None)
        source = plan.sources[plan.loss.inputs[0].name]
        where = f"the loss is {loss[first]} at {source.where(index)}"
    fault = Fault(int(np.count_nonzero(wrong)), row, where)
    return replace(block.findings, nonfinite=fault)
