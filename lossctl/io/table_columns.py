"""The columns of tables: decoded piece by piece, read as one array, or in a frame in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.engine.arrays import as_array
from lossctl.engine.sources import ArraySource, Source
from lossctl.io.opening import ColumnFile
from lossctl.io.spill import Pieces, Series, Store


class TableColumn(NamedTuple):
    """A column: its name, its elements row by row, and the shape of what stands in a row."""

    name: str
    series: Series
    item_shape: tuple[int, ...] = ()

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.series.length // max(prod(self.item_shape), 1)


class ColumnSource:
    """Columns as one array: (rows,) or (rows, columns); (rows, …) for a column of lists."""

    def __init__(
        self,
        label: str,
        columns: Sequence[TableColumn],
        *,
        flat: bool = True,
        row: str = "data row",
    ) -> None:
        """Take one column (1-D when `flat`), or several that hold one number a row."""
        self.label, self.columns, self._row = label, tuple(columns), row
        nested = [column.name for column in columns if column.item_shape]
        if nested and len(columns) > 1:
            raise UsageError(f"{label}: column {nested[0]!r} holds lists; choose it alone")
        self._single = len(columns) == 1 and (flat or bool(nested))
        inner = columns[0].item_shape if self._single else (len(columns),)
        self.shape: tuple[int, ...] = (columns[0].rows, *inner)
        self.dtype: np.dtype[Any] = np.result_type(*(column.series.dtype for column in columns))

    def read(self, start: int, stop: int) -> Array:
        """Return elements of the flattened array."""
        if self._single:
            return self.columns[0].series.read(start, stop)
        width = len(self.columns)
        first, last = start // width, -(-stop // width)
        block = np.empty((last - first, width), self.dtype)
        for number, column in enumerate(self.columns):
            block[:, number] = column.series.read(first, last)
        return block.reshape(-1)[start - first * width : stop - first * width]

    def where(self, index: tuple[int, ...]) -> str:
        """Name an element by its row, counted from 1, and its column."""
        if not index:
            return "the only row"
        place = f"{self._row} {index[0] + 1}"
        if len(index) == 1:
            return place
        if self._single:
            entry = ", ".join(map(str, index[1:]))
            return f"{place}, entry {entry} of {self.columns[0].name!r}"
        return f"{place}, column {self.columns[index[1]].name!r}"


@dataclass
class Gathered:
    """A column that text is decoded into piece by piece: numbers, or truth values, not both."""

    name: str
    label: str
    row: str = "data row"
    item_shape: tuple[int, ...] = ()
    pieces: Pieces = field(default_factory=Pieces)
    sorts: set[str] = field(default_factory=set)

    def add(self, array: Array, sort: str, store: Store) -> None:
        """Add decoded cells; `sort` is whole, real, truth, empty, or truth+empty.

        Raises
        ------
        DataError
            When truth values stand among numbers.
        """
        rows = self.pieces.length // max(prod(self.item_shape), 1)
        self.sorts.update(sort.split("+"))
        if "truth" in self.sorts and self.sorts & {"whole", "real"}:
            raise DataError(
                f"{self.label}: {self.row} {rows + 1}, column {self.name!r}: True and False stand "
                "among numbers; write 1 and 0"
            )
        self.pieces.append(store.put(_narrowed(array), self.label))

    def finish(self) -> TableColumn:
        """Settle the dtype: that of all pieces together."""
        dtype: Any = np.float64
        if self.sorts == {"whole"}:
            dtype = np.int64
        elif self.sorts == {"truth"}:
            dtype = np.bool_
        self.pieces.dtype = np.dtype(dtype)
        return TableColumn(self.name, self.pieces, self.item_shape)


def _narrowed(array: Array) -> Array:
    """Store small integers, which most labels are, in one byte or few."""
    if array.dtype != np.int64 or not array.size:
        return array
    low, high = int(array.min()), int(array.max())
    for narrow in (np.int8, np.int16, np.int32):
        room = np.iinfo(narrow)
        if room.min <= low and high <= room.max:
            return array.astype(narrow)
    return array


class Frame(ColumnFile):
    """A frame of pandas or polars, a pyarrow table, or a mapping of names to columns."""

    typed = True

    def __init__(self, table: Any, label: str = "table") -> None:
        """Take the frame as it is; columns become arrays when they are asked for."""
        if hasattr(table, "collect_schema") and hasattr(table, "collect"):
            raise DataError(f"{label}: a lazy frame holds no values yet; give table.collect()")
        names = table.column_names if hasattr(table, "column_names") else None
        if names is None:
            names = list(table if isinstance(table, Mapping) else getattr(table, "columns", ()))
        if not names:
            kind = type(table).__name__
            raise DataError(f"{label}: a {kind} has no named columns; give a file or a data frame")
        self.label, self.names, self._table = label, tuple(map(str, names)), table
        self._keys = dict(zip(self.names, names, strict=True))

    def load(self, names: Sequence[str], texts: Sequence[str], store: Store) -> None:
        """Do nothing: the columns are in memory."""

    def source(self, names: Sequence[str], *, flat: bool = True) -> Source:
        """Return columns as an array, 1-D when `flat` and there is only one."""
        columns = [as_array(self._table[self._keys[name]], f"column {name!r}") for name in names]
        if len(columns) == 1 and (flat or columns[0].ndim > 1):
            return ArraySource(columns[0], f"column {names[0]!r}")
        return ArraySource(np.stack(columns, axis=1), f"columns {', '.join(names)}")

    def text(self, name: str) -> Array:
        """Return a column as text, missing cells as empty strings."""
        column = as_array(self._table[self._keys[name]], f"column {name!r}")
        missing = [entry is None or entry != entry for entry in column.tolist()]  # noqa: PLR0124
        return np.where(missing, "", column.astype(str))
