"""Delimited tables by pandas, with its silent traps turned into errors.

A header shorter than its rows, duplicate names, blank lines, text among numbers, ``NA`` read as
NaN, a missing header: each would give a wrong number in silence, so each is refused.
"""

import csv
import fnmatch
import gzip
import io
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from lossctl.core.errors import DataError, LossctlError, UsageError
from lossctl.core.loss import Array
from lossctl.core.spelling import did_you_mean
from lossctl.engine.numbers import EXACT_INTEGERS
from lossctl.engine.sources import ArraySource
from lossctl.io.rows import rows_are_full

if TYPE_CHECKING:
    import pandas as pd

DELIMITERS = ",;\t|"
EMPTY = ["", "nan", "NaN", "NAN", "-nan"]  # what pandas may read as NaN; NA and null are text here
SNIFFED = 1 << 20  # bytes looked at to find the header and the delimiter


@dataclass(frozen=True)
class Dialect:
    """How a table is written: its delimiter, its column names, whether they stand in the file."""

    delimiter: str
    columns: tuple[str, ...]
    has_header: bool


class TableColumns(ArraySource):
    """Columns of a table as an array: (rows,) for one named column, (rows, columns) for several."""

    def __init__(self, array: Array, label: str, columns: Sequence[str]) -> None:
        """Keep the names of the columns for messages."""
        super().__init__(array, label)
        self.columns = tuple(columns)

    def where(self, index: tuple[int, ...]) -> str:
        """Name an element by its data row, counted from 1, and its column."""
        column = f", column {self.columns[index[1]]!r}" if len(index) > 1 else ""
        return f"data row {index[0] + 1}{column}" if index else "the only row"


class Table:
    """A table in a file or a stream; only the columns asked for are read, once."""

    def __init__(
        self,
        open_text: Callable[[], IO[str]],
        label: str,
        *,
        header: bool = True,
        delimiter: str | None = None,
    ) -> None:
        """Look at the first lines to find delimiter and columns."""
        self.open_text = open_text
        self.label = label
        try:
            with open_text() as stream:
                self.dialect = _dialect(stream, label, header=header, delimiter=delimiter)
        except (UnicodeError, EOFError, OSError, zlib.error, csv.Error) as error:
            raise _unreadable(label, error) from None
        self._frame: pd.DataFrame | None = None
        self._loaded: tuple[str, ...] = ()

    def resolve(self, selector: str | None) -> list[str]:
        """Return the column names a selector stands for.

        A selector is a name, ``first:last``, a glob (``p_*``) or several of these with commas;
        None stands for every column.
        """
        columns = self.dialect.columns
        if selector is None:
            names = list(columns)
            if "" in names:
                raise DataError(
                    f"{self.label}: column {names.index('') + 1} has no name (an index saved with "
                    "the table?); choose columns by name"
                )
        elif selector in columns:
            names = [selector]
        else:
            names = [name for part in selector.split(",") for name in self._part(part.strip())]
        for name in names:
            if columns.count(name) > 1:
                raise DataError(
                    f"{self.label}: {columns.count(name)} columns are called {name!r}; rename them"
                )
        return names

    def _part(self, part: str) -> list[str]:
        columns = self.dialect.columns
        if part in columns:
            return [part]
        first, colon, last = part.partition(":")
        if colon and first in columns and last in columns:
            at, end = columns.index(first), columns.index(last)
            if at <= end:
                return list(columns[at : end + 1])
        matches = [name for name in columns if fnmatch.fnmatchcase(name, part)]
        if not matches:
            hint = did_you_mean(part, columns)
            shown = ", ".join(map(repr, columns[:12])) + (", …" if len(columns) > 12 else "")
            raise UsageError(f"{self.label}: no column {part!r}; it has {shown}{hint}")
        return matches

    def load(self, names: Sequence[str], texts: Sequence[str] = ()) -> None:
        """Read these columns from the file, those in `texts` as text."""
        self._frame = _read(self, names, texts)
        self._loaded = tuple(names)

    def source(self, names: Sequence[str], *, flat: bool) -> TableColumns:
        """Return loaded columns as an array, 1-D when `flat` and there is only one."""
        if self._frame is None or not set(names) <= set(self._loaded):
            self.load(names)
        assert self._frame is not None  # noqa: S101 - load fills it
        arrays = [_numbers(self._frame[name], name, self.label) for name in names]
        array = arrays[0] if flat and len(arrays) == 1 else np.stack(arrays, axis=1)
        return TableColumns(array, self.label, names)

    def text(self, name: str) -> Array:
        """Return a loaded column as text, empty cells as empty strings."""
        assert self._frame is not None  # noqa: S101 - load fills it
        column = self._frame[name]
        return np.asarray(column.astype(object).where(column.notna(), "").astype(str), dtype=str)


def open_table(
    path: Path, label: str, *, header: bool = True, delimiter: str | None = None
) -> Table:
    """Open a delimited table in a file, gzip-compressed or not."""
    packed = path.suffix == ".gz"
    if delimiter is None and Path(path.stem if packed else path.name).suffix == ".tsv":
        delimiter = "\t"

    def open_text() -> IO[str]:
        opener: Any = gzip.open if packed else Path.open
        return opener(path, "rt", encoding="utf-8-sig", newline="")

    return Table(open_text, label, header=header, delimiter=delimiter)


def table_from_bytes(
    data: bytes, label: str, *, header: bool = True, delimiter: str | None = None
) -> Table:
    """Open a delimited table held in memory."""
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise _unreadable(label, error) from None

    def open_text() -> IO[str]:
        return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")

    return Table(open_text, label, header=header, delimiter=delimiter)


