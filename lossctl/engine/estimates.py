"""How far a value, or the difference of two, may lie from that of the population.

A value is a function of sums over units (see ``reduce.units``). Its derivative with respect to
those sums says what each unit contributes, and the spread of the contributions is the standard
error: of a mean that is Student's t, of a function of sums the delta method.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from lossctl.core.loss import Array
from lossctl.engine.held_rows import unit_influences
from lossctl.engine.observe import Observer, Watch, are_whole_in_blocks, observe_again
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.averages import sums_of_batches, value_of_classes
from lossctl.engine.reduce.statistics import SAMPLE_WEIGHT, present
from lossctl.engine.reduce.units import UnitBlock, kind_of, units_of
from lossctl.engine.resolve import Resolved
from lossctl.uncertainty.intervals import Interval, delta_interval, interval_of_mean
from lossctl.uncertainty.moments import Moments, block_moments, merge_moments

Again: TypeAlias = Callable[[Resolved, Observer], None]  # shows all units once more

STEP = 2.0**-18  # near the cube root of the rounding error, which is best for central differences


def why_no_interval(plan: Plan) -> str:
    """Return why a value has no interval; nothing where it has one."""
    if reason := why_no_units(plan):
        return reason
    if plan.loss.needs_rows and plan.loss.influence is None:  # type: ignore[attr-defined]
        return f"{plan.loss.id} is of all rows together, and its error is not estimated"
    return ""


def why_no_units(plan: Plan) -> str:
    """Return why a value is not made of several independent units; nothing where it is."""
    if plan.options.reduction == "none":
        return "every item has a value of its own"
    units = units_of(plan)
    if units.count < 2:
        if plan.loss.grouped:
            return f"the value is of one {units.noun}, whose items depend on each other"
        return f"there is one {units.noun}"
    return ""


class UnitMoments:
    """Moments of the losses of units (and of their weights)."""

    def __init__(self) -> None:
        """See nothing yet."""
        self.moments: Moments | None = None

    @property
    def is_weighted(self) -> bool:
        """Whether units have weights."""
        return self.moments is not None and len(self.moments.center) == 2

    def see(self, blocks: Sequence[UnitBlock]) -> Moments:
        """Return the moments of one block, of the units that count."""
        (block,) = blocks
        loss, weight = block.statistics["loss"], block.weight
        if weight is None:
            return block_moments([loss])
        present = weight > 0.0
        return block_moments([loss[present], weight[present]])

    def merge(self, seen: Sequence[Moments]) -> None:
        """Join those of all blocks."""
        self.moments = merge_moments(seen)


class Contributions:
    """Moments of what units contribute to a function of sums.

    Parameters
    ----------
    gradient
        ∂value/∂statistic by name.
    """

    def __init__(self, gradient: Mapping[str, Array]) -> None:
        """Take the gradient."""
        self.gradient = gradient
        self.moments: Moments | None = None

    def see(self, blocks: Sequence[UnitBlock]) -> Moments:
        """Return the moments of one block, of the units that count."""
        values, weight = contributions(blocks, [self.gradient]), blocks[0].weight
        return block_moments([values if weight is None else values[weight > 0.0]])

    def merge(self, seen: Sequence[Moments]) -> None:
        """Join those of all blocks."""
        self.moments = merge_moments(seen)


def contributions(
    blocks: Sequence[UnitBlock],
    gradients: Sequence[Mapping[str, Array]],
    weight_slope: float = 0.0,
) -> Array:
    """Return what each unit contributes: of two plans, to the value of the second less the first.

    Parameters
    ----------
    blocks, gradients
        The units of one plan or two, and ∂value/∂statistic by name.
    weight_slope
        ∂value/∂weight of a weighted mean, whose sum of weights is no statistic.
    """
    parts = []
    for block, gradient in zip(blocks, gradients, strict=True):
        total = np.zeros(block.units)
        for name, slope in gradient.items():
            values = np.asarray(block.statistics[name], np.float64)
            total += values.reshape(block.units, -1) @ slope.ravel()
        parts.append(total)
    total = parts[0] if len(parts) == 1 else parts[1] - parts[0]
    if weight_slope and blocks[0].weight is not None:
        total += weight_slope * blocks[0].weight
    return total


class Function(NamedTuple):
    """A value as a function of the sums of a plan."""

    plan: Plan
    sums: Mapping[str, Any]

    @classmethod
    def of(cls, resolved: Resolved) -> "Function":
        """Return the function of a summed plan, at its sums."""
        plan = resolved.plan
        sums: Mapping[str, Any] = resolved.totals.sums
        if plan.loss.pooled:
            sums = sums_of_batches(plan, sums)
        return cls(plan, {name: total for name, total in sums.items() if name != SAMPLE_WEIGHT})

    def at(self, sums: Mapping[str, Any]) -> float:
        """Return the value at other sums."""
        plan = self.plan
        if plan.loss.pooled:
            return float(value_of_classes(plan, sums))
        return float(plan.loss.finish(**sums, **plan.arguments))

    def at_rows(self, totals: Array) -> Array:
        """Return the value at each row of sums, (…, k), all statistics side by side."""
        sums, at = {}, 0
        for name, total in self.sums.items():
            shape = np.shape(total)
            part = totals[..., at : at + int(np.prod(shape))]
            sums[name] = np.reshape(part, (*totals.shape[:-1], *shape))
            at += int(np.prod(shape))
        with np.errstate(all="ignore"):
            if self.plan.loss.pooled:
                return np.asarray(value_of_classes(self.plan, sums))
            return np.asarray(self.plan.loss.finish(**sums, **self.plan.arguments))

    def slopes_at(self, totals: Array) -> Array:
        """Return the derivative of the value with respect to each sum, (k,)."""
        steps = np.diag(STEP * np.where(totals == 0.0, np.max(np.abs(totals), initial=1.0), totals))
        high, low = totals + steps, totals - steps
        return (self.at_rows(high) - self.at_rows(low)) / np.diag(high - low)

    def gradient(self) -> dict[str, Array]:
        """Return ∂value/∂sum, by central differences: through averages over classes too.

        `finish_slope` of a loss leaves out the sums that do not depend on predictions.
        """
        flat = [np.asarray(total, np.float64) for total in self.sums.values()]
        slopes = self.slopes_at(np.concatenate([np.ravel(total) for total in flat]))
        by_name, at = {}, 0
        for name, total in zip(self.sums, flat, strict=True):
            by_name[name] = slopes[at : at + total.size].reshape(total.shape)
            at += total.size
        return {n: slope for n, slope in by_name.items() if n not in self.plan.loss.counts}


def interval_watches(plans: Sequence[Plan]) -> dict[int, Watch]:
    """Return what the first pass must see for intervals, by the number of the plan."""
    return {
        number: Watch((number,), UnitMoments())
        for number, plan in enumerate(plans)
        if not why_no_interval(plan) and kind_of(plan) != "function"
    }


def takes_two_passes(plan: Plan) -> bool:
    """Whether the interval of a plan takes a second pass over its data."""
    if why_no_interval(plan) or plan.loss.needs_rows:
        return False
    return kind_of(plan) == "function" and are_whole_in_blocks(plan)


def show_again(resolved: Resolved, observer: Observer) -> None:
    """Show all units to an observer, in a pass of its own."""
    observe_again([resolved], [Watch((0,), observer)])


def interval_of(
    resolved: Resolved, watch: Watch | None, confidence: float, again: Again = show_again
) -> Interval | str:
    """Return the interval of a value, or why it has none.

    `watch` is what was seen in the first pass; of a function of sums, `again` shows the units.
    """
    if reason := why_no_interval(resolved.plan):
        return reason
    if resolved.plan.loss.is_metric and (reason := _undefined(resolved)):
        return reason
    finite = all(np.all(np.isfinite(total)) for total in resolved.totals.sums.values())
    if not finite and not resolved.plan.loss.needs_rows:
        return "the value is not finite"
    if watch is None:
        return interval_of_function(resolved, confidence, again)
    observer = watch.observer
    assert isinstance(observer, UnitMoments)  # noqa: S101 - made by interval_watches
    return interval_of_items(resolved, observer, confidence)


def _undefined(resolved: Resolved) -> str:
    """Return why a metric has no value of its own at these sums."""
    plan, sums = resolved.plan, present(resolved.totals.sums)
    why: str = plan.loss.undefined(**sums, **plan.arguments)  # type: ignore[attr-defined]
    value = float(np.mean(value_of_classes(plan, sums))) if plan.loss.pooled else 0.0
    return why if why and (not math.isfinite(value) or "convention" in why) else ""


def interval_of_items(resolved: Resolved, observer: UnitMoments, confidence: float) -> Interval:
    """Return the interval of a mean or a sum of the losses of units."""
    moments = observer.moments
    assert moments is not None  # noqa: S101 - the pass is over
    if kind_of(resolved.plan) == "mean" and not observer.is_weighted:
        return interval_of_mean(moments, confidence)
    gradient, value = slopeinterval_of_items(resolved, moments)
    found = delta_interval(moments, gradient[: len(moments.center)], value, confidence)
    return replace(found, method="t") if moments.constant[-1] else found


def slopeinterval_of_items(resolved: Resolved, moments: Moments) -> tuple[np.ndarray, float]:
    """Return ∂value/∂(loss, weight) of a mean or a sum, and the value.

    Of a mean by items the divisor is a constant: the number of items, whatever they weigh.
    """
    plan, total = resolved.plan, float(moments.sums[0])
    if kind_of(plan) == "sum":
        return np.array([1.0 / plan.scale, 0.0]), total / plan.scale
    if plan.options.mean_by == "items":
        divisor = float(resolved.totals.sums["weight"])
        return np.array([1.0 / divisor, 0.0]), total / divisor
    weight = float(moments.sums[1])
    return np.array([1.0, -total / weight]) / weight, total / weight


def slopes_of(resolved: Resolved) -> tuple[dict[str, Array], bool]:
    """Return what each statistic of a unit is multiplied by to give what the unit contributes.

    The second says whether these are the derivatives. A root at 0 has none: then all are 1, by
    which it shows whether units differ at all.
    """
    slopes = Function.of(resolved).gradient()
    if all(np.all(np.isfinite(slope)) for slope in slopes.values()):
        return slopes, True
    return {name: np.ones(np.shape(slope)) for name, slope in slopes.items()}, False


def interval_of_function(
    resolved: Resolved, confidence: float, again: Again = show_again
) -> Interval:
    """Return the interval of a function of sums, to which `again` shows the units."""
    function = Function.of(resolved)
    if resolved.plan.loss.needs_rows:
        own = unit_influences(resolved)
        counted = block_moments([own[_present_units(resolved)]])
        found = delta_interval(counted, np.ones(1), function.at(function.sums), confidence)
        method: str = resolved.plan.loss.interval_method  # type: ignore[attr-defined]
        return replace(found, method=method)
    slopes, is_known = slopes_of(resolved)
    observer = Contributions(slopes)
    again(resolved, observer)
    moments = observer.moments
    assert moments is not None  # noqa: S101 - the pass is over
    found = delta_interval(moments, np.ones(1), function.at(function.sums), confidence)
    if is_known or found.standard_error == 0.0:
        return found
    return replace(found, low=-math.inf, high=math.inf, standard_error=math.nan)


def _present_units(resolved: Resolved) -> Array:
    """Mark the units that weigh something."""
    weight = resolved.totals.sums["weight"]
    by_row = weight if weight.ndim == 1 else weight.sum(axis=1)
    rows = units_of(resolved.plan).rows
    mass = by_row if rows == 1 else np.add.reduceat(by_row, np.arange(0, len(by_row), rows))
    return mass > 0.0
