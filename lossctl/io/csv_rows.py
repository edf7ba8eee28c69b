"""Split a stream of text into pieces of whole rows, and check how many cells every row has.

A line end inside quotes ends no row. Pieces without quotes are split at any line end; those with
quotes go through the csv module, which knows exactly where a row ends.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

from lossctl.core.errors import DataError
from lossctl.io.streams import read_full

PIECE = 2 << 20  # bytes of text parsed at a time
LONGEST_ROW = 64 << 20
SPACES, SPACES_AT_ENDS = re.compile(rb"[ \t]+"), re.compile(rb"^ | (?=\r?$)", re.MULTILINE)
csv.field_size_limit(max(csv.field_size_limit(), LONGEST_ROW))  # a cell may hold a long list
QUOTE, LINE_END, LINE_BREAKS = b'"', ord("\n"), b"\r\n"
END = "\x00end\x00"  # no cell: texts with NUL are refused before


class CellError(Exception):
    """What is wrong with a row of a piece; `row` counts from 1 within the piece."""

    def __init__(self, row: int, message: str) -> None:
        super().__init__(message)
        self.row, self.message = row, message

    def placed(self, label: str, rows_before: int) -> DataError:
        """Return the error for the user, with the row counted from the start of the data."""
        text = self.message.replace("{row}", str(self.row + rows_before))
        return DataError(f"{label}: {text}")


@dataclass(frozen=True)
class Piece:
    """Whole rows of a text.

    Attributes
    ----------
    data
        The rows, without blank lines after them.
    after_blank
        Whether a blank line stands before the first row.
    checked
        Whether the rows are known to have as many cells as they should.
    problem
        A row that has not.
    size
        Bytes of the stream that it stands for.
    """

    data: bytes
    after_blank: bool = False
    checked: bool = False
    problem: CellError | None = None
    size: int = 0


@dataclass(frozen=True)
class RowSplitter:
    """Cuts a stream of text where rows end; `width` is the number of cells of a row."""

    label: str
    delimiter: str
    width: int

    def pieces(self, stream: IO[bytes], *, quotes: bool = True) -> Iterator[Piece]:
        """Yield pieces of whole rows; without `quotes` every line end ends a row."""
        rest, blank, finished = b"", False, False
        while not finished:
            block = read_full(stream, PIECE)
            finished = not block
            data = rest + block
            checked, problem = False, None
            if quotes and QUOTE in data:
                whole, problem = self._scan(data, last=finished)
                checked = True
            else:
                whole = len(data) if finished else data.rfind(b"\n") + 1
            rest, lines = data[whole:], data[:whole]
            if len(rest) > LONGEST_ROW:
                raise DataError(f"{self.label}: a row is longer than {LONGEST_ROW} bytes")
            end = _end_of_rows(lines)
            breaks = lines.count(b"\n", end)
            if end:
                rows = lines if breaks == 1 else lines[:end] + b"\n"
                yield Piece(rows, blank, checked, problem, len(block))
                blank = False
            blank = blank or breaks > (1 if end else 0)

    def _scan(self, data: bytes, *, last: bool) -> tuple[int, CellError | None]:
        """Return where the last whole row ends, and the first row with other than `width` cells."""
        text = data if last else data[: data.rfind(b"\n") + 1]
        consumed, ended = 0, False

        # the csv module takes lines one by one, and no more than it needs for a row: after each
        # row, what was handed out is where the row ended
        def lines() -> Iterator[str]:
            nonlocal consumed, ended
            for line in io.StringIO(text.decode(), newline=""):
                consumed += len(line) if line.isascii() else len(line.encode())
                yield line
            ended = True
            yield END

        whole, check = 0, RowCheck(self.width)
        for number, row in enumerate(csv.reader(lines(), delimiter=self.delimiter), start=1):
            if row == [END]:
                return len(text), check.problem
            if ended:
                if last:
                    raise DataError(
                        f"{self.label}: the rows are ragged or a quote is not closed (it opens in "
                        f"the last {len(text) - whole} bytes)"
                    )
                return whole, check.problem
            check.see(number, row)
            whole = consumed
        return whole, check.problem


class SingleSpaced(io.RawIOBase):
    """A stream of text in which one space stands for the white space between cells."""

    def __init__(self, stream: Any) -> None:
        """Read `stream`."""
        self._stream, self._rest, self._ready = stream, b"", b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read some bytes."""
        finished = False
        while not self._ready and not finished:
            block = read_full(self._stream, PIECE)
            finished = not block
            data = self._rest + block
            # a row that is too long is handed on as it is: who splits rows refuses it
            end = len(data) if finished or len(data) > LONGEST_ROW else data.rfind(b"\n") + 1
            self._rest = data[end:]
            self._ready = SPACES_AT_ENDS.sub(b"", SPACES.sub(b" ", data[:end]))
        count = min(len(self._ready), len(buffer))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count


def _end_of_rows(text: bytes) -> int:
    """Return where the last line ends, without its line break and blank lines after it."""
    end = len(text)
    while end and text[end - 1] in LINE_BREAKS:
        end -= 1
    return end


class RowCheck:
    """Looks at row after row for the first that is blank or has another number of cells."""

    def __init__(self, width: int) -> None:
        self.problem: CellError | None = None
        self._width, self._blank = width, 0

    def see(self, number: int, row: list[str]) -> None:
        """Look at row `number`; blank rows at the end are no problem."""
        if self.problem is not None:
            return
        if not row:
            self._blank = self._blank or number
        elif self._blank:
            self.problem = blank_row(self._blank)
        elif len(row) != self._width:
            self.problem = CellError(
                number,
                f"data row {{row}} has {len(row)} cells, the header {self._width}, so columns "
                "cannot be matched",
            )


def blank_row(number: int) -> CellError:
    """Return the problem of a blank line between rows."""
    return CellError(number, "data row {row} is a blank line")


def first_problem(data: bytes, delimiter: str, width: int) -> CellError | None:
    """Find the row that has too many cells or too few, by the csv module."""
    check = RowCheck(width)
    rows = csv.reader(io.StringIO(data.decode(), newline=""), delimiter=delimiter)
    for number, row in enumerate(rows, start=1):
        check.see(number, row)
    return check.problem


def rows_are_full(data: bytes, delimiter: str, width: int) -> bool:
    """Whether every line surely has `width` cells, found by counting delimiters between line ends.

    False means that a closer look is needed: a line has another number or is blank.
    """
    mark = delimiter.encode()
    if len(mark) > 1:
        return False
    letters = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(letters == LINE_END)
    if width == 1:
        return mark not in data and not has_blank_lines(data)
    marks = np.flatnonzero(letters == mark[0])
    # delimiters before each line end; their differences are those of each line, without a loop
    before = np.searchsorted(marks, ends)
    return bool((np.diff(before, prepend=0) == width - 1).all())


def has_blank_lines(data: bytes) -> bool:
    """Whether two line ends follow each other, or one stands first."""
    return data[:1] in {b"\n", b"\r"} or b"\n\n" in data or b"\n\r" in data
