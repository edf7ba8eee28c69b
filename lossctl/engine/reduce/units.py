"""Statistics of units: what an interval, a comparison and a slice take as one observation.

A unit is one entry of the first axis of the items (one item, image or row of labels), or a whole
group or sequence where the items of one belong together. Units are taken to be independent of each
other; what lies inside of one need not be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from lossctl.core.loss import Array, mean_of
from lossctl.engine.bind.layout import BLOCK_ELEMENTS
from lossctl.engine.plan import Plan
from lossctl.engine.read.prepare import Block
from lossctl.engine.reduce.statistics import SAMPLE_WEIGHT, BlockGroups, expand, weigh

Kind: TypeAlias = Literal["mean", "sum", "function"]


class UnitBlock(NamedTuple):
    """Statistics of consecutive units.

    Attributes
    ----------
    first
        The number of the first unit.
    statistics
        By name, (units, …): sums over the items of a unit, times their weights.
    weight
        (units,) the weight of the items of each unit; None where each is 1. Units of weight 0 are
        left out.
    """

    first: int
    statistics: Mapping[str, Array]
    weight: Array | None

    @property
    def units(self) -> int:
        """How many units there are."""
        return len(next(iter(self.statistics.values())))

    def with_weight(self) -> "UnitBlock":
        """Return the block with the weights of its units, where each is 1 too."""
        return self if self.weight is not None else self._replace(weight=np.ones(self.units))


@dataclass(frozen=True)
class Units:
    """What the units of a plan are.

    Attributes
    ----------
    count
        How many there are, those left out among them.
    noun
        What one is called: item, sample, sequence, list, batch.
    rows
        Rows of the layout that make one; 0 where units are groups or sequences.
    """

    count: int
    noun: str
    rows: int

    @property
    def in_one_block(self) -> bool:
        """Whether each unit lies in one block of the grid, so that a block has all of it."""
        return self.rows == 1


def units_of(plan: Plan) -> Units:
    """Return what the units of a plan are."""
    loss, layout = plan.loss, plan.fit.layout
    if loss.grouped and layout.groups is not None:
        nouns = {"grid": "image", "lists": "list", "set": "sample", "batch": "batch"}
        return Units(len(layout.groups), nouns[loss.grouped], 0)
    if plan.by_sample:
        return Units(layout.samples, "sequence" if loss.of_sequences else "sample", 0)
    shape = _row_shape(plan)
    count = max((*shape, 1)[0], 1)
    noun = "sample" if len(shape) > 1 else "row" if layout.column_is_item else "item"
    return Units(count, noun, max(layout.rows // count, 1))


def _row_shape(plan: Plan) -> tuple[int, ...]:
    """Return the shape of the rows: of the items, without an axis of labels."""
    layout = plan.fit.layout
    shape = layout.item_shape
    if not layout.column_is_item:
        return shape
    before = layout.rows // layout.inner
    axis = next(n for n in range(len(shape)) if prod(shape[:n]) == before)
    while shape[axis] != layout.columns:  # axes of length 1 may stand before it
        axis += 1
    return shape[:axis] + shape[axis + 1 :]


def kind_of(plan: Plan) -> Kind:
    """Return how the value of a plan is made of the sums of its units."""
    if plan.loss.pooled:
        batches = plan.loss.of_sequences and plan.options.batch_size is not None
        by_unit = plan.by_sample and (plan.options.pooling == "sample" or batches)
        return "mean" if by_unit else "function"
    if plan.options.reduction == "sum":
        return "sum"
    return "mean" if plan.loss.finish is mean_of else "function"


def unit_block(
    plan: Plan, block: Block, terms: Mapping[str, Any], groups: BlockGroups | None
) -> UnitBlock:
    """Return the statistics of the units in a block, of those that lie in part in it too.

    Parameters
    ----------
    plan, block, groups
        Where the terms are from.
    terms
        Statistics of items, or of groups, before they are weighed.
    """
    if groups is not None:
        return _of_groups(plan, terms, groups)
    weights = block.weights
    rows = len(block.arrays[0])
    statistics = {}
    is_mean = not plan.loss.pooled and plan.loss.finish is mean_of
    for name, term in {"loss": terms["loss"]}.items() if is_mean else terms.items():
        spread = np.full(rows, float(term)) if np.ndim(term) == 0 else term
        own = _counted(weights) if name in plan.loss.counts else weights
        values = spread if own is None else weigh(spread, own)
        statistics[name] = _by_row(plan, values)
    weight = None if weights is None else _by_row(plan, weights)
    if weight is None and plan.fit.layout.column_is_item and not plan.loss.pooled:
        weight = np.full(rows, float(plan.fit.layout.columns))
    if block.keep is not None:
        present = np.ones(rows) if weight is None else weight
        statistics = {name: expand(values, block.keep) for name, values in statistics.items()}
        weight = expand(present, block.keep)
    return _merged_rows(plan, UnitBlock(block.start, statistics, weight))


def _counted(weights: Array | None) -> Array | None:
    return None if weights is None else (weights > 0.0).astype(np.float64)


def _by_row(plan: Plan, values: Array) -> Array:
    """Add the columns of a row where those are items; the classes of a mask stay apart."""
    if values.ndim > 1 and not plan.loss.pooled:
        return values.sum(axis=1, dtype=np.float64)
    return values


def _merged_rows(plan: Plan, block: UnitBlock) -> UnitBlock:
    """Add rows to units, where a unit has several."""
    rows = units_of(plan).rows
    if rows == 1:
        return block
    first, last = block.first // rows, (block.first + block.units - 1) // rows
    starts = np.maximum(np.arange(first, last + 1) * rows - block.first, 0)
    weight = np.ones(block.units) if block.weight is None else block.weight
    added = {
        name: np.add.reduceat(values.astype(np.float64), starts, axis=0)
        for name, values in block.statistics.items()
    }
    return UnitBlock(first, added, np.add.reduceat(weight.astype(np.float64), starts))


def _of_groups(plan: Plan, terms: Mapping[str, Any], groups: BlockGroups) -> UnitBlock:
    """Return the statistics of the groups of a block; those without items are left out."""
    first, count = groups.numbers[0], groups.numbers[-1] + 1 - groups.numbers[0]
    places = np.array(groups.numbers) - first
    whole = not plan.loss.per_group  # one group a block, with a term for each of its items
    statistics = {}
    for name, term in terms.items():
        if whole:
            items = np.size(terms["loss"])
            total = np.sum(term, dtype=np.float64) if np.ndim(term) else float(term) * items
            values = np.array([total])
        else:
            values = np.broadcast_to(np.asarray(term, np.float64), places.shape)
            values = values if groups.weights is None else weigh(values, groups.weights)
        statistics[name] = np.zeros(count)
        statistics[name][places] = values
    return UnitBlock(first, statistics, statistics["weight"])


class UnitSums(NamedTuple):
    """Statistics of all units of a plan, in memory: (units, …) by name, and their weights."""

    statistics: Mapping[str, Array]
    weight: Array | None

    def blocks(self) -> list[UnitBlock]:
        """Cut them into blocks whose bounds depend on their number alone."""
        count = len(next(iter(self.statistics.values())))
        return [
            UnitBlock(
                at,
                {n: values[at : at + BLOCK_ELEMENTS] for n, values in self.statistics.items()},
                None if self.weight is None else self.weight[at : at + BLOCK_ELEMENTS],
            )
            for at in range(0, count, BLOCK_ELEMENTS)
        ]


def join_units(plan: Plan, blocks: Sequence[UnitBlock | None]) -> UnitSums:
    """Add the parts of units that lie in several blocks, in the order of the grid."""
    count = units_of(plan).count
    parts = [block for block in blocks if block is not None]
    sums = {
        name: np.zeros((count, *values.shape[1:])) for name, values in parts[0].statistics.items()
    }
    weight = np.zeros(count)
    for block in parts:
        place = slice(block.first, block.first + block.units)
        for name, values in block.statistics.items():
            sums[name][place] += values
        weight[place] += 1.0 if block.weight is None else block.weight
    return UnitSums(sums, weight)


def units_of_samples(sums: Mapping[str, Any]) -> UnitSums:
    """Return the sums of samples or sequences, which the totals have already."""
    statistics = {name: total for name, total in sums.items() if name != SAMPLE_WEIGHT}
    return UnitSums(statistics, np.asarray(sums[SAMPLE_WEIGHT]))
