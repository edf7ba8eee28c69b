"""Render what a search for slices found: table, plain, json, csv, markdown."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from lossctl.core.spelling import markdown_text, number, plural, some_of, visible
from lossctl.report.details import p_shown
from lossctl.report.formats import (
    BOLD,
    PLAIN,
    Display,
    Styled,
    Table,
    all_folded,
    csv_table,
    exact,
    fitted,
    json_document,
    json_lines,
    markdown_table,
    tabbed,
)

if TYPE_CHECKING:
    from lossctl.slice_search import WorstSlices

HEADER = ("slice", "rows", "value", "rest", "p")


def render(found: "WorstSlices", form: str, display: Display = PLAIN) -> str:
    """Render what was found in one of the formats of results."""
    if form in ROUNDED_RENDERERS:
        return ROUNDED_RENDERERS[form](found, display)
    return EXACT_RENDERERS[form](found)


def as_json(found: "WorstSlices") -> str:
    """One strict JSON document."""
    return json_document(found.to_dict())


def as_jsonl(found: "WorstSlices") -> str:
    """One JSON object per slice."""
    data = found.to_dict()
    version = data["schema_version"]
    return json_lines({"schema_version": version} | each for each in data["slices"])


def as_plain(found: "WorstSlices") -> str:
    """Slice, rows, value and value of the rest, a tab between, with all digits."""
    return tabbed(
        (_named(each.conditions), str(each.n), exact(each.mean), exact(each.rest))
        for each in found.slices
    )


def as_csv(found: "WorstSlices") -> str:
    """One row per slice."""
    rows = [
        [
            _named(each.conditions),
            each.n,
            exact(each.mean),
            exact(each.rest),
            exact(each.p_adjusted),
        ]
        for each in found.slices
    ]
    return csv_table(("slice", "n", "value", "rest", "p_adjusted"), rows)


def as_table(found: "WorstSlices", display: Display) -> str:
    """The slices, the most unlikely first, then what was searched."""
    lines: list[str] = []
    if found.slices:
        lines = [*fitted(slice_table_of(found, display), display.width, colour=display.colour), ""]
    words = map(visible, sentences(found, display.digits))
    return "\n".join([*lines, *all_folded(words, display.width)])


def as_markdown(found: "WorstSlices", display: Display) -> str:
    """A table and sentences for a pull request."""
    header, rows, right, _ = slice_table_of(found, display)
    lines = [*markdown_table(header, rows, right), ""] if found.slices else []
    words = [f"- {markdown_text(line)}" for line in sentences(found, display.digits)]
    return "\n".join([*lines, *words])


def slice_table_of(found: "WorstSlices", display: Display) -> Table:
    """Return the slices as a table."""
    rows = [
        (
            Styled(_named(each.conditions), BOLD),
            str(each.n),
            number(each.mean, display.digits),
            number(each.rest, display.digits),
            p_shown(each.p_adjusted),
        )
        for each in found.slices
    ]
    return Table(HEADER, rows, HEADER[1:])


def _named(conditions: tuple[tuple[str, str], ...]) -> str:
    return " and ".join(
        f"{name} {category}" if category[:1] in {"≤", ">"} else f"{name} = {category}"
        for name, category in conditions
    )


def sentences(found: "WorstSlices", digits: int) -> list[str]:
    """Say over what was searched, how values are corrected, and what was left out."""
    loss, value = found.result.loss, number(float(found.result.value), digits)
    where = f"{plural(len(found.features), 'column')} ({some_of(found.features)})"
    searched = f"{loss} {value} over all rows; searched {where}, {plural(found.tried, 'slice')}"
    if not found.slices:
        least = f"no slice of at least {found.least} rows is worse than the rest"
        lines = [f"{searched}: {least} beyond chance ({100 * found.confidence:g} % confidence)"]
    else:
        lines = [
            f"{searched}; p is corrected for all, and each slice is of the rows those above leave"
        ]
    if found.left_out:
        reasons = some_of([f"{name} ({why})" for name, why in found.left_out.items()])
        lines.append(f"not searched: {reasons}")
    return lines


EXACT_RENDERERS: dict[str, Callable[["WorstSlices"], str]] = {
    "plain": as_plain,
    "json": as_json,
    "jsonl": as_jsonl,
    "csv": as_csv,
}
ROUNDED_RENDERERS: dict[str, Callable[["WorstSlices", Display], str]] = {
    "table": as_table,
    "markdown": as_markdown,
}
