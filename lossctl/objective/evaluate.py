"""Evaluate terms in as few passes as their layouts allow, and gather what is said about each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossctl.core.errors import LossctlError, UsageError
from lossctl.core.result import Result
from lossctl.engine.evaluate import Request, finish, first_plan, settle
from lossctl.engine.plan import Plan
from lossctl.engine.sinks import Sink
from lossctl.engine.sources import Source
from lossctl.objective import quantify
from lossctl.objective.answer import Component, Count, Offender, total_of
from lossctl.objective.nodes import at
from lossctl.objective.penalties import rule_loss, satisfaction
from lossctl.objective.terms import Term
from lossctl.objective.worst import Both, Moments, Worst

DWARFS = 0.95  # a share of the total that leaves the other terms without influence
RARELY = 0.01  # an antecedent that fires in fewer rows makes a rule nearly vacuous


@dataclass(frozen=True)
class Found:
    """What a pass found about one request."""

    result: Result
    sums: Mapping[str, Any]


@dataclass
class Job:
    """A request of a pass: a term, its plan, and where its items go."""

    term: Term
    plan: Plan
    worst: Worst | None = None
    moments: Moments | None = None

    @property
    def sink(self) -> Sink | None:
        """Both collectors, or the one there is."""
        if self.plan.loss.pooled or self.plan.loss.grouped:
            return None
        if self.worst is not None and self.moments is not None:
            return Both(self.worst, self.moments)
        return self.worst or self.moments


def components_of(terms: Sequence[Term], *, deviations: bool = False) -> list[Component]:
    """Evaluate every term.

    Parameters
    ----------
    terms
        What to evaluate.
    deviations
        Whether components are divided by the standard deviation of their items.
    """
    jobs = [_job(one, deviations=deviations) for term in terms for one in _requests(term)]
    found = _settle(jobs)
    by_name = {job.term.name: (job, one) for job, one in zip(jobs, found, strict=True)}
    return [_component(term, by_name, deviations=deviations) for term in terms]


def _requests(term: Term) -> list[Term]:
    """Return the requests that a term makes of a pass."""
    own = [] if term.group is not None else [term]
    return [*own, *(one for one in (term.monitor, term.antecedent) if one is not None)]


def _job(term: Term, *, deviations: bool) -> Job:
    with at(term.place, shown_name(term)):
        plan = first_plan(
            Request(term.loss, term.params), dict(term.sources), term.weights, term.options
        )
    is_antecedent = term.name.endswith("\nantecedent")
    worst = None
    if term.kind != "supervised" and not is_antecedent:
        worst = Worst(term.sources["predictions"].shape)
    plain = "\n" not in term.name
    return Job(term, plan, worst, Moments() if deviations and plain else None)


def shown_name(term: Term) -> str:
    """Return the name of a term without what marks its helpers."""
    return term.name.partition("\n")[0]


def _settle(jobs: Sequence[Job]) -> list[Found]:
    """Fold all jobs; on an error find the term it is about, so that it can be named."""
    try:
        settled = settle([job.plan for job in jobs], [job.sink for job in jobs])
    except LossctlError:
        for job in jobs:
            with at(job.term.place, shown_name(job.term)):
                settle([job.plan], [None])
        raise
    found = []
    for job, one in zip(jobs, settled, strict=True):
        with at(job.term.place, shown_name(job.term)):
            found.append(Found(finish(one, None), one.totals.sums))
    return found


def _component(
    term: Term, found: Mapping[str, tuple[Job, Found]], *, deviations: bool
) -> Component:
    result = found[(term.monitor or term).name][1].result
    own = found[term.name][1].result if term.name in found else None
    extra = {"raw": float((own or result).value), **_known_of(term, found)}
    if deviations:
        extra["scale"] = _deviation(term, found)
    return Component(
        name=term.name,
        kind=term.kind,
        loss=_loss_name(term),
        params=dict(term.params if own is None else own.params),
        weight=term.weight,
        items=result.items,
        ignored=result.ignored,
        omitted=result.omitted,
        details=term.details,
        notes=(*result.notes, *_remarks(extra)),
        reading=vars(result.input) if term.kind == "supervised" else {},
        signature=result.signature if term.kind == "supervised" else "",
        **extra,
    )


def _known_of(term: Term, found: Mapping[str, tuple[Job, Found]]) -> dict[str, Any]:
    """Return what is known of a rule or a constraint beyond the value of its loss."""
    if term.kind == "supervised":
        return {}
    job, one = found[(term.monitor or term).name]
    assert job.worst is not None  # noqa: S101 - rules and constraints have one
    known: dict[str, Any] = {
        "violations": Count(round(float(one.sums["violated"])), one.result.items),
        "worst": _offenders(term.sources["predictions"], job.worst),
    }
    if term.kind == "rule":
        known["satisfaction"] = float(one.sums["truth"] / one.sums["weight"])
    if term.antecedent is not None:
        known["fires"] = _firing(found[term.antecedent.name][1])
    if term.group is not None:
        with at(term.place, term.name):
            groups = quantify.fold_groups(term)
        truths = quantify.satisfactions(term, groups)
        known |= {"groups": len(truths), "satisfaction": float(np.mean(truths))}
        known["raw"] = quantify.value_of(term, groups)
    elif term.monitor is not None:
        known["satisfaction"] = _quantified(term, found[term.name][1])
    return known


def _loss_name(term: Term) -> str:
    if term.kind == "rule":
        return rule_loss().id
    return term.loss.id


def _quantified(term: Term, one: Found) -> float:
    mean = one.sums["power"] / one.sums["weight"]
    details = term.details
    return float(satisfaction(mean, details["quantifier"], details["aggregator"], term.params["p"]))


def _firing(one: Found) -> tuple[float, float]:
    """Mean truth of an antecedent, and the share of rows where it is at least ½."""
    items = one.result.items
    truth = float(one.sums["truth"] / one.sums["weight"])
    return truth, (items - round(float(one.sums["violated"]))) / items


def _deviation(term: Term, found: Mapping[str, tuple[Job, Found]]) -> float:
    job = found[term.name][0] if term.name in found else None
    if job is None or job.moments is None or job.sink is None:
        with at(term.place, term.name):
            raise UsageError(
                "normalize: std needs losses of items; this is a loss of the whole set, "
                "so use initial or none"
            )
    deviation = job.moments.deviation()
    return deviation if deviation > 0.0 else 1.0


def _remarks(extra: Mapping[str, Any]) -> list[str]:
    fires = extra.get("fires")
    if fires is not None and fires[1] < RARELY:
        often = f"what stands before the arrow holds in {fires[1]:.2%} of the rows"
        return [f"{often}: the rule is satisfied nearly everywhere for want of a case"]
    return []


def _offenders(source: Source, worst: Worst) -> list[Offender]:
    found = []
    for flat, loss in worst.items():
        index = tuple(int(part) for part in np.unravel_index(flat, source.shape or (1,)))
        value = float(source.read(flat, flat + 1)[0])
        found.append(Offender(source.where(index), index, value, loss))
    return found


def remarks_on(components: Sequence[Component]) -> list[str]:
    """Say when one term leaves the others without influence."""
    active = [one for one in components if one.weight > 0.0]
    total = total_of(components)
    if len(active) < 2 or not np.isfinite(total) or total <= 0.0:
        return []
    greatest = max(active, key=lambda one: one.weighted)
    share = greatest.weighted / total
    if share <= DWARFS:
        return []
    much = f"{greatest.name} makes up {share:.1%} of the total and dwarfs the rest"
    return [f"{much}: lower its weight, or normalize the scales"]
