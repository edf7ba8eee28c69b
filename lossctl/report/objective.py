"""Render the results of a run: table, plain, json, jsonl, csv, markdown."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from lossctl.core.spelling import markdown_text, visible
from lossctl.objective.objective_result import SCHEMA_VERSION, Component, ObjectiveResult
from lossctl.report.formats import (
    DIGITS,
    Table,
    all_folded,
    csv_table,
    exact,
    finite_cell,
    fitted,
    json_document,
    json_lines,
    markdown_table,
    number,
    tabbed,
)

HEADER = ("component", "kind", "loss", "raw", "weight", "weighted", "share")
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
)


def render(results: Sequence[ObjectiveResult], form: str, width: int | None = None) -> str:
    """Render results in one of the formats of results; a table fits the width of a terminal."""
    return as_table(results, width) if form == "table" else RENDERERS[form](results)


def as_json(results: Sequence[ObjectiveResult]) -> str:
    """One strict JSON document; several results stand under ``documents``."""
    first, *others = [result.to_dict() for result in results]
    data = {"documents": [first, *others]} if others else first
    return json_document({"schema_version": SCHEMA_VERSION, **data})


def as_jsonl(results: Sequence[ObjectiveResult]) -> str:
    """One JSON object a line, each with its schema version."""
    return json_lines({"schema_version": SCHEMA_VERSION, **result.to_dict()} for result in results)


def as_values(results: Sequence[ObjectiveResult]) -> str:
    """Bare totals that read back exactly, one a line."""
    return "\n".join(exact(result.total) for result in results)


def as_plain(results: Sequence[ObjectiveResult]) -> str:
    """Name and exact value, a tab between: the total, then each component's raw value."""
    rows = []
    for result in results:
        prefix = f"{result.name}." if len(results) > 1 else ""
        rows.append((f"{prefix}total", exact(result.total)))
        rows += [(f"{prefix}{each.name}", exact(each.raw)) for each in result.components]
    return tabbed(rows)


def as_csv(results: Sequence[ObjectiveResult]) -> str:
    """One row a component; what is not finite, or not known, is empty."""
    rows = [_csv_row(result, each) for result in results for each in result.components]
    return csv_table(CSV_HEADER, rows)


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
    ]


def _rows(result: ObjectiveResult, digits: int = DIGITS[0]) -> list[tuple[str, ...]]:
    return [
        (
            each.name,
            each.kind,
            each.loss,
            number(each.raw, digits),
            f"{each.weight:g}" + (f" / {each.scale:.4g}" if each.scale != 1.0 else ""),
            number(each.weighted, digits),
            _percent(each.to_dict(result.total)["share"]),
        )
        for each in result.components
    ]


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def as_markdown(results: Sequence[ObjectiveResult]) -> str:
    """A table for a pull request or a README, with what is known of rules and constraints."""
    parts = []
    for result in results:
        lines = [f"**{markdown_text(result.name)}**: total {number(result.total)}", ""]
        lines += markdown_table(HEADER, _rows(result), right=HEADER[3:])
        facts = [markdown_text(line) for each in result.components for line in details(each)]
        lines += ["", *(f"- {line}" for line in facts)] if facts else []
        for header, rows in _tables(result):
            lines += ["", *markdown_table(header, rows)]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def as_table(results: Sequence[ObjectiveResult], width: int | None = None) -> str:
    """The components aligned, the total, then rules and constraints in lines of their own."""
    parts = []
    for result in results:
        lines = [visible(f"{result.name}:")] if len(results) > 1 else []
        lines += fitted(partial(_component_table, result), width, ("loss", "kind"))
        facts = [visible(line) for each in result.components for line in details(each)]
        lines += ["", *all_folded(facts, width)] if facts else []
        for at in range(len(_tables(result))):
            lines += ["", *fitted(partial(_table_at, result, at), width)]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _component_table(result: ObjectiveResult, digits: int) -> Table:
    total = ("total", "", "", "", "", number(result.total, digits), "")
    return HEADER, [*_rows(result, digits), total]


def details(component: Component) -> list[str]:
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
        facts.append(f"satisfaction {number(component.satisfaction)}")
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
        worst = "; ".join(f"{each.where}: {each.value:.6g}" for each in component.worst)
        lines.append(f"{component.name}: worst {worst}")
    return lines


def _table_at(result: ObjectiveResult, at: int, digits: int) -> Table:
    return _tables(result, digits)[at]


def _tables(result: ObjectiveResult, digits: int = DIGITS[0]) -> list[Table]:
    """Return the tables beside the components: checkpoints, the grid of weights, sensitivity."""
    tables: list[Table] = []
    if result.steps:
        names = [each.name for each in result.steps[0].components]
        header = ("step", "total", *(f"{name} (weight)" for name in names))
        tables.append(
            (
                header,
                [
                    (
                        str(step.number),
                        number(step.total, digits),
                        *(
                            f"{number(each.raw, digits)} ({each.weight:g})"
                            for each in step.components
                        ),
                    )
                    for step in result.steps
                ],
            )
        )
    for key in ("sensitivity", "grid", "front"):
        if rows := result.extras.get(key):
            header = tuple(rows[0])
            cells = [tuple(_cell(row[name], digits) for name in header) for row in rows]
            tables.append((header, cells))
    return tables


def _cell(value: Any, digits: int) -> str:
    if isinstance(value, float):
        return number(value, digits)
    return "" if value is None else str(value)


RENDERERS: dict[str, Callable[[Sequence[ObjectiveResult]], str]] = {
    "table": as_table,
    "plain": as_plain,
    "json": as_json,
    "jsonl": as_jsonl,
    "csv": as_csv,
    "markdown": as_markdown,
}
