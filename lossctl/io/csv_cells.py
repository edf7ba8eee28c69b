"""Parse pieces of delimited text into columns of numbers, exactly.

Compiled loops, where there are any, parse pieces of plain numbers fastest. With pyarrow at hand it
parses the other plain pieces, which is several times faster; whatever it refuses or might read
otherwise goes through pandas and the checks around it, so the numbers and the errors are those of
pandas.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from typing import Any, TypeAlias

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.core.spelling import shortened
from lossctl.engine.sources import EXACT_INTEGERS
from lossctl.engine.text_labels import MISSING, is_number
from lossctl.io.csv_rows import (
    CellError,
    Piece,
    blank_row,
    first_problem,
    has_blank_lines,
    rows_are_full,
)
from lossctl.io.json_numbers import ANY_CELL, NUMBER_CELL, columns_of_lines
from lossctl.io.pyarrow_compat import arrow, part_of_arrow, values_of, with_nan

EMPTY = sorted(MISSING)  # what may be read as NaN; NA and null are text here
HEX = (b"x", b"X")  # pyarrow reads 0x10 as an integer

MOST_DIGITS = len(str(EXACT_INTEGERS))

Cells: TypeAlias = tuple[Array, str]


@dataclass(frozen=True)
class Parsed:
    """The columns of a piece: numbers with their sort, and texts."""

    rows: int
    numbers: dict[str, Cells]
    texts: dict[str, Array]
    size: int


@dataclass
class CellParser:
    """Parses pieces of one table, from several threads.

    Attributes
    ----------
    label
        What messages call the table.
    delimiter, columns
        How the table is written.
    names, texts
        The columns to read; those in `texts` as text.
    decimal
        What stands before the decimals of a number.
    """

    label: str
    delimiter: str
    columns: tuple[str, ...]
    names: Sequence[str]
    texts: Sequence[str]
    decimal: str = "."
    _whole: set[str] = field(default_factory=set)  # columns that held integers so far

    def __post_init__(self) -> None:
        self._whole = set(self.names)
        self._fast = len(self.delimiter.encode()) == 1 and find_spec("pyarrow") is not None

    def parse(self, piece: Piece) -> Parsed:
        """Parse a piece.

        Raises
        ------
        CellError
            For a row or cell that is wrong, counted within the piece.
        DataError
            For text that is no table.
        """
        if piece.after_blank:
            raise blank_row(1)
        if piece.problem is not None:
            raise piece.problem
        data = piece.data
        parsed = self._by_loops(piece) if self.names and not piece.checked else None
        if parsed is None or len(self.names) < len(self.columns):  # there are cells nobody read
            if b"\0" in data:
                raise DataError(f"{self.label}: holds NUL characters; not a text table")
            if not data.isascii():
                data.decode()
        may_be_fast = self.names and self._fast and not piece.checked
        if parsed is None and may_be_fast and _is_plain(data):
            parsed = self._by_arrow(piece)
        if parsed is None:
            parsed = self._by_pandas(piece)
        if not self.texts:
            return parsed
        frame = self._frame(data, self.texts, str)
        texts = {name: _text(frame[self.columns.index(name)]) for name in self.texts}
        return replace(parsed, texts=texts, rows=len(frame))

    def _by_loops(self, piece: Piece) -> Parsed | None:
        """Parse a piece whose cells are plain numbers; None for any other."""
        mark = self.delimiter.encode()
        if self.decimal != "." or len(mark) != 1:
            return None
        end = b"\r" if piece.data[: piece.data.find(b"\n")].endswith(b"\r") else b""
        literals = (b"", *[mark] * (len(self.columns) - 1), end)
        names = {self.columns.index(name): name for name in self.names}
        kinds = bytes(
            NUMBER_CELL if place in names else ANY_CELL for place in range(len(self.columns))
        )
        found = columns_of_lines(piece.data, literals, kinds)
        if found is None:
            return None
        numbers = dict(zip([names[place] for place in sorted(names)], found, strict=True))
        return Parsed(len(found[0][0]), numbers, {}, piece.size)

    def _by_pandas(self, piece: Piece) -> Parsed:
        data, width = piece.data, len(self.columns)
        if not piece.checked and not rows_are_full(data, self.delimiter, width):
            problem = first_problem(data, self.delimiter, width)
            if problem is not None:
                raise problem
        if not self.names:
            return Parsed(0, {}, {}, piece.size)
        frame = self._frame(data, self.names)
        numbers = {
            name: sorted_cells(frame[self.columns.index(name)], name, self.decimal)
            for name in self.names
        }
        return Parsed(len(frame), numbers, {}, piece.size)

    def _frame(self, data: bytes, names: Sequence[str], dtype: type | None = None) -> Any:
        import pandas as pd

        exact: dict[str, Any] = {}
        if _version(pd.__version__) < (3, 1):  # later versions parse floats exactly anyway
            exact["float_precision"] = "round_trip"
        try:
            return pd.read_csv(
                io.BytesIO(data),
                sep=self.delimiter,
                decimal=self.decimal,
                header=None,
                names=range(len(self.columns)),
                usecols=sorted(self.columns.index(name) for name in names),
                dtype=dtype,
                index_col=False,
                skip_blank_lines=False,
                keep_default_na=False,
                na_values=EMPTY,
                low_memory=False,
                on_bad_lines="error",
                **exact,
            )
        except (UnicodeError, csv.Error):
            raise
        except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
            raise DataError(f"{self.label}: {_parser_message(error)}") from None

    def _by_arrow(self, piece: Piece) -> Parsed | None:
        """Parse a plain piece; None where pyarrow will not, or might read what pandas does not."""
        first = piece.data[: piece.data.find(b"\n")].rstrip(b"\r").split(self.delimiter.encode())
        if len(first) != len(self.columns):
            return None
        whole = {n for n in self._whole if _looks_whole(first[self.columns.index(n)])}
        if whole and any(letter in piece.data for letter in HEX):
            whole = set()
        columns = self._arrow_columns(piece.data, self.names, whole)
        if columns is None and whole:
            whole = self._find_whole(piece.data, whole)
            self._whole = whole
            columns = self._arrow_columns(piece.data, self.names, whole)
        if columns is None:
            return None
        has_nulls = any(column.null_count for column in columns.values())
        if has_nulls and has_blank_lines(piece.data):  # which pyarrow fills with nulls
            return None
        numbers = {}
        for name, column in columns.items():
            array = with_nan(*values_of(column.chunk(0)))
            if array.dtype.kind == "i":
                numbers[name] = (array, "whole")
                continue
            cells = _real(array)
            if cells[1] == "real" and name not in whole and _is_whole(array):
                return None  # text of integers or of floats? pandas sees the difference
            numbers[name] = cells
        return Parsed(len(array), numbers, {}, piece.size)

    def _find_whole(self, data: bytes, names: set[str]) -> set[str]:
        return {name for name in names if self._arrow_columns(data, [name], {name}) is not None}

    def _arrow_columns(
        self, data: bytes, names: Sequence[str], whole: set[str]
    ) -> dict[str, Any] | None:
        pa, reader = arrow(), part_of_arrow("csv")
        places = {name: str(self.columns.index(name)) for name in names}
        types = {places[n]: pa.int64() if n in whole else pa.float64() for n in names}
        try:
            table = reader.read_csv(
                pa.BufferReader(data),
                read_options=reader.ReadOptions(
                    use_threads=False,
                    block_size=len(data) + 1,
                    column_names=[str(number) for number in range(len(self.columns))],
                ),
                parse_options=reader.ParseOptions(
                    delimiter=self.delimiter, quote_char=False, ignore_empty_lines=False
                ),
                convert_options=reader.ConvertOptions(
                    column_types=types,
                    include_columns=list(places.values()),
                    null_values=EMPTY,
                    decimal_point=self.decimal,
                ),
            )
        except (pa.ArrowException, ValueError):
            return None
        if any(table.column(place).num_chunks != 1 for place in places.values()):
            return None
        return {name: table.column(place) for name, place in places.items()}


def _is_plain(data: bytes) -> bool:
    """Whether pyarrow sees the same line ends as pandas."""
    return b"\r" not in data or data.count(b"\r") == data.count(b"\r\n")


def _looks_whole(cell: bytes) -> bool:
    return cell.strip().lstrip(b"-").isdigit()


def _real(array: Array) -> Cells:
    """Sort floats: those that are all NaN come from empty cells."""
    return array, "empty" if np.isnan(array[:1]).all() and np.isnan(array).all() else "real"


def _is_whole(array: Array) -> bool:
    """Whether all numbers are integers; the first few usually settle it."""
    return all((np.floor(part) == part).all() for part in (array[:64], array[64:]))


def sorted_cells(column: Any, name: str, decimal: str = ".") -> Cells:
    """Return a column of a data frame as numbers, or as text where some cell is no number."""
    kind = column.dtype.kind
    if kind == "f":
        return _real(column.to_numpy())
    if kind == "i":
        return column.to_numpy(), "whole"
    if kind == "b":
        return column.to_numpy(), "truth"
    cells = column.astype(object)
    if any(isinstance(cell, str) and not is_number(cell, decimal) for cell in cells):
        return _text(column), "text"
    for row, text in enumerate(map(str, cells), start=1):
        if _is_beyond(text):
            raise CellError(
                row,
                f"data row {{row}}, column {name!r}: {shortened(text, 40)} is beyond 2^53, where "
                "float64 cannot hold every integer; subtract a common offset first",
            )
    truth = any(isinstance(cell, bool) for cell in cells)
    if decimal != ".":
        cells = [c.replace(decimal, ".") if isinstance(c, str) else c for c in cells]
    return np.asarray(cells, dtype=np.float64), "truth+empty" if truth else "real"


def _is_beyond(text: str) -> bool:
    """Whether a text is an integer that float64 may not hold; Python reads 4300 digits at most."""
    digits = text.lstrip("+-").lstrip("0")
    return digits.isdecimal() and (len(digits) > MOST_DIGITS or int(digits) > EXACT_INTEGERS)


def _text(column: Any) -> Array:
    return np.asarray(column.astype(object).where(column.notna(), "").astype(str), dtype=str)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2] if part.isdigit())


def _parser_message(error: Exception) -> str:
    text = str(error).replace("Error tokenizing data. C error: ", "").strip()
    return f"the rows are ragged or a quote is not closed ({text})"
