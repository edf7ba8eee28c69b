"""JSON: one record a line, or one document that is an array of records or an object of columns.

A file is read forwards once. Lines are parsed many at a time as one array, which is several times
faster than one by one, and one by one where that fails, to say which is wrong; an array is parsed
record by record, so neither is held in memory whole.
"""

import codecs
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.core.threads import begin
from lossctl.engine.sources import Source
from lossctl.io.csv_rows import LONGEST_ROW
from lossctl.io.gathered import Gathered
from lossctl.io.json_numbers import LEAST, Column, NumberLines, number_lines
from lossctl.io.json_paths import PAIR, Records, as_columns, is_one_document
from lossctl.io.list_cells import numbers_of
from lossctl.io.opening import ColumnFile, Opening, RowOrder
from lossctl.io.spill import Store
from lossctl.io.streams import UNREADABLE, Resumed, read_full, unreadable
from lossctl.io.table_columns import TableColumn, column_source

PIECE = 1 << 20
DOCUMENT = ".json"  # files called so hold one document, also on one line
BLANK = b" \t\r\n\v\f"
SPACE = re.compile(r"[ \t\r\n]*")
BETWEEN, ESCAPED = "\u2424", b"\\u2424"  # the mark between lines that are parsed as one array
AT_ONCE = 4096  # records of an array that are handed on together


