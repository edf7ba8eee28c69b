"""Gates of runs: of totals and components, of rules and constraints, each at its place."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lossctl.core.errors import UsageError
from lossctl.core.gate import (
    REFERENCES,
    Bound,
    Gate,
    GateKind,
    amount_in_words,
    metric_part,
    read_bound,
    verdict_of,
)
from lossctl.core.spelling import did_you_mean, number, option, visible
from lossctl.gates.earlier_runs import EarlierRun, read_earlier_run
from lossctl.gates.limits import limits_by_name
from lossctl.gates.results import most_of, references_in

if TYPE_CHECKING:
    from lossctl.objective.objective_result import ObjectiveResult

TOTAL = "total"
PREFIXES = {"violation_rate": "violation rate of ", "satisfaction": "satisfaction of "}


def gates_of_runs(
    results: Sequence["ObjectiveResult"], fail_over: Any, baseline: Any, tolerance: Any
) -> list[list[Gate]]:
    """Return the gates of each result: those of its file, then those of the caller.

    An earlier run that the caller gives takes the place of that of the file.

    Raises
    ------
    UsageError
        For a limit of a component that no document has, and earlier runs of another objective.
    DataError
        For an earlier run on other data.
    """
    said = [_limit(name or TOTAL, value, results) for name, value in limits_by_name(fail_over)]
    earlier = read_earlier_run(baseline, tolerance)
    gates = []
    for result in results:
        own = earlier or _earlier_of_file(result)
        values = {TOTAL, *(each.name for each in result.components)}
        found = [*_gates_of_file(result, own)]
        found += [
            _at_most(result, name, bound, own, where)
            for name, bound, where in said
            if name in values
        ]
        if own is not None:
            gate = _no_worse(result, own)
            place = (None, None) if earlier is not None else _place(result.gates, "baseline")
            found.append(gate.at(*place))
        gates.append(found)
    return gates


def _limit(name: str, limit: Any, results: Sequence["ObjectiveResult"]) -> tuple[str, Bound, str]:
    """Check a limit of the total, or of a component that some document has."""
    text = f"{option('fail_over')} {visible(str(limit) if name == TOTAL else f'{name}={limit}')}"
    bound = read_bound(limit, text)
    names = [component.name for result in results for component in result.components]
    if name not in {*names, TOTAL}:
        hint = did_you_mean(name, [*dict.fromkeys(names), TOTAL])
        raise UsageError(f"{text}: no component {name!r}{hint}")
    return name, bound, text


def _earlier_of_file(result: "ObjectiveResult") -> EarlierRun | None:
    """Return the earlier run that a document names, which lies where the document says."""
    gates = result.gates
    if gates is None or gates.baseline is None:
        return None
    path = gates.baseline.place.folder / gates.baseline
    return read_earlier_run(path, gates.tolerance)


def _gates_of_file(result: "ObjectiveResult", earlier: EarlierRun | None) -> Iterator[Gate]:
    """Hold a result against the gates of its file, whose names it checked."""
    gates = result.gates
    if gates is None:
        return
    bounds = {} if gates.total is None else {TOTAL: gates.total}
    for name, bound in (bounds | gates.components).items():
        place = gates.place_of(name)
        where = "" if place is None else f"{place}: "
        where += f"gates.{name}" if name == TOTAL else f"gates.components.{visible(name)}"
        yield _at_most(result, name, bound, earlier, where).at(*_place(gates, name))
    for name, limit in gates.metrics.items():
        yield _of_metric(result, name, limit).at(*_place(gates, name))
    for name, limit in gates.violation_rate.items():
        violations = result.component(name).violations
        assert violations is not None  # noqa: S101 - checked with the file
        gate = _gate(result, name, "violation_rate", violations.rate, limit)
        yield gate.at(*_place(gates, name))
    for name, least in gates.satisfaction.items():
        satisfied = result.component(name).satisfaction
        assert satisfied is not None  # noqa: S101 - as above
        gate = _gate(result, name, "satisfaction", satisfied, least)
        yield gate.at(*_place(gates, name))


def _place(gates: Any, key: str) -> tuple[str | None, int | None]:
    """Return the file and the line of a gate."""
    place = gates.place_of(key)
    return (None, None) if place is None else (str(place.file), place.line)


def _at_most(
    result: "ObjectiveResult", name: str, bound: Bound, earlier: EarlierRun | None, where: str
) -> Gate:
    """Hold the total or a component against a number, or a share of what is known of it."""
    value, known = result.total, {}
    if name != TOTAL:
        component = result.component(name)
        value, known = component.raw, references_in(component.context)
    if bound.reference == "baseline" and earlier is not None:
        known["baseline"] = earlier.value_of(result, name)
    most, reference, against = most_of(bound, known, name, where)
    gate = _gate(result, name, "limit" if reference is None else "reference", value, most)
    return replace(gate, words=bound.words, reference=reference, against=against)


def _of_metric(result: "ObjectiveResult", name: str, limit: float) -> Gate:
    """Hold a metric against its limit, the least value where more is better."""
    metric = result.metrics[name]
    value, higher = float(metric), metric.higher_is_better
    return Gate(
        name=name,
        kind="limit",
        value=value,
        limit=limit,
        verdict=verdict_of(value, limit, at_least=higher),
        words=number(limit),
        at_least=higher,
        part=metric_part(name),
        group=result.name,
    )


def _no_worse(result: "ObjectiveResult", earlier: EarlierRun) -> Gate:
    """Hold the total against that of an earlier run."""
    before = earlier.value_of(result, TOTAL)
    limit = before + earlier.tolerance.of(before)
    gate = _gate(result, TOTAL, "baseline", result.total, limit)
    words = amount_in_words(earlier.tolerance.text)
    return replace(gate, words=words, reference=before, against=REFERENCES["baseline"])


def _gate(result: "ObjectiveResult", name: str, kind: GateKind, value: float, limit: float) -> Gate:
    at_least = kind == "satisfaction"
    return Gate(
        name=PREFIXES.get(kind, "") + name,
        kind=kind,
        value=value,
        limit=limit,
        verdict=verdict_of(value, limit, at_least=at_least),
        words=number(limit),
        at_least=at_least,
        part=name,
        group=result.name,
    )
