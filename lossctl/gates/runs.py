"""Gates of runs: of totals and components, of rules and constraints, each at its place."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lossctl.core.errors import UsageError
from lossctl.core.gate import Gate, GateKind, verdict_of
from lossctl.core.spec import finite_number
from lossctl.core.spelling import did_you_mean, number, option, visible
from lossctl.gates.limits import limits_by_name

if TYPE_CHECKING:
    from lossctl.objective.objective_result import ObjectiveResult

TOTAL = "total"
PREFIXES = {"violation_rate": "violation rate of ", "satisfaction": "satisfaction of "}


def gates_of_runs(results: Sequence["ObjectiveResult"], fail_over: Any) -> list[list[Gate]]:
    """Return the gates of each result: those of its file, then those of the caller.

    Raises
    ------
    UsageError
        For a limit of a component that no document has.
    """
    said = [_limit(name or TOTAL, value, results) for name, value in limits_by_name(fail_over)]
    gates = []
    for result in results:
        values = _values(result)
        own = [*_gates_of_file(result)]
        own += [_at_most(result, name, limit) for name, limit in said if name in values]
        gates.append(own)
    return gates


def _values(result: "ObjectiveResult") -> dict[str, float]:
    return {TOTAL: result.total, **{each.name: each.raw for each in result.components}}


def _limit(name: str, limit: Any, results: Sequence["ObjectiveResult"]) -> tuple[str, float]:
    """Check a limit of the total, or of a component that some document has."""
    text = f"{option('fail_over')} {visible(str(limit) if name == TOTAL else f'{name}={limit}')}"
    value = finite_number(limit, text)
    names = [component.name for result in results for component in result.components]
    if name not in {*names, TOTAL}:
        hint = did_you_mean(name, [*dict.fromkeys(names), TOTAL])
        raise UsageError(f"{text}: no component {name!r}{hint}")
    return name, value


def _gates_of_file(result: "ObjectiveResult") -> Iterator[Gate]:
    """Hold a result against the gates of its file, whose names it checked."""
    gates = result.gates
    if gates is None:
        return
    if gates.total is not None:
        yield _at_most(result, TOTAL, gates.total).at(*_place(gates, "total"))
    for name, limit in gates.components.items():
        yield _at_most(result, name, limit).at(*_place(gates, name))
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


def _at_most(result: "ObjectiveResult", name: str, limit: float) -> Gate:
    return _gate(result, name, "limit", _values(result)[name], limit)


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
