"""How far the total of an objective may lie from that of the population.

Components are of the same rows, so their errors depend on each other: what a row contributes to the
total is the weighted sum of what it contributes to each component, and the spread of that is the
standard error (the delta method). Weights and scales are taken as they are.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from lossctl.core.loss import Array
from lossctl.core.result import ValueInterval
from lossctl.core.spelling import plural
from lossctl.engine.bind.layout import BLOCK_ELEMENTS
from lossctl.engine.estimates import Function, contributions, why_no_interval
from lossctl.engine.observe import Watch, observe_again
from lossctl.engine.pair_columns import divisor_of
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.units import UnitBlock, kind_of, units_of
from lossctl.engine.resolve import Resolved
from lossctl.objective.objective_result import Component, total_of
from lossctl.objective.terms import Term
from lossctl.uncertainty.intervals import Interval, delta_interval
from lossctl.uncertainty.moments import block_moments, merge_moments


class Influence:
    """What each unit contributes to a value: the sum of its statistics times the slopes.

    Of a mean it is the difference of the unit from the mean, so that units which are left out, or
    weigh nothing, contribute nothing.
    """

    def __init__(self, resolved: Resolved, value: float) -> None:
        """Take a summed plan and its value."""
        plan = resolved.plan
        self.plan, self.value, self.kind = plan, value, kind_of(plan)
        if self.kind == "function":
            self.gradient: Mapping[str, Array] = Function.of(resolved).gradient()
        else:
            self.gradient = {"loss": np.array(1.0 / divisor_of(resolved))}
        self.of_units = np.zeros(units_of(plan).count)

    def see(self, blocks: Sequence[UnitBlock]) -> tuple[int, Array]:
        """Return the first unit of a block and what its units contribute."""
        (block,) = blocks
        found = contributions(blocks, [self.gradient])
        if self.kind == "mean":
            found -= self.value * self.gradient["loss"] * self._counted(block)
        return block.first, found

    def _counted(self, block: UnitBlock) -> Array:
        """Return what each unit adds to the divisor."""
        weight = np.ones(block.units) if block.weight is None else block.weight
        return weight if self.plan.options.mean_by == "weights" else (weight > 0.0).astype(float)

    def merge(self, seen: Sequence[tuple[int, Array]]) -> None:
        """Take what the units of all blocks contribute."""
        for first, found in seen:
            self.of_units[first : first + len(found)] = found


def with_intervals(
    terms: Sequence[Term],
    components: Sequence[Component],
    resolved: Mapping[str, Resolved],
    confidence: float,
) -> tuple[list[Component], ValueInterval | str]:
    """Return the components with intervals of their values, and the interval of the total.

    In place of that of the total there may be words why it has none.
    """
    found, total, reason = list[Component](), np.zeros(0), ""
    for term, component in zip(terms, components, strict=True):
        why = _why_none(term, component, resolved)
        if why:
            reason = reason or f"{component.name}: {why}"
            found.append(component)
            continue
        observer = Influence(resolved[term.name], component.raw)
        observe_again([resolved[term.name]], [Watch((0,), observer)])
        own = _interval(observer.of_units, component.raw, confidence)
        found.append(replace(component, interval=(own.low, own.high)))
        if component.weight == 0.0:
            continue
        if not len(total):
            total = np.zeros(len(observer.of_units))
        if len(total) != len(observer.of_units):
            rows = plural(len(observer.of_units), "row")
            reason = reason or f"{component.name} is of {rows}, others of {len(total)}"
            continue
        total += component.weight / component.scale * observer.of_units
    if reason or not len(total):
        return found, reason or "every weight is 0"
    interval = _interval(total, total_of(components), confidence)
    if not (math.isfinite(interval.low) and math.isfinite(interval.high)):
        return found, "the spread of the rows is not finite"
    noun = _noun([resolved[term.name].plan for term in terms if term.name in resolved])
    return found, ValueInterval(interval.low, interval.high, confidence, "delta", interval.n, noun)


def _why_none(term: Term, component: Component, resolved: Mapping[str, Resolved]) -> str:
    if term.group is not None or term.name not in resolved:
        return "a rule over groups has one value for all rows"
    if not math.isfinite(component.raw):
        return "its value is not finite"
    return why_no_interval(resolved[term.name].plan)


def _interval(influence: Array, value: float, confidence: float) -> Interval:
    moments = merge_moments(
        [
            block_moments([influence[at : at + BLOCK_ELEMENTS]])
            for at in range(0, len(influence), BLOCK_ELEMENTS)
        ]
    )
    return delta_interval(moments, np.ones(1), value, confidence)


def _noun(plans: Sequence[Plan]) -> str:
    nouns = {units_of(plan).noun for plan in plans}
    return nouns.pop() if len(nouns) == 1 else "row"
