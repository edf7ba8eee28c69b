"""A column that is decoded piece by piece: what its pieces hold together."""

from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.engine.text_labels import Coder, is_number, not_a_number
from lossctl.io.spill import Pieces, Store
from lossctl.io.table_columns import TableColumn, column_source


@dataclass
class Gathered:
    """A column that is decoded piece by piece: numbers, truth values or text, only one of them."""

    name: str
    label: str
    row: str = "data row"
    kind: str = "column"
    item_shape: tuple[int, ...] = ()
    pieces: Pieces = field(default_factory=Pieces)
    sorts: set[str] = field(default_factory=set)
    coder: Coder | None = None

    def add(self, array: Array, sort: str, store: Store) -> None:
        """Add decoded cells; `sort` is whole, real, truth, text, empty, or truth+empty.

        Raises
        ------
        DataError
            When truth values or texts stand among numbers.
        """
        rows = self.pieces.length // max(prod(self.item_shape), 1)
        self.sorts.update(sort.split("+"))
        if "text" in self.sorts and self.sorts & {"whole", "real", "truth"}:
            raise self._no_number(array, rows)
        if sort == "text":
            self.coder = Coder(self.label) if self.coder is None else self.coder
            array = self.coder.add(array.tolist())
            array = array.astype(np.min_scalar_type(-len(self.coder)))
        if "truth" in self.sorts and self.sorts & {"whole", "real"}:
            raise DataError(
                f"{self.label}: {self.row} {rows + 1}, column {self.name!r}: True and False stand "
                "among numbers; write 1 and 0"
            )
        self.pieces.append(store.put(_narrowed(array), self.label))

    def _no_number(self, cells: Array, rows: int) -> DataError:
        """Return the error about the first text among numbers, here or in an earlier piece."""
        if self.coder is not None:
            self.pieces.dtype = np.dtype(np.float64)
            column = TableColumn(self.name, self.pieces, self.item_shape, self.coder)
            text = column_source(self.label, [column], row=self.row, kind=self.kind)
            return text.no_numbers()  # type: ignore[attr-defined]
        at = next((n for n, cell in enumerate(cells.tolist()) if not is_number(str(cell))), 0)
        row = rows + at // max(prod(self.item_shape), 1) + 1
        place = f"{self.row} {row}, {self.kind} {self.name!r}"
        return not_a_number(self.label, place, str(cells.flat[at]))

    def finish(self) -> TableColumn:
        """Settle the dtype: that of all pieces together."""
        dtype: Any = np.float64
        if self.sorts == {"whole"}:
            dtype = np.int64
        elif self.sorts == {"truth"}:
            dtype = np.bool_
        elif self.sorts == {"text"}:
            dtype = np.int32
        if self.coder is not None and "empty" in self.sorts:
            self.coder.some_missing = True
        self.pieces.dtype = np.dtype(dtype)
        return TableColumn(self.name, self.pieces, self.item_shape, self.coder)


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
