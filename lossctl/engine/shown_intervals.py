"""Intervals as results have them: of shares Wilson's, of bounded measures within their range.

Where all units are alike there is none: their spread is 0 and says nothing of other units.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from lossctl.core.metric import Metric
from lossctl.core.result import SliceValue, ValueInterval
from lossctl.core.spelling import listed, plural
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.statistics import present
from lossctl.engine.reduce.units import kind_of, units_of
from lossctl.engine.resolve import Resolved
from lossctl.uncertainty.distributions import t_quantile
from lossctl.uncertainty.intervals import Interval
from lossctl.uncertainty.shares import effective_size, wilson_limits

ROUNDING = 1e-10  # of a value: the slopes of a function of sums are no better known
MOST_NAMED = 3


class Shown(NamedTuple):
    """An interval, or why there is none; what there is to note; how many units are all alike."""

    interval: ValueInterval | None
    reason: str = ""
    notes: tuple[str, ...] = ()
    alike: int = 0


def shown(resolved: Resolved, found: Interval) -> Shown:
    """Return the interval of a value as its result has it."""
    size = _observations(resolved)
    return _shown(resolved.plan, found, size and min(size, float(found.n)))


def _shown(plan: Plan, found: Interval, size: float | None) -> Shown:
    """Return an interval as results have it.

    Parameters
    ----------
    plan, found
        What the value is of, and its interval by t or the delta method.
    size
        Of a share, the observations it is of, for where all are alike and the standard error does
        not say; 0 where they are not known, None of other values.
    """
    noun = units_of(plan).noun
    if found.n < 2:
        return Shown(None, f"only one {noun} counts")
    if not (math.isfinite(found.low) and math.isfinite(found.high)):
        return Shown(None, "the spread of the items is not finite")
    rounding = ROUNDING * abs(found.value) if kind_of(plan) == "function" else 0.0
    alike = found.standard_error <= rounding
    if size is not None and not alike:
        size = effective_size(found.value, found.standard_error, found.n)
    if size:
        low, high = wilson_limits(found.value, size, found.confidence)
        return Shown(ValueInterval(low, high, found.confidence, "wilson", found.n, noun))
    if alike:
        reason = f"all {plural(found.n, noun)} are alike, which says nothing of the spread"
        return Shown(None, reason, alike=found.n)
    low, high, notes = found.low, found.high, list[str]()
    if isinstance(plan.loss, Metric):
        low, high = max(low, plan.loss.bounds[0]), min(high, plan.loss.bounds[1])
        if (low, high) != (found.low, found.high):
            said = f"the interval ends at the range of {plan.loss.id}, {plan.loss.best_range}"
            notes.append(said)
    interval = ValueInterval(low, high, found.confidence, found.method, found.n, noun)
    return Shown(interval, notes=tuple(notes))


def _observations(resolved: Resolved) -> float | None:
    """Return how many observations a share is of; 0 of weighted ones, None of other values."""
    plan = resolved.plan
    if not isinstance(plan.loss, Metric) or plan.loss.needs_rows:
        return None
    count = plan.loss.share(**present(resolved.totals.sums), **plan.arguments)
    return count if count is None or plan.weights is None else 0.0


def shown_slice(resolved: Resolved, found: Interval) -> Shown:
    """Return the interval of the value of a slice as its result has it."""
    plan, of_all = resolved.plan, _observations(resolved)
    # below the line of a ratio there may be fewer than all units of a slice
    size = float(found.n) if of_all and kind_of(plan) == "mean" else 0.0
    return _shown(plan, found, None if of_all is None else size)


def shown_slices(
    resolved: Resolved, slices: Sequence[SliceValue]
) -> tuple[list[SliceValue], list[str]]:
    """Return slices with intervals as results have them, and what there is to note."""
    plan = resolved.plan
    answers: list[SliceValue] = []
    notes: dict[str, None] = {}
    for one in slices:
        if one.interval is None:
            answers.append(one)
            continue
        low, high = one.interval
        error = (high - low) / 2.0 / t_quantile(0.5 + one.confidence / 2.0, one.n - 1)
        found = Interval(one.value, low, high, one.confidence, error, one.n - 1, one.n, "delta")
        seen = shown_slice(resolved, found)
        limits = None if seen.interval is None else (seen.interval.low, seen.interval.high)
        answers.append(one._replace(interval=limits, alike=seen.alike))
        notes |= dict.fromkeys(seen.notes)
    lines = [f"{one.by}: {note}" for one in slices[:1] for note in notes]
    if alike := [one for one in answers if one.alike]:
        lines.append(_of_alike(alike, units_of(plan).noun))
    return answers, lines


def too_wide(plan: Plan, by: str, what: str) -> str:
    """Say that slices of a function of many sums have no intervals, or are not compared."""
    return (
        f"{by}: {what}: {plan.loss.id} is a function of many sums here (of classes), whose "
        "products are not kept"
    )


def _of_alike(slices: Sequence[SliceValue], noun: str) -> str:
    """Say which slices have no interval, and why."""
    names = [one.name for one in slices[:MOST_NAMED]]
    more = len(slices) - len(names)
    called = listed([*names, f"{more} more"] if more else names)
    which = f"the {noun}s of each are alike" if len(slices) > 1 else f"its {noun}s are alike"
    return f"{slices[0].by}: no interval of {called}: {which}, which says nothing of the spread"
