"""Align the rows of several tables by an id column; only a different order is repaired."""

from collections.abc import Mapping
from math import prod
from typing import NamedTuple

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.engine.sources import ArraySource, Source
from lossctl.io.columns import ColumnFile


class Ids(NamedTuple):
    """The ids of the rows of every input, as text, and the column they stand in."""

    column: str
    values: Array


def align(sources: dict[str, Source], tables: Mapping[str, ColumnFile], column: str) -> list[str]:
    """Put the rows of every table into the order of the first one's ids.

    Returns
    -------
    list of str
        What was done, for the notes of the result.

    Raises
    ------
    DataError
        When ids are missing, repeated or found in one table only, with counts and the first.
    """
    names = list(tables)
    first = tables[names[0]]
    wanted = _ids(first, column)
    notes = []
    for name in names[1:]:
        table = tables[name]
        if table is first:
            continue
        ids = _ids(table, column)
        _require_same(first.label, wanted, table.label, ids)
        if np.array_equal(ids, wanted):
            continue
        order = np.argsort(ids)[np.argsort(np.argsort(wanted))]
        sources[name] = Reordered(sources[name], order)
        moved = int(np.count_nonzero(ids != wanted))
        notes.append(
            f"{table.label}: {moved} of {len(ids)} rows were in another order; aligned by {column}"
        )
    return notes


class Reordered(ArraySource):
    """The rows of a source in another order, held in memory."""

    def __init__(self, source: Source, order: Array) -> None:
        """Read the whole source."""
        rows = source.read(0, prod(source.shape)).reshape(source.shape)
        super().__init__(rows[order], source.label)
        self._source, self._order = source, order

    def where(self, index: tuple[int, ...]) -> str:
        """Name an element by the row it has in its file."""
        return self._source.where((int(self._order[index[0]]), *index[1:]))


def _ids(table: ColumnFile, column: str) -> Array:
    """Return the ids of a table as text; an empty or repeated one is an error."""
    ids = table.text(column)
    empty = np.flatnonzero(ids == "")
    if len(empty):
        raise DataError(
            f"{table.label}: {len(empty)} rows have no {column}, the first is data row "
            f"{empty[0] + 1}"
        )
    values, counts = np.unique(ids, return_counts=True)
    if len(values) < len(ids):
        again = values[counts > 1]
        raise DataError(
            f"{table.label}: {len(again)} ids stand in several rows, among them {str(again[0])!r}"
        )
    return ids


def _require_same(one: str, ids: Array, other: str, others: Array) -> None:
    only_one, only_other = np.setdiff1d(ids, others), np.setdiff1d(others, ids)
    if len(only_one) or len(only_other):
        example = only_one[0] if len(only_one) else only_other[0]
        raise DataError(
            f"ids differ: {len(only_one)} only in {one}, {len(only_other)} only in {other} "
            f"(for example {str(example)!r}); rows must match one to one"
        )
