"""Evaluate terms in as few passes as their layouts allow, and gather what is said about each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from lossctl.core.errors import DataError, LossctlError, UsageError
from lossctl.core.loss import Array
from lossctl.core.result import Result
from lossctl.core.threads import run_blocks
from lossctl.engine.bind.layout import plain_grid
from lossctl.engine.digests import Digests
from lossctl.engine.evaluate import Request, finish, first_plan
from lossctl.engine.plan import Plan
from lossctl.engine.resolve import Resolved, resolve
from lossctl.engine.sources import Sink, Source
from lossctl.losses.builders.logic import Quantifier
from lossctl.objective.objective_result import Component, ViolationCount, WorstItem, total_of
from lossctl.objective.terms import Term
from lossctl.objective.violations import ItemMoments, SinkGroup, WorstItems
from lossctl.objective.yaml_nodes import errors_at

DOMINANT_SHARE = 0.95  # a share of the total that leaves the other terms without influence
RARE_SHARE = 0.01  # an antecedent that fires in fewer rows makes a rule nearly vacuous
MOST_GROUPS = 5_000_000


@dataclass(frozen=True)
class RequestResult:
    """What a pass found about one request."""

    result: Result
    resolved: Resolved

    @property
    def sums(self) -> Mapping[str, Any]:
        """The sums of its statistics."""
        return self.resolved.totals.sums


@dataclass
class TermRequest:
    """A request of a pass: a term, its plan, and where its items go."""

    term: Term
    plan: Plan
    worst: WorstItems | None = None
    moments: ItemMoments | None = None

    @property
    def sink(self) -> Sink | None:
        """Both collectors, or the one there is."""
        if self.plan.loss.pooled or self.plan.loss.grouped:
            return None
        if self.worst is not None and self.moments is not None:
            return SinkGroup(self.worst, self.moments)
        return self.worst or self.moments


def components_of(
    terms: Sequence[Term],
    *,
    deviations: bool = False,
    digests: bool = True,
    resolved: dict[str, Resolved] | None = None,
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
    resolved
        Where the summed plans of terms are kept, by name, for whoever needs them.
    """
    views = Digests() if digests else None
    requests = [
        request for term in terms for request in _requests_of(term, views, deviations=deviations)
    ]
    results = {
        request.term: (request, result)
        for request, result in zip(requests, _fold_requests(requests), strict=True)
    }
    if resolved is not None:
        resolved |= {term.name: results[term][1].resolved for term in terms if term in results}
    return [_component(term, results, deviations=deviations) for term in terms]


def _requests_of(term: Term, views: Digests | None, *, deviations: bool) -> list[TermRequest]:
    """Return the requests that a term makes of a pass."""
    if term.kind == "supervised":
        requests = [_request_of(term, views)]
    else:
        requests = [] if term.group is not None else [_request_of(term)]
        requests += [] if term.monitor is None else [_request_of(term.monitor)]
        requests[-1].worst = WorstItems(term.sources["predictions"].shape)
    if deviations and term.group is None:
        requests[0].moments = ItemMoments()
    return requests if term.antecedent is None else [*requests, _request_of(term.antecedent)]


def request_of(term: Term) -> Request:
    """Return the request of a term, with the options that the name of its loss means."""
    options = {} if term.preset is None else term.preset.options
    return Request(term.loss, term.params, options=options)


def _request_of(term: Term, views: Digests | None = None) -> TermRequest:
    request = request_of(term)
    # what a value is compared with, where what it belongs to is asked for
    options = term.options if views is None else replace(term.options, context=True)
    with errors_at(term.place, term.name):
        plan = first_plan(request, dict(term.sources), term.weights, options, digests=views)
    return TermRequest(term, plan)


