"""Delimited tables, with the silent traps of their parsers turned into errors.

A header shorter than its rows, duplicate names, blank lines, text among numbers, ``NA`` read as
NaN, a missing header: each would give a wrong number in silence, so each is refused. A table is
read forwards once, in pieces that several threads parse; see `csv_rows`, `csv_cells` and `spill`.
"""

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import IO, Any

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.core.threads import begin, worker_count
from lossctl.engine.sources import Source
from lossctl.io.csv_cells import CellParser, Parsed
from lossctl.io.csv_dialect import find_dialect
from lossctl.io.csv_rows import LONGEST_ROW, PIECE, CellError, Piece, RowSplitter, SingleSpaced
from lossctl.io.gathered import Gathered
from lossctl.io.json_paths import Records
from lossctl.io.list_cells import numbers_of, parse_lists
from lossctl.io.opening import ColumnFile, Opening, RowOrder
from lossctl.io.spill import Store
from lossctl.io.streams import UNREADABLE, Resumed, read_full, unreadable
from lossctl.io.table_columns import TableColumn, column_source

SNIFFED = 1 << 20  # bytes looked at to find the header and the delimiter
HEADER_AND_ROW = 2


class CsvTable(ColumnFile):
    """A table in a stream; only the columns asked for are kept."""

    def __init__(
        self,
        stream: IO[bytes],
        label: str,
        *,
        size: int = 0,
        header: bool | None = None,
        delimiter: str | None = None,
        threads: int | None = None,
        decimal: str | None = None,
    ) -> None:
        """Look at the first lines to find delimiter and columns.

        `size` is the number of bytes of `stream` where that is known, for the progress.
        """
        self.label, self._size, self._threads = label, size, threads
        self._decimal = decimal or "."
        self._columns: dict[str, TableColumn] = {}
        self._texts: dict[str, list[Array]] = {}
        try:
            head = _first_lines(stream)
            decoder = codecs.getincrementaldecoder("utf-8-sig")()
            start = decoder.decode(head, final=len(head) < SNIFFED)
            self.dialect = find_dialect(
                start, label, header=header, delimiter=delimiter, decimal=self._decimal
            )
        except (UnicodeError, csv.Error, *UNREADABLE) as error:
            raise _unreadable(label, error) from None
        self.names, self.note = self.dialect.columns, self.dialect.note
        skipped = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
        for _ in range(self.dialect.header_lines):
            skipped = head.find(b"\n", skipped) + 1 or len(head)
        self._stream: Any = Resumed(head[skipped:], stream)
        if self.dialect.spaced:
            self._stream = io.BufferedReader(SingleSpaced(self._stream), PIECE)
        self._lists = Records(dict(self.dialect.lists))

    def has(self, name: str) -> bool:
        """Whether there is such a column, or a place in its lists."""
        return name in self.names or self._lists.steps(name) is not None

    def expand(self, name: str) -> list[str]:
        """Return the columns of a name: those of its labels where it holds scores by label."""
        return self._lists.expand(name) if self._lists.steps(name) is not None else [name]

    def load(
        self,
        names: Sequence[str],
        texts: Sequence[str],
        store: Store,
        watched: Mapping[str, RowOrder] = {},
    ) -> None:
        """Read these columns from the stream, those in `texts` as text."""
        gathered = {name: Gathered(name, self.label, decimal=self._decimal) for name in names}
        lists = {n: c for n, c in gathered.items() if self._lists.steps(n) is not None}
        columns = dict.fromkeys(self._lists.column(name) for name in lists)
        self._texts = {name: [] for name in texts}
        advance, rows = begin("bytes", self._size), 0
        try:
            plain = [name for name in names if name not in lists]
            for parsed in self._parsed(plain, [*dict.fromkeys([*texts, *watched, *columns])]):
                for name, (array, sort) in parsed.numbers.items():
                    gathered[name].add(array, sort, store, parsed.rows)
                for name in texts:
                    self._texts[name].append(parsed.texts[name])
                for name, order in watched.items():
                    order.add(parsed.texts[name].tolist())
                if lists:
                    self._add_lists(lists, columns, parsed, rows, store)
                rows += parsed.rows
                advance(parsed.size)
        except CellError as problem:
            raise problem.placed(self.label, rows) from None
        except (UnicodeError, csv.Error, *UNREADABLE) as error:
            raise _unreadable(self.label, error) from None
        self._columns = {name: column.finish() for name, column in gathered.items()}

    def _add_lists(
        self,
        lists: Mapping[str, Gathered],
        columns: Iterable[str],
        parsed: Parsed,
        rows: int,
        store: Store,
    ) -> None:
        """Add cells that hold lists, or a place in them."""

        def place(number: int) -> str:
            return f"{self.label}: data row {rows + number + 1}"

        cells = {n: parse_lists(parsed.texts[n].tolist(), n, self.label, rows) for n in columns}
        records = [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]
        kept: dict[Any, Any] = {}
        for name, column in lists.items():
            found = self._lists.cells(records, name, place, kept)
            column.add(*numbers_of(found, column, rows), store, parsed.rows)

    def _parsed(self, names: Sequence[str], texts: Sequence[str]) -> Iterator[Parsed]:
        dialect = self.dialect
        parser = CellParser(
            self.label, dialect.delimiter, dialect.columns, names, texts, self._decimal
        )
        splitter = RowSplitter(self.label, dialect.delimiter, len(dialect.columns))
        pieces, workers = splitter.pieces(self._stream), worker_count(self._threads)
        if workers == 1:
            yield from map(parser.parse, pieces)
            return
        with ThreadPoolExecutor(workers) as pool:
            yield from in_order(pool, parser, pieces, workers + 1)

    def source(self, names: Sequence[str], *, flat: bool = True) -> Source:
        """Return loaded columns as an array, 1-D when `flat` and there is only one."""
        columns = [self._columns[name] for name in names]
        return column_source(self.label, columns, flat=flat, decimal=self._decimal)

    def text(self, name: str) -> Array:
        """Return a loaded column as text, empty cells as empty strings."""
        return np.concatenate(self._texts[name])


