"""What is asked of values beside them: intervals, slices and the worst units, in the same pass."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.result import Result
from lossctl.core.spelling import option, plural
from lossctl.engine.estimates import (
    Again,
    interval_of,
    interval_watches,
    show_again,
    why_no_units,
)
from lossctl.engine.held_rows import with_rows
from lossctl.engine.observe import Observer, Watch, observe
from lossctl.engine.plan import Plan
from lossctl.engine.resolve import Resolved
from lossctl.engine.shown_intervals import Shown, shown, shown_slices, too_wide
from lossctl.engine.slice_sums import SliceSums, Slicing, slice_values
from lossctl.engine.sources import Sink
from lossctl.engine.worst import WorstUnits, worst_units

LEAST = 10  # units a slice has at least


class Details(NamedTuple):
    """What is asked for.

    Attributes
    ----------
    interval, confidence
        Whether values have intervals, and how often those hold the value of the population.
    slicings
        For each way to slice the data, what makes the slice of each unit of a plan.
    least
        Units a slice has at least; smaller ones are left out, with a note.
    worst
        How many of the units with the highest losses are named.
    ids
        The id of each row, where rows have ids.
    """

    interval: bool = False
    confidence: float = 0.95
    slicings: Sequence[Callable[[Plan], Slicing]] = ()
    least: int = LEAST
    worst: int = 0
    ids: Sequence[Any] | None = None


class SeenDetails(NamedTuple):
    """What was found beside one value; `again` shows its units once more."""

    details: Details
    interval: Watch | None
    slices: Sequence[SliceSums]
    worst: WorstUnits | None
    again: Again = show_again


def resolve_with_details(
    plans: Sequence[Plan], sinks: Sequence[Sink | None], details: Details
) -> list[tuple[Resolved, SeenDetails]]:
    """Sum every plan and see what is asked for of its units."""
    of_units = bool(details.slicings or details.worst)
    for plan in plans if of_units else ():
        if reason := why_no_units(plan):
            raise UsageError(f"{plan.loss.id}: has no slices and no worst items: {reason}")
    intervals = interval_watches(plans) if details.interval else {}
    slices = [[SliceSums(plan, make(plan)) for make in details.slicings] for plan in plans]
    if details.worst and (ranked := [plan.loss.id for plan in plans if plan.loss.needs_rows]):
        raise UsageError(f"{option('worst')}: {ranked[0]} is of all rows together and has no worst")
    worst = [WorstUnits(plan, details.worst) if details.worst else None for plan in plans]
    watches = list(intervals.values())
    for number, seen in enumerate(zip(slices, worst, strict=True)):
        observers: list[Observer] = [*seen[0], *([seen[1]] if seen[1] is not None else [])]
        watches += [Watch((number,), observer) for observer in observers]
    resolved = map(with_rows, observe(plans, sinks, watches))
    return [
        (done, SeenDetails(details, intervals.get(number), slices[number], worst[number]))
        for number, done in enumerate(resolved)
    ]


@np.errstate(all="ignore")  # what overflows is infinite, and said to be
def with_details(result: Result, resolved: Resolved, found: SeenDetails) -> Result:
    """Add to a result what was found, and notes that say what there is not."""
    details, notes = found.details, list(result.notes)
    changes: dict[str, Any] = {}
    if details.interval:
        interval = interval_of(resolved, found.interval, details.confidence, found.again)
        seen = Shown(None, interval) if isinstance(interval, str) else shown(resolved, interval)
        changes |= {"interval": seen.interval, "alike": seen.alike}
        notes += seen.notes
        if seen.reason:
            notes.append(f"no interval: {seen.reason}")
    if found.slices:
        slices = []
        for sums in found.slices:
            values, small = slice_values(resolved, sums, details.confidence, details.least)
            values, lines = shown_slices(resolved, values)
            slices += values
            notes += lines
            if sums.moments is None and values and not resolved.plan.loss.needs_rows:
                notes.append(too_wide(resolved.plan, sums.slicing.by, "no intervals"))
            if small:
                notes.append(
                    f"{sums.slicing.by}: {plural(small, 'slice')} of fewer than {details.least} "
                    "rows left out"
                )
        changes["slices"] = tuple(slices)
    if found.worst is not None:
        changes["worst"] = tuple(worst_units(resolved.plan, found.worst, details.ids))
    return replace(result, notes=tuple(notes), **changes)
