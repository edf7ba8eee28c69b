"""The value of a loss in slices of the data, with intervals and differences from the rest."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.lazy import lazy
from lossctl.core.loss import Array
from lossctl.core.result import SliceValue
from lossctl.engine.categories import Categories
from lossctl.engine.estimates import Function
from lossctl.engine.held_rows import columns_at, influences_of, value_of_rows
from lossctl.engine.pair_columns import columns_of_items, columns_of_sums, columns_of_unit_sums
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.statistics import exact_sum
from lossctl.engine.reduce.units import UnitBlock, kind_of, units_of
from lossctl.engine.resolve import Resolved
from lossctl.kernels.numeric.primitives import sum_of_items
from lossctl.uncertainty.intervals import Interval, delta_interval
from lossctl.uncertainty.moments import Moments, block_moments
from lossctl.uncertainty.paired import unpaired_difference
from lossctl.uncertainty.several import holm
from lossctl.uncertainty.slices import (
    SliceBlock,
    SliceMoments,
    SliceTotals,
    Sorted,
    block_slices,
    block_slices_counted,
    with_weights_of_one,
)

WIDEST = 16  # columns whose products are summed; beyond, slices have values and no intervals
WEIGHT, COUNT = "weight of units", "number of units"


class Slicing(NamedTuple):
    """A way to cut the data: what it is called, and the slice of each unit."""

    by: str
    categories: Categories


class SlicePart(NamedTuple):
    """What one block adds: exact sums of the statistics by slice, and moments of columns.

    Where sums are those of the moments, `shapes` says which statistics the columns are.
    """

    codes: Array
    sums: Mapping[str, Array]
    moments: SliceBlock | None
    shapes: Mapping[str, tuple[int, ...]] = {}


class SliceSums:
    """Sums and moments of the units of one plan, or of the pairs of two, by slice.

    Of one block, sums have the bits that the loss of the slice alone would have. Of several they
    cannot, since its blocks would be others: there they are those of the moments, which is faster.
    """

    def __init__(self, plan: Plan, slicing: Slicing, blocks: int | None = None) -> None:
        """Cut the units of a plan, whose grid says how many blocks there are unless it is known."""
        self.plan, self.slicing, self.blocks = plan, slicing, blocks
        self.kind = kind_of(plan)
        self.count = len(slicing.categories.names)
        self.begin()

    @lazy
    def is_one_block(self) -> bool:
        """Whether all units lie in one block."""
        blocks = len(self.plan.fit.layout.grid()) if self.blocks is None else self.blocks
        return blocks == 1

    def begin(self) -> None:
        """Forget what was added."""
        self._parts: list[dict[str, list[Array]]] = []
        self._totals: SliceTotals | None = None
        self._shapes: Mapping[str, tuple[int, ...]] = {}
        self.sums: list[dict[str, Any]] = []
        self.moments: SliceMoments | None = None

    def see(self, blocks: Sequence[UnitBlock]) -> SlicePart:
        """Return the sums of one block, of the units that count."""
        first, units, weight = blocks[0].first, blocks[0].units, blocks[0].weight
        codes = self.slicing.categories.codes[first : first + units]
        present = None if weight is None else weight > 0.0
        columns = self._columns(blocks)
        is_wide = len(columns) > WIDEST
        if present is not None:
            codes = codes[present]
            columns = [] if is_wide else [column[present] for column in columns]
        if not (self.is_one_block or is_wide):
            statistics = blocks[0].statistics
            names = statistics if self.kind == "function" else ("loss",)
            shapes = {name: np.shape(statistics[name])[1:] for name in names}
            counted = block_slices_counted(columns, codes, self.count)
            return SlicePart(counted.codes, {}, counted, shapes)
        items = Sorted(codes)
        sums = {} if len(blocks) > 1 else _exact_sums(blocks[0], present, items)
        return SlicePart(items.codes, sums, None if is_wide else block_slices(columns, items))

    def _columns(self, blocks: Sequence[UnitBlock]) -> list[Array]:
        if len(blocks) == 2:
            of_pairs = columns_of_sums if self.kind == "function" else columns_of_items
            return of_pairs(blocks)
        (block,) = blocks
        if self.kind == "function":
            return columns_of_unit_sums(block)
        loss = np.asarray(block.statistics["loss"])  # lists count more than that
        return [loss] if block.weight is None else [loss, block.weight]

    def add(self, part: SlicePart) -> None:
        """Take the sums of the next block."""
        if part.sums and not self._parts:
            self._parts = [{} for _ in range(self.count)]
        for place, code in enumerate(part.codes.tolist() if part.sums else ()):
            for name, values in part.sums.items():
                self._parts[code].setdefault(name, []).append(values[place])
        self._shapes = part.shapes
        if (moments := part.moments) is not None:
            width = moments.means.shape[1]
            if self._totals is None:
                self._totals = SliceTotals(self.count, width)
            elif width > self._totals.width:  # the first block that leaves units out
                self._totals.weigh_by_one()
            elif width < self._totals.width:
                moments = with_weights_of_one(moments)
            self._totals.add(moments)

    def merge(self, seen: Sequence[SlicePart]) -> None:
        """Finish, when all blocks are added."""
        del seen
        self.moments = None if self._totals is None else self._totals.moments
        self.sums = [
            {name: _exactly(values) for name, values in by_name.items()} for by_name in self._parts
        ]
        if not self.sums and self.moments is not None and self._shapes:
            self.sums = [self._sums_of(self.moments, code) for code in range(self.count)]

    def _sums_of(self, moments: SliceMoments, code: int) -> dict[str, Any]:
        """Return the sums of a slice from its moments; nothing of one without units."""
        count = float(moments.counts[code])
        if count == 0.0:
            return {}
        sums: dict[str, Any] = {COUNT: count, WEIGHT: count}
        totals, at = count * moments.means[code], 0
        for name, shape in self._shapes.items():
            width = int(np.prod(shape))
            sums[name] = totals[at : at + width].reshape(shape) if shape else float(totals[at])
            at += width
        if at < len(totals) and self.kind != "function":
            sums[WEIGHT] = float(totals[at])
        return sums


def _exact_sums(block: UnitBlock, present: Array | None, items: Sorted) -> dict[str, Array]:
    """Return the sum of every statistic by slice, added as the loss of the slice alone would be."""
    sums = {}
    for name, values in block.statistics.items():
        kept = values if present is None else values[present]
        sums[name] = np.array([sum_of_items(segment) for segment in items.segments(kept)])
    sums[COUNT] = items.counts.astype(np.float64)
    if block.weight is None:
        sums[WEIGHT] = items.counts.astype(np.float64)
    else:
        kept = block.weight if present is None else block.weight[present]
        sums[WEIGHT] = np.array([float(segment.sum()) for segment in items.segments(kept)])
    return sums


def _exactly(parts: Sequence[Any]) -> Any:
    if np.ndim(parts[0]) == 0:
        return exact_sum([float(part) for part in parts])
    return np.array([exact_sum(column) for column in np.transpose(parts)])


def slice_values(
    resolved: Resolved, seen: SliceSums, confidence: float, least: int
) -> tuple[list[SliceValue], int]:
    """Return the value of every slice of at least so many units, the worst first, and the others.

    Parameters
    ----------
    resolved
        The loss over all of the data.
    seen
        What was seen of its units.
    confidence
        Of the intervals.
    least
        Units a slice has at least.

    Returns
    -------
    tuple
        The slices, and how many are smaller and left out.
    """
    names, found, small = seen.slicing.categories.names, [], 0
    rests = seen.moments.rests() if seen.moments is not None else []
    total = _loss_of(resolved)
    for code, sums in enumerate(seen.sums):
        if resolved.plan.loss.needs_rows and sums:
            alone = _slice_of_rows(resolved, seen, code, confidence)
            small += alone.n < least
            found += [alone] if alone.n >= least else []
            continue
        if not sums:
            continue
        count = int(sums[COUNT])
        if count < least:
            small += 1
            continue
        value = _value_at(resolved, sums)
        own = rest = None
        if seen.moments is not None:
            own = _interval(resolved, seen.moments.of(code), confidence)
            rest = _interval(resolved, rests[code], confidence) if rests[code].n else None
        share = None if total is None or total == 0.0 else float(sums["loss"]) / total
        start = SliceValue(
            seen.slicing.by, names[code], count, value, None, share, None, None, None, confidence
        )
        found.append(_with_rest(start, own, rest))
    adjusted = holm([each.p_value for each in found])
    found = [each._replace(p_adjusted=p) for each, p in zip(found, adjusted, strict=True)]
    sign = 1.0 if resolved.plan.loss.higher_is_better else -1.0
    return sorted(found, key=lambda each: sign * each.value), small


def _slice_of_rows(resolved: Resolved, seen: SliceSums, code: int, confidence: float) -> SliceValue:
    """Return the value of a slice of a metric that needs all of its rows, and the others beside."""
    slicing, columns = seen.slicing, resolved.totals.sums
    rows = units_of(resolved.plan).rows
    codes = np.repeat(slicing.categories.array(), rows)
    counted = columns["weight"].reshape(len(codes), -1).max(axis=1) > 0.0
    parts = [counted & (codes == code), counted & (codes != code)]
    here, rest = (
        _rows_interval(resolved, np.flatnonzero(part), rows, confidence) if part.any() else None
        for part in parts
    )
    assert here is not None  # noqa: S101 - the slice has sums
    count = int(np.count_nonzero(parts[0].reshape(-1, rows).any(axis=1)))
    name = slicing.categories.names[code]
    start = SliceValue(slicing.by, name, count, here.value, None, None, None, None, None)
    if rest is not None and not math.isfinite(here.standard_error):
        return start._replace(difference=here.value - rest.value)
    return _with_rest(start, here if math.isfinite(here.standard_error) else None, rest)


def _rows_interval(resolved: Resolved, places: Array, rows: int, confidence: float) -> Interval:
    """Return the value of some rows, with an interval where the influence of each is known."""
    plan = resolved.plan
    columns = columns_at(resolved.totals.sums, places)
    value, influence = value_of_rows(plan, columns), np.full(len(places), math.nan)
    if plan.loss.influence is not None and math.isfinite(value):  # type: ignore[attr-defined]
        influence = influences_of(plan, columns, rows)
    return delta_interval(block_moments([influence]), np.ones(1), value, confidence)


def _with_rest(found: SliceValue, own: Interval | None, rest: Interval | None) -> SliceValue:
    """Add the interval of a slice, and its difference from the rest by Welch's t."""
    if own is None:
        return found
    if own.n > 1:
        found = found._replace(interval=(own.low, own.high))
    if rest is None:
        return found
    p_value = unpaired_difference(rest, own).p_value
    return found._replace(difference=found.value - rest.value, p_value=p_value)


