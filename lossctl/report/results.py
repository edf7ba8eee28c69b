"""Render results: table, plain, json, jsonl, csv, markdown."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lossctl.core.result import SCHEMA_VERSION, Result
from lossctl.core.spec import labels, spec
from lossctl.core.spelling import visible
from lossctl.report.formats import (
    aligned,
    csv_table,
    exact,
    finite_cell,
    json_document,
    json_lines,
    markdown_table,
    number,
    tabbed,
)

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
    """Render results in one of the formats of results; `colour` draws the table for a terminal."""
    if form == "table" and colour:
        return terminal_table(results)
    return RENDERERS[form](results)


def as_json(results: Sequence[Result]) -> str:
    """One strict JSON document (see ``lossctl schema result``)."""
    entries = [result.to_dict() for result in results]
    return json_document({"schema_version": SCHEMA_VERSION, "results": entries})


def as_jsonl(results: Sequence[Result]) -> str:
    """One JSON object a line, each with its schema version."""
    return json_lines({"schema_version": SCHEMA_VERSION} | result.to_dict() for result in results)


def as_values(results: Sequence[Result]) -> str:
    """Bare numbers that read back exactly, one a line."""
    return "\n".join(exact(value) for result in results for value in np.ravel(result.value))


def as_plain(results: Sequence[Result]) -> str:
    """Name and exact value, a tab between, one line a value; then those of classes and parts."""
    rows = []
    for result, label in zip(results, labels(results), strict=True):
        rows += [(spelled(result), exact(value)) for value in np.ravel(result.value)]
        rows += [(inner.name, exact(inner.value)) for inner in result.inner_values(label)]
    return tabbed(rows)


def as_csv(results: Sequence[Result]) -> str:
    """One row a value, then one for each class and part; non-finite values are empty."""
    records: list[dict[str, Any]] = []
    for result, label in zip(results, labels(results), strict=True):
        data = result.to_dict()
        shared = {name: data[name] for name in CSV_HEADER if name in data}
        shared |= {"loss": label, "params": spelled(result).partition(":")[2]}
        shared |= {"input": result.input.kind, "decided_by": result.input.decided_by}
        records += [shared | {"value": finite_cell(value)} for value in np.ravel(result.value)]
        for inner in result.inner_values(label):
            params = ",".join(f"{name}={fact}" for name, fact in inner.facts.items())
            # csv has no word for NaN that every reader knows: the cell is empty, this one says why
            status = "ok" if np.isfinite(inner.value) else "nonfinite"
            cells = {"loss": inner.name, "params": params, "value": finite_cell(inner.value)}
            records.append(cells | {"status": status})
    rows = ([record.get(name, "") for name in CSV_HEADER] for record in records)
    return csv_table(CSV_HEADER, rows)


def as_markdown(results: Sequence[Result]) -> str:
    """A table for a pull request or a README."""
    header = ("loss", "value", "items", "reduction", "read as")
    rows = []
    for result, label in zip(results, labels(results), strict=True):
        _, *cells, kind = _row(result, label)
        rows.append((spelled(result), *cells, f"{kind} ({result.input.evidence})"))
        for inner in result.inner_values(label):
            facts = ", ".join(
                f"{name.replace('_', ' ')} {fact}" for name, fact in inner.facts.items()
            )
            rows.append((inner.name, number(inner.value), "", "", facts))
    return "\n".join(markdown_table(header, rows, right=("value", "items")))


TABLE_HEADER = ("loss", "value", "items", "reduction", "predictions")
SPARED_FIRST = ("reduction", "items", "predictions")  # columns a narrow terminal does without


def as_table(results: Sequence[Result]) -> str:
    """Aligned columns of plain text, then parameters and evidence in lines of their own."""
    rows = [_row(result, label) for result, label in zip(results, labels(results), strict=True)]
    return "\n".join([*aligned(TABLE_HEADER, rows), "", *map(visible, details(results))])


def terminal_table(results: Sequence[Result]) -> str:
    """The same, drawn for a terminal."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # the caller has decided that there is a terminal; rich is not to ask again
    console = Console(force_terminal=True, highlight=False)
    rows = [
        dict(zip(TABLE_HEADER, map(visible, _row(result, label)), strict=True))
        for result, label in zip(results, labels(results), strict=True)
    ]
    header = _fitting(rows, console.width)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in header:
        justify: Any = "right" if name in {"value", "items"} else "left"
        table.add_column(name, justify=justify, overflow="fold", no_wrap=name == "value")
    for result, row in zip(results, rows, strict=True):
        colour = "bold green" if result.status == "ok" else "bold red"
        styles = {"loss": "bold", "value": colour}
        # rich reads markup in a str, in a Text none: names stay what they are
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
        f"{label}: {spelled(result).partition(':')[2].replace(',', ', ')}"
        for label, result in labelled
        if result.params
    ]
    for label, result in labelled:
        for each in result.classes:
            name = f"{each.index} {each.name}" if each.name else str(each.index)
            lines.append(f"{label}: class {name}: {number(each.value)}")
        for part in result.parts:
            weight = "" if part.weight == 1.0 else f" × {part.weight:g}"
            lines.append(f"{label}: {part.name} ({part.loss}) {number(part.value)}{weight}")
        if result.context:
            lines.append(f"{label}: {_context_in_words(result.context)}")
    # losses on one input are mostly read alike: a reason stands once, behind all it is of
    reasons: dict[str, list[str]] = {}
    for label, result in labelled:
        if result.input.kind != "values":
            reason = f"read as {result.input.kind}: {result.input.evidence}"
            reasons.setdefault(reason, []).append(label)
    return lines + [f"{', '.join(dict.fromkeys(ids))}: {reason}" for reason, ids in reasons.items()]


CONTEXT_WORDS = {
    "chance": "chance {}",
    "constant": "best constant prediction {}",
    "shares": "shares of the classes {} (not a proper score)",
    "perplexity": "perplexity {}",
    "bits": "bits per item {}",
    "by_token": "by token {}",
    "by_sequence": "by sequence {}",
    "target_variance": "variance of the targets (mse of their mean) {}",
}


def _context_in_words(context: Mapping[str, float]) -> str:
    return ", ".join(CONTEXT_WORDS[name].format(f"{value:.5g}") for name, value in context.items())


def spelled(result: Result) -> str:
    """Write a loss with all its parameters as the command line reads it."""
    return spec(result.loss, result.params)


def _row(result: Result, label: str) -> tuple[str, str, str, str, str]:
    reading = result.input
    task = "" if reading.task in {"regression", "logic"} else f"{reading.task} "
    return (label, _value_shown(result), str(result.items), result.reduction, task + reading.kind)


def _value_shown(result: Result) -> str:
    values: Any = result.value
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