def _first_lines(stream: IO[bytes]) -> bytes:
    """Read the start of a table, as far as its first row at least."""
    head = read_full(stream, SNIFFED)
    while len(head) < LONGEST_ROW and _rows_begun(head) < HEADER_AND_ROW:
        more = read_full(stream, SNIFFED)
        if not more:
            break
        head += more
    return head


def _rows_begun(head: bytes) -> int:
    """Count the whole lines of a start behind its comments, as far as they matter."""
    at = 0
    while head.startswith(b"#", at) and (end := head.find(b"\n", at)) >= 0:
        at = end + 1
    return min(head.count(b"\n", at), HEADER_AND_ROW)


def in_order(
    pool: ThreadPoolExecutor, parser: CellParser, pieces: Iterable[Piece], ahead: int
) -> Iterator[Parsed]:
    """Parse pieces in a pool, a few ahead; an error of reading comes after those it follows."""
    waiting: deque[Future[Parsed]] = deque()
    broken: Exception | None = None
    source = iter(pieces)
    while True:
        try:
            piece = next(source, None)
        except Exception as error:  # noqa: BLE001 - raised again when its turn comes
            piece, broken = None, error
        if piece is None:
            break
        waiting.append(pool.submit(copy_context().run, parser.parse, piece))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
    if broken is not None:
        raise broken


def read_csv(stream: IO[bytes], opening: Opening, delimiter: str | None = None) -> CsvTable:
    """Begin a table in a stream; its delimiter is the one said, `delimiter`, or found."""
    tables = opening.tables
    return CsvTable(
        stream,
        opening.label,
        size=opening.size,
        header=tables.header,
        delimiter=tables.delimiter or delimiter,
        threads=tables.threads,
        decimal=tables.decimal,
    )


def read_tsv(stream: IO[bytes], opening: Opening) -> CsvTable:
    """Begin a table of tabs in a stream."""
    return read_csv(stream, opening, "\t")


def _unreadable(label: str, error: BaseException) -> DataError:
    if isinstance(error, UnicodeError):
        return DataError(f"{label}: not UTF-8 text; save the table as UTF-8")
    if isinstance(error, csv.Error):
        return DataError(
            f"{label}: its line ends are not recognized; save it with LF or CRLF line ends"
        )
    return unreadable(label, error)
