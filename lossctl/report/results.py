"""Render results: table, plain, json, jsonl, csv, markdown."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lossctl.core.result import SCHEMA_VERSION, Result
from lossctl.core.spec import labels, spec
from lossctl.core.spelling import visible
from lossctl.report.text import columns, exact, number

FORMATS = ("table", "plain", "json", "jsonl", "csv", "markdown")
SUFFIX_FORMATS = {".json": "json", ".jsonl": "jsonl", ".csv": "csv", ".md": "markdown"}
CSV_HEADER = (
    "loss",
    "params",
    "value",
    "status",
    "reduction",
    "items",
    "ignored",
    "omitted",
    "input",
    "decided_by",
    "signature",
)


def render(results: Sequence[Result], form: str, *, colour: bool = False) -> str:
    """Render results in one of :data:`FORMATS`; `colour` draws the table for a terminal."""
    if form == "table" and colour:
        return terminal_table(results)
    return RENDERERS[form](results)


def as_json(results: Sequence[Result]) -> str:
    """One strict JSON document (see ``lossctl schema result``)."""
    document = {"schema_version": SCHEMA_VERSION, "results": [one.to_dict() for one in results]}
    return json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False)


def as_jsonl(results: Sequence[Result]) -> str:
    """One JSON object a line, each with its schema version."""
    return "\n".join(
        json.dumps(
            {"schema_version": SCHEMA_VERSION} | one.to_dict(), allow_nan=False, ensure_ascii=False
        )
        for one in results
    )


def as_values(results: Sequence[Result]) -> str:
    """Bare numbers that read back exactly, one a line."""
    return "\n".join(exact(value) for one in results for value in np.ravel(one.value))


def as_plain(results: Sequence[Result]) -> str:
    """Name and exact value, a tab between, one line a value; then those of classes and parts."""
    lines = []
    for one, label in zip(results, labels(results), strict=True):
        lines += [f"{spelled(one)}\t{exact(value)}" for value in np.ravel(one.value)]
        lines += [f"{row.name}\t{exact(row.value)}" for row in one.inner_values(label)]
    return "\n".join(lines)


def as_csv(results: Sequence[Result]) -> str:
    """One row a value, then one for each class and part; non-finite values are empty."""
    out = io.StringIO()
    writer = csv.DictWriter(out, CSV_HEADER, restval="", lineterminator="\n")
    writer.writeheader()
    for one, label in zip(results, labels(results), strict=True):
        data = one.to_dict()
        shared = {name: data[name] for name in CSV_HEADER if name in data}
        shared |= {"loss": label, "params": spelled(one).partition(":")[2]}
        shared |= {"input": one.input.kind, "decided_by": one.input.decided_by}
        writer.writerows(shared | {"value": _cell(value)} for value in np.ravel(one.value))
        for row in one.inner_values(label):
            params = ",".join(f"{name}={fact}" for name, fact in row.facts.items())
            status = "ok" if np.isfinite(row.value) else "nonfinite"
            cells = {"loss": row.name, "params": params, "value": _cell(row.value)}
            writer.writerow(cells | {"status": status})
    return out.getvalue()


def _cell(value: float) -> str:
    return exact(value) if np.isfinite(value) else ""


def as_markdown(results: Sequence[Result]) -> str:
    """A table for a pull request or a README."""
    header = ("loss", "value", "items", "reduction", "read as")
    rows = []
    for one, label in zip(results, labels(results), strict=True):
        _, *cells, read = _row(one, label)
        rows.append((spelled(one), *cells, f"{read} ({one.input.evidence})"))
        for row in one.inner_values(label):
            facts = ", ".join(
                f"{name.replace('_', ' ')} {fact}" for name, fact in row.facts.items()
            )
            rows.append((row.name, number(row.value), "", "", facts))
    lines = ["| " + " | ".join(header) + " |", "|---|---:|---:|---|---|"]
    lines += ["| " + " | ".join(_escape(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _escape(text: str) -> str:
    return visible(text).replace("|", "\\|")


TABLE_HEADER = ("loss", "value", "items", "reduction", "predictions")
SPARED_FIRST = ("reduction", "items", "predictions")  # columns a narrow terminal does without


def as_table(results: Sequence[Result]) -> str:
    """Aligned columns of plain text, then parameters and evidence in lines of their own."""
    rows = [_row(one, label) for one, label in zip(results, labels(results), strict=True)]
    table = columns(TABLE_HEADER, rows)
    lines = [*table.splitlines(), "", *details(results)]
    return "\n".join(map(visible, lines))


def terminal_table(results: Sequence[Result]) -> str:
    """The same, drawn for a terminal."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(force_terminal=True, highlight=False)
    rows = [
        dict(zip(TABLE_HEADER, map(visible, _row(one, label)), strict=True))
        for one, label in zip(results, labels(results), strict=True)
    ]
    header = _fitting(rows, console.width)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in header:
        justify: Any = "right" if name in {"value", "items"} else "left"
        table.add_column(name, justify=justify, overflow="fold", no_wrap=name == "value")
    for one, row in zip(results, rows, strict=True):
        colour = "bold green" if one.status == "ok" else "bold red"
        styles = {"loss": "bold", "value": colour}
        table.add_row(*(Text(row[name], style=styles.get(name, "")) for name in header))
    spared = [name for name in TABLE_HEADER if name not in header]
    lines = [
        f"{row['loss']}: " * (len(rows) > 1) + ", ".join(f"{name} {row[name]}" for name in spared)
        for row in (rows if spared else ())
    ]
    with console.capture() as capture:
        console.print(table)
        for line in [*lines, *details(results)]:
            console.print(Text(visible(line), style="dim"))
    return capture.get().strip("\n")


