"""Intervals of the values of losses."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lossctl.core.result import ValueInterval
from lossctl.engine.estimates import (
    Contributions,
    Function,
    UnitMoments,
    kind_of,
    why_no_interval,
)
from lossctl.engine.observe import Watch, observe_again
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.units import units_of
from lossctl.engine.resolve import Resolved
from lossctl.uncertainty.intervals import Interval, delta_interval, interval_of_mean
from lossctl.uncertainty.moments import Moments


def interval_watches(plans: Sequence[Plan]) -> dict[int, Watch]:
    """Return what the first pass must see for intervals, by the number of the plan."""
    return {
        number: Watch((number,), UnitMoments())
        for number, plan in enumerate(plans)
        if not why_no_interval(plan) and kind_of(plan) != "function"
    }


def interval_of(resolved: Resolved, watch: Watch | None, confidence: float) -> ValueInterval | str:
    """Return the interval of a value, or why it has none.

    `watch` is what was seen in the first pass; a function of sums takes another pass.
    """
    if reason := why_no_interval(resolved.plan):
        return reason
    if not all(np.all(np.isfinite(total)) for total in resolved.totals.sums.values()):
        return "the value is not finite"
    if watch is None:
        return _shown(resolved.plan, interval_of_function(resolved, confidence))
    observer = watch.observer
    assert isinstance(observer, UnitMoments)  # noqa: S101 - made by interval_watches
    return _shown(resolved.plan, interval_of_items(resolved, observer, confidence))


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


def interval_of_function(resolved: Resolved, confidence: float) -> Interval:
    """Return the interval of a function of sums, which takes another pass over the units."""
    function = Function.of(resolved)
    observer = Contributions(function.gradient())
    observe_again([resolved], [Watch((0,), observer)])
    moments = observer.moments
    assert moments is not None  # noqa: S101 - the pass is over
    return delta_interval(moments, np.ones(1), function.at(function.sums), confidence)


def _shown(plan: Plan, found: Interval) -> ValueInterval | str:
    """Return an interval as results hold it, or why there is none."""
    noun = units_of(plan).noun
    if found.n < 2:
        return f"only one {noun} counts"
    if not (math.isfinite(found.low) and math.isfinite(found.high)):
        return "the spread of the items is not finite"
    return ValueInterval(found.low, found.high, found.confidence, found.method, found.n, noun)