def _fold_requests(requests: Sequence[TermRequest]) -> list[RequestResult]:
    """Fold all requests; on an error find the term it is about, so that it can be named."""
    try:
        folded = resolve(
            [request.plan for request in requests], [request.sink for request in requests]
        )
    except LossctlError:
        # One pass serves every term, so its error names none: each is folded alone, to find it.
        for request in requests:
            with errors_at(request.term.place, request.term.name):
                resolve([request.plan], [None])
        raise
    results = []
    for request, folded_request in zip(requests, folded, strict=True):
        with errors_at(request.term.place, request.term.name):
            results.append(RequestResult(finish(folded_request, None), folded_request))
    return results


def _component(
    term: Term, results: Mapping[Term, tuple[TermRequest, RequestResult]], *, deviations: bool
) -> Component:
    result = results[term.monitor or term][1].result
    value_result = results[term][1].result if term in results else None
    fields = {"raw": float((value_result or result).value), **_truths_and_violations(term, results)}
    if deviations:
        fields["scale"] = _deviation(term, results)
    notes = () if term.preset is None else (term.preset.note,)
    return Component(
        name=term.name,
        kind=term.kind,
        loss=term.loss.id,
        params=dict(term.params if value_result is None else value_result.params),
        defaults=term.loss.defaults,
        weight=term.weight,
        items=result.items,
        ignored=result.ignored,
        omitted=result.omitted,
        details=term.details,
        notes=(*notes, *result.notes, *_remarks(fields)),
        reading=vars(result.input) if term.kind == "supervised" else {},
        signature=result.signature if term.kind == "supervised" else "",
        data={term.arrays.get(name, name): digest for name, digest in result.data.items()}
        | {"rows": result.data["rows"]},
        context=result.context,
        **fields,
    )


def _truths_and_violations(
    term: Term, results: Mapping[Term, tuple[TermRequest, RequestResult]]
) -> dict[str, Any]:
    """Return what is known of a rule or a constraint beyond the value of its loss."""
    if term.kind == "supervised":
        return {}
    request, counted = results[term.monitor or term]
    assert request.worst is not None  # noqa: S101 - rules and constraints have one
    fields: dict[str, Any] = {
        "violations": ViolationCount(round(float(counted.sums["violated"])), counted.result.items),
        "worst": _worst_items(term.sources["predictions"], request.worst),
    }
    if term.kind == "rule":
        fields["satisfaction"] = float(counted.sums["truth"] / counted.sums["weight"])
    if term.antecedent is not None:
        fields["antecedent"] = _antecedent_rate(results[term.antecedent][1])
    if term.group is not None:
        with errors_at(term.place, term.name):
            groups = fold_groups(term)
        truths = satisfactions(term, groups)
        fields |= {"groups": len(truths), "satisfaction": float(np.mean(truths))}
        fields["raw"] = value_of(term, groups)
    elif term.monitor is not None:
        fields["satisfaction"] = _quantified(term, results[term][1])
    return fields


def _quantified(term: Term, counted: RequestResult) -> float:
    assert term.quantifier is not None  # noqa: S101 - terms with a monitor have one
    mean = counted.sums["power"] / counted.sums["weight"]
    return float(term.quantifier.carry(mean, term.params.get("p", 1.0)))


def _antecedent_rate(counted: RequestResult) -> tuple[float, float]:
    """Mean truth of an antecedent, and the share of rows where it is at least ½."""
    items = counted.result.items
    truth = float(counted.sums["truth"] / counted.sums["weight"])
    return truth, (items - round(float(counted.sums["violated"]))) / items


def _deviation(term: Term, results: Mapping[Term, tuple[TermRequest, RequestResult]]) -> float:
    request = results[term][0] if term in results else None
    if request is None or request.moments is None or request.sink is None:
        with errors_at(term.place, term.name):
            raise UsageError(
                "normalize: std needs one loss per item; this loss is of the whole data, so use "
                "initial or none"
            )
    deviation = request.moments.deviation()
    return deviation if deviation > 0.0 else 1.0


