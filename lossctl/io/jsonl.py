"""JSON lines: one object a line, whose keys are the columns.

A file is read forwards once. Lines are parsed many at a time as one array, which is several times
faster than one by one, and one by one where that fails, to say which is wrong.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.core.spelling import some_of
from lossctl.core.threads import begin
from lossctl.engine.read.reader import EXACT_INTEGERS
from lossctl.engine.sources import Source
from lossctl.engine.text_labels import is_missing
from lossctl.io.align import RowOrder
from lossctl.io.csv_rows import LONGEST_ROW
from lossctl.io.gathered import Gathered
from lossctl.io.opening import ColumnFile, Opening
from lossctl.io.spill import Store
from lossctl.io.streams import UNREADABLE, Resumed, read_full, unreadable
from lossctl.io.table_columns import TableColumn, column_source

PIECE = 1 << 20
SHORTEST, ROW = 80, "line"


class JsonLines(ColumnFile):
    """JSON lines in a stream; only the keys asked for are kept."""

    def __init__(self, stream: IO[bytes], label: str, *, size: int = 0) -> None:
        """Look at the first line to find the keys."""
        self.label, self._size = label, size
        try:
            head = read_full(stream, PIECE)
            while b"\n" not in head and (more := stream.read(PIECE)):
                head += more
                self._require_short(head)
        except UNREADABLE as error:
            raise unreadable(label, error) from None
        if not head.strip():
            raise DataError(f"{label}: is empty")
        first = head[: head.find(b"\n")] if b"\n" in head else head
        self.names = tuple(self._line(first.removeprefix(b"\xef\xbb\xbf"), 1))
        self._stream: Any = Resumed(head.removeprefix(b"\xef\xbb\xbf"), stream)
        self._columns: dict[str, TableColumn] = {}
        self._texts: dict[str, list[str]] = {}

    def load(
        self,
        names: Sequence[str],
        texts: Sequence[str],
        store: Store,
        watched: Mapping[str, RowOrder] = {},
    ) -> None:
        """Read these keys from the stream, those in `texts` as text."""
        gathered = {name: Gathered(name, self.label, ROW, "key") for name in names}
        self._texts = {name: [] for name in texts}
        advance, rows = begin("bytes", self._size), 0
        try:
            for lines, size in self._pieces():
                objects = self._objects(lines, rows)
                for name, column in gathered.items():
                    cells = [entry[name] for entry in objects]
                    column.add(*self._numbers(cells, column, rows), store)
                for name, ids in self._texts.items():
                    ids += [self._id(entry[name]) for entry in objects]
                for name, order in watched.items():
                    order.add([self._id(entry[name]) for entry in objects])
                rows += len(objects)
                advance(size)
        except UNREADABLE as error:
            raise unreadable(self.label, error) from None
        self._columns = {name: column.finish() for name, column in gathered.items()}

    def _pieces(self) -> Iterator[tuple[list[bytes], int]]:
        """Yield lines, without blank ones at the end, and the bytes read for them."""
        rest, blank, finished, number = b"", 0, False, 0
        while not finished:
            block = read_full(self._stream, PIECE)
            finished = not block
            data = rest + block
            end = len(data) if finished else data.rfind(b"\n") + 1
            rest = data[end:]
            self._require_short(rest)
            lines = data[:end].split(b"\n")
            if not lines[-1]:
                lines.pop()
            kept = len(lines)
            while kept and not lines[kept - 1].strip():
                kept -= 1
            if kept and blank:
                raise DataError(f"{self.label}: line {number + 1} is blank")
            number += kept
            blank += len(lines) - kept
            if kept:
                yield lines[:kept], len(block)

    def _require_short(self, rest: bytes) -> None:
        if len(rest) > LONGEST_ROW:
            raise DataError(f"{self.label}: a line is longer than {LONGEST_ROW} bytes")

    def _objects(self, lines: list[bytes], before: int) -> list[dict[str, Any]]:
        """Parse lines; each must be an object with the keys of the first."""
        try:
            # one array of many lines costs one call of the parser, not one a line; lines that
            # together only look like entries, such as `{}, {}`, are caught by their number
            text = (b"[" + b",".join(lines) + b"]").decode()
            objects = json.loads(text, object_pairs_hook=_unique)
        except (ValueError, RecursionError):
            objects = []
        keys = set(self.names)
        if len(objects) == len(lines) and all(
            type(entry) is dict and entry.keys() == keys for entry in objects
        ):
            return objects
        objects = [self._line(line, before + n) for n, line in enumerate(lines, start=1)]
        for number, entry in enumerate(objects, start=before + 1):
            if entry.keys() != keys:
                raise DataError(
                    f"{self.label}: line {number} has the keys {_shown(entry)}, the first line "
                    f"{_shown(self.names)}"
                )
        return objects

    def _line(self, line: bytes, number: int) -> dict[str, Any]:
        """Parse one line."""
        place = f"{self.label}: line {number}"
        if not line.strip():
            raise DataError(f"{place} is blank")
        try:
            entry = json.loads(line.decode(), object_pairs_hook=_unique)
        except UnicodeError:
            raise DataError(f"{place}: not UTF-8 text") from None
        except _RepeatedKeyError as error:
            raise DataError(f"{place}: the key {str(error)!r} comes twice") from None
        except (ValueError, RecursionError) as error:
            raise DataError(f"{place}: no JSON object ({error})") from None
        if not isinstance(entry, dict):
            raise DataError(f"{place}: {type(entry).__name__} instead of an object {{…}}")
        return entry

    def _numbers(self, cells: list[Any], column: Gathered, before: int) -> tuple[Array, str]:
        """Return the values of a key as numbers and their sort."""
        shape = _shape(cells[0]) if before == 0 else column.item_shape
        if before == 0:
            column.item_shape = shape
        in_a_row = 1
        for length in shape:
            for number, cell in enumerate(cells):
                if type(cell) is not list or len(cell) != length:
                    row = before + number // in_a_row
                    raise self._wrong(row + 1, column.name, f"no list of {length}", cell)
            cells = [entry for cell in cells for entry in cell]
            in_a_row *= max(length, 1)
        kinds = set(map(type, cells))
        if str in kinds and all(type(cell) is str or is_missing(cell) for cell in cells):
            return np.array([cell if type(cell) is str else "" for cell in cells], object), "text"
        if kinds == {bool}:
            return np.array(cells, np.bool_), "truth"
        if kinds == {int} and max(cells) <= EXACT_INTEGERS and min(cells) >= -EXACT_INTEGERS:
            return np.array(cells, np.int64), "whole"
        if kinds <= {int, float}:
            self._require_exact(cells, column, before)
            return np.array(cells, np.float64), "real"
        return self._with_nulls(cells, column, before)

    def _with_nulls(self, cells: list[Any], column: Gathered, before: int) -> tuple[Array, str]:
        """Return values among which some are null, NaN as numbers; anything else is an error."""
        for number, cell in enumerate(cells):
            if cell is not None and type(cell) not in {bool, int, float}:
                row = before + number // _size(column)
                raise self._wrong(row + 1, column.name, "not a number", cell)
        self._require_exact(cells, column, before)
        array = np.array([np.nan if cell is None else cell for cell in cells], np.float64)
        kinds = set(map(type, cells)) - {type(None)}
        if bool in kinds and len(kinds) > 1:
            row = before + next(n for n, c in enumerate(cells) if type(c) is bool) // _size(column)
            raise self._wrong(row + 1, column.name, "a truth value among numbers", True)  # noqa: FBT003
        if not kinds:
            return array, "empty"
        return array, "truth+empty" if kinds == {bool} else "real"

    def _require_exact(self, cells: list[Any], column: Gathered, before: int) -> None:
        for number, cell in enumerate(cells):
            if type(cell) is int and abs(cell) > EXACT_INTEGERS:
                row = before + number // _size(column)
                raise DataError(
                    f"{self.label}: line {row + 1}, key {column.name!r}: {cell} is beyond 2^53, "
                    "where float64 skips integers; subtract a common offset first"
                )

    def _wrong(self, line: int, key: str, problem: str, cell: Any) -> DataError:
        shown = json.dumps(cell, ensure_ascii=False)
        shown = shown if len(shown) <= SHORTEST else shown[:SHORTEST] + "…"
        return DataError(f"{self.label}: line {line}, key {key!r}: {shown} is {problem}")

    def _id(self, cell: Any) -> str:
        return "" if cell is None else str(cell)

    def source(self, names: Sequence[str], *, flat: bool = True) -> Source:
        """Return loaded keys as an array, 1-D when `flat` and there is only one."""
        columns = [self._columns[name] for name in names]
        return column_source(self.label, columns, flat=flat, row=ROW, kind="key")

    def text(self, name: str) -> Array:
        """Return a loaded key as text, null as empty strings."""
        return np.asarray(self._texts[name], dtype=str)


class _RepeatedKeyError(ValueError):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _RepeatedKeyError(next(key for key in keys if keys.count(key) > 1))
    return entries


def _shape(cell: Any) -> tuple[int, ...]:
    shape: tuple[int, ...] = ()
    while isinstance(cell, list):
        shape += (len(cell),)
        cell = cell[0] if cell else None
    return shape


def _size(column: Gathered) -> int:
    return max(int(np.prod(column.item_shape)), 1)


def _shown(keys: Sequence[str] | dict[str, Any]) -> str:
    names = list(keys)
    return some_of(names, 8) if names else "(none)"


def read_jsonl(stream: IO[bytes], opening: Opening) -> JsonLines:
    """Begin JSON lines in a stream."""
    return JsonLines(stream, opening.label, size=opening.size)
