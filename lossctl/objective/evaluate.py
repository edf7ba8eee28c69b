"""Evaluate terms in as few passes as their layouts allow, and gather what is said about each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossctl.core.errors import LossctlError, UsageError
from lossctl.core.result import Result
from lossctl.engine.digests import Digests
from lossctl.engine.evaluate import Request, finish, first_plan, resolve
from lossctl.engine.plan import Plan
from lossctl.engine.sources import Sink, Source
from lossctl.objective import quantify
from lossctl.objective.answer import Component, Count, Offender, total_of
from lossctl.objective.nodes import at
from lossctl.objective.terms import Term
from lossctl.objective.top_violations import Both, Moments, Worst

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


def components_of(
    terms: Sequence[Term], *, deviations: bool = False, digests: bool = True
) -> list[Component]:
    """Evaluate every term.

    Parameters
    ----------
    terms
        What to evaluate.
    deviations
        Whether components are divided by the standard deviation of their items.
    digests
        Whether supervised components get digests of their data.
    """
    views = Digests() if digests else None
    jobs = [job for term in terms for job in _jobs(term, views, deviations=deviations)]
    found = {job.term: (job, one) for job, one in zip(jobs, _resolve(jobs), strict=True)}
    return [_component(term, found, deviations=deviations) for term in terms]


def _jobs(term: Term, views: Digests | None, *, deviations: bool) -> list[Job]:
    """Return the requests that a term makes of a pass."""
    if term.kind == "supervised":
        jobs = [_job(term, views)]
    else:
        jobs = [] if term.group is not None else [_job(term)]
        jobs += [] if term.monitor is None else [_job(term.monitor)]
        jobs[-1].worst = Worst(term.sources["predictions"].shape)
    if deviations and term.group is None:
        jobs[0].moments = Moments()
    return jobs if term.antecedent is None else [*jobs, _job(term.antecedent)]


def _job(term: Term, views: Digests | None = None) -> Job:
    request = Request(term.loss, term.params)
    with at(term.place, term.name):
        plan = first_plan(request, dict(term.sources), term.weights, term.options, digests=views)
    return Job(term, plan)


def _resolve(jobs: Sequence[Job]) -> list[Found]:
    """Fold all jobs; on an error find the term it is about, so that it can be named."""
    try:
        resolved = resolve([job.plan for job in jobs], [job.sink for job in jobs])
    except LossctlError:
        for job in jobs:
            with at(job.term.place, job.term.name):
                resolve([job.plan], [None])
        raise
    found = []
    for job, one in zip(jobs, resolved, strict=True):
        with at(job.term.place, job.term.name):
            found.append(Found(finish(one, None), one.totals.sums))
    return found


def _component(
    term: Term, found: Mapping[Term, tuple[Job, Found]], *, deviations: bool
) -> Component:
    result = found[term.monitor or term][1].result
    own = found[term][1].result if term in found else None
    extra = {"raw": float((own or result).value), **_known_of(term, found)}
    if deviations:
        extra["scale"] = _deviation(term, found)
    return Component(
        name=term.name,
        kind=term.kind,
        loss=term.loss.id,
        params=dict(term.params if own is None else own.params),
        weight=term.weight,
        items=result.items,
        ignored=result.ignored,
        omitted=result.omitted,
        details=term.details,
        notes=(*result.notes, *_remarks(extra)),
        reading=vars(result.input) if term.kind == "supervised" else {},
        signature=result.signature if term.kind == "supervised" else "",
        data={term.arrays.get(n, n): one for n, one in result.data.items()}
        | {"rows": result.data["rows"]},
        **extra,
    )


def _known_of(term: Term, found: Mapping[Term, tuple[Job, Found]]) -> dict[str, Any]:
    """Return what is known of a rule or a constraint beyond the value of its loss."""
    if term.kind == "supervised":
        return {}
    job, one = found[term.monitor or term]
    assert job.worst is not None  # noqa: S101 - rules and constraints have one
    known: dict[str, Any] = {
        "violations": Count(round(float(one.sums["violated"])), one.result.items),
        "worst": _offenders(term.sources["predictions"], job.worst),
    }
    if term.kind == "rule":
        known["satisfaction"] = float(one.sums["truth"] / one.sums["weight"])
    if term.antecedent is not None:
        known["fires"] = _firing(found[term.antecedent][1])
    if term.group is not None:
        with at(term.place, term.name):
            groups = quantify.fold_groups(term)
        truths = quantify.satisfactions(term, groups)
        known |= {"groups": len(truths), "satisfaction": float(np.mean(truths))}
        known["raw"] = quantify.value_of(term, groups)
    elif term.monitor is not None:
        known["satisfaction"] = _quantified(term, found[term][1])
    return known


def _quantified(term: Term, one: Found) -> float:
    assert term.quantifier is not None  # noqa: S101 - terms with a monitor have one
    mean = one.sums["power"] / one.sums["weight"]
    return float(term.quantifier.carry(mean, term.params.get("p", 1.0)))


def _firing(one: Found) -> tuple[float, float]:
    """Mean truth of an antecedent, and the share of rows where it is at least ½."""
    items = one.result.items
    truth = float(one.sums["truth"] / one.sums["weight"])
    return truth, (items - round(float(one.sums["violated"]))) / items


def _deviation(term: Term, found: Mapping[Term, tuple[Job, Found]]) -> float:
    job = found[term][0] if term in found else None
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
