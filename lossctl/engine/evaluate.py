"""Evaluate losses on inputs: plan, sum, decide what the predictions were, finish."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache, partial
from math import prod
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.lazy import copied
from lossctl.core.loss import Array, Loss, no_notes
from lossctl.core.options import Options, Targets, require_use
from lossctl.core.result import Reading, Result
from lossctl.core.spelling import plural
from lossctl.engine.plan import WEIGHTS, Plan, Sources, make_plan
from lossctl.engine.read.prepare import first_look
from lossctl.engine.read.reader import Decision, Reader
from lossctl.engine.reduce.statistics import SAMPLE_WEIGHT, present
from lossctl.engine.reduce.totals import Observing, Totals
from lossctl.engine.resolve import Resolved, prediction_types, resolve
from lossctl.engine.sources import ArraySink, Sink, Source, digests_of, is_text

if TYPE_CHECKING:  # data is hashed only where that is asked for
    from lossctl.engine.details import Details
    from lossctl.engine.digests import Digests


HUGE_PERPLEXITY = 1e6
"""Multiple of the number of classes, which is the perplexity of uniform predictions."""


class Request(NamedTuple):
    """One loss to evaluate: its declaration, parameters and where per-item values go.

    `make_sink` is given their shape and dtype. `sources` are its own inputs, where requests
    evaluated together do not all read the same; `options` are its own where the caller gives none.
    `known_labels` are the labels that other models predict, which a metric compares with these.
    """

    loss: Loss
    params: Mapping[str, Any]
    make_sink: Callable[[tuple[int, ...], np.dtype[Any]], Sink] | None = None
    sources: Sources | None = None
    options: Mapping[str, Any] = MappingProxyType({})
    known_labels: tuple[Any, ...] | None = None

    def with_own(self, options: Options) -> Options:
        """Return the options it is evaluated with."""
        if not self.options:
            return options
        own = {n: value for n, value in self.options.items() if n not in options.changed}
        return replace(options, **own)

    def plan(
        self,
        sources: Sources,
        weights: Source | None,
        options: Options,
        *,
        digests: "Digests | None" = None,
    ) -> Plan:
        """Plan it; an average of its own is over the classes there are, and asks for none.

        Where there are none, class weights are refused as they are without that average.
        """
        own, make = (
            self.with_own(options),
            partial(make_plan, self.loss, self.params, sources, known_labels=self.known_labels),
        )
        if own.average == options.average:
            return make(weights, own, digests=digests)
        alike = replace(own, average=options.average)
        plan = make(weights, replace(alike, class_weights=None), digests=digests)
        if plan.fit.layout.columns:
            return make(weights, own, digests=digests)
        return plan if own.class_weights is None else make(weights, alike, digests=digests)


def evaluate(
    requests: Sequence[Request],
    sources: Sources,
    weights: Source | None,
    options: Options,
    details: "Details | None" = None,
    *,
    digested: bool = True,
    observing: Callable[[Plan], Observing | None] | None = None,
) -> list[Result]:
    """Evaluate every request in as few passes over the data as their layouts allow.

    `details` says what else is asked for: slices, the worst items. Without `digested` results
    have no digests of their data. `observing` returns, for the plan of the first request, what
    sees every block of its pass; with `details` or an interval nothing does.

    Raises
    ------
    UsageError, DataError
        For parameters, options, shapes or values that cannot be evaluated.
    """
    require_use([request.loss for request in requests], options)
    digests = None
    if options.context and digested:
        from lossctl.engine.digests import Digests  # noqa: PLC0415 - only if asked for

        digests = Digests()
    plans = [
        first_plan(request, sources, weights, _own(request, requests, options), digests=digests)
        for request in requests
    ]
    sinks = [_items_sink(request, plan) for request, plan in zip(requests, plans, strict=True)]
    written = [None if plan.loss.pooled else sink for plan, sink in zip(plans, sinks, strict=True)]
    if options.interval or details is not None:
        from lossctl.engine.details import (  # noqa: PLC0415 - if asked for
            Details,
            resolve_with_details,
            with_details,
        )

        details = details or Details(interval=True, confidence=options.confidence)
        pairs = resolve_with_details(plans, written, details)
        return [
            with_details(finish(done, sink), done, found)
            for (done, found), sink in zip(pairs, sinks, strict=True)
        ]
    seen_by = None if observing is None else observing(plans[0])
    resolved = with_all_rows(resolve(plans, written, seen_by))
    return [finish(done, sink) for done, sink in zip(resolved, sinks, strict=True)]


def with_all_rows(resolved: Sequence[Resolved]) -> list[Resolved]:
    """Give metrics that need all rows what they need; most need sums alone."""
    if not any(done.plan.loss.needs_rows for done in resolved):
        return list(resolved)
    from lossctl.engine.held_rows import with_rows  # noqa: PLC0415 - few metrics

    return [with_rows(done) for done in resolved]


def _own(request: Request, requests: Sequence[Request], options: Options) -> Options:
    """Return the options of one of several requests: names may be for the classes of another."""
    if options.class_names is None or request.loss.pooled:
        return options
    holds_text = any(map(is_text, (request.sources or {}).values()))
    shown_by_others = any(other.loss.pooled for other in requests)
    return replace(options, class_names=None) if shown_by_others and not holds_text else options


def first_plan(
    request: Request,
    sources: Sources,
    weights: Source | None,
    options: Options,
    *,
    digests: "Digests | None" = None,
) -> Plan:
    """Plan a request and guess what its predictions are from the first block."""
    inputs = sources if request.sources is None else request.sources
    plan = request.plan(inputs, weights, options, digests=digests)
    kind = known_kind(plan, plan.options if request.options else options)
    if kind is None:
        with np.errstate(all="ignore"):
            kind = guess_kind(plan, Reader(*plan.fit.layout.grid()[0]))
    return plan.read_as(kind)


def known_kind(plan: Plan, options: Options) -> str | None:
    """Return what predictions are read as, where no look at them is needed to say it."""
    axes = plan.fit.layout.axes
    if plan.loss.kinds == ("values",):
        return plan.kind
    if options.clip_predictions:
        return str(prediction_types().clipped(plan.loss, axes, options.input))
    if plan.label_maps:
        return "labels"
    if options.input != "auto":
        return str(prediction_types().requested(plan.loss, axes, options.input))
    kinds = plan.loss.kinds_in(axes)
    return kinds[0] if len(kinds) == 1 else None


def guess_kind(plan: Plan, first: Reader) -> str:
    """Guess what predictions are from the first block."""
    return str(prediction_types().guess(plan.loss, plan.fit.layout.axes, first_look(plan, first)))


@cache
def _averages() -> ModuleType:
    from lossctl.engine.reduce import averages  # noqa: PLC0415 - masks only

    return averages


def finish(resolved: Resolved, sink: Sink | None) -> Result:
    """Turn totals into a result."""
    with np.errstate(all="ignore"):  # of the functions of a loss, as in every block
        return finish_quietly(resolved, sink)


def finish_quietly(resolved: Resolved, sink: Sink | None) -> Result:
    """Do the same where NumPy's warnings are off already."""
    plan, totals, decision = resolved.plan, resolved.totals, resolved.decision
    loss, fit = plan.loss, plan.fit
    value = quiet_value_of(resolved, sink)
    notes = [*decision.warnings, *resolved.notes, *_general_notes(plan, totals)]
    if loss.notes is not no_notes:
        notes += loss.notes(**present(totals.sums), **plan.arguments)
    if loss.is_metric:
        notes += _undefined(resolved)
    context = {}
    if plan.options.context:
        context = _context(plan, totals, value)
        if context.get("perplexity", 0.0) > HUGE_PERPLEXITY * fit.layout.columns:
            notes.append(_perplexity_note(float(value)))
    return copied(
        plan.described,
        params=dict(plan.params),  # a plan may be remembered, and a result is its reader's own
        value=value,
        items=totals.items,
        ignored=totals.ignored,
        omitted=totals.omitted,
        input=_reading(decision, fit.task, fit.targets),
        notes=tuple(notes),
        options=dict(plan.signed_options),
        classes=_averages().class_readings(plan, totals.sums) if loss.pooled else (),
        context=context,
        baseline={},
        data=plan.undigested | (digests_of(plan.data) if plan.is_digested else {}),
    )