def _loss_of(resolved: Resolved) -> float | None:
    """Return the sum of losses over all units; None of functions of sums."""
    if kind_of(resolved.plan) == "function" or resolved.plan.loss.pooled:
        return None
    return float(resolved.totals.sums["loss"])


def _value_at(resolved: Resolved, sums: Mapping[str, Any]) -> float:
    """Return the loss of the sums of one slice."""
    plan, kind = resolved.plan, kind_of(resolved.plan)
    statistics = {name: total for name, total in sums.items() if name not in {WEIGHT, COUNT}}
    if kind == "function":
        return Function(plan, statistics).at(statistics)
    if kind == "sum":
        return float(statistics["loss"]) / plan.scale
    return float(statistics["loss"]) / float(sums[WEIGHT])


def _interval(resolved: Resolved, moments: Moments, confidence: float) -> Interval:
    """Return the interval of the loss at the sums of some units."""
    plan, kind, sums = resolved.plan, kind_of(resolved.plan), moments.sums
    if kind == "function":
        function = Function.of(resolved)
        value, gradient = float(function.at_rows(sums)), function.slopes_at(sums)
    elif kind == "sum":
        value, gradient = float(sums[0]) / plan.scale, np.zeros(len(sums))
        gradient[0] = 1.0 / plan.scale
    else:
        weight = float(sums[1]) if len(sums) > 1 else float(moments.n)
        value = float(sums[0]) / weight
        gradient = np.array([1.0, -value][: len(sums)]) / weight
    return delta_interval(moments, gradient, value, confidence)
