"""Parquet and feather by pyarrow: columns decoded a row group at a time, when they are needed.

A file says what its columns hold and how long its groups are; both are compared with what is
decoded. A few decoded groups are kept, so blocks that share a group decode it once, and a second
pass over the data decodes again. Groups too large for that are decoded once into the store.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate
from math import prod
from typing import Any

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.engine.sources import Source
from lossctl.io.arrow_lists import are_ragged, ragged_column
from lossctl.io.file_places import FilePlace, open_place
from lossctl.io.gathered import Gathered
from lossctl.io.opening import ColumnFile, Opening, RowOrder
from lossctl.io.pyarrow_compat import arrow, is_dictionary, plain, values_of, with_nan
from lossctl.io.row_groups import FeatherGroups, ParquetGroups, RowGroups, is_list
from lossctl.io.spill import Pieces, Store
from lossctl.io.table_columns import TableColumn, column_source

VERSION_1 = b"FEA1"  # how feather files of version 1 begin
KEPT = 32 << 20  # bytes of decoded groups kept for the next blocks
LARGEST_GROUP = 32 << 20  # decoded bytes; larger groups are decoded in batches, into the store
NUMBERS = ("bool", "halffloat", "float", "double", "uint", "int")
TEXTS = ("string", "large_string", "string_view")
ADVICE = {
    "timestamp": "a date is not a number; cast it to the number you need",
    "date": "a date is not a number; cast it to the number you need",
    "time": "a time is not a number; cast it to the number you need",
    "duration": "a duration is not a number; cast it to the number you need",
}


@dataclass(frozen=True)
class ColumnKind:
    """What a column holds: the dtype of its numbers and the shape of what stands in a row."""

    dtype: np.dtype[Any]
    item_shape: tuple[int, ...] = ()


class ArrowFile(ColumnFile):
    """A file of typed columns in row groups."""

    typed = True

    def __init__(self, groups: ParquetGroups | FeatherGroups, label: str) -> None:
        """Take the names of the columns."""
        self._groups, self.label = groups, label
        self.names = tuple(groups.schema.names)
        self._columns: dict[str, TableColumn] = {}
        self._texts: dict[str, Array] = {}
        self._ragged: set[str] = set()  # columns whose lists differ in length

    def load(
        self,
        names: Sequence[str],
        texts: Sequence[str],
        store: Store,
        watched: Mapping[str, RowOrder] = {},
    ) -> None:
        """Check the types of the columns, and decode those in `texts`, or all if groups are large.

        Raises
        ------
        DataError
            When a column holds no numbers.
        """
        groups = self._groups
        columns = list(dict.fromkeys((*names, *texts)))
        if isinstance(groups, FeatherGroups) and not groups.lengths:
            groups.measure(columns[0])
        coded = [name for name in names if _is_text(groups.schema.field(name).type)]
        kinds = {name: self._kind(name) for name in names if name not in coded}
        ragged = {name: kinds.pop(name) for name in self._ragged if name in kinds}
        decoder = Decoder(self.label, groups, kinds)
        row_bytes = sum(k.dtype.itemsize * prod(k.item_shape) for k in decoder.kinds.values())
        if max(groups.lengths, default=0) * row_bytes > LARGEST_GROUP and isinstance(
            groups, ParquetGroups
        ):
            self._columns = decoder.stored(store)
        else:
            self._columns = decoder.on_demand()
        for name in coded:
            self._columns[name] = self._coded(name, store)
        for name, kind in ragged.items():
            batches = groups.batches([name])
            self._columns[name] = ragged_column(batches, name, kind, self.label, store)
        for name in texts:
            self._texts[name] = np.asarray([cell for ids in self._ids(name) for cell in ids], str)
        for name, order in watched.items():
            for ids in self._ids(name):
                order.add(ids)

    def _kind(self, name: str) -> ColumnKind:
        inner, shape = self._groups.schema.field(name).type, list[int]()
        while is_list(inner):
            fixed = getattr(inner, "list_size", None)
            shape.append(fixed if fixed is not None else self._list_length(name, len(shape)))
            inner = inner.value_type
        text = str(inner)
        if text.startswith("decimal"):
            return ColumnKind(np.dtype(np.float64), tuple(shape))
        if text.startswith("dictionary"):
            inner = inner.value_type
        elif not text.startswith(NUMBERS):
            advice = next((ADVICE[key] for key in ADVICE if text.startswith(key)), "cast it")
            raise DataError(f"{self.label}: column {name!r} holds {text}, not numbers; {advice}")
        dtype = values_of(arrow().nulls(0, inner))[0].dtype
        if dtype.kind != "f" and self._groups.has_nulls(name):
            dtype = np.dtype(np.float64)
        return ColumnKind(dtype, tuple(shape))

    def _coded(self, name: str, store: Store) -> TableColumn:
        """Read a column of text into the store, as the codes of its words."""
        gathered = Gathered(name, self.label)
        for batch in self._groups.batches([name]):
            column = batch.column(0)
            if not hasattr(column, "dictionary"):
                column = column.dictionary_encode()
            words = np.array(
                ["" if w is None else w for w in column.dictionary.to_pylist()], object
            )
            codes, nulls = values_of(column.indices)
            cells = np.full(len(column), "", object)
            kept = slice(None) if nulls is None else ~nulls
            cells[kept] = words[codes[kept]]
            gathered.add(cells, "text", store, len(cells))
        return gathered.finish()

    def _list_length(self, name: str, depth: int) -> int:
        """Return how long the lists of a column are: as long as the first."""
        for number, length in enumerate(self._groups.lengths):
            if length:
                column = self._groups.decode(number, [name]).column(0)
                if not depth and are_ragged(column, name, self._groups.metadata):
                    self._ragged.add(name)
                entry = column[0].as_py()
                for _ in range(depth):
                    entry = entry[0] if entry else None
                if entry is None:
                    raise DataError(f"{self.label}: data row 1, column {name!r}: not a list")
                return len(entry)
        return 0

    def source(self, names: Sequence[str], *, flat: bool = True) -> Source:
        """Return columns as an array."""
        return column_source(self.label, [self._columns[name] for name in names], flat=flat)

    def text(self, name: str) -> Array:
        """Return a loaded column as text."""
        return self._texts[name]

    def _ids(self, name: str) -> Iterator[list[str]]:
        """Yield a column of ids as text, batch by batch."""
        kind = str(self._groups.schema.field(name).type)
        if not kind.startswith((*TEXTS, "int", "uint", "dictionary")):
            raise DataError(
                f"{self.label}: column {name!r} holds {kind}; ids must be text or integers"
            )
        for batch in self._groups.batches([name]):
            yield ["" if cell is None else str(cell) for cell in batch.column(0).to_pylist()]


def _is_text(kind: Any) -> bool:
    """Whether a type is text, also by a dictionary."""
    return str(getattr(kind, "value_type", kind) if is_dictionary(kind) else kind) in TEXTS


class Decoder:
    """Decodes columns of the groups of a file; several threads may ask at once."""

    def __init__(self, label: str, groups: RowGroups, kinds: dict[str, ColumnKind]) -> None:
        self.label, self.kinds, self._groups = label, kinds, groups
        self._ends = list(accumulate(groups.lengths))
        self._kept: OrderedDict[int, dict[str, Array]] = OrderedDict()
        self._locks = [threading.Lock() for _ in groups.lengths]
        self._lock = threading.Lock()

    def on_demand(self) -> dict[str, TableColumn]:
        """Return columns whose groups are decoded when they are read."""
        columns = {}
        for name, kind in self.kinds.items():
            pieces = Pieces()
            pieces.dtype = kind.dtype
            for number, rows in enumerate(self._groups.lengths):
                size = rows * prod(kind.item_shape)
                pieces.append(GroupSeries(size, kind.dtype, self._reader(number, name)))
            columns[name] = TableColumn(name, pieces, kind.item_shape)
        return columns

    def _reader(self, number: int, name: str) -> Callable[[], Array]:
        return lambda: self._group(number)[name]

    def _group(self, number: int) -> dict[str, Array]:
        """Return the columns of a group; only one thread decodes it."""
        # a lock a group: threads that want the same group wait for one to decode it, while others
        # go on with other groups; the common lock is held only to look and to put down
        with self._locks[number]:
            with self._lock:
                if number in self._kept:
                    self._kept.move_to_end(number)
                    return self._kept[number]
            rows, before = self._groups.lengths[number], self._ends[number]
            table = self._groups.decode(number, list(self.kinds))
            if table.num_rows != rows:
                raise DataError(
                    f"{self.label}: row group {number} holds {table.num_rows} rows, its metadata "
                    f"says {rows}; the file is damaged"
                )
            columns = self._numbers(table, before - rows)
            with self._lock:
                self._kept[number] = columns
                self._let_go()
            return columns

    def _let_go(self) -> None:
        # two groups stay however large: a block may span the border between them
        while len(self._kept) > 2 and self._bytes_kept() > KEPT:
            self._kept.popitem(last=False)

    def _bytes_kept(self) -> int:
        return sum(a.nbytes for columns in self._kept.values() for a in columns.values())

    def stored(self, store: Store) -> dict[str, TableColumn]:
        """Decode everything once, into the store."""
        pieces = {name: Pieces() for name in self.kinds}
        rows, total = 0, self._ends[-1] if self._ends else 0
        for batch in self._groups.batches(list(self.kinds)):
            for name, array in self._numbers(batch, rows).items():
                pieces[name].append(store.put(array, self.label))
            rows += batch.num_rows
        if rows != total:
            raise DataError(
                f"{self.label}: holds {rows} rows, its metadata says {total}; the file is damaged"
            )
        columns = {}
        for name, kind in self.kinds.items():
            pieces[name].dtype = kind.dtype
            columns[name] = TableColumn(name, pieces[name], kind.item_shape)
        return columns

    def _numbers(self, table: Any, rows_before: int) -> dict[str, Array]:
        columns = {}
        for name, kind in self.kinds.items():
            column = table.column(table.schema.get_field_index(name))
            chunks = column.chunks if hasattr(column, "chunks") else [column]
            parts, before = [], rows_before
            for chunk in chunks:
                parts.append(self._flat(chunk, name, kind, before))
                before += len(chunk)
            columns[name] = np.concatenate(parts) if len(parts) != 1 else parts[0]
        return columns

    def _flat(self, array: Any, name: str, kind: ColumnKind, rows_before: int) -> Array:
        """Return the numbers of an array, the lists of its rows one after the other."""
        for depth, length in enumerate(kind.item_shape):
            inner = prod(kind.item_shape[:depth])
            self._require_lists(array, length, name, (rows_before, inner))
            array = array.flatten()
        values, nulls = values_of(plain(array))
        if nulls is not None and kind.dtype.kind != "f":
            row = rows_before + int(np.flatnonzero(nulls)[0]) // max(prod(kind.item_shape), 1)
            raise DataError(
                f"{self.label}: data row {row + 1}, column {name!r}: null among {array.type}, but "
                "its statistics count none; the file is damaged"
            )
        return with_nan(values, nulls).astype(kind.dtype, copy=False)

    def _require_lists(self, array: Any, length: int, name: str, place: tuple[int, int]) -> None:
        """Require every list to be `length` long; `place` is rows before and lists in a row."""
        rows_before, inner = place
        if array.null_count:
            wrong = np.flatnonzero(np.asarray([not entry.is_valid for entry in array]))
            seen = "null"
        elif hasattr(array, "offsets"):
            lengths = np.diff(values_of(array.offsets)[0])
            wrong = np.flatnonzero(lengths != length)
            seen = f"{lengths[wrong[0]]} entries" if len(wrong) else ""
        else:
            return
        if len(wrong):
            row = rows_before + int(wrong[0]) // max(inner, 1) + 1
            raise DataError(
                f"{self.label}: data row {row}, column {name!r}: a list of {seen}, others have "
                f"{length}"
            )


@dataclass(frozen=True)
class GroupSeries:
    """A column of one group, decoded when it is read."""

    length: int
    dtype: np.dtype[Any]
    decode: Callable[[], Array]

    def read(self, start: int, stop: int) -> Array:
        """Return elements `start` to `stop`."""
        return self.decode()[start:stop]


def open_parquet(place: FilePlace, opening: Opening) -> ArrowFile:
    """Open a parquet file."""
    threaded = opening.tables.threads != 1
    return ArrowFile(ParquetGroups(place, opening.label, threaded=threaded), opening.label)


def open_feather(place: FilePlace, opening: Opening) -> ArrowFile:
    """Open a feather file of version 2."""
    label = opening.label
    with closing(open_place(place, label)) as file:
        if file.read(len(VERSION_1)) == VERSION_1:
            raise DataError(f"{label}: is feather version 1; write it again as version 2")
    threaded = opening.tables.threads != 1
    return ArrowFile(FeatherGroups(place, label, threaded=threaded), label)