@lru_cache(64)  # words alone, of which small calls in series say the same
def _reading(decision: Decision, task: str, targets: Targets) -> Reading:
    return Reading(decision.kind, decision.decided_by, decision.evidence, task, targets)


def _undefined(resolved: Resolved) -> list[str]:
    """Say why a metric has no value, or one by convention."""
    plan = resolved.plan
    why: str = plan.loss.undefined(  # type: ignore[attr-defined]
        **present(resolved.totals.sums), **plan.arguments
    )
    return [why] if why else []


def _perplexity_note(value: float) -> str:
    """Say what makes a perplexity huge, and where it is no more than a bound."""
    shown = "; shown as e^700" if value > 700.0 else ""
    return (
        f"the perplexity is e^{value:.6g}, far worse than uniform predictions{shown}: the true "
        "classes have probabilities near 0 (other labels, or scores on another scale?)"
    )


def _context(plan: Plan, totals: Totals, value: Any) -> dict[str, float]:
    from lossctl.engine.reference import context_of  # noqa: PLC0415 - only if asked for

    return context_of(plan, totals.sums, totals.targets, value)


def value_of(resolved: Resolved, sink: Sink | None) -> float | Array:
    """Return the value of a summed plan; `sink` has the items where they are the answer."""
    with np.errstate(all="ignore"):  # of the functions of a loss, as in every block
        return quiet_value_of(resolved, sink)


