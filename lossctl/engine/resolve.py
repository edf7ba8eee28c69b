"""Sum plans and decide what their predictions were, which may need a second sum."""

import math
from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.spelling import option, plural
from lossctl.engine.plan import Plan
from lossctl.engine.read.reader import Decision, values_as_declared
from lossctl.engine.reduce.totals import Observing, Totals, are_finite, sum_blocks
from lossctl.engine.sources import Sink, WideSink, restart

VANISHING = 1e-280  # sums of weighted items, whose digits are lost below


class Resolved(NamedTuple):
    """A plan whose kind is decided, and its totals."""

    plan: Plan
    totals: Totals
    decision: Decision
    notes: tuple[str, ...] = ()


def resolve(
    plans: Sequence[Plan], sinks: Sequence[Sink | None], observing: Observing | None = None
) -> list[Resolved]:
    """Sum every plan; sum again what was read as the wrong kind or overflowed float32.

    `observing` sees every block of the first pass.
    """
    resolved: list[Resolved | None] = [None] * len(plans)
    for numbers in numbers_by_grid(plans):
        together, their_sinks = [plans[n] for n in numbers], [sinks[n] for n in numbers]
        totals = sum_blocks(together, their_sinks, None, observing)
        observing = None
        for number, total in zip(numbers, totals, strict=True):
            resolved[number] = resolve_one(plans[number], total, sinks[number])
    return [done for done in resolved if done is not None]


def numbers_by_grid(plans: Sequence[Plan]) -> list[list[int]]:
    """Return the numbers of the plans that share a grid, and so a pass.

    Losses with the same grid see each block while it is in the caches; the grid is no guess about
    speed but part of the value, so company changes no bit.
    """
    by_grid: dict[Any, list[int]] = {}
    for number, plan in enumerate(plans):
        by_grid.setdefault(plan.fit.layout.grid_key, []).append(number)
    return list(by_grid.values())


def resolve_one(plan: Plan, totals: Totals, sink: Sink | None) -> Resolved:
    """Decide what the predictions of a summed plan are, and sum it again where that is needed."""
    decision = _decide(plan, totals)
    guessed = plan
    if decision.kind != plan.kind:
        plan = plan.read_as(decision.kind)
    # The first block is nearly always right about the kind, so deciding costs no pass of its own:
    # only where a later block shows otherwise all blocks are summed again, by the other form.
    if plan.form is not guessed.form:
        restart(sink)
        (totals,) = sum_blocks([plan], [sink])
        decision = _decide(plan, totals)
        plan = plan.read_as(decision.kind)
    if totals.items == 0:
        raise DataError(
            f"{plan.loss.id}: all {totals.ignored + totals.omitted} items are ignored or omitted; "
            "an empty evaluation has no value"
        )
    notes: tuple[str, ...] = ()
    # float32 holds items up to 3e38; squares of larger errors are finite in float64.
    finite = are_finite(totals.sums)
    if not finite and plan.dtype == np.float32:
        plan = plan.in_double()
        if isinstance(sink, WideSink):
            sink.widen()
        (totals,) = sum_blocks([plan], [sink])
        finite = are_finite(totals.sums)
        notes = ("float32 overflowed: evaluated in float64",)
    if (not finite or plan.is_weighted) and _needs_scale(plan, totals, finite=finite):
        from lossctl.engine.reduce.rescale import rescale  # noqa: PLC0415 - huge or tiny sums only

        plan, totals = rescale(plan, totals)
    return Resolved(plan, totals, decision, notes)


def _needs_scale(plan: Plan, totals: Totals, *, finite: bool) -> bool:
    """Whether finite items have sums that overflow, or weights so small that sums lose digits."""
    if plan.scale != 1.0 or (plan.loss.grouped and not plan.weighs_lists):
        return False
    if not finite:
        product = plan.is_weighted and plan.options.reduction == "mean"  # may be what overflows
        return totals.findings.nonfinite is None or product
    if not plan.is_weighted:
        return False
    greatest = [one if isinstance(one, float) else one.max() for one in totals.sums.values()]
    return bool(max(greatest) < VANISHING)


@cache  # of small calls, imports in functions take a few hundredths
def prediction_types() -> ModuleType:
    """Return the module that tells logits from probabilities, which losses on labels need."""
    from lossctl.engine.read import prediction_type  # noqa: PLC0415 - labels only

    return prediction_type


def _decide(plan: Plan, totals: Totals) -> Decision:
    """Decide the kind; faults of the data come first, whatever the kind."""
    findings, loss = totals.findings, plan.loss
    if findings.faults:
        findings.raise_faults()
    if len(findings.labels) == 2:
        raise DataError(
            f"{plan.sources['targets'].label}: targets hold both 0 and -1; "
            "labels are either 0 and 1 or -1 and +1"
        )
    axes = plan.fit.layout.axes
    if plan.options.input == "auto" and loss.kinds_in(axes) == ("values",):
        decision = values_as_declared(loss, axes, findings)
        return decision if findings.negatives is None else _padded(plan, totals, decision)
    if plan.label_maps:
        if loss.is_metric:
            count = len(plan.fit.labels or ())
            return Decision("labels", "data", f"predictions are labels, {count} different ones")
        evidence = f"as stated: label maps of {plan.fit.layout.columns} classes"
        return Decision("labels", "option", evidence)
    prediction_type = prediction_types()
    clip = plan.options.clip_predictions
    if clip or plan.options.input != "auto":
        return prediction_type.confirm(loss, plan.kind, axes, findings, clip=clip)
    return prediction_type.decide(loss, axes, findings)


def _padded(plan: Plan, totals: Totals, decision: Decision) -> Decision:
    """Refuse lists that look padded; warn where one relevance below 0 may be padding.

    Nothing is said where the caller says that nothing is to be ignored.
    """
    seen = totals.findings.negatives
    if plan.options.ignore_index is None or seen is None or seen.low != seen.high:
        return decision
    infinite = math.isinf(seen.low)  # no label names it
    if not (seen.others and (infinite or seen.low % 1.0 == 0.0)):
        return decision
    source, label = plan.sources["targets"].label, f"{seen.low:.0f}"
    verb = "has" if seen.items == 1 else "have"
    items = f"{plural(seen.items, 'item')} {verb} relevance {label}"
    advice = "" if infinite else option("ignore_index", int(label))
    if infinite:
        advice = f"weights of 0, or as NaN with {option('nan', 'omit')}"
    elif seen.at_end and not totals.ignored:
        raise DataError(
            f"{source}: {items}, at the end of the lists, like padding; leave it out with "
            f"{advice}, or count it with {option('ignore_index', None)}"
        )
    note = f"{items}, which counts like any other; leave padding out by {advice}"
    return decision._replace(warnings=(*decision.warnings, note))