def _remarks(fields: Mapping[str, Any]) -> list[str]:
    antecedent = fields.get("antecedent")
    if antecedent is not None and antecedent[1] < RARE_SHARE:
        often = f"the condition before -> holds in {antecedent[1]:.2%} of the rows"
        return [f"{often}: the other rows satisfy the rule only because it does not apply to them"]
    return []


def _worst_items(source: Source, worst: WorstItems) -> list[WorstItem]:
    items = []
    for flat, loss in worst.items():
        index = tuple(int(part) for part in np.unravel_index(flat, source.shape or (1,)))
        value = float(source.read(flat, flat + 1)[0])
        items.append(WorstItem(source.where(index), index, value, loss))
    return items


def remarks_on(components: Sequence[Component]) -> list[str]:
    """Say when one term leaves the others without influence."""
    active = [component for component in components if component.weight > 0.0]
    total = total_of(components)
    if len(active) < 2 or not np.isfinite(total) or total <= 0.0:
        return []
    greatest = max(active, key=lambda component: component.weighted)
    share = greatest.weighted / total
    if share <= DOMINANT_SHARE:
        return []
    much = f"{greatest.name} makes up {share:.1%} of the total"
    return [f"{much}: lower its weight, or normalize the scales"]


@dataclass(frozen=True)
class GroupTotals:
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
    return plain_grid(prod(term.sources["predictions"].shape))


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
    # 1 in rows that do not count: any truth would do, but NaN · weight 0 is NaN.
    return keys, np.where(counts, values, 1.0), level, np.where(counts, weights, 0.0)


def _require_keys(group: Source, keys: Array, start: int) -> None:
    if keys.dtype.kind == "f" and np.isnan(keys).any():
        at = start + int(np.flatnonzero(np.isnan(keys))[0])
        raise DataError(f"{group.label}: the group is NaN at {group.where((at,))}")


def fold_groups(term: Term) -> GroupTotals:
    """Sum every group in one pass; partial sums of blocks are added in the order of the grid."""
    quantifier, p = _quantifier(term)

    def work(start: int, stop: int) -> tuple[Array, Array]:
        keys, values, level, weights = _read(term, start, stop)
        block_keys, codes = np.unique(keys, return_inverse=True)
        power = weights * quantifier.transform(values, p)
        sums = [
            np.bincount(codes, part, len(block_keys)) for part in (power, weights * level, weights)
        ]
        return block_keys, np.array(sums)

    # run_blocks returns the blocks in the order of the grid, so the sums do not depend on threads.
    parts = run_blocks(_grid(term), work, term.options.threads)
    keys = np.unique(np.concatenate([block_keys for block_keys, _ in parts]))
    if len(keys) > MOST_GROUPS:
        raise DataError(f"over makes {len(keys)} groups; at most {MOST_GROUPS} are allowed")
    totals = np.zeros((3, len(keys)))
    for block_keys, sums in parts:
        totals[:, np.searchsorted(keys, block_keys)] += sums
    counts = totals[2] > 0.0
    if not counts.any():
        raise DataError("the weights of all items sum to 0; their mean is undefined")
    return GroupTotals(keys[counts], *totals[:, counts])


def satisfactions(term: Term, groups: GroupTotals) -> Array:
    """Return the truth of the rule in each group."""
    quantifier, p = _quantifier(term)
    truths: Array = quantifier.carry(groups.mean, p)
    return truths


def value_of(term: Term, groups: GroupTotals) -> float:
    """Mean over groups of ((level − satisfaction) / τ)²."""
    difference = (groups.level / groups.weight - satisfactions(term, groups)) / _temperature(term)
    return float(np.mean(difference**2))


def _temperature(term: Term) -> float:
    return float(term.params["temperature"])


def write_group_gradient(
    term: Term, groups: GroupTotals, write: Callable[[int, Array], Any]
) -> None:
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

    run_blocks(_grid(term), work, term.options.threads, writes=True)
