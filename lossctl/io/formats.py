"""Tell the format of a file or stream, and open it."""

import io
from pathlib import Path
from typing import IO, NamedTuple

from lossctl.core.errors import DataError, UsageError
from lossctl.core.spelling import visible
from lossctl.engine.sources import Source
from lossctl.io.columns import ColumnFile
from lossctl.io.npy import MAGIC, open_npy, read_stream
from lossctl.io.npz import read_npz
from lossctl.io.store import Store
from lossctl.io.streams import (
    UNREADABLE,
    OpenFile,
    look_at,
    packing_of,
    packing_of_bytes,
    unpacked,
    unreadable,
)

TABLE_SUFFIXES = {".csv", ".tsv", ".txt"}
JSON_SUFFIXES = {".jsonl", ".ndjson"}
PARQUET_SUFFIXES = {".parquet", ".pq"}
FEATHER_SUFFIXES = {".feather", ".arrow", ".ipc"}
ZIP_MAGIC, PARQUET_MAGIC, ARROW_MAGIC, OLD_FEATHER = b"PK\x03\x04", b"PAR1", b"ARROW1", b"FEA1"


class TableOptions(NamedTuple):
    """How tables are read: whether they have a header, their delimiter, their id column."""

    header: bool = True
    delimiter: str | None = None
    id_column: str | None = None
    threads: int | None = None


def open_file(
    path: Path,
    selector: str | None,
    wanted: str,
    *,
    options: TableOptions,
    store: Store,
    keep_open: bool = True,
) -> Source | ColumnFile:
    """Open a file by what it begins with and how it is named.

    `selector` is the member or columns chosen, `wanted` the input they are for; decoded numbers are
    kept in `store`, and an npy file stays open between reads if `keep_open`.
    """
    label = visible(str(path))
    try:
        with path.open("rb") as stream:
            start = stream.read(8)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    suffix, packing = packing_of(path)
    if start[:4] == ZIP_MAGIC:
        return read_npz(path, selector, wanted, label, store)
    if start[:6] == MAGIC or (suffix == ".npy" and not packing):
        _refuse_selector(selector, label)
        return open_npy(path, label, keep_open=keep_open)
    if path.suffix == ".npz":
        raise DataError(f"{label}: not an npz archive (it starts with {start[:4]!r})")
    if suffix == ".npy":
        _refuse_selector(selector, label)
        return _open_packed_npy(path, packing, label, store)
    arrow = _open_arrow(path, suffix, start, label)
    if arrow is not None:
        return arrow
    return _open_text(path, suffix, label, options)


def _open_text(path: Path, suffix: str, label: str, options: TableOptions) -> ColumnFile:
    if suffix in JSON_SUFFIXES:
        from lossctl.io.jsonl import open_jsonl

        return open_jsonl(path, label)
    if suffix not in TABLE_SUFFIXES:
        raise UsageError(
            f"cannot read {path}: its format is not known; npy, npz, csv, tsv, jsonl, parquet and "
            "feather are (npy, csv, tsv and jsonl also with .gz or .zst)"
        )
    from lossctl.io.table import open_table

    return open_table(
        path, label, header=options.header, delimiter=options.delimiter, threads=options.threads
    )


def _open_packed_npy(path: Path, packing: str, label: str, store: Store) -> Source:
    file = OpenFile(path, label)
    try:
        source = read_stream(unpacked(file, packing), None, label, store)
    except UNREADABLE as error:
        file.close()
        raise unreadable(label, error) from None
    except BaseException:
        file.close()
        raise
    file.close_unchanged()
    return source


def _open_arrow(path: Path, suffix: str, start: bytes, label: str) -> ColumnFile | None:
    if start[:4] == OLD_FEATHER:
        raise DataError(f"{label}: is feather version 1; write it again as version 2")
    if start[:4] == PARQUET_MAGIC or suffix in PARQUET_SUFFIXES:
        from lossctl.io.arrow import open_parquet

        return open_parquet(path, label)
    if start[:6] == ARROW_MAGIC or suffix in FEATHER_SUFFIXES:
        from lossctl.io.arrow import open_feather

        return open_feather(path, label)
    return None


def open_stream(
    stream: IO[bytes],
    selector: str | None,
    wanted: str,
    *,
    label: str,
    form: str | None,
    options: TableOptions,
    store: Store,
) -> Source | ColumnFile:
    """Open a stream that can be read once, by its first bytes or as `form` says."""
    try:
        head, stream = look_at(stream, 64)
        if packing := packing_of_bytes(head):
            head, stream = look_at(unpacked(stream, packing), 64)
    except UNREADABLE as error:
        raise unreadable(label, error) from None
    if not head:
        raise DataError(f"{label}: is empty")
    if form == "npy" or (form is None and head[:6] == MAGIC):
        _refuse_selector(selector, label)
        try:
            return read_stream(stream, None, label, store)
        except UNREADABLE as error:
            raise unreadable(label, error) from None
    if form == "npz" or (form is None and head[:4] == ZIP_MAGIC):
        return read_npz(io.BytesIO(stream.read()), selector, wanted, label, store)
    if form is None and (head[:4] == PARQUET_MAGIC or head[:6] == ARROW_MAGIC):
        raise UsageError(f"{label}: parquet and feather are read from files, not from a pipe")
    if form == "jsonl" or (form is None and head.lstrip()[:1] == b"{"):
        from lossctl.io.jsonl import JsonLines

        return JsonLines(stream, label)
    from lossctl.io.table import Table

    delimiter = "\t" if form == "tsv" else options.delimiter
    return Table(stream, label, header=options.header, delimiter=delimiter, threads=options.threads)


def _refuse_selector(selector: str | None, label: str) -> None:
    if selector is not None:
        raise UsageError(f"{label}: an npy file holds one array; drop ::{selector}")
