"""Data frames in memory as tables: columns are chosen by name as in a file."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.engine.arrays import as_array
from lossctl.engine.sources import ArraySource, Source
from lossctl.io.columns import ColumnFile
from lossctl.io.spill import Store


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