class JsonRows(ColumnFile):
    """Records in a stream; only what is asked for is kept."""

    def __init__(
        self, stream: IO[bytes], label: str, *, size: int = 0, is_document: bool = False
    ) -> None:
        """Look at the first record to find the columns.

        `is_document` is whether an array on one line is an array of records, and no record.
        """
        self.label, self._size, self.row = label, size, "line"
        self._columns: dict[str, TableColumn] = {}
        self._texts: dict[str, list[str]] = {}
        try:
            head = read_full(stream, PIECE).removeprefix(codecs.BOM_UTF8)
            array = is_document and head.lstrip().startswith(b"[")
            while not array and b"\n" not in head.strip() and (more := stream.read(PIECE)):
                head += more
                self._require_short(head)
        except UNREADABLE as error:
            raise unreadable(label, error) from None
        if not head.strip():
            raise DataError(f"{label}: is empty")
        self._stream: Any = Resumed(head, stream)
        first, _, rest = head.partition(b"\n")
        self._columnar = False
        if is_one_document(first, rest.strip(), head, is_document=is_document):
            self._begin_document(head)
        else:
            self._first = self._line(first, 1)
            self._records = Records(self._first)
        self.names = self._records.names
        self.whole = self._records.is_scores

    def _begin_document(self, head: bytes) -> None:
        self.row = "record"
        if head.lstrip().startswith(b"["):
            self._array = _ArrayOfRecords(self._stream, self.label)
            self._first = self._array.first
            self._records = Records(self._first)
            return
        self._columnar = True
        data = read_full(self._stream, LONGEST_ROW + 1)
        self._require_short(data)
        self._first = as_columns(self._line(data, 0), self.label)
        self._records = Records(self._first)

    def has(self, name: str) -> bool:
        """Whether there is such a column."""
        return name in self.names or self._records.steps(name) is not None

    def expand(self, name: str) -> list[str]:
        """Return the columns of a name: those of its labels where it holds scores by label."""
        return [name] if self._columnar else self._records.expand(name)

    def load(
        self,
        names: Sequence[str],
        texts: Sequence[str],
        store: Store,
        watched: Mapping[str, RowOrder] = {},
    ) -> None:
        """Read these columns from the stream, those in `texts` as text."""
        gathered = {name: Gathered(name, self.label, self.row, "key") for name in names}
        self._texts = {name: [] for name in texts}
        self._require_own_scores(names)
        if self._columnar:
            self._load_columns(gathered, store, watched)
            return
        advance, rows = begin("bytes", self._size), 0
        as_numbers = not (texts or watched)
        try:
            for piece, size in self._pieces(names if as_numbers else ()):
                if isinstance(piece, list):
                    self._load_piece(piece, gathered, rows, store, watched)
                    rows += len(piece)
                else:
                    rows += self._load_numbers(piece, gathered, store)
                advance(size)
        except UNREADABLE as error:
            raise unreadable(self.label, error) from None
        self._columns = {name: column.finish() for name, column in gathered.items()}

    def _load_numbers(
        self, columns: Mapping[str, Column], gathered: dict[str, Gathered], store: Store
    ) -> int:
        """Add columns of numbers; return how many rows they have."""
        rows = 0
        for name, (array, sort) in columns.items():
            rows = len(array)
            gathered[name].item_shape = ()
            gathered[name].add(array, sort, store, rows)
        return rows

    def _load_piece(
        self,
        records: list[Any],
        gathered: dict[str, Gathered],
        rows: int,
        store: Store,
        watched: Mapping[str, RowOrder],
    ) -> None:
        def place(number: int) -> str:
            return f"{self.label}: {self.row} {rows + number + 1}"

        kept: dict[Any, Any] = {}
        for name, column in gathered.items():
            cells = self._records.cells(records, name, place, kept)
            column.add(*numbers_of(cells, column, rows), store, len(records))
        for name, ids in self._texts.items():
            cells = self._records.cells(records, name, place, kept)
            ids.extend(map(_id, cells))
        for name, order in watched.items():
            try:
                order.add([_id(cell) for cell in self._records.cells(records, name, place, kept)])
            except DataError:  # nobody asked for it, and it need not be there
                order.add([""] * len(records))
        if self._own_label is not None:
            self._see_labels(records)

    def _load_columns(
        self, gathered: dict[str, Gathered], store: Store, watched: Mapping[str, RowOrder]
    ) -> None:
        """Read an object of columns: each is a list, as long as it likes."""
        self._columns = {}
        for name, column in gathered.items():
            cells = self._column(name)
            column.add(*numbers_of(cells, column, 0), store, len(cells))
            self._columns[name] = column.finish()
        for name in self._texts:
            self._texts[name] = [_id(cell) for cell in self._column(name)]
        for name, order in watched.items():
            order.add([_id(cell) for cell in self._column(name)])

    def _column(self, name: str) -> list[Any]:
        (cells,) = self._records.cells([self._first], name, lambda _: self.label, {})
        if not isinstance(cells, list) or not cells:
            raise DataError(
                f"{self.label}: {name!r} is not a list of numbers; one object must hold one list "
                "per column"
            )
        return cells

    def _require_own_scores(self, names: Sequence[str]) -> None:
        """Remember the first label where a record is the best label and its score, and no more.

        The score is that of another class in every row; as one column it has no meaning.
        """
        first = self._first
        pair = isinstance(first, dict) and first.keys() == PAIR and type(first["label"]) is str
        alone = pair and "score" in names and "label" not in {*names, *self._texts}
        self._own_label = first["label"] if alone else None

    def _see_labels(self, records: list[Any]) -> None:
        if any(record.get("label") != self._own_label for record in records):
            raise DataError(
                f"{self.label}: each score belongs to the label of its own {self.row}, so the "
                "scores are not a column; save the scores of every label (top_k=None)"
            )

    def _pieces(
        self, names: Sequence[str]
    ) -> Iterator[tuple[list[Any] | Mapping[str, Column], int]]:
        """Yield records, and the bytes read for them; columns in place of lines of numbers.

        With `names` those columns are all that is asked for.
        """
        if self.row == "record":
            yield from self._array.pieces(self._require_like_first)
            return
        number = 0
        numbers: NumberLines | None = None
        for text, count, size in self._lines():
            if number == 0 and names and len(text) >= LEAST:
                numbers = number_lines(text.partition(b"\n")[0], self._first, names)
            columns = None if numbers is None else numbers.columns(text, count, names)
            yield self._parsed(text.split(b"\n"), number) if columns is None else columns, size
            number += count

    def _lines(self) -> Iterator[tuple[bytes, int, int]]:
        """Yield lines, without blank ones at the end, how many, and the bytes read for them."""
        rest, blank, finished, number = b"", 0, False, 0
        while not finished:
            block = read_full(self._stream, PIECE)
            finished = not block
            data = rest + block
            end = len(data) if finished else data.rfind(b"\n") + 1
            rest = data[end:]
            self._require_short(rest)
            text, blank_after = _without_blank_lines(data, end)
            if text and blank:
                raise DataError(f"{self.label}: line {number + 1} is blank")
            blank += blank_after
            if text:
                count = text.count(b"\n") + 1
                number += count
                yield text, count, len(block)

    def _require_short(self, rest: bytes) -> None:
        if len(rest) > LONGEST_ROW:
            raise DataError(f"{self.label}: a {self.row} is longer than {LONGEST_ROW} bytes")

    def _parsed(self, lines: list[bytes], before: int) -> list[Any]:
        """Parse lines; each must be a record of the kind of the first."""
        try:
            # one array of many lines costs one call of the parser; a mark between them, which no
            # line holds, shows where a line is no entry, or several
            text = b"[" + f',"{BETWEEN}",'.encode().join(lines) + b"]"
            clear = text.count(BETWEEN.encode()) == len(lines) - 1 and ESCAPED not in text
            entries = json.loads(text.decode(), object_pairs_hook=_unique) if clear else []
        except (ValueError, RecursionError):
            entries = []
        records, alone = entries[::2], all(mark == BETWEEN for mark in entries[1::2])
        if alone and len(records) == len(lines) and self._are_like_first(records):
            return list(records)
        records = [self._line(line, before + n) for n, line in enumerate(lines, start=1)]
        for number, record in enumerate(records, start=before + 1):
            self._require_like_first(record, number)
        return records

    def _are_like_first(self, records: list[Any]) -> bool:
        kinds = {type(self._first), *map(type, records)}
        return len(kinds) == 1 or kinds == {int, float}

    def _require_like_first(self, record: Any, number: int) -> None:
        if not self._are_like_first([record]):
            raise DataError(
                f"{self.label}: {self.row} {number}: {_kind(record)} instead of "
                f"{_kind(self._first)}, as in the first"
            )

    def _line(self, line: bytes, number: int) -> Any:
        """Parse one line; number 0 is a whole document."""
        place = f"{self.label}: line {number}" if number else self.label
        if not line.strip():
            raise DataError(f"{place} is blank")
        try:
            entry = json.loads(line.decode(), object_pairs_hook=_unique)
        except UnicodeError:
            raise DataError(f"{place}: not UTF-8 text") from None
        except RepeatedKeyError as error:
            raise DataError(f"{place}: the key {str(error)!r} is given twice") from None
        except json.JSONDecodeError as error:
            at = place if number else f"{place}: line {error.lineno}"
            text = f"{at}, column {error.colno}: not a JSON object ({error.msg})"
            raise DataError(text) from None
        except (ValueError, RecursionError) as error:
            raise DataError(f"{place}: not a JSON object ({error})") from None
        if entry is None or isinstance(entry, bool) or (isinstance(entry, str) and not number):
            raise DataError(f"{place}: {_kind(entry)} instead of an object {{…}}")
        return entry

    def source(self, names: Sequence[str], *, flat: bool = True) -> Source:
        """Return loaded columns as an array, 1-D when `flat` and there is only one."""
        columns = [self._columns[name] for name in names]
        return column_source(self.label, columns, flat=flat, row=self.row, kind="key")

    def text(self, name: str) -> Array:
        """Return a loaded column as text, null as empty strings."""
        return np.asarray(self._texts[name], dtype=str)


