"""Render results: table, plain, json, jsonl, csv, markdown."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lossctl.core.result import SCHEMA_VERSION, Result
from lossctl.core.spec import labels, spec
from lossctl.core.spelling import DIGITS, markdown_text, number, plural, visible
from lossctl.report.comparison import (
    Comparison,
    distinct_digits,
    gates_data,
    reference_in,
    said_of,
    style_of_value,
    with_gates,
    with_references,
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

if TYPE_CHECKING:  # most results have no gates
    from lossctl.core.gate import Gate

GATES = "gates"
LIMITS = ("low", "high")
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


def render(results: Sequence[Result], form: str, display: Display = PLAIN) -> str:
    """Render results in one of the formats of results."""
    return RENDERERS[form](results, display)


# Formats that programs read, with every digit


def as_json(results: Sequence[Result], display: Display = PLAIN) -> str:
    """One strict JSON document (see ``lossctl schema result``)."""
    entries = [result.to_dict() for result in results]
    gates = gates_data([gate for gates in display.gates for gate in gates])
    return json_document(
        {"schema_version": SCHEMA_VERSION, "results": entries} | gates | provenance()
    )


def as_jsonl(results: Sequence[Result], display: Display = PLAIN) -> str:
    """One JSON object per line, each with its schema version and its gates."""
    return json_lines(
        {"schema_version": SCHEMA_VERSION} | result.to_dict() | gates_data(gates)
        for result, gates in zip(results, display.gates_of(len(results)), strict=True)
    )


def as_values(results: Sequence[Result]) -> str:
    """Bare numbers that read back exactly, one a line."""
    return "\n".join(exact(value) for result in results for value in np.ravel(result.value))


def as_csv(results: Sequence[Result], display: Display = PLAIN) -> str:
    """One row per value, then one for each class, part, slice, worst row and figure of a gradient.

    Non-finite values are empty. Where there are intervals, two columns have their limits; where
    there are gates, the last column has what they say.
    """
    records: list[dict[str, Any]] = []
    every = display.gates_of(len(results))
    for result, label, gates in zip(results, labels(results), every, strict=True):
        data = result.to_dict()
        shared = {name: data[name] for name in CSV_HEADER if name in data}
        shared |= {"loss": label, "params": spelled(result).partition(":")[2]}
        shared |= {"input": result.input.kind, "decided_by": result.input.decided_by}
        shared[GATES] = said_of(gates)
        if result.interval is not None:
            shared |= _limits((result.interval.low, result.interval.high))
        limits = _limits_of_slices(result)
        records += [shared | {"value": finite_cell(value)} for value in np.ravel(result.value)]
        for inner in result.inner_values(label):
            params = ",".join(f"{name}={fact}" for name, fact in inner.facts.items())
            # csv has no word for NaN that every reader knows: the cell is empty, this one says why
            status = "ok" if np.isfinite(inner.value) else "nonfinite"
            cells = {"loss": inner.name, "params": params, "value": finite_cell(inner.value)}
            said = said_of(gates, inner.part)
            records.append(cells | {"status": status, GATES: said} | limits.get(inner.part, {}))
        for name, value, facts in _detail_rows(result):
            status = "ok" if np.isfinite(value) else "nonfinite"
            cells = {"loss": f"{label}.{name}", "params": facts, "value": finite_cell(value)}
            records.append(cells | {"status": status})
    header = [*CSV_HEADER, *(LIMITS if any(LIMITS[0] in each for each in records) else ())]
    header += [GATES] if any(every) else []
    return csv_table(header, ([record.get(name, "") for name in header] for record in records))


def _limits(interval: tuple[float, float]) -> dict[str, Any]:
    return dict(zip(LIMITS, map(finite_cell, interval), strict=True))


def _limits_of_slices(result: Result) -> dict[str, dict[str, Any]]:
    """Return the cells of the intervals of slices, by what a slice is called."""
    if not result.slices:
        return {}
    from lossctl.core.inner_values import slice_title  # most results have none

    return {
        slice_title(one.by, one.name): _limits(one.interval)
        for one in result.slices
        if one.interval is not None
    }


def _detail_rows(result: Result) -> list[tuple[str, float, str]]:
    """Return the worst rows and the figures of gradients: name, value, what else is known."""
    if not (result.worst or result.gradients):
        return []
    from lossctl.report.details import detail_rows  # most results have none

    return detail_rows(result)


# Formats that people read


def as_plain(results: Sequence[Result], display: Display) -> str:
    """Name and value, a tab between, one line per value; then those of classes and parts.

    What gates say stands after another tab.
    """
    rows: list[tuple[str, ...]] = []
    shown, every = labels(results, changed=True), display.gates_of(len(results))
    for result, label, name, gates in zip(results, labels(results), shown, every, strict=True):
        said = said_of(gates)
        rows += [_plain_row(name, each, said, display.digits) for each in np.ravel(result.value)]
        for each in result.inner_values(label):
            said = said_of(gates, each.part)
            rows.append(_plain_row(each.name, each.value, said, display.digits))
    return tabbed(rows)


def _plain_row(name: str, value: float, said: str, digits: int) -> tuple[str, ...]:
    return (name, number(value, digits), *([said] if said else []))


def as_markdown(results: Sequence[Result], display: Display) -> str:
    """A table for a pull request or a README, then what the values are compared with."""
    table, lines = value_table(results, display)
    text = markdown_table(table.header, table.rows, table.right)
    text += [*([""] if lines else []), *(f"- {markdown_text(line)}" for line in lines)]
    for details in _details(results, display):
        text += ["", *markdown_table(details.header, details.rows, details.right)]
    return "\n".join(text)


def as_table(results: Sequence[Result], display: Display) -> str:
    """Aligned columns, then what the values are compared with, in lines of their own."""
    table, lines = value_table(results, display)
    text = fitted(table, display.width, colour=display.colour)
    if lines:
        text += ["", *all_folded(map(visible, lines), display.width)]
    for details in _details(results, display):
        text += ["", *fitted(details, display.width, colour=display.colour)]
    return "\n".join(text)


def _details(results: Sequence[Result], display: Display) -> list[Table]:
    """Return the tables of slices, of the worst rows and of gradients."""
    if not any(result.slices or result.worst or result.gradients for result in results):
        return []
    from lossctl.report.details import detail_tables, gradient_tables  # most results have none

    return [
        table
        for result, label, gates in zip(
            results, labels(results), display.gates_of(len(results)), strict=True
        )
        for table in detail_tables(result, label, display.digits, gates)
    ] + gradient_tables(results, display.digits)


HEADER = ("loss", "value", "interval", "items", "reduction", "predictions", "detail")
ALWAYS = HEADER[:2] + HEADER[3:-1]  # columns of every table; the others stand where they are filled
SPARED = ("reduction", "items", "predictions", "detail")  # what a narrow terminal does without
FACTS = {
    "class": "class {}",
    "target_mass": "targets sum to {}",
    "loss": "{}",
    "weight": "weight {}",
}


def value_table(results: Sequence[Result], display: Display) -> tuple[Table, list[str]]:
    """Return the table of results, classes and parts, and what their values are compared with."""
    rows: list[list[str]] = []
    lines: list[str] = []
    every = display.gates_of(len(results))
    shown = labels(results, changed=True)
    for result, label, name, gates in zip(results, labels(results), shown, every, strict=True):
        more_rows, more_lines = _own_row(result, label, name, gates, display.digits)
        rows += more_rows + _inner_rows(result, label, gates, display.digits)
        lines += [one.words for one in with_gates(gates, display.digits)] + more_lines
    kept = [at for at, name in enumerate(HEADER) if name in ALWAYS or any(row[at] for row in rows)]
    level = next((one.interval.confidence for one in results if one.interval is not None), 0.0)
    called = {"interval": f"{100.0 * level:.12g} % interval"}
    kinds = {one.kind for one in results}
    called["loss"] = "measure" if len(kinds) > 1 else kinds.pop()
    header = [called.get(HEADER[at], HEADER[at]) for at in kept]
    cells = [[row[at] for at in kept] for row in rows]
    spared = [name for name in SPARED if name in header]
    return Table(header, cells, ("value", "items"), spared), lines


def _own_row(
    result: Result, label: str, shown: str, gates: "Sequence[Gate]", digits: int
) -> tuple[list[list[str]], list[str]]:
    """Return the row of a result, and the line that compares its value with what is known."""
    own = [gate for gate in gates if not gate.part]
    digits = _distinct_digits(result, own, digits)
    compared, figures = _comparisons(result, digits)
    style = style_of_value([*with_gates(own, digits), *compared])
    style = BAD if result.status != "ok" else style or BOLD
    value = Styled(_value_shown(result, digits), style)
    interval = ""
    if result.interval is not None:
        from lossctl.report.details import interval_shown  # most results have none

        interval = interval_shown(result.interval, digits)
    first = [Styled(shown, BOLD), value, interval, str(result.items)]
    row = [*first, result.reduction, _kind(result), ""]
    parts = (", ".join(one.words for one in compared), ", ".join(figures))
    said = "; ".join(part for part in parts if part)
    return [row], [f"{label}: {said}"] if said else []


def _inner_rows(
    result: Result, label: str, gates: "Sequence[Gate]", digits: int
) -> list[list[str]]:
    """Return a row for each class and part of a result; slices have a table of their own."""
    rows: list[list[str]] = []
    for each in result.inner_values(label, slices=False):
        own = [gate for gate in gates if gate.part == each.part]
        shown = distinct_digits(each.value, [gate.limit for gate in own], digits)
        value = Styled(number(each.value, shown), style_of_value(with_gates(own, shown)))
        facts = [FACTS[name].format(fact) for name, fact in each.facts.items()]
        rows.append([each.name, value, "", "", "", "", ", ".join(facts)])
    return rows


def _comparisons(result: Result, digits: int) -> tuple[list[Comparison], list[str]]:
    """Return what a value is compared with, and figures beside it; nothing of values per item."""
    if isinstance(result.value, np.ndarray):
        return [], []
    return with_references(result.context, float(result.value), digits)


def _distinct_digits(result: Result, gates: "Sequence[Gate]", digits: int) -> int:
    """Return the digits with which a value differs from what it is compared with."""
    value = float(np.max(result.value))
    reference = reference_in(result.context)
    others = [gate.limit for gate in gates]
    others += [gate.reference for gate in gates if gate.reference is not None]
    others += [] if reference is None else [result.context[reference]]
    return distinct_digits(value, others, digits)


def readings(results: Sequence[Result]) -> list[str]:
    """Say why the predictions were read so, where the data decided it; equal reasons once."""
    reasons: dict[str, list[str]] = {}
    for label, result in zip(labels(results), results, strict=True):
        if result.input.decided_by == "data":
            reason = f"read as {result.input.kind}: {result.input.evidence}"
            reasons.setdefault(reason, []).append(label)
    return [f"{', '.join(dict.fromkeys(ids))}: {reason}" for reason, ids in reasons.items()]


def value_in_words(result: Result, digits: int | None = None) -> str:
    """Write a value with what it is of, in a few words."""
    shown = _value_shown(result, DIGITS if digits is None else digits)
    return f"{shown} ({result.reduction} of {plural(result.items, 'item')})"


def spelled(result: Result) -> str:
    """Write a loss with all its parameters as the command line reads it."""
    return spec(result.loss, result.params)


def _kind(result: Result) -> str:
    reading = result.input
    task = "" if reading.task in {"regression", "logic"} else f"{reading.task} "
    return task + reading.kind


def _value_shown(result: Result, digits: int) -> str:
    values: Any = result.value
    if not isinstance(values, np.ndarray):
        return number(float(values), digits)
    low, high = number(np.min(values), digits), number(np.max(values), digits)
    return f"{values.size} values: {low} … {high}"


RENDERERS: dict[str, Callable[[Sequence[Result], Display], str]] = {
    "json": as_json,
    "jsonl": as_jsonl,
    "csv": as_csv,
    "table": as_table,
    "plain": as_plain,
    "markdown": as_markdown,
}
