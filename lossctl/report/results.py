"""Render results: table, plain, json, jsonl, csv, markdown."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lossctl.core.result import SCHEMA_VERSION, Result
from lossctl.report.text import columns, exact, number, param, visible

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
    """Name and exact value, a tab between, one line a value."""
    return "\n".join(
        f"{spelled(one)}\t{exact(value)}" for one in results for value in np.ravel(one.value)
    )


def as_csv(results: Sequence[Result]) -> str:
    """One row a loss; non-finite values are empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_HEADER)
    for one in results:
        data = one.to_dict()
        for value in np.ravel(one.value):
            writer.writerow(
                [
                    one.loss,
                    spelled(one).partition(":")[2],
                    exact(value) if np.isfinite(value) else "",
                    *(
                        data[name]
                        for name in ("status", "reduction", "items", "ignored", "omitted")
                    ),
                    one.input.kind,
                    one.input.decided_by,
                    one.signature,
                ]
            )
    return out.getvalue()


def as_markdown(results: Sequence[Result]) -> str:
    """A table for a pull request or a README."""
    header = ("loss", "value", "items", "reduction", "read as")
    lines = ["| " + " | ".join(header) + " |", "|---|---:|---:|---|---|"]
    lines += ["| " + " | ".join(_escape(cell) for cell in _row(one)) + " |" for one in results]
    return "\n".join(lines)


def _escape(text: str) -> str:
    return visible(text).replace("|", "\\|")


def as_table(results: Sequence[Result]) -> str:
    """Aligned columns of plain text."""
    return visible(
        columns(("loss", "value", "items", "reduction", "read as"), [_row(one) for one in results])
    )


def terminal_table(results: Sequence[Result]) -> str:
    """The same columns drawn for a terminal."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name, justify in (
        ("loss", "left"),
        ("value", "right"),
        ("items", "right"),
        ("reduction", "left"),
        ("read as", "left"),
    ):
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for one in results:
        loss, value, *rest = (Text(visible(cell)) for cell in _row(one))
        loss.stylize("bold")
        value.stylize("green" if one.status == "ok" else "red")
        table.add_row(loss, value, *rest)
    console = Console(file=io.StringIO(), force_terminal=True)
    console.print(table)
    return console.file.getvalue().rstrip() + "\n"  # type: ignore[attr-defined]


def spelled(one: Result) -> str:
    """Write a loss with all its parameters as the command line reads it."""
    params = ",".join(f"{name}={param(value)}" for name, value in one.params.items())
    return f"{one.loss}:{params}" if params else one.loss


def _row(one: Result) -> tuple[str, str, str, str, str]:
    reading = one.input
    task = "" if reading.task in {"regression", "logic"} else f"{reading.task} "
    how = f"{task}{reading.kind} ({reading.evidence})"
    return (spelled(one), _shown(one), str(one.items), one.reduction, how)


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
