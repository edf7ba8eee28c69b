"""Render what a run answers: table, plain, json, jsonl, csv, markdown."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from lossctl.core.spelling import visible
from lossctl.objective.objective_result import SCHEMA_VERSION, Component, ObjectiveResult
from lossctl.report.fitting import Table, all_folded, fitted
from lossctl.report.text import exact, number

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


def render(answers: Sequence[ObjectiveResult], form: str, width: int | None = None) -> str:
    """Render answers in one of the formats of results; a table fits the width of a terminal."""
    return as_table(answers, width) if form == "table" else RENDERERS[form](answers)


def as_json(answers: Sequence[ObjectiveResult]) -> str:
    """One strict JSON document; several answers stand under ``documents``."""
    if len(answers) == 1:
        document = {"schema_version": SCHEMA_VERSION, **answers[0].to_dict()}
    else:
        found = [one.to_dict() for one in answers]
        document = {"schema_version": SCHEMA_VERSION, "documents": found}
    return json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False)


def as_jsonl(answers: Sequence[ObjectiveResult]) -> str:
    """One JSON object a line, each with its schema version."""
    return "\n".join(
        json.dumps(
            {"schema_version": SCHEMA_VERSION, **one.to_dict()}, allow_nan=False, ensure_ascii=False
        )
        for one in answers
    )


def as_values(answers: Sequence[ObjectiveResult]) -> str:
    """Bare totals that read back exactly, one a line."""
    return "\n".join(exact(one.total) for one in answers)


def as_plain(answers: Sequence[ObjectiveResult]) -> str:
    """Name and exact value, a tab between: the total, then each component's raw value."""
    lines = []
    for answer in answers:
        prefix = f"{answer.name}." if len(answers) > 1 else ""
        lines.append(f"{prefix}total\t{exact(answer.total)}")
        lines += [f"{prefix}{one.name}\t{exact(one.raw)}" for one in answer.components]
    return "\n".join(map(_line, lines))


def _line(text: str) -> str:
    return "\t".join(visible(part) for part in text.split("\t"))


