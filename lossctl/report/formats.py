"""The formats of output: how each writes numbers, tables and records, with texts made harmless.

Renderers decide what stands in a table; what is written is decided here, so that a format, and what
keeps names from the data harmless in it, is the same for every command.
"""

import math
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from textwrap import fill, wrap
from typing import TYPE_CHECKING, Any, NamedTuple

from lossctl.core.errors import UsageError
from lossctl.core.spelling import (
    DIGITS,
    EVERY_DIGIT,
    csv_cell,
    did_you_mean,
    html_text,
    json_text,
    lines_visible,
    markdown_cell,
    option,
    visible,
)

if TYPE_CHECKING:  # most results have no gates
    from lossctl.core.gate import Gate

BOLD, DIM, GOOD, BAD = "1", "2", "1;32", "1;31"  # how a terminal draws text


class Styled(str):
    """Text that a terminal draws in a style; elsewhere it is no other than its letters."""

    __slots__ = ("style",)
    style: str

    def __new__(cls, text: str, style: str = "") -> "Styled":
        """Keep the style beside the letters."""
        styled = super().__new__(cls, text)
        styled.style = style
        return styled


class Display(NamedTuple):
    """How results are to be shown to people.

    Attributes
    ----------
    gates
        The gates of each result, as a :class:`lossctl.Verdict` has them.
    width
        The columns of a terminal; None where there is none.
    """

    digits: int = DIGITS
    gates: "Sequence[Sequence[Gate]]" = ()
    width: int | None = None
    colour: bool = False

    def gates_of(self, count: int) -> "Sequence[Sequence[Gate]]":
        """Return the gates of each of so many results."""
        return self.gates or [()] * count


PLAIN = Display()


class Table(NamedTuple):
    """A header and rows of cells, as they come; the writers make them harmless.

    The columns named in `right`, which hold numbers, are aligned to the right. On a terminal that
    is too narrow the columns named in `spared` move out of the table, the first first.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: Collection[str] = ()
    spared: Sequence[str] = ()


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
TABLES = ("table", "markdown")  # formats of one table, whose notes people read beside it
ROUNDED = ("table", "plain", "markdown")  # formats that people read; others have every digit


def require_format(form: str, known: Collection[str], name: str = "form") -> None:
    """Refuse a format that is not among those known, naming the nearest."""
    if form not in known:
        hint = did_you_mean(form, known)
        raise UsageError(f"{option(name)} must be one of {', '.join(known)}, got {form!r}{hint}")


def format_of_suffix(suffix: str) -> str:
    """Return the format that the name of an output file implies."""
    return next((name for name in RESULT_FORMATS if FORMATS[name].suffix == suffix), "table")


def suffixes_of(forms: Sequence[str]) -> list[str]:
    """Return the suffixes that imply one of these formats."""
    return [suffix for name in forms if (suffix := FORMATS[name].suffix) is not None]


# Numbers


def read_digits(text: str | int | None, form: str, name: str = "digits") -> int | None:
    """Read how many significant digits are shown, for a format that shows fewer than all.

    Raises
    ------
    UsageError
        When it is no whole number from 1 to 17, or the format has every digit.
    """
    if text is None:
        return None
    if form not in ROUNDED:
        raise UsageError(
            f"{option(name)}: {form} has every digit; it is for {', '.join(ROUNDED[:-1])} and "
            f"{ROUNDED[-1]}"
        )
    digits = str(text)
    if not (digits.isascii() and digits.isdigit() and 1 <= int(digits) <= EVERY_DIGIT):
        raise UsageError(
            f"{option(name)} must be a whole number from 1 to {EVERY_DIGIT}, got {digits!r}"
        )
    return int(digits)


def exact(value: float) -> str:
    """Write a number that reads back as the very same float."""
    return repr(float(value))


def finite_cell(value: float | None) -> str:
    """Write a number for a csv file, where what is not finite, or not known, is empty."""
    return exact(value) if value is not None and math.isfinite(value) else ""


# Tables and records


def columns_of(text: str) -> int:
    """Return how many columns of a terminal a text takes: two for a wide letter, as of Chinese."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(letter) in {"W", "F"} for letter in text)
    above = sum(unicodedata.category(letter) in {"Mn", "Me"} for letter in text)  # no column
    return len(text) + wide - above


