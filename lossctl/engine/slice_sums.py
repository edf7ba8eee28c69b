"""The value of a loss in slices of the data, with intervals and differences from the rest."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.loss import Array
from lossctl.core.result import SliceValue
from lossctl.engine.categories import Categories
from lossctl.engine.estimates import Function
from lossctl.engine.pair_columns import (
    columns_of_items,
    columns_of_sums,
    columns_of_unit_sums,
    contrast_of_items,
)
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.statistics import exact_sum, sum_in_double
from lossctl.engine.reduce.units import UnitBlock, kind_of
from lossctl.engine.resolve import Resolved
from lossctl.uncertainty.intervals import Interval, delta_interval
from lossctl.uncertainty.moments import Moments
from lossctl.uncertainty.paired import (
    Difference,
    FunctionOfSums,
    function_contrast,
    paired_difference,
    unpaired_difference,
)
from lossctl.uncertainty.several import holm
from lossctl.uncertainty.slices import SliceMoments, Sorted, block_slices, merge_slices

WIDEST = 16  # columns whose products are summed; beyond, slices have values and no intervals
WEIGHT, COUNT = "weight of units", "number of units"


class Slicing(NamedTuple):
    """A way to cut the data: what it is called, and the slice of each unit."""

    by: str
    categories: Categories


class _Part(NamedTuple):
    """What one block adds: exact sums of the statistics by slice, and moments of columns."""

    items: Sorted
    sums: Mapping[str, Array]
    moments: Any


class SliceSums:
    """Sums and moments of the units of one plan, or of the pairs of two, by slice."""

    def __init__(self, plan: Plan, slicing: Slicing) -> None:
        """Cut the units of a plan."""
        self.plan, self.slicing = plan, slicing
        self.kind = kind_of(plan)
        self.sums: list[dict[str, Any]] = []
        self.moments: SliceMoments | None = None

    def see(self, blocks: Sequence[UnitBlock]) -> _Part:
        """Return the sums of one block, of the units that count."""
        first, units, weight = blocks[0].first, blocks[0].units, blocks[0].weight
        codes = self.slicing.categories.codes[first : first + units]
        present = None if weight is None else weight > 0.0
        items = Sorted(codes if present is None else codes[present])
        sums = {} if len(blocks) > 1 else _exact_sums(blocks[0], present, items)
        columns = self._columns(blocks)
        if len(columns) > WIDEST:
            return _Part(items, sums, None)
        if present is not None:
            columns = [column[present] for column in columns]
        return _Part(items, sums, block_slices(columns, items))

    def _columns(self, blocks: Sequence[UnitBlock]) -> list[Array]:
        if len(blocks) == 2:
            of_pairs = columns_of_sums if self.kind == "function" else columns_of_items
            return of_pairs(blocks)
        (block,) = blocks
        if self.kind == "function":
            return columns_of_unit_sums(block)
        loss = np.asarray(block.statistics["loss"])  # lists count more than that
        return [loss] if block.weight is None else [loss, block.weight]

    def merge(self, seen: Sequence[_Part]) -> None:
        """Join the sums of all blocks."""
        count = len(self.slicing.categories.names)
        parts: list[dict[str, list[Array]]] = [{} for _ in range(count)]
        for part in seen:
            for place, code in enumerate(part.items.codes.tolist()):
                for name, values in part.sums.items():
                    parts[code].setdefault(name, []).append(values[place])
        self.sums = [
            {name: _exactly(values) for name, values in by_name.items()} for by_name in parts
        ]
        blocks = [part.moments for part in seen if part.moments is not None]
        if blocks:
            self.moments = merge_slices(blocks, count, blocks[0].means.shape[1])


def _exact_sums(block: UnitBlock, present: Array | None, items: Sorted) -> dict[str, Array]:
    """Return the sum of every statistic by slice, added as the loss of the slice alone would be."""
    sums = {}
    for name, values in block.statistics.items():
        kept = values if present is None else values[present]
        sums[name] = np.array([_sum(segment) for segment in items.segments(kept)])
    sums[COUNT] = items.counts.astype(np.float64)
    if block.weight is None:
        sums[WEIGHT] = items.counts.astype(np.float64)
    else:
        kept = block.weight if present is None else block.weight[present]
        sums[WEIGHT] = np.array([float(segment.sum()) for segment in items.segments(kept)])
    return sums


def _sum(values: Array) -> Any:
    return sum_in_double(values) if values.ndim == 1 else values.sum(axis=0, dtype=np.float64)


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
            seen.slicing.by, names[code], count, value, None, share, None, None, None
        )
        found.append(_with_rest(start, own, rest))
    adjusted = holm([each.p_value for each in found])
    found = [each._replace(p_adjusted=p) for each, p in zip(found, adjusted, strict=True)]
    sign = 1.0 if resolved.plan.loss.higher_is_better else -1.0
    return sorted(found, key=lambda each: sign * each.value), small


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


def slice_differences(
    baseline: Resolved, seen: SliceSums, least: int
) -> list[tuple[str, Difference]]:
    """Return the difference of two models in every slice of at least so many units."""
    answers: list[tuple[str, Difference]] = []
    if seen.moments is None:
        return answers
    values = Function.of(baseline)
    function = FunctionOfSums(values.at_rows, values.slopes_at)
    for code, name in enumerate(seen.slicing.categories.names):
        moments = seen.moments.of(code)
        if moments.n < max(least, 2):
            continue
        if seen.kind == "function":
            contrast = function_contrast(moments.sums, function)
        else:
            contrast = contrast_of_items(baseline, moments.n, moments.sums)
        answers.append((name, paired_difference(contrast, moments)))
    return answers
