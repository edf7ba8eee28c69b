"""How a table of text is written: its delimiter, its header, comments before it, lists in cells."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from lossctl.core.errors import DataError
from lossctl.core.spelling import option
from lossctl.engine.text_labels import is_number
from lossctl.io.list_cells import is_list, parse_lists

DELIMITERS = ",;\t|"
COMMENT = "#"
COMMA = ","
TOLD = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)
RECURS = 1000  # rows looked at for a text of the first line


@dataclass(frozen=True)
class CsvDialect:
    """How a table is written, as its first lines show.

    Attributes
    ----------
    delimiter, columns
        What stands between the cells, and the names of the columns.
    header_lines
        The lines before the first row: the header, and comments before it.
    spaced
        Whether any white space stands between the cells.
    lists
        The first row of the columns whose cells are lists.
    note
        What is to be said of how the first line was read.
    """

    delimiter: str
    columns: tuple[str, ...]
    header_lines: int
    spaced: bool = False
    lists: Mapping[str, Any] = field(default_factory=dict)
    note: str | None = None


def find_dialect(
    start: str, label: str, *, header: bool | None, delimiter: str | None, decimal: str
) -> CsvDialect:
    """Find how a table is written from its start.

    Where `header` is None, a first line of numbers is data unless it can be names.

    Raises
    ------
    DataError
        For a text that is no table, or one whose columns would shift.
    """
    if "\0" in start:
        raise DataError(f"{label}: holds NUL characters; not a text table")
    if not start.strip():
        raise DataError(f"{label}: the table is empty")
    comments, start = _comments(start)
    match = TOLD.match(start)
    before = len(comments)
    if match:  # a line of Excel's
        delimiter, start, before = delimiter or match[1], start[match.end() :], before + 1
    if not start.strip():
        raise DataError(f"{label}: holds only comments, no rows")
    lines = [line for line in start.split("\n", 3) if line.strip()][:2]
    if delimiter is None:
        delimiter = _delimiter(lines, decimal)
    spaced = delimiter == " "
    rows = csv.reader(_lines(start, spaced=spaced), delimiter=delimiter)
    first = next(rows, [])
    taken = rows.line_num
    second = next(rows, None)
    if not first:
        raise DataError(f"{label}: its first line is blank, but must hold the column names")
    named = None if header is False else _named_by_comment(comments, first, second, delimiter)
    is_data = header is False
    if header is None:
        is_data = _is_data(first, second, label) or _recurs(first, second, rows)
    if is_data or named is not None:
        names = named or tuple(map(str, range(len(first))))
        lists = _lists(names, first, label)
        note = None
        if header is None and named is None:
            said = option("header", value=False)
            note = f"{label}: the first line is read as data, not as a header; confirm with {said}"
        return CsvDialect(delimiter, names, before, spaced, lists, note)
    names = _names(first, second, label, delimiter)
    lists = _lists(names, second or (), label)
    return CsvDialect(delimiter, names, before + taken, spaced, lists)


def _names(
    first: Sequence[str], second: Sequence[str] | None, label: str, delimiter: str
) -> tuple[str, ...]:
    """Return the names that the first line gives to the columns."""
    if second and len(second) != len(first):
        raise DataError(_shifted(label, first, second, delimiter))
    names = tuple(name.strip() for name in first)
    if second is None:
        raise DataError(f"{label}: has a header but no rows")
    return names


def _is_data(first: Sequence[str], second: Sequence[str] | None, label: str) -> bool:
    """Whether a first line holds data: numbers, but for those that number columns.

    Data frames number columns 0, 1, 2, … that have no names. Such a line is one of names where
    the next one holds other than whole numbers.

    Raises
    ------
    DataError
        Where it may be either.
    """
    if not all(_are_numbers(first)):
        return False
    if not all(map(_is_whole, first)):
        return True
    numbers = [int(cell) for cell in first]
    counts = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    if not counts or (len(numbers) == 1 and numbers[0] != 0):
        return True
    if len(numbers) > 1 and second and not all(map(_is_whole, second)):
        return False
    raise DataError(
        f"{label}: the first line {','.join(first[:4])} may be column numbers or data; choose with "
        f"{option('header', value=True)} or {option('header', value=False)}"
    )


def _recurs(first: Sequence[str], second: Sequence[str] | None, rows: Any) -> bool:
    """Whether a text of a first line stands in its column again, as labels do and no name does.

    Where all cells are text, only a lone column shows that: a table may repeat its header.
    """
    if len(first) > 1 and not any(_are_numbers(first)):
        return False
    texts = {at: cell for at, cell in enumerate(first) if cell.strip() and not is_number(cell)}
    with suppress(csv.Error):  # reading the rows says what is wrong with them
        for row in (second or [], *islice(rows, RECURS)):
            if any(row[at : at + 1] == [cell] for at, cell in texts.items()):
                return True
    return False


def _is_whole(cell: str) -> bool:
    digits = cell.strip().lstrip("+-")
    return digits.isascii() and digits.isdigit()


def _comments(start: str) -> tuple[list[str], str]:
    """Split off the comment lines a text begins with, as ``numpy.savetxt`` writes its header."""
    comments = []
    while start.startswith(COMMENT):
        line, _, start = start.partition("\n")
        comments.append(line)
    return comments, start


def _lines(start: str, *, spaced: bool) -> Any:
    text = io.StringIO(start)
    # a line of blanks only stays a line, which is a blank row
    return (f"{' '.join(line.split())}\n" for line in text) if spaced else text


def _delimiter(lines: Sequence[str], decimal: str) -> str:
    """Find the delimiter in the first two lines: the most frequent in the first, or white space."""
    first = lines[0]
    known = [mark for mark in DELIMITERS if mark != decimal]
    found = max(known, key=first.count)
    if found in first:
        return found
    if decimal in first and decimal in DELIMITERS:  # quoted cells with the decimal comma
        return decimal
    rows = list(csv.reader(_lines("\n".join(lines), spaced=True), delimiter=" "))
    widths = {len(row) for row in rows}
    numbers = any(is_number(cell, decimal) for cell in rows[-1])
    bare = not any(mark in line for line in lines for mark in "'[(")
    if '"' in first:  # R leaves the names of the rows out of the header
        widths = {len(rows[0]), *(len(row) - 1 for row in rows[1:] if len(row) > len(rows[0]))}
    return " " if widths != {1} and len(widths) == 1 and numbers and bare else found


def _named_by_comment(
    comments: Sequence[str], row: Sequence[str], second: Sequence[str] | None, delimiter: str
) -> tuple[str, ...] | None:
    """Return the names that the last comment gives to the columns, if a row of data follows it.

    A row is one of data where it holds numbers, and the next one holds them in the same columns.
    """
    if not comments or not any(_are_numbers(row)):
        return None
    if (second and _are_numbers(second) != _are_numbers(row)) or _counts(row):
        return None
    text = comments[-1].strip().lstrip(COMMENT).strip()
    cells = text.split() if delimiter == " " else next(csv.reader([text], delimiter=delimiter), [])
    names = tuple(cell.strip() for cell in cells)
    return names if len(names) == len(row) and not any(map(is_number, names)) else None


def _counts(row: Sequence[str]) -> bool:
    """Whether a row is a header of names and the numbers 0, 1, 2, … or 1, 2, 3, …."""
    numbers = [cell.strip() for cell in row if is_number(cell)]
    counted = [[str(n + first) for n in range(len(numbers))] for first in (0, 1)]
    return 1 < len(numbers) < len(row) and numbers in counted


def _are_numbers(row: Sequence[str]) -> list[bool]:
    return [is_number(cell) or is_number(cell, COMMA) for cell in row]


def _shifted(label: str, first: Sequence[str], second: Sequence[str], delimiter: str) -> str:
    text = (
        f"{label}: the header has {len(first)} columns, the first row {len(second)}, so columns "
        "cannot be matched"
    )
    if second[0].startswith(COMMENT):
        return f"{text} (a comment line? such lines are allowed only before the header)"
    if len(second) == len(first) + 1 and (second[0] == "1" or not is_number(second[0])):
        return f"{text} (names of the rows? write them in R with col.names = NA)"
    return f"{text} (is {delimiter!r} the delimiter? {option('delimiter')} sets another)"


def _lists(names: Sequence[str], row: Sequence[str], label: str) -> dict[str, Any]:
    """Return the columns whose cell in the first row is a list, with it."""
    found = {}
    for name, cell in zip(names, row, strict=False):  # a blank row has no cells
        if is_list(cell):
            with suppress(DataError):  # text such as [UNK]
                found[name] = parse_lists([cell], name, label, 0)[0]
    return found
