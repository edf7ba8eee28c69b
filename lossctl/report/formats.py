"""The formats of output: how each writes numbers, tables and records, with texts made harmless.

Renderers decide what stands in a table; what is written is decided here, so that a format, and what
keeps names from the data harmless in it, is the same for every command.
"""

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from textwrap import fill, wrap
from typing import Any, NamedTuple, TypeAlias

from lossctl.core.errors import UsageError
from lossctl.core.spelling import (
    csv_cell,
    did_you_mean,
    html_text,
    json_text,
    lines_visible,
    markdown_cell,
    option,
    visible,
)

Table: TypeAlias = tuple[Sequence[str], Sequence[Sequence[str]]]
"""A header and rows of cells, as they come; the writers make them harmless."""


class OutputFormat(NamedTuple):
    """A format of output.

    Attributes
    ----------
    harmless
        What makes the text of others data in it: it cannot add a line, a column, a tag, a formula
        or an escape sequence. For JSON it is applied to what is written.
    suffix
        The suffix of files that have it without being asked to.
    """

    harmless: Callable[[str], str]
    suffix: str | None = None


FORMATS = {
    "table": OutputFormat(visible),
    "plain": OutputFormat(visible),
    "text": OutputFormat(visible),
    "json": OutputFormat(json_text, ".json"),
    "jsonl": OutputFormat(json_text, ".jsonl"),
    "csv": OutputFormat(csv_cell, ".csv"),
    "markdown": OutputFormat(markdown_cell, ".md"),
    "html": OutputFormat(html_text),  # in notebooks, which no command writes
}
RESULT_FORMATS = ("table", "plain", "json", "jsonl", "csv", "markdown")  # of compute and run
DIGITS = (10, 6, 4)  # significant digits shown, as many as fit; other formats have all


def require_format(form: str, known: Collection[str], name: str = "form") -> None:
    """Refuse a format that is not among those known, naming the nearest."""
    if form not in known:
        hint = did_you_mean(form, known)
        raise UsageError(f"{option(name)} must be one of {', '.join(known)}, got {form!r}{hint}")


def format_of_suffix(suffix: str) -> str:
    """Return the format that the name of an output file implies."""
    return next((name for name in RESULT_FORMATS if FORMATS[name].suffix == suffix), "table")


# Numbers


def number(value: float, digits: int = DIGITS[0]) -> str:
    """Write a number for reading: ten significant digits; ``nan`` and ``inf`` as words."""
    return f"{value:.{digits}g}" if math.isfinite(value) else str(value)


def exact(value: float) -> str:
    """Write a number that reads back as the very same float."""
    return repr(float(value))


def finite_cell(value: float | None) -> str:
    """Write a number for a csv file, where what is not finite, or not known, is empty."""
    return exact(value) if value is not None and math.isfinite(value) else ""


# Tables and records


def aligned(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Write the lines of a table with two spaces between its columns; nothing is cut."""
    table = [[visible(cell) for cell in row] for row in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in table
    )
    return [line.rstrip() for line in lines]


def tabbed(rows: Iterable[Sequence[str]]) -> str:
    """Write rows with a tab between their cells: what shells and scripts split."""
    return "\n".join("\t".join(map(visible, row)) for row in rows)


def csv_table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Write a table as csv; cells that are no text are numbers."""
    import csv
    import io

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(
        [csv_cell(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    )
    return stream.getvalue()


def markdown_table(
    header: Sequence[str], rows: Iterable[Sequence[str]], right: Collection[str] = ()
) -> list[str]:
    """Write the lines of a Markdown table; the columns in `right` are aligned to the right."""
    rule = "".join("---:|" if name in right else "---|" for name in header)
    cells = (" | ".join(map(markdown_cell, row)) for row in (header, *rows))
    first, *others = (f"| {line} |" for line in cells)
    return [first, f"|{rule}", *others]


def fenced(text: str, language: str = "") -> list[str]:
    """Write the lines of a Markdown block of code, which no backticks inside can end."""
    text = lines_visible(text)
    fence = "```"
    while fence in text:
        fence += "`"
    return [f"{fence}{language}", *text.split("\n"), fence]


def json_document(data: Any) -> str:
    """Write strict JSON over several lines."""
    import json

    return json_text(json.dumps(data, indent=2, allow_nan=False, ensure_ascii=False))


def json_lines(records: Iterable[Any]) -> str:
    """Write strict JSON, one record a line."""
    import json

    return "\n".join(
        json_text(json.dumps(record, allow_nan=False, ensure_ascii=False)) for record in records
    )


# Tables that fit a terminal


def fitted(
    make: Callable[[int], Table], width: int | None, droppable: Sequence[str] = ()
) -> list[str]:
    """Return the lines of a table that fit the width of a terminal; None changes nothing.

    Numbers first lose digits and the droppable columns go one by one, the first first; what still
    does not fit becomes a paragraph a row.

    Parameters
    ----------
    make
        Header and rows with numbers of so many significant digits.
    """
    if width is None:
        return aligned(*make(DIGITS[0]))
    # a column of words is worth less than digits: all droppable columns go before a digit does
    for digits in DIGITS:
        for count in range(len(droppable) + 1):
            lines = aligned(*_without(make(digits), droppable[:count]))
            if max(map(len, lines)) <= width:
                return lines
    header, rows = make(DIGITS[1])
    return [line for row in rows for line in _paragraph(header, row, width)]


def _without(table: Table, dropped: Sequence[str]) -> Table:
    header, rows = table
    kept = [at for at, name in enumerate(header) if name not in dropped]
    return [header[at] for at in kept], [[row[at] for at in kept] for row in rows]


def _paragraph(header: Sequence[str], row: Sequence[str], width: int) -> list[str]:
    """Say each cell that holds something, after the name of the component or the step."""
    phrases = [visible(f"{name} {cell}") for name, cell in zip(header, row, strict=True) if cell]
    if header[0] not in {"component", "step"}:
        return folded(", ".join(phrases), width)
    first = phrases[0].removeprefix("component ")
    return folded(f"{first}: {', '.join(phrases[1:])}", width)


# Lines, paragraphs and pages of text


def folded(text: str, width: int | None, indent: str = "  ") -> list[str]:
    """Break a line between words; what follows the first is indented."""
    if width is None or len(text) <= width:
        return [text]
    return wrap(text, max(width, 20), subsequent_indent=indent, break_on_hyphens=False)


def all_folded(lines: Iterable[str], width: int | None) -> list[str]:
    """Break every line."""
    return [part for line in lines for part in folded(line, width)]


def bold(text: str, *, colour: bool) -> str:
    """Return `text` in bold for a terminal, as it is elsewhere."""
    return f"\x1b[1m{text}\x1b[0m" if colour else text


def wrapped(text: str, indent: str = "  ", first: str | None = None, width: int = 78) -> str:
    """Wrap a paragraph."""
    return fill(
        text, width, initial_indent=indent if first is None else first, subsequent_indent=indent
    )


def bullets(lines: Sequence[str]) -> str:
    """Write a paragraph a line, each behind a dash."""
    return "\n".join(wrapped(line, "    ", "  - ") for line in lines)


def text_page(
    heading: str, summary: str, sections: Sequence[tuple[str, str]], *, colour: bool
) -> str:
    """Write a page for a terminal: heading and summary, then each section under its title."""
    head = f"{bold(visible(heading), colour=colour)}\n{lines_visible(wrapped(summary, ''))}"
    return "\n\n".join(
        [
            head,
            *(f"{bold(title, colour=colour)}\n{lines_visible(text)}" for title, text in sections),
        ]
    )
