"""Recognise the format of a file or stream, and open it: one array, or named columns."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import IO, Any, NamedTuple, TypeAlias

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.core.spelling import listed, visible
from lossctl.engine.digests import mixed
from lossctl.engine.sources import Source
from lossctl.io import file_formats as formats
from lossctl.io.file_formats import FileFormat
from lossctl.io.file_places import FilePlace, OpenFile, open_place

LOOKED_AT = 512  # bytes that say what a file is

DECIMALS = (".", ",")  # what may stand before the decimals of a number in text


def require_decimal(decimal: object) -> None:
    """Raise a UsageError for what cannot stand before decimals; None says nothing."""
    if decimal is not None and decimal not in DECIMALS:
        raise UsageError(f"decimal: must be one of {' '.join(DECIMALS)}, got {decimal!r}")


MakeStore: TypeAlias = Callable[[], Any]  # of a Store of lossctl.io.spill, which reads by this


FIRST_IDS = 65_536  # looked at for ids that stand in several rows


class RowOrder:
    """The ids of a table as they come, of which only what shows their order is kept."""

    def __init__(self, label: str, column: str) -> None:
        """Begin before the first row."""
        self.label, self.column = label, column
        self.rows, self.in_order, self.in_any_order = 0, 0, 0
        self._first: set[int] = set()

    def add(self, ids: Sequence[str]) -> None:
        """Take the ids of the next rows in."""
        hashes = np.fromiter(map(hash, ids), np.int64, len(ids)).view(np.uint64)
        if self.rows < FIRST_IDS:
            self._first.update(hashes[: FIRST_IDS - self.rows].tolist())
        places = mixed(np.arange(self.rows, self.rows + len(ids), dtype=np.uint64))
        self.in_any_order += int(mixed(hashes).sum())
        self.in_order += int(mixed(hashes ^ places).sum())
        self.rows += len(ids)

    @property
    def repeats(self) -> bool:
        """Whether ids are found to stand in several rows, so that nothing is aligned by them."""
        return len(self._first) < min(self.rows, FIRST_IDS)


class TableOptions(NamedTuple):
    """How tables are read: header, delimiter, id column, threads, what stands before decimals."""

    header: bool | None = None  # found from the first line
    delimiter: str | None = None
    id_column: str | None = None
    threads: int | None = None
    decimal: str | None = None


class Opening(NamedTuple):
    """One file or stream to be opened.

    Attributes
    ----------
    form
        Its format.
    label
        What messages call it.
    selector
        The member or columns chosen, what stands after ``::``; None without.
    input_name
        Name of the input it is for.
    tables
        How tables are read.
    store
        Makes the store of decoded numbers, or returns it: files of arrays need none.
    keep_open
        Whether a file that is read in blocks stays open between them.
    size
        Bytes of the stream where that is known, for the progress.
    """

    form: FileFormat
    label: str
    selector: str | None
    input_name: str
    tables: TableOptions
    store: "MakeStore"
    keep_open: bool = True
    size: int = 0

    def refuse_selector(self) -> None:
        """Raise a UsageError for a selector: a file of this format holds one array."""
        if self.selector is not None:
            raise UsageError(
                f"{self.label}: {self.form.name} files hold one array; drop ::{self.selector}"
            )


class ColumnFile(ABC):
    """A file of named columns; only the columns asked for are read."""

    label: str
    names: tuple[str, ...]
    typed = False  # whether the file says what its columns hold
    whole = False  # whether all its columns are one array
    file: OpenFile | None = None  # what is read forwards

    def has(self, name: str) -> bool:
        """Whether a column is called so, or a path such as ``out.scores`` leads to one."""
        return name in self.names

    def expand(self, name: str) -> list[str]:
        """Return the columns that a name stands for: several where it holds scores by label."""
        return [name]

    @abstractmethod
    def load(
        self,
        names: Sequence[str],
        texts: Sequence[str],
        store: Any,
        watched: "Mapping[str, RowOrder]" = {},  # noqa: B006 - never changed
    ) -> None:
        """Read these columns, those in `texts` as text; called once, before :meth:`source`.

        The columns in `watched` are ids, of which only the order is kept.
        """

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


class PartPlaces(NamedTuple):
    """What a manifest says: where the parts of an array are, and what they are together."""

    label: str
    places: Sequence[FilePlace]
    rows: Sequence[int]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def require_rows(self, number: int, found: Source | ColumnFile) -> None:
        """Refuse a part, by its number from 0, that has other rows than the manifest says."""
        rows, label = (*getattr(found, "shape", ()), 1)[0], getattr(found, "label", "")
        if rows != self.rows[number]:
            raise DataError(
                f"{self.label}: {label} has {rows} rows, and it says {self.rows[number]}; it was "
                "written by another run"
            )

    def require_whole(self, found: Source | ColumnFile) -> None:
        """Refuse parts that are others than those the manifest was written with."""
        shape, dtype = getattr(found, "shape", ()), getattr(found, "dtype", None)
        if (shape, dtype) != (self.shape, self.dtype):
            raise DataError(
                f"{self.label}: its parts are {dtype} of shape {shape}, and it says {self.dtype} "
                f"of shape {self.shape}; they were written by another run"
            )


def open_file(
    place: FilePlace,
    selector: str | None,
    input_name: str,
    *,
    options: TableOptions,
    store: "MakeStore",
    keep_open: bool = True,
) -> Source | ColumnFile | PartPlaces:
    """Open a file by what it begins with, or else by how it is named.

    `selector` is the member or columns chosen, `input_name` the input they are for; decoded numbers
    are kept in `store`, and a file that is read in blocks stays open between them if `keep_open`.
    """
    label = visible(str(place))
    try:
        with closing(open_place(place, label)) as file:
            start = file.read(LOOKED_AT)
    except OSError as error:
        raise UsageError(f"cannot read {place}: {error.strerror}") from None
    if not start:
        raise DataError(f"{label}: is empty")
    suffix, packing = formats.packing_of(place)
    form = formats.by_magic(start)
    if form is not None:
        packing = ""  # what the bytes say outweighs a name: the file is not compressed
    else:
        form, packing = _by_name(place, start, suffix, packing)
    if packing and not form.packed:
        raise UsageError(f"cannot read {place}: {form.name} files are not read from {packing}")
    opening = Opening(form, label, selector, input_name, options, store, keep_open)
    if form.open is not None and not packing:
        opened: Source | ColumnFile | PartPlaces = formats.load(form.open)(place, opening)
        return opened
    return _read_forwards(place, packing, opening)


def _by_name(place: FilePlace, start: bytes, suffix: str, packing: str) -> tuple[FileFormat, str]:
    """Return the format and the compression of a file whose first bytes name no format of ours.

    A compression is known by its first bytes, whatever the file is called; what it holds may be
    known by its own.
    """
    from lossctl.io.foreign import refuse_foreign  # npy files are known by their first bytes
    from lossctl.io.streams import packing_of_bytes

    refuse_foreign(start, place)
    form = formats.by_suffix(suffix)
    if found := packing_of_bytes(start):
        packing = found
        form = _packed_form(place, packing, form)
    if form is None:
        raise UsageError(f"cannot read {place}: its format is not known; {_known()}")
    return form, packing


def _packed_form(place: FilePlace, packing: str, form: FileFormat | None) -> FileFormat | None:
    """Return the format that the content of a compressed file begins with, or that of its name."""
    from lossctl.io.foreign import refuse_foreign
    from lossctl.io.streams import UNREADABLE, read_full, unpacked

    label = visible(str(place))
    with closing(open_place(place, label)) as file:
        try:
            start = read_full(unpacked(file.forwards(), packing), LOOKED_AT)
        except UNREADABLE:  # reading it says what is wrong
            return form
    refuse_foreign(start, None, label)  # no line reads it as it is
    return formats.by_magic(start) or form


def _known() -> str:
    packed = listed(formats.names(lambda form: form.packed))
    packings = listed(formats.PACKED_SUFFIXES, "or")
    return f"{listed(formats.names())} are read ({packed} also with {packings})"


def _read_forwards(place: FilePlace, packing: str, opening: Opening) -> Source | ColumnFile:
    """Read a file as a stream; a table goes on reading it, and closes it in the end."""
    from lossctl.io.streams import unpacked  # npy files are read at any place instead

    file = open_place(place, opening.label)
    try:
        size = 0 if packing else file.size
        opened = _read(unpacked(file.forwards(), packing), opening._replace(size=size))
    except BaseException:
        file.close()
        raise
    if isinstance(opened, ColumnFile):
        opened.file = file
    else:
        file.close_unchanged()
    return opened


def _read(stream: IO[bytes], opening: Opening) -> Source | ColumnFile:
    from lossctl.io.streams import UNREADABLE, as_utf8, unreadable

    if opening.form.streams is None:
        raise UsageError(
            f"{opening.label}: {opening.form.name} is read from files, not from a pipe; save it"
        )
    try:
        read = formats.load(opening.form.streams)
        content: Source | ColumnFile = read(as_utf8(stream, opening.form), opening)
    except UNREADABLE as error:
        raise unreadable(opening.label, error) from None
    return content


def open_stream(
    stream: IO[bytes],
    selector: str | None,
    input_name: str,
    *,
    label: str,
    form: str | None,
    options: TableOptions,
    store: "MakeStore",
) -> Source | ColumnFile:
    """Open a stream that can be read once, by its first bytes or as `form` says."""
    from lossctl.io.foreign import refuse_foreign
    from lossctl.io.streams import (
        UNREADABLE,
        as_utf8,
        look_at,
        packing_of_bytes,
        unpacked,
        unreadable,
    )

    try:
        head, stream = look_at(stream, LOOKED_AT)
        if packing := packing_of_bytes(head):
            head, stream = look_at(unpacked(stream, packing), LOOKED_AT)
        head, stream = look_at(as_utf8(stream), LOOKED_AT)  # text may begin with a mark
    except UNREADABLE as error:
        raise unreadable(label, error) from None
    if not head:
        raise DataError(f"{label}: is empty")
    if form is not None:
        chosen = formats.stream_form(form)
    else:
        found = formats.by_magic(head)
        if found is None:
            refuse_foreign(head, None, label)
        chosen = found or formats.by_text(head.removeprefix(b"\xef\xbb\xbf"))
    return _read(stream, Opening(chosen, label, selector, input_name, options, store))


def typed(label: str) -> str:
    """Return what is typed for a file that messages call `label`: ``-`` for standard input."""
    return "-" if label == "stdin" else label
