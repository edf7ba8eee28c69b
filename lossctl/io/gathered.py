"""A column that is decoded piece by piece: what its pieces hold together."""

from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.engine.text_labels import Coder, is_number, not_a_number
from lossctl.io.spill import PaddedSeries, Pieces, Store
from lossctl.io.table_columns import TableColumn, column_source


@dataclass
class Gathered:
    """A column that is decoded piece by piece: numbers, truth values or text, only one of them."""

    name: str
    label: str
    row: str = "data row"
    kind: str = "column"
    decimal: str | None = None  # what stands before decimals, where numbers are written as text
    item_shape: tuple[int, ...] | None = None  # the first cells settle it
    pieces: Pieces = field(default_factory=Pieces)
    sorts: set[str] = field(default_factory=set)
    coder: Coder | None = None
    lengths: list[Array] | None = None  # of lists that differ in length
    rows: int = 0

    def see_lengths(self, lengths: Array, before: int) -> None:
        """Look at the lengths of the next lists; they are kept once they differ."""
        assert self.item_shape  # noqa: S101 - of a column of lists
        if self.lengths is None and (lengths != self.item_shape[0]).any():
            self.lengths = [np.full(before, self.item_shape[0])]
        if self.lengths is not None:
            self.lengths.append(lengths)

    def add(self, array: Array, sort: str, store: Store, rows: int) -> None:
        """Add decoded cells of so many rows.

        `sort` is whole, real, truth, text, empty, or truth+empty.

        Raises
        ------
        DataError
            When truth values or texts stand among numbers.
        """
        self.sorts.update(sort.split("+"))
        if "text" in self.sorts and self.sorts & {"whole", "real", "truth"}:
            raise self._no_number(array)
        if sort == "text":
            self.coder = Coder(self.label) if self.coder is None else self.coder
            array = self.coder.add(array.tolist())
            array = array.astype(np.min_scalar_type(-len(self.coder)))
        if "truth" in self.sorts and self.sorts & {"whole", "real"}:
            raise DataError(
                f"{self.label}: {self.row} {self.rows + 1}, column {self.name!r}: True and False "
                "among numbers; write 1 and 0"
            )
        self.pieces.append(store.put(_narrowed(array), self.label))
        self.rows += rows

    def _no_number(self, cells: Array) -> DataError:
        """Return the error about the first text among numbers, here or in an earlier piece."""
        if self.coder is not None:
            if self.lengths is not None:
                self.lengths.pop()  # those of these cells, which are not added
            text = column_source(
                self.label, [self.finish()], row=self.row, kind=self.kind, decimal=self.decimal
            )
            return text.no_numbers()  # type: ignore[attr-defined]
        words = enumerate(map(str, cells.tolist()))
        at = next((n for n, word in words if not is_number(word, self.decimal or ".")), 0)
        place = f"{self.row} {self._row_of(at) + 1}, {self.kind} {self.name!r}"
        return not_a_number(self.label, place, str(cells.flat[at]), self.decimal)

    def _row_of(self, element: int) -> int:
        """Return the row, counted from 0, of an element of the cells that are next."""
        first, *inner = self.item_shape or (1,)
        entry = element // max(prod(inner), 1)
        if self.lengths is None:
            return self.rows + entry // max(first, 1)
        return self.rows + int(np.searchsorted(np.cumsum(self.lengths[-1]), entry, side="right"))

    def finish(self) -> TableColumn:
        """Settle the dtype: that of all pieces together."""
        dtype: Any = np.float64
        if self.sorts == {"whole"}:
            dtype = np.int64
        elif self.sorts == {"truth"}:
            dtype = np.bool_
        elif self.sorts == {"text"}:
            dtype = np.int32
        self.pieces.dtype = np.dtype(dtype)
        shape = self.item_shape or ()
        if self.coder is not None and ("empty" in self.sorts or self.lengths is not None):
            self.coder.some_missing = True
        if self.lengths is None:
            return TableColumn(self.name, self.pieces, shape, self.coder)
        lengths = np.concatenate(self.lengths)
        padded = PaddedSeries(self.pieces, lengths, prod(shape[1:]))
        padded_shape = (int(lengths.max()), *shape[1:])
        return TableColumn(self.name, padded, padded_shape, self.coder, lengths)


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