def _fitting(rows: Sequence[Mapping[str, str]], width: int) -> list[str]:
    """Return the columns that a terminal has room for."""
    widths = {name: max(len(name), *(len(row[name]) for row in rows)) for name in TABLE_HEADER}
    header = list(TABLE_HEADER)
    for name in SPARED_FIRST:
        if sum(widths[kept] + 3 for kept in header) <= width + 1:
            break
        header.remove(name)
    return header


def details(results: Sequence[Result]) -> list[str]:
    """Say with which parameters, and why the predictions were read so; equal reasons once."""
    labelled = list(zip(labels(results), results, strict=True))
    lines = [
        f"{label}: {spelled(one).partition(':')[2].replace(',', ', ')}"
        for label, one in labelled
        if one.params
    ]
    for label, one in labelled:
        for each in one.classes:
            name = f"{each.index} {each.name}" if each.name else str(each.index)
            lines.append(f"{label}: class {name}: {number(each.value)}")
        for part in one.parts:
            weight = "" if part.weight == 1.0 else f" × {part.weight:g}"
            lines.append(f"{label}: {part.name} ({part.loss}) {number(part.value)}{weight}")
        if one.context:
            lines.append(f"{label}: {_said(one.context)}")
    reasons: dict[str, list[str]] = {}
    for label, one in labelled:
        if one.input.kind != "values":
            reason = f"read as {one.input.kind}: {one.input.evidence}"
            reasons.setdefault(reason, []).append(label)
    return lines + [f"{', '.join(dict.fromkeys(ids))}: {reason}" for reason, ids in reasons.items()]


CONTEXT_WORDS = {
    "chance": "chance",
    "constant": "predicting the shares of the classes",
    "perplexity": "perplexity",
    "bits": "bits per item",
    "target_variance": "variance of the targets (mse of their mean)",
}


def _said(context: Mapping[str, float]) -> str:
    return ", ".join(f"{CONTEXT_WORDS[name]} {value:.5g}" for name, value in context.items())


def spelled(one: Result) -> str:
    """Write a loss with all its parameters as the command line reads it."""
    return spec(one.loss, one.params)


def _row(one: Result, label: str) -> tuple[str, str, str, str, str]:
    task = "" if one.input.task in {"regression", "logic"} else f"{one.input.task} "
    return (label, _shown(one), str(one.items), one.reduction, task + one.input.kind)


def _shown(one: Result) -> str:
    values: Any = one.value
    if not isinstance(values, np.ndarray):
        return number(float(values))
    return f"{values.size} values: {number(np.min(values))} … {number(np.max(values))}"


RENDERERS: dict[str, Callable[[Sequence[Result]], str]] = {
    "table": as_table,
    "plain": as_plain,
    "json": as_json,
    "jsonl": as_jsonl,
    "csv": as_csv,
    "markdown": as_markdown,
}
