"""Evaluate terms in as few passes as their layouts allow, and gather what is said about each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossctl.core.errors import DataError, LossctlError, UsageError
from lossctl.core.loss import Array
from lossctl.core.result import Result
from lossctl.engine.digests import Digests
from lossctl.engine.evaluate import Request, finish, first_plan, settle
from lossctl.engine.layout import element_layout
from lossctl.engine.plan import Plan
from lossctl.engine.sinks import Sink
from lossctl.engine.sources import Source
from lossctl.engine.threads import run_blocks
from lossctl.kernels.quantifiers import Quantifier
from lossctl.objective.objective_result import Component, Count, Offender, total_of
from lossctl.objective.terms import Term
from lossctl.objective.violations import Both, Moments, Worst
from lossctl.objective.yaml_nodes import at

DWARFS = 0.95  # a share of the total that leaves the other terms without influence
RARELY = 0.01  # an antecedent that fires in fewer rows makes a rule nearly vacuous
MOST_GROUPS = 5_000_000


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
    found = {job.term: (job, one) for job, one in zip(jobs, _settle(jobs), strict=True)}
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


def _settle(jobs: Sequence[Job]) -> list[Found]:
    """Fold all jobs; on an error find the term it is about, so that it can be named."""
    try:
        settled = settle([job.plan for job in jobs], [job.sink for job in jobs])
    except LossctlError:
        for job in jobs:
            with at(job.term.place, job.term.name):
                settle([job.plan], [None])
        raise
    found = []
    for job, one in zip(jobs, settled, strict=True):
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
            groups = fold_groups(term)
        truths = satisfactions(term, groups)
        known |= {"groups": len(truths), "satisfaction": float(np.mean(truths))}
        known["raw"] = value_of(term, groups)
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


@dataclass(frozen=True)
class Groups:
    """Totals of every group, in order of its key: only those whose weights do not sum to 0."""

    keys: Array
    power: Array
    level: Array
    weight: Array

    @property
    def mean(self) -> Array:
        """Mean of the powered shortfalls of each group."""
        return self.power / self.weight


def _grid(term: Term) -> list[tuple[int, int]]:
    return element_layout(term.sources["predictions"].shape, None, 1).grid()


def _quantifier(term: Term) -> tuple[Quantifier, float]:
    """Return the quantifier of a term, and its exponent."""
    assert term.quantifier is not None  # noqa: S101 - terms with groups have one
    return term.quantifier, term.params.get("p", 1.0)


def _read(term: Term, start: int, stop: int) -> tuple[Array, Array, Array, Array]:
    """Return keys, truths, levels and weights of a range of rows, as float64."""
    assert term.group is not None  # noqa: S101 - asked of grouped terms only
    keys = term.group.read(start, stop)
    values = term.sources["predictions"].read(start, stop).astype(np.float64)
    targets = term.sources.get("targets")
    level = np.ones(stop - start) if targets is None else targets.read(start, stop)
    weights = np.ones(stop - start) if term.weights is None else term.weights.read(start, stop)
    counts = weights > 0.0
    if term.options.nan == "omit":
        counts &= ~np.isnan(values)
    _require_keys(term.group, keys, start)
    return keys, np.where(counts, values, 1.0), level, np.where(counts, weights, 0.0)


def _require_keys(group: Source, keys: Array, start: int) -> None:
    if keys.dtype.kind == "f" and np.isnan(keys).any():
        at = start + int(np.flatnonzero(np.isnan(keys))[0])
        raise DataError(f"{group.label}: the group is NaN at {group.where((at,))}")


def fold_groups(term: Term) -> Groups:
    """Sum every group in one pass; partial sums of blocks are added in the order of the grid."""
    quantifier, p = _quantifier(term)

    def work(start: int, stop: int) -> tuple[Array, Array]:
        keys, values, level, weights = _read(term, start, stop)
        found, codes = np.unique(keys, return_inverse=True)
        power = weights * quantifier.transform(values, p)
        sums = [np.bincount(codes, part, len(found)) for part in (power, weights * level, weights)]
        return found, np.array(sums)

    parts = run_blocks(_grid(term), work, term.options.threads)
    keys = np.unique(np.concatenate([found for found, _ in parts]))
    if len(keys) > MOST_GROUPS:
        raise DataError(f"over makes {len(keys)} groups; at most {MOST_GROUPS} are kept")
    totals = np.zeros((3, len(keys)))
    for found, sums in parts:
        totals[:, np.searchsorted(keys, found)] += sums
    counts = totals[2] > 0.0
    if not counts.any():
        raise DataError("the weights of all items sum to 0; their mean has no value")
    return Groups(keys[counts], *totals[:, counts])


def satisfactions(term: Term, groups: Groups) -> Array:
    """Return the truth of the rule in each group."""
    quantifier, p = _quantifier(term)
    found: Array = quantifier.carry(groups.mean, p)
    return found


def value_of(term: Term, groups: Groups) -> float:
    """Mean over groups of ((level − satisfaction) / τ)²."""
    short = (groups.level / groups.weight - satisfactions(term, groups)) / _temperature(term)
    return float(np.mean(short**2))


def _temperature(term: Term) -> float:
    return float(term.params["temperature"])


def pull_back(term: Term, groups: Groups, write: Callable[[int, Array], Any]) -> None:
    """Write the gradient of the value with respect to each row's truth."""
    quantifier, p = _quantifier(term)
    outer = 2.0 * (satisfactions(term, groups) - groups.level / groups.weight)
    inner = quantifier.carry_slope(groups.mean, p)
    slopes = outer * inner / groups.weight / _temperature(term) ** 2 / len(groups.keys)

    def work(start: int, stop: int) -> None:
        keys, values, _, weights = _read(term, start, stop)
        at = np.minimum(np.searchsorted(groups.keys, keys), len(groups.keys) - 1)
        slope = np.where(groups.keys[at] == keys, slopes[at], 0.0)
        write(start, slope * weights * quantifier.transform_slope(values, p))

    run_blocks(_grid(term), work, term.options.threads)