def as_csv(answers: Sequence[ObjectiveResult]) -> str:
    """One row a component; what is not finite, or not known, is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_HEADER)
    for answer in answers:
        for one in answer.components:
            data = one.to_dict(answer.total)
            counted = data.get("violations", {})
            numbers = (data["raw"], data["weight"], data["weighted"], data["share"])
            writer.writerow(
                [
                    answer.name,
                    one.name,
                    one.kind,
                    one.loss,
                    *("" if value is None else exact(value) for value in numbers),
                    one.items,
                    data.get("satisfaction", ""),
                    counted.get("violated", ""),
                    counted.get("rate", ""),
                ]
            )
    return out.getvalue()


def _rows(answer: ObjectiveResult, digits: int = 10) -> list[tuple[str, ...]]:
    return [
        (
            one.name,
            one.kind,
            one.loss,
            number(one.raw, digits),
            f"{one.weight:g}" + (f" / {one.scale:.4g}" if one.scale != 1.0 else ""),
            number(one.weighted, digits),
            _percent(one.to_dict(answer.total)["share"]),
        )
        for one in answer.components
    ]


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def as_markdown(answers: Sequence[ObjectiveResult]) -> str:
    """A table for a pull request or a README, with what is known of rules and constraints."""
    parts = []
    for answer in answers:
        lines = [f"**{_cell(answer.name)}**: total {number(answer.total)}", ""]
        lines += ["| " + " | ".join(HEADER) + " |", "|---|---|---|---:|---:|---:|---:|"]
        lines += ["| " + " | ".join(map(_cell, row)) + " |" for row in _rows(answer)]
        said = [line for one in answer.components for line in details(one)]
        lines += ["", *(f"- {visible(line)}" for line in said)] if said else []
        parts.append("\n".join([*lines, *_extras(answer, markdown=True)]))
    return "\n\n".join(parts)


def _cell(text: str) -> str:
    return visible(text).replace("|", "\\|")


def as_table(answers: Sequence[ObjectiveResult], width: int | None = None) -> str:
    """The components aligned, the total, then rules and constraints in lines of their own."""
    parts = []
    for answer in answers:
        head = [f"{answer.name}:"] if len(answers) > 1 else []
        table = fitted(partial(_component_table, answer), width, ("loss", "kind"))
        said = [visible(line) for one in answer.components for line in details(one)]
        lines = [*map(visible, head), *table]
        lines += ["", *all_folded(said, width)] if said else []
        parts.append("\n".join([*lines, *_extras(answer, width)]))
    return "\n\n".join(parts)


def _component_table(answer: ObjectiveResult, digits: int) -> Table:
    total = ("total", "", "", "", "", number(answer.total, digits), "")
    return HEADER, [tuple(map(visible, row)) for row in [*_rows(answer, digits), total]]


def details(one: Component) -> list[str]:
    """Say what is known about a rule or a constraint beyond its loss."""
    lines = []
    if (formula := one.details.get("formula")) is not None:
        meaning = [
            str(one.details[key])
            for key in ("semantics", "implication", "penalty")
            if key in one.details
        ]
        lines.append(f"{one.name}: {formula}  ({', '.join(meaning)})")
    if "quantifier" in one.details:
        over = one.details["over"]
        groups = "the rows" if one.groups is None else f"{one.groups} groups of {over}"
        power = f", p = {one.details['p']:g}" if "p" in one.details else ""
        lines.append(
            f"{one.name}: {one.details['quantifier']} over {groups} "
            f"({one.details['aggregator']}{power})"
        )
    said = []
    if one.satisfaction is not None:
        said.append(f"satisfaction {number(one.satisfaction)}")
    if one.violations is not None:
        low, high = one.violations.interval
        said.append(
            f"violated {one.violations.violated} of {one.violations.items} "
            f"({one.violations.rate:.2%}, 95 % interval {low:.2%} to {high:.2%})"
        )
    if one.antecedent is not None:
        said.append(f"condition holds in {one.antecedent[1]:.2%}")
    if said:
        lines.append(f"{one.name}: {', '.join(said)}")
    if one.worst:
        worst = "; ".join(f"{each.where}: {each.value:.6g}" for each in one.worst)
        lines.append(f"{one.name}: worst {worst}")
    return lines


def _extras(
    answer: ObjectiveResult, width: int | None = None, *, markdown: bool = False
) -> list[str]:
    """Tables of checkpoints, of the grid of weights and of the sensitivity."""
    lines: list[str] = []
    for at, (header, rows) in enumerate(_tables(answer)):
        lines.append("")
        if markdown:
            lines += ["| " + " | ".join(map(_cell, header)) + " |", "|" + "---|" * len(header)]
            lines += ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]
        else:
            lines += fitted(partial(_table_at, answer, at), width)
    return lines


def _table_at(answer: ObjectiveResult, at: int, digits: int) -> Table:
    return _tables(answer, digits)[at]


def _tables(answer: ObjectiveResult, digits: int = 10) -> list[Table]:
    """Return header and rows of each table beside the components."""
    tables: list[Table] = []
    if answer.steps:
        names = [one.name for one in answer.steps[0].components]
        header = ("step", "total", *(f"{visible(name)} (weight)" for name in names))
        tables.append(
            (
                header,
                [
                    (
                        str(step.number),
                        number(step.total, digits),
                        *(f"{number(one.raw, digits)} ({one.weight:g})" for one in step.components),
                    )
                    for step in answer.steps
                ],
            )
        )
    for key in ("sensitivity", "grid", "front"):
        if rows := answer.extras.get(key):
            header = tuple(rows[0])
            shown = [tuple(visible(_shown(row[name], digits)) for name in header) for row in rows]
            tables.append((tuple(map(visible, header)), shown))
    return tables


def _shown(value: Any, digits: int) -> str:
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
