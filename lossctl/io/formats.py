"""Recognise the format of a file or stream, and open it."""

from pathlib import Path
from typing import IO

from lossctl.core.errors import DataError, UsageError
from lossctl.core.spelling import listed, visible
from lossctl.engine.sources import Source
from lossctl.io import registry
from lossctl.io.columns import ColumnFile
from lossctl.io.opening import Opening, TableOptions
from lossctl.io.spill import Store
from lossctl.io.streams import (
    UNREADABLE,
    OpenFile,
    look_at,
    packing_of,
    packing_of_bytes,
    unpacked,
    unreadable,
)


def open_file(
    path: Path,
    selector: str | None,
    wanted: str,
    *,
    options: TableOptions,
    store: Store,
    keep_open: bool = True,
) -> Source | ColumnFile:
    """Open a file by what it begins with, or else by how it is named.

    `selector` is the member or columns chosen, `wanted` the input they are for; decoded numbers are
    kept in `store`, and a file that is read in blocks stays open between them if `keep_open`.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(registry.LONGEST_MAGIC)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    suffix, packing = packing_of(path)
    form = registry.by_magic(start)
    if form is not None:
        packing = ""
    else:
        form = registry.by_suffix(suffix)
    if form is None:
        raise UsageError(f"cannot read {path}: its format is not known; {_known()}")
    if packing and not form.packed:
        raise UsageError(f"cannot read {path}: {form.name} files are not read from {packing}")
    opening = Opening(form, visible(str(path)), selector, wanted, options, store, keep_open)
    if form.open is not None and not packing:
        found: Source | ColumnFile = registry.load(form.open)(path, opening)
        return found
    return _read_forwards(path, packing, opening)


def _known() -> str:
    packed = listed(registry.names(lambda form: form.packed))
    packings = listed(registry.PACKED_SUFFIXES, "or")
    return f"{listed(registry.names())} are ({packed} also with {packings})"


def _read_forwards(path: Path, packing: str, opening: Opening) -> Source | ColumnFile:
    """Read a file as a stream; a table goes on reading it, and closes it in the end."""
    file = OpenFile(path, opening.label)
    try:
        size = 0 if packing else path.stat().st_size
        found = _read(unpacked(file, packing), opening._replace(size=size))
    except BaseException:
        file.close()
        raise
    if isinstance(found, ColumnFile):
        found.file = file
    else:
        file.close_unchanged()
    return found


def _read(stream: IO[bytes], opening: Opening) -> Source | ColumnFile:
    if opening.form.streams is None:
        raise UsageError(
            f"{opening.label}: {opening.form.name} is read from files, not from a pipe; save it"
        )
    try:
        found: Source | ColumnFile = registry.load(opening.form.streams)(stream, opening)
    except UNREADABLE as error:
        raise unreadable(opening.label, error) from None
    return found


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
    if form is not None:
        chosen = registry.stream_form(form)
    else:
        chosen = registry.by_magic(head) or registry.by_text(head)
    return _read(stream, Opening(chosen, label, selector, wanted, options, store))
