"""Files of named columns: choosing columns by name, and reading them as one array."""

import fnmatch
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.core.spelling import did_you_mean
from lossctl.engine.sources import Source
from lossctl.io.spill import Pieces, Series, Store
from lossctl.io.streams import OpenFile


class Column(NamedTuple):
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
        self, label: str, columns: Sequence[Column], *, flat: bool = True, row: str = "data row"
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


class ColumnFile(ABC):
    """A file of named columns; only the columns asked for are read."""

    label: str
    names: tuple[str, ...]
    typed = False  # whether the file says what its columns hold
    file: OpenFile | None = None  # what is read forwards

    @abstractmethod
    def load(self, names: Sequence[str], texts: Sequence[str], store: Store) -> None:
        """Read these columns, those in `texts` as text; called once, before :meth:`source`."""

    @abstractmethod
    def source(self, names: Sequence[str], *, flat: bool = True) -> Source:
        """Return loaded columns as an array, 1-D when `flat` and there is only one."""

    @abstractmethod
    def text(self, name: str) -> Array:
        """Return a loaded column as text, empty cells as empty strings."""

    def close(self) -> None:
        """Close the file that is read forwards; complain if it changed since it was opened."""
        if self.file is not None:
            self.file.close_unchanged()

    def resolve(self, selector: str | None) -> list[str]:
        """Return the column names a selector stands for.

        A selector is a name, ``first:last``, a glob (``p_*``) or several of these with commas;
        None stands for every column.
        """
        if selector is None:
            names = list(self.names)
            if "" in names:
                raise DataError(
                    f"{self.label}: column {names.index('') + 1} has no name (an index saved with "
                    "the table?); choose columns by name"
                )
        elif selector in self.names:
            names = [selector]
        else:
            names = [name for part in selector.split(",") for name in self._part(part.strip())]
        for name in names:
            if self.names.count(name) > 1:
                raise DataError(
                    f"{self.label}: {self.names.count(name)} columns are called {name!r}; "
                    "rename them"
                )
            if names.count(name) > 1:
                raise UsageError(f"{self.label}: {selector} takes column {name!r} twice")
        return names

    def _part(self, part: str) -> list[str]:
        columns = self.names
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

    def finish(self) -> Column:
        """Settle the dtype: that of all pieces together."""
        dtype: Any = np.float64
        if self.sorts == {"whole"}:
            dtype = np.int64
        elif self.sorts == {"truth"}:
            dtype = np.bool_
        self.pieces.dtype = np.dtype(dtype)
        return Column(self.name, self.pieces, self.item_shape)


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