class _ArrayOfRecords:
    """The records of an array, parsed one after the other from a stream."""

    def __init__(self, stream: Any, label: str) -> None:
        """Read the first."""
        self._stream, self._label = stream, label
        self._decoder = json.JSONDecoder(object_pairs_hook=_unique)
        self._bytes = codecs.getincrementaldecoder("utf-8")()
        self._text, self._at, self._finished, self._read = "", 0, False, 0
        self._more()
        self._at = self._text.index("[") + 1
        self._records = self._entries()
        first = next(self._records, None)
        if first is None or isinstance(first, bool):
            raise DataError(f"{label}: its array holds {_kind(first)} instead of records")
        self.first = first

    def pieces(self, check: Any) -> Iterator[tuple[list[Any], int]]:
        """Yield records, many at a time, and the bytes read for them."""
        records, number = [self.first], 0
        while records:
            records += islice(self._records, AT_ONCE - len(records))
            for record in records:
                number += 1
                if type(record) is not type(self.first):
                    check(record, number)
            if records:
                yield records, self._read
            self._read, records = 0, list(islice(self._records, 1))

    def _entries(self) -> Iterator[Any]:
        number = 1
        if self._next() == "]":
            self._require_end()
            return
        while True:
            yield self._entry(number)
            mark = self._next()
            self._at += 1
            if mark == "]":
                self._at -= 1
                self._require_end()
                return
            if mark != ",":
                raise DataError(f"{self._label}: no comma or ] after record {number}")
            number += 1
            self._next()

    def _entry(self, number: int) -> Any:
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except RepeatedKeyError as error:
                text = f"record {number}: the key {str(error)!r} is given twice"
                raise DataError(f"{self._label}: {text}") from None
            except (ValueError, RecursionError) as error:
                problem: Exception | None = error
            else:
                problem = None
            # a number that ends where the text does may go on
            if problem is None and (end < len(self._text) or self._finished):
                self._at = end
                return value
            if self._finished or isinstance(problem, RecursionError):
                reason: Any = problem
                if isinstance(
                    problem, json.JSONDecodeError
                ):  # it counts from where the text begins
                    reason = f"{problem.msg}, at character {problem.pos - self._at + 1} of it"
                raise DataError(f"{self._label}: record {number}: not JSON ({reason})") from None
            self._more()

    def _next(self) -> str:
        """Return the next letter that is no space, and stay there; '' at the end."""
        while True:
            match = SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if self._finished:
                return ""
            self._more()

    def _more(self) -> None:
        """Read as much again as is waiting, so that a long record is not parsed often."""
        waiting = len(self._text) - self._at
        if waiting > LONGEST_ROW:
            raise DataError(f"{self._label}: a record is longer than {LONGEST_ROW} bytes")
        block = read_full(self._stream, max(PIECE, waiting))
        self._finished = not block
        self._read += len(block)
        try:
            self._text = self._text[self._at :] + self._bytes.decode(block, final=not block)
        except UnicodeError:
            raise DataError(f"{self._label}: not UTF-8 text") from None
        self._at = 0

    def _require_end(self) -> None:
        self._at += 1
        if self._next():
            raise DataError(f"{self._label}: text follows the array")


class RepeatedKeyError(ValueError):
    """A key that is given twice in an object."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        keys = [key for key, _ in pairs]
        raise RepeatedKeyError(next(key for key in keys if keys.count(key) > 1))
    return entries


def _without_blank_lines(data: bytes, end: int) -> tuple[bytes, int]:
    """Return the lines that end before `end` without those that are blank at the end, and these."""
    last = end
    while last and data[last - 1] in BLANK:
        last -= 1
    kept = data.find(b"\n", last, end) if last else 0
    if kept < 0:
        return data[:end], 0
    lines = data.count(b"\n", kept, end) + (data[end - 1 : end] != b"\n" and end > kept)
    return data[:kept], lines - (last > 0)


def _id(cell: Any) -> str:
    return "" if cell is None else str(cell)


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "a truth value"}
    return "null" if value is None else names.get(type(value), "a number")


def read_jsonl(stream: IO[bytes], opening: Opening) -> JsonRows:
    """Begin JSON in a stream."""
    is_document = DOCUMENT in Path(opening.label).suffixes or opening.label == "stdin"
    return JsonRows(stream, opening.label, size=opening.size, is_document=is_document)
