"""Render the results of a run: table, plain, json, jsonl, csv, markdown."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from lossctl.core.gate import metric_part
from lossctl.core.result import Result
from lossctl.core.spec import spec
from lossctl.core.spelling import markdown_text, number, visible
from lossctl.objective.objective_result import SCHEMA_VERSION, Component, ObjectiveResult, Step
from lossctl.report.comparison import (
    distinct_digits,
    gates_data,
    said_of,
    style_of_value,
    with_gates,
)
from lossctl.report.formats import (
    BAD,
    BOLD,
    PLAIN,
    Display,
    Styled,
    Table,
    all_folded,
    csv_table,
    exact,
    finite_cell,
    fitted,
    json_document,
    json_lines,
    markdown_table,
    provenance,
    tabbed,
)

if TYPE_CHECKING:  # most runs have no gates
    from lossctl.core.gate import Gate

OF_TRUTHS = {"violation_rate", "satisfaction"}
HEADER = ("component", "kind", "loss", "raw", "weight", "weighted", "share")
SPARED = ("kind", "loss")  # what a narrow terminal does without
CSV_HEADER = (
    "document",
    "component",
    "kind",
    "loss",
    "raw",
    "weight",
    "weighted",
    "share",
    "items",
    "satisfaction",
    "violated",
    "violation_rate",
    "low",
    "high",
)


def render(results: Sequence[ObjectiveResult], form: str, display: Display = PLAIN) -> str:
    """Render results in one of the formats of results."""
    return RENDERERS[form](results, display)


# Formats that programs read, with every digit


def as_json(results: Sequence[ObjectiveResult], display: Display = PLAIN) -> str:
    """One strict JSON document; several results stand under ``documents``."""
    first, *others = [result.to_dict() for result in results]
    data = {"documents": [first, *others]} if others else first
    gates = gates_data([gate for gates in display.gates for gate in gates])
    return json_document({"schema_version": SCHEMA_VERSION, **data, **gates, **provenance()})


def as_jsonl(results: Sequence[ObjectiveResult], display: Display = PLAIN) -> str:
    """One JSON object per line, each with its schema version and its gates."""
    return json_lines(
        {"schema_version": SCHEMA_VERSION, **result.to_dict(), **gates_data(gates)}
        for result, gates in zip(results, display.gates_of(len(results)), strict=True)
    )


def as_values(results: Sequence[ObjectiveResult]) -> str:
    """Bare totals that read back exactly, one a line."""
    return "\n".join(exact(result.total) for result in results)


def as_csv(results: Sequence[ObjectiveResult], display: Display = PLAIN) -> str:
    """One row a component; what is not finite, or not known, is empty.

    Where there are gates, the last column has what they say, on a row of its own for the total.
    """
    every = display.gates_of(len(results))
    rows = []
    for result, gates in zip(results, every, strict=True):
        rows += [[*_csv_row(result, each), said_of(gates, each.name)] for each in result.components]
        for name, metric in result.metrics.items():
            rows.append([*_csv_metric(result, name, metric), said_of(gates, metric_part(name))])
        if said := said_of(gates, "total"):
            cells = {"document": result.name, "component": "total", "weighted": result.total}
            rows.append([*(cells.get(name, "") for name in CSV_HEADER), said])
    if not any(every):
        return csv_table(CSV_HEADER, [row[:-1] for row in rows])
    return csv_table((*CSV_HEADER, "gates"), rows)


def _csv_row(result: ObjectiveResult, component: Component) -> list[Any]:
    data = component.to_dict(result.total)
    violations = data.get("violations", {})
    return [
        result.name,
        component.name,
        component.kind,
        component.loss,
        *(finite_cell(data[name]) for name in ("raw", "weight", "weighted", "share")),
        component.items,
        data.get("satisfaction", ""),
        violations.get("violated", ""),
        violations.get("rate", ""),
        *map(finite_cell, component.interval or (None, None)),
    ]


def _csv_metric(result: ObjectiveResult, name: str, metric: Result) -> list[Any]:
    """Return a metric, which has no weight, by the same columns."""
    cells: dict[str, Any] = {"document": result.name, "component": name, "kind": "metric"}
    cells |= {"loss": metric.loss, "raw": finite_cell(float(metric)), "items": metric.items}
    if metric.interval is not None:
        cells |= {"low": metric.interval.low, "high": metric.interval.high}
    return [cells.get(column, "") for column in CSV_HEADER]


# Formats that people read


def as_plain(results: Sequence[ObjectiveResult], display: Display) -> str:
    """Name and value, a tab between: the total, each component's raw value, then metrics.

    What gates say stands after another tab.
    """
    rows: list[tuple[str, ...]] = []
    for result, gates in zip(results, display.gates_of(len(results)), strict=True):
        prefix = f"{result.name}." if len(results) > 1 else ""
        values = {"total": result.total, **{each.name: each.raw for each in result.components}}
        for name, value in values.items():
            said = said_of(gates, name)
            rows.append((prefix + name, number(value, display.digits), *([said] if said else [])))
        for name, metric in result.metrics.items():
            said, shown = said_of(gates, metric_part(name)), number(float(metric), display.digits)
            rows.append((f"{prefix}{name}", shown, *([said] if said else [])))
    return tabbed(rows)


def as_markdown(results: Sequence[ObjectiveResult], display: Display) -> str:
    """A table for a pull request or a README, with what is known of rules and constraints."""
    parts = []
    for result, gates in zip(results, display.gates_of(len(results)), strict=True):
        components, *others = tables_of(result, gates, display.digits)
        lines = [f"**{markdown_text(result.name)}**", ""] if len(results) > 1 else []
        lines += markdown_table(components.header, components.rows, components.right)
        facts = map(markdown_text, facts_of(result, gates, display.digits))
        lines += _after_a_gap([f"- {line}" for line in facts])
        for table in others:
            lines += ["", *markdown_table(table.header, table.rows, table.right)]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def as_table(results: Sequence[ObjectiveResult], display: Display) -> str:
    """The components aligned, the total, then rules and constraints in lines of their own."""
    parts = []
    for result, gates in zip(results, display.gates_of(len(results)), strict=True):
        components, *others = tables_of(result, gates, display.digits)
        lines = [visible(f"{result.name}:")] if len(results) > 1 else []
        lines += fitted(components, display.width, colour=display.colour)
        facts = map(visible, facts_of(result, gates, display.digits))
        lines += _after_a_gap(all_folded(facts, display.width))
        for table in others:
            lines += ["", *fitted(table, display.width, colour=display.colour)]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _after_a_gap(lines: Sequence[str]) -> list[str]:
    return ["", *lines] if lines else []


def facts_of(result: ObjectiveResult, gates: "Sequence[Gate]", digits: int) -> list[str]:
    """Say what the gates come to, and what is known of rules and constraints."""
    lines = [one.words for one in with_gates(gates, digits)]
    return lines + [line for each in result.components for line in details(each, digits)]


def tables_of(result: ObjectiveResult, gates: "Sequence[Gate]", digits: int) -> list[Table]:
    """Return the components with the total, then checkpoints, sensitivity and grid of weights."""
    total = _styled(result.total, _of(gates, "total"), digits, BOLD)
    total = Styled(total, BAD) if result.status != "ok" else total
    rows = [_row(each, result.total, _of(gates, each.name), digits) for each in result.components]
    rows.append([Styled("total", BOLD), "", "", "", "", total, ""])
    tables = [_with_intervals(Table(HEADER, rows, HEADER[3:], SPARED), result, digits)]
    if result.metrics:
        tables.append(_metrics_table(result, gates, digits))
    if result.steps:
        names = [each.name for each in result.steps[0].components]
        moved = [f"{name} {param}" for name in names for param in result.steps[0].of(name)]
        parts = [f"{name} (weight)" for name in names]
        header = ("step", "total", *parts, *moved, *result.metrics)
        tables.append(Table(header, [_step_row(step, digits) for step in result.steps], header))
    for key in ("sensitivity", "grid", "front"):
        if entries := result.extras.get(key):
            header = tuple(entries[0])
            cells = [[_cell(entry[name], digits) for name in header] for entry in entries]
            right = [name for name in header if isinstance(entries[0][name], float)]
            tables.append(Table(header, cells, right))
    return tables


def _of(gates: "Sequence[Gate]", name: str) -> "list[Gate]":
    """Return the gates of a value, but for those of what else is known of a component."""
    return [gate for gate in gates if gate.part == name and gate.kind not in OF_TRUTHS]


def _metrics_table(result: ObjectiveResult, gates: "Sequence[Gate]", digits: int) -> Table:
    """Return the metrics beside the total, with intervals where they were asked for."""
    has_intervals = any(each.interval for each in result.metrics.values())
    rows = []
    for name, each in result.metrics.items():
        own = [gate for gate in gates if gate.part == metric_part(name)]
        row = [Styled(name, BOLD), spec(each.loss, each.changed)]
        row.append(_styled(float(each), own, digits))
        if has_intervals:
            from lossctl.report.details import interval_shown  # most results have none

            row.append("" if each.interval is None else interval_shown(each.interval, digits))
        rows.append([*row, str(each.items)])
    header = ("metric", "measure", "value", *(("interval",) if has_intervals else ()), "items")
    return Table(header, rows, ("value", "items"), ("measure",))


def _with_intervals(table: Table, result: ObjectiveResult, digits: int) -> Table:
    """Add a column of intervals, of raw values and of the total, where there are any."""
    limits = [each.interval for each in result.components]
    of_total = result.interval
    limits.append(None if of_total is None else (of_total.low, of_total.high))
    if not any(limits):
        return table
    from lossctl.report.details import interval_of  # most results have none

    level = "" if of_total is None else f"{100.0 * of_total.confidence:.12g} % "
    rows = [
        [*row, "" if own is None else interval_of(own, digits)]
        for row, own in zip(table.rows, limits, strict=True)
    ]
    return Table((*table.header, f"{level}interval"), rows, table.right, table.spared)


def _row(component: Component, total: float, gates: "Sequence[Gate]", digits: int) -> list[str]:
    share = component.to_dict(total)["share"]
    weight = number(component.weight, digits)
    return [
        component.name,
        component.kind,
        spec(component.loss, component.changed),
        _styled(component.raw, gates, digits),
        weight if component.scale == 1.0 else f"{weight} / {number(component.scale, digits)}",
        number(component.weighted, digits),
        "" if share is None else f"{share:.1%}",
    ]


def _styled(value: float, gates: "Sequence[Gate]", digits: int, style: str = "") -> Styled:
    """Write a value in the style of its gates, in as many digits as tell it from their limits."""
    digits = distinct_digits(value, [gate.limit for gate in gates], digits)
    return Styled(number(value, digits), style_of_value(with_gates(gates, digits)) or style)


def _step_row(step: Step, digits: int) -> list[str]:
    parts = [f"{number(each.raw, digits)} ({each.weight:g})" for each in step.components]
    moved = [number(v, digits) for each in step.components for v in step.of(each.name).values()]
    metrics = [number(float(each), digits) for each in step.metrics.values()]
    return [str(step.number), number(step.total, digits), *parts, *moved, *metrics]


def _cell(value: Any, digits: int) -> str:
    if isinstance(value, float):
        return number(value, digits)
    return "" if value is None else str(value)


def details(component: Component, digits: int) -> list[str]:
    """Say what is known about a rule or a constraint beyond its loss."""
    lines = []
    if (formula := component.details.get("formula")) is not None:
        meaning = [
            str(component.details[key])
            for key in ("semantics", "implication", "penalty")
            if key in component.details
        ]
        lines.append(f"{component.name}: {formula}  ({', '.join(meaning)})")
    if "quantifier" in component.details:
        over = component.details["over"]
        groups = "the rows" if component.groups is None else f"{component.groups} groups of {over}"
        power = f", p = {component.details['p']:g}" if "p" in component.details else ""
        lines.append(
            f"{component.name}: {component.details['quantifier']} over {groups} "
            f"({component.details['aggregator']}{power})"
        )
    facts = []
    if component.satisfaction is not None:
        facts.append(f"satisfaction {number(component.satisfaction, digits)}")
    if component.violations is not None:
        low, high = component.violations.interval
        facts.append(
            f"violated {component.violations.violated} of {component.violations.items} "
            f"({component.violations.rate:.2%}, 95 % interval {low:.2%} to {high:.2%})"
        )
    if component.antecedent is not None:
        facts.append(f"condition holds in {component.antecedent[1]:.2%}")
    if facts:
        lines.append(f"{component.name}: {', '.join(facts)}")
    if component.worst:
        worst = "; ".join(f"{each.where}: {number(each.value, digits)}" for each in component.worst)
        lines.append(f"{component.name}: worst {worst}")
    return lines


RENDERERS: dict[str, Callable[[Sequence[ObjectiveResult], Display], str]] = {
    "json": as_json,
    "jsonl": as_jsonl,
    "csv": as_csv,
    "table": as_table,
    "plain": as_plain,
    "markdown": as_markdown,
}