def quiet_value_of(resolved: Resolved, sink: Sink | None) -> float | Array:
    """Do the same where NumPy's warnings are off already."""
    plan, sums = resolved.plan, resolved.totals.sums
    loss, reduction = plan.loss, plan.options.reduction
    if loss.pooled:
        sums = _averages().sums_of_batches(plan, sums)
        values = _averages().value_of_classes(plan, sums)
        if sink is not None:
            sink.write(0, _every_sample(sums, values))
    elif reduction == "sum":
        return float(sums["loss"] / plan.scale)
    else:
        require_weight(plan, sums["weight"])
        values = loss.finish(**sums, **plan.arguments)
    if reduction == "none":
        return sink.array  # type: ignore[union-attr]
    if isinstance(values, float):
        return float(values)  # NumPy's float64 is a float too
    return float(np.sum(values) if reduction == "sum" else np.mean(values))


def _every_sample(sums: Mapping[str, Any], values: Any) -> Array:
    """Return one value per sample, 0 for those that have no items which count."""
    if SAMPLE_WEIGHT not in sums:
        return np.atleast_1d(values)
    spread = np.zeros(len(sums[SAMPLE_WEIGHT]))
    spread[sums[SAMPLE_WEIGHT] > 0.0] = values
    return spread


def require_weight(plan: Plan, weight: float) -> None:
    """Refuse a mean over items that weigh nothing together."""
    if weight == 0.0:
        why = "the weights of all items sum to 0"
        if plan.loss.grouped in {"batch", "lists"}:
            why = f"no item of any group counts (`lossctl show {plan.loss.id}` says which do)"
        raise DataError(f"{plan.loss.id}: {why}; the mean has no value")


def _general_notes(plan: Plan, totals: Totals) -> list[str]:
    notes, findings = list(plan.fit.notes), totals.findings
    if 0.0 in findings.labels:
        notes.append("labels 0 and 1 are read as -1 and +1")
    if totals.ignored:
        left_out = plural(totals.ignored, "item")
        notes.append(f"{left_out} ignored (label {plan.options.ignore_index} or weight 0)")
    if totals.omitted:
        notes.append(f"{plural(totals.omitted, 'item')} omitted for holding NaN")
    if fault := findings.nonfinite:
        many = f"; {fault.count} items are not finite" if fault.count > 1 else ""
        notes.append(fault.message + many)
    if WEIGHTS in plan.data:
        notes += _weight_notes(plan, plan.data[WEIGHTS].shape)
    return notes


def _weight_notes(plan: Plan, shape: tuple[int, ...]) -> list[str]:
    """Say whose weights they are, where items have none of their own."""
    if not shape:
        return ["one weight is given for all items"]
    if shape == plan.fit.layout.item_shape or prod(shape) == prod(plan.fit.layout.item_shape):
        return []
    each = "sample and were repeated for each of its items"
    return [f"weights are per {'list' if plan.weighs_lists else each}"]


def _items_sink(request: Request, plan: Plan) -> Sink | None:
    """Where per-item values go: as asked, or to memory when they are the answer."""
    if request.make_sink is not None:
        return request.make_sink(*item_values(plan))
    return ArraySink(*item_values(plan)) if plan.options.reduction == "none" else None


def item_values(plan: Plan) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return the shape and dtype of the per-item values of a plan."""
    layout = plan.fit.layout
    if plan.loss.per_group and layout.groups is not None:
        return (len(layout.groups),), plan.dtype
    if not plan.loss.pooled:
        return layout.item_shape, plan.dtype
    shape = (layout.samples,) if plan.options.pooling == "sample" else ()
    if plan.loss.of_sequences and plan.options.batch_size is not None:
        shape = (-(-layout.samples // plan.options.batch_size),)
    return shape, np.dtype(np.float64)
