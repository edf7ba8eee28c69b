"""Columns of parquet and feather whose lists differ in length: decoded once, kept, and padded."""

from collections.abc import Iterable
from math import prod
from typing import Any

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.io.pyarrow_compat import plain, values_of, with_nan
from lossctl.io.spill import PaddedSeries, Pieces, Store
from lossctl.io.table_columns import TableColumn


def are_ragged(column: Any, name: str, metadata: Any) -> bool:
    """Whether the lists of a column differ in length, in a group or from one to another.

    The metadata of a parquet file says how many numbers each group holds; others have none.
    """
    if metadata is not None and len(_numbers_a_row(name, metadata)) > 1:
        return True
    found = [lengths for lengths in map(_lengths, _chunks(column)) if len(lengths)]
    return bool(found) and len(np.unique(np.concatenate(found))) > 1


def _numbers_a_row(name: str, metadata: Any) -> set[float]:
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    paths = [groups[0].column(n).path_in_schema for n in range(groups[0].num_columns)]
    place = next((n for n, path in enumerate(paths) if path.startswith(f"{name}.")), None)
    if place is None:
        return set()
    return {group.column(place).num_values / group.num_rows for group in groups if group.num_rows}


def ragged_column(
    batches: Iterable[Any], name: str, kind: Any, label: str, store: Store
) -> TableColumn:
    """Decode a column of lists that differ in length into rows of the longest.

    `batches` hold the column and nothing else, `kind` is what stands in it.

    Raises
    ------
    DataError
        For a row without a list, and for lists inside that differ too.
    """
    pieces, lengths, rows, inner = Pieces(), list[Array](), 0, kind.item_shape[1:]
    pieces.dtype = np.dtype(np.float64)  # as what reads them pads them
    for batch in batches:
        for chunk in _chunks(batch.column(0)):
            found = _lengths(chunk)
            ends = np.cumsum(found)
            place = f"{label}: data row {{row}}, column {name!r}"
            if chunk.null_count:
                nulls = [not entry.is_valid for entry in chunk]
                raise _wrong(place, rows + nulls.index(True), "null instead of a list")
            pieces.append(store.put(_flat(chunk.flatten(), inner, ends, place, rows), label))
            lengths.append(found)
            rows += len(chunk)
    every = np.concatenate(lengths)
    padded = PaddedSeries(pieces, every, prod(inner))
    return TableColumn(name, padded, (int(every.max()), *inner), lengths=every)


def _chunks(column: Any) -> Any:
    return getattr(column, "chunks", [column])


def _lengths(array: Any) -> Array:
    """Return the length of each list."""
    return np.diff(values_of(array.offsets)[0]).astype(np.int64)


def _flat(array: Any, inner: tuple[int, ...], ends: Array, place: str, rows: int) -> Array:
    """Return the numbers of entries; `ends` says where the entries of each row end."""
    width = 1
    for length in inner:
        lengths = _lengths(array) if hasattr(array, "offsets") else None
        if array.null_count or (lengths is not None and (lengths != length).any()):
            wrong = 0 if lengths is None else int((lengths != length).argmax())
            row = rows + int(np.searchsorted(ends, wrong // width, side="right"))
            raise _wrong(place, row, f"inner lists that are not all of length {length}")
        array = array.flatten()
        width *= max(length, 1)
    return with_nan(*values_of(plain(array)))


def _wrong(place: str, row: int, problem: str) -> DataError:
    return DataError(f"{place.replace('{row}', str(row + 1))}: {problem}")
