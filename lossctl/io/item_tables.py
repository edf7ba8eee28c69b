"""Values that are written as tables, one row per item: csv, JSON lines and parquet, block by block.

What is written is a source, so values that do not fit into memory come from where they were kept.
"""

import csv
import io
import json
import math
from collections.abc import Iterator, Sequence
from math import prod
from typing import IO, Any, NamedTuple

import numpy as np

from lossctl.core.loss import Array
from lossctl.core.spelling import csv_cell, json_text, visible, without_formula
from lossctl.engine.sources import Source
from lossctl.io.align import Ids

AT_ONCE = 1 << 16  # numbers of a block
INDEX, VALUE = "index", "value"


class RowLabels(NamedTuple):
    """What stands before the values of each row: its number, counted from 0, and its id."""

    ids: Ids | None = None
    numbered: bool = False

    def names(self, others: Sequence[str]) -> list[str]:
        """Return the names of the columns of labels, none of which is one of the `others`."""
        first = [INDEX] if self.numbered else []
        if self.ids is None:
            return first
        return [*first, self.ids.column if self.ids.column not in {*first, *others} else "id"]


NO_LABELS = RowLabels()


class _Rows(NamedTuple):
    """Consecutive rows: their numbers, ids, and values (rows, width)."""

    numbers: range
    ids: list[str] | None
    values: Array


def _shape(values: Source) -> tuple[int, int]:
    """Return how many rows there are, and how many values each has."""
    rows = (*values.shape, 1)[0] if values.shape else 1
    return rows, prod(values.shape[1:])


def _blocks(values: Source, labels: RowLabels) -> Iterator[_Rows]:
    rows, width = _shape(values)
    step = max(AT_ONCE // max(width, 1), 1)
    for first in range(0, rows, step):
        last = min(first + step, rows)
        block = values.read(first * width, last * width).reshape(last - first, width)
        ids = None if labels.ids is None else [str(one) for one in labels.ids.values[first:last]]
        yield _Rows(range(first, last), ids, block)


def write_csv(stream: IO[bytes], values: Source, labels: RowLabels = NO_LABELS) -> None:
    """Write a row for each entry of the first axis, behind its labels.

    What a spreadsheet would compute has an apostrophe before it; a run that aligns by these ids
    takes them for the same (``io.align``).
    """
    _, width = _shape(values)
    columns = [VALUE] if width == 1 else [f"{VALUE}_{column}" for column in range(width)]
    header = [*map(csv_cell, labels.names(columns)), *columns]
    for number, block in enumerate(_blocks(values, labels)):
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if not number:
            writer.writerow(header)
        cells: list[Sequence[Any]] = list(block.values.astype(np.float64).T.tolist())
        if block.ids is not None:
            cells.insert(0, list(map(_id_cell, block.ids)))
        if labels.numbered:
            cells.insert(0, block.numbers)
        writer.writerows(zip(*cells, strict=True))
        stream.write(text.getvalue().encode())


def _id_cell(text: str) -> str:
    # "::error" begins no line behind the row's number, so what can be seen is kept as it is
    return without_formula(text if text.isprintable() else visible(text))


def write_jsonl(stream: IO[bytes], values: Source, labels: RowLabels = NO_LABELS) -> None:
    """Write a strict JSON object per row; a row of several values has a list of them.

    JSON has no NaN and no infinity: null stands for them.
    """
    _, width = _shape(values)
    names = [json.dumps(name, ensure_ascii=False) for name in labels.names([VALUE])]
    for block in _blocks(values, labels):
        cells: list[Iterator[str]] = []
        if labels.numbered:
            cells.append(map(str, block.numbers))
        if block.ids is not None:
            cells.append(json.dumps(one, ensure_ascii=False) for one in block.ids)
        rows = block.values.astype(np.float64).tolist()
        lists = (f"[{', '.join(map(_json_number, row))}]" for row in rows)
        cells.append((_json_number(row[0]) for row in rows) if width == 1 else lists)
        pairs = [
            [f"{name}: {cell}" for name, cell in zip([*names, f'"{VALUE}"'], row, strict=True)]
            for row in zip(*cells, strict=True)
        ]
        text = "".join(f"{{{', '.join(row)}}}\n" for row in pairs)
        stream.write(json_text(text).encode())


def _json_number(value: float) -> str:
    return repr(value) if math.isfinite(value) else "null"


def write_parquet(stream: IO[bytes], values: Source, labels: RowLabels = NO_LABELS) -> None:
    """Write a row group a block; a row of several values has a list of them.

    Raises
    ------
    UsageError
        Without pyarrow.
    """
    from lossctl.io.pyarrow_compat import arrow, part_of_arrow

    pa, (_, width) = arrow(), _shape(values)
    kind = pa.from_numpy_dtype(values.dtype.newbyteorder("="))
    names = labels.names([VALUE])
    kinds = [*([pa.int64()] if labels.numbered else []), *([pa.string()] if labels.ids else [])]
    fields = [*zip(names, kinds, strict=True), (VALUE, kind if width == 1 else pa.list_(kind))]
    schema = pa.schema([pa.field(name, of) for name, of in fields])
    with part_of_arrow("parquet").ParquetWriter(stream, schema) as writer:
        for block in _blocks(values, labels):
            flat = pa.array(np.ascontiguousarray(block.values.reshape(-1), values.dtype))
            if width != 1:
                ends = np.arange(len(block.numbers) + 1, dtype=np.int32) * width
                flat = pa.ListArray.from_arrays(pa.array(ends), flat)
            columns: list[Any] = [pa.array(block.numbers)] if labels.numbered else []
            columns += [] if block.ids is None else [pa.array(block.ids, pa.string())]
            writer.write_table(pa.table([*columns, flat], schema=schema))