def _unreadable(label: str, error: BaseException) -> DataError:
    if isinstance(error, UnicodeError):
        return DataError(f"{label}: not UTF-8 text; save the table as UTF-8")
    if isinstance(error, csv.Error):
        return DataError(
            f"{label}: its lines cannot be told apart; save it with ordinary line ends"
        )
    return DataError(f"{label}: cannot be read ({error})")


def _dialect(stream: IO[str], label: str, *, header: bool, delimiter: str | None) -> Dialect:
    start = stream.read(SNIFFED)
    if "\0" in start:
        raise DataError(f"{label}: holds NUL characters; not a text table")
    if not start.strip():
        raise DataError(f"{label}: the table is empty")
    if delimiter is None:
        first_line = start.lstrip("\r\n").split("\n", 1)[0]
        delimiter = max(DELIMITERS, key=first_line.count)
    rows = csv.reader(io.StringIO(start), delimiter=delimiter)
    first, second = next(rows, []), next(rows, None)
    if not first:
        raise DataError(f"{label}: its first line is blank; a header with column names is needed")
    if header and second is not None and second and len(second) != len(first):
        raise DataError(
            f"{label}: the header has {len(first)} columns, the first row {len(second)}; "
            f"the columns would shift (is {delimiter!r} the delimiter? --delimiter says another)"
        )
    if not header:
        return Dialect(delimiter, tuple(map(str, range(len(first)))), has_header=False)
    names = tuple(name.strip() for name in first)
    if all(_is_number(name) for name in names):
        raise DataError(
            f"{label}: the first line {','.join(names[:4])} looks like data; a header with column "
            "names is needed, or say --no-header and choose columns by number"
        )
    if second is None:
        raise DataError(f"{label}: has a header but no rows")
    return Dialect(delimiter, names, has_header=True)


def _is_number(text: str) -> bool:
    """Whether a cell is a number as tables write them; Python's ``1_0`` is none."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _read(table: "Table", names: Sequence[str], texts: Sequence[str]) -> "pd.DataFrame":
    """Read columns, `texts` as text, after checking that every row has as many cells as the header.

    pandas cannot check that: it fills short rows with NaN and, reading only some columns, cuts
    long ones.
    """
    import pandas as pd

    dialect, label = table.dialect, table.label
    positions = [dialect.columns.index(name) for name in names]
    exact: dict[str, Any] = {}
    if _version(pd.__version__) < (3, 1):  # later versions parse floats exactly anyway
        exact["float_precision"] = "round_trip"
    try:
        if not rows_are_full(table.open_text, dialect.delimiter, len(dialect.columns)):
            _require_full_rows(table)
        with table.open_text() as stream:
            frame = pd.read_csv(
                stream,
                sep=dialect.delimiter,
                header=None,
                skiprows=1 if dialect.has_header else 0,
                names=range(len(dialect.columns)),
                usecols=positions,
                dtype={dialect.columns.index(name): str for name in texts},
                index_col=False,
                skip_blank_lines=False,
                keep_default_na=False,
                na_values=EMPTY,
                low_memory=False,
                on_bad_lines="error",
                **exact,
            )
    except LossctlError:
        raise
    except (UnicodeError, EOFError, OSError, zlib.error, csv.Error) as error:
        raise _unreadable(label, error) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise DataError(f"{label}: {_parser_message(error)}") from None
    frame = _without_trailing_blanks(frame, table.open_text)
    return frame[positions].set_axis(list(names), axis=1)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2] if part.isdigit())


def _require_full_rows(table: "Table") -> None:
    """Find the row that has too many cells or too few; pandas would shift or fill it."""
    width = len(table.dialect.columns)
    with table.open_text() as stream:
        rows = csv.reader(stream, delimiter=table.dialect.delimiter)
        blank = 0
        for number, row in enumerate(rows, start=0 if table.dialect.has_header else 1):
            if not row:
                blank = blank or number
                continue
            if blank:
                raise DataError(f"{table.label}: data row {blank} is a blank line")
            if len(row) != width:
                raise DataError(
                    f"{table.label}: data row {number} has {len(row)} cells, the header {width}; "
                    "the columns would shift"
                )


def _parser_message(error: Exception) -> str:
    text = str(error).replace("Error tokenizing data. C error: ", "").strip()
    return f"the rows are ragged or a quote is not closed ({text})"


def _without_trailing_blanks(
    frame: "pd.DataFrame", open_text: Callable[[], IO[str]]
) -> "pd.DataFrame":
    """Drop blank lines at the very end, which editors leave; elsewhere they stay and are NaN."""
    if not len(frame) or not frame.iloc[-1].isna().all():
        return frame
    blank = 0
    with open_text() as stream:
        for line in stream:
            blank = 0 if line.strip() else blank + 1
    return frame.iloc[: len(frame) - blank]


def _numbers(column: Any, name: str, label: str) -> Array:
    """Return a column as an array; the first cell that is no number is an error."""
    if column.dtype.kind in "biuf":
        return np.asarray(column.to_numpy())
    cells = column.astype(object)
    for row, cell in enumerate(cells, start=1):
        text = str(cell)
        if isinstance(cell, str) and not _is_number(text):
            hint = " (a decimal comma? write a point)" if "," in text else ""
            raise DataError(
                f"{label}: data row {row}, column {name!r}: {text!r} is not a number{hint}"
            )
        if text.lstrip("+-").isdigit() and abs(int(text)) > EXACT_INTEGERS:
            raise DataError(
                f"{label}: data row {row}, column {name!r}: {text} is beyond 2^53, where float64 "
                "skips integers; subtract a common offset first"
            )
    return np.asarray(cells, dtype=np.float64)