def aligned(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Collection[str] = (),
    *,
    colour: bool = False,
) -> list[str]:
    """Write the lines of a table with two spaces between its columns; nothing is cut."""
    head = [Styled(name, BOLD) for name in header]
    table = [[visible(cell) for cell in row] for row in (header, *rows)]
    widths = [max(map(columns_of, column)) for column in zip(*table, strict=True)]
    lines = []
    for cells, row in zip(table, (head, *rows), strict=True):
        line = ""
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            gap = " " * (width - columns_of(cell))
            text = painted(cell, style_of(row[at]), colour=colour)
            line += ("  " if at else "") + (gap + text if header[at] in right else text + gap)
        lines.append(line.rstrip())
    return lines


def style_of(cell: str) -> str:
    """Return how a terminal draws a cell."""
    return cell.style if isinstance(cell, Styled) else ""


def painted(text: str, style: str, *, colour: bool) -> str:
    """Return text as a terminal draws it in a style, as it is elsewhere."""
    return f"\x1b[{style}m{text}\x1b[0m" if colour and style and text else text


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


def provenance() -> dict[str, Any]:
    """Return what values are computed with: of other loops their last bits differ."""
    from lossctl.kernels.numeric.primitives import versions

    return {"provenance": versions()}


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


def fitted(table: Table, width: int | None, *, colour: bool = False) -> list[str]:
    """Return the lines of a table that fit the width of a terminal; None changes nothing.

    Of a table that is too wide the columns that can be spared go, the first first, and are said in
    lines below it; what still does not fit becomes a paragraph a row.
    """
    for count in range(len(table.spared) + 1):
        gone = table.spared[:count]
        header, rows = _only(table, [name for name in table.header if name not in gone])
        lines = aligned(header, rows, table.right, colour=colour)
        plain = aligned(header, rows, table.right) if colour else lines
        if width is None or max(map(len, plain)) <= width:
            return [*lines, *_said_below(table, gone, width)]
    return [line for row in table.rows for line in _paragraph(table.header, row, width)]


def _only(table: Table, names: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    places = [table.header.index(name) for name in names]
    return list(names), [[row[at] for at in places] for row in table.rows]


def _said_below(table: Table, gone: Sequence[str], width: int | None) -> list[str]:
    """Say what stands in the columns that are gone, after the name of the row."""
    if not gone:
        return []
    names = [name for name in table.header if name in gone]
    labels = [row[0] for row in table.rows]
    lines = []
    for label, row in zip(labels, _only(table, names)[1], strict=True):
        cells = [f"{name} {cell}" for name, cell in zip(names, row, strict=True) if cell]
        if cells:
            prefix = f"{label}: " if len(labels) > 1 else ""
            lines += folded(visible(prefix + ", ".join(cells)), width)
    return ["", *lines]


def _paragraph(header: Sequence[str], row: Sequence[str], width: int | None) -> list[str]:
    """Say each cell that holds something, after the name of the loss, the component or the step."""
    phrases = [visible(f"{name} {cell}") for name, cell in zip(header, row, strict=True) if cell]
    if header[0] not in {"loss", "component", "step"}:
        return folded(", ".join(phrases), width)
    first = phrases[0] if header[0] == "step" else phrases[0].removeprefix(f"{header[0]} ")
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
    return painted(text, BOLD, colour=colour)


def wrapped(text: str, indent: str = "  ", first: str | None = None, width: int = 78) -> str:
    """Wrap a paragraph."""
    return fill(
        text, width, initial_indent=indent if first is None else first, subsequent_indent=indent
    )


def definitions(rows: Sequence[tuple[str, str]]) -> str:
    """Write a name and its text a line, in two columns; a text wraps in its own."""
    column = max((len(name) for name, _ in rows), default=0) + 4
    return "\n".join(wrapped(text, " " * column, f"  {name}".ljust(column)) for name, text in rows)


def continued(command: str, width: int) -> list[str]:
    """Break a command of a shell where it does not fit; a backslash continues a line."""
    lines: list[str] = []
    for word in command.split(" "):
        if lines and len(lines[-1]) + 1 + len(word) <= width - 2:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return [line + " \\" for line in lines[:-1]] + lines[-1:]


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
