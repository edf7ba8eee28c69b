"""npy files, and members of npz archives: an own header check, then blocks read into buffers.

Nothing is memory-mapped (a file truncated while mapped kills the process) and nothing is unpickled.
The header is compared with the bytes present before anything is allocated. A member of an archive
is decoded once.
"""

import ast
import io
from collections.abc import Sequence
from contextlib import closing, suppress
from math import prod
from typing import IO, TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from lossctl.core.errors import DataError, LossctlError, UsageError
from lossctl.core.loss import Array
from lossctl.core.spelling import did_you_mean, item_at, some_of
from lossctl.engine.sources import ArraySource, Source, require_numbers
from lossctl.io.file_places import FilePlace, open_place
from lossctl.io.opening import Opening, typed

if TYPE_CHECKING:  # only streams are decoded
    from lossctl.io.spill import Pieces, Store

MAGIC = b"\x93NUMPY"
LONGEST_HEADER = 65_536
MOST_AXES = 32
COPIED = 4 << 20  # bytes a step when a stream is stored
MOST_DEFLATE_SAVES = 1100  # deflate shrinks by 1032 at the very most; more is a lying directory


class Header(NamedTuple):
    """What an npy header declares, checked; `offset` is where the data begins."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool
    offset: int

    @property
    def size(self) -> int:
        """Bytes of data the header promises."""
        return prod(self.shape) * self.dtype.itemsize


class Readable(Protocol):
    """What a header is read from."""

    def read(self, size: int, /) -> bytes:
        """Read the next bytes, fewer only at the end."""
        ...


def read_header(stream: Readable, label: str) -> Header:
    """Read and check the header at the start of `stream`.

    Raises
    ------
    DataError
        When it is not the header of a numeric array.
    """
    start = stream.read(8)
    if not start:
        raise DataError(f"{label}: is empty")
    if start[:6] != MAGIC or len(start) < 8:
        raise DataError(f"{label}: not an npy file (it starts with {start[:6]!r})")
    version = (start[6], start[7])
    if version not in {(1, 0), (2, 0), (3, 0)}:
        raise DataError(f"{label}: npy format {version[0]}.{version[1]} is not known")
    width = 2 if version == (1, 0) else 4
    length = int.from_bytes(stream.read(width), "little")
    if length > LONGEST_HEADER:
        raise DataError(f"{label}: its header says {length} bytes; the file is damaged")
    text = stream.read(length)
    if len(text) < length:
        raise DataError(f"{label}: truncated inside its header")
    fields = _parse(text, "latin-1" if version < (3, 0) else "utf-8", label)
    return Header(*_check(fields, label), 8 + width + length)


def _parse(text: bytes, encoding: str, label: str) -> dict[str, Any]:
    try:
        fields = ast.literal_eval(text.decode(encoding).strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        fields = None
    if not isinstance(fields, dict) or set(fields) != {"descr", "fortran_order", "shape"}:
        raise DataError(f"{label}: its header is not that of an npy file; the file is damaged")
    return fields


def _check(fields: dict[str, Any], label: str) -> tuple[tuple[int, ...], np.dtype[Any], bool]:
    descr, shape = fields["descr"], fields["shape"]
    if not isinstance(descr, str):
        raise DataError(f"{label}: holds records with named fields; save one plain array per file")
    try:
        dtype = np.dtype(descr)
    except (TypeError, ValueError, SyntaxError):
        raise DataError(f"{label}: its header names an unknown type {descr!r}") from None
    if dtype.kind == "O":
        raise DataError(
            f"{label}: holds pickled Python objects, which are never loaded; save numbers or text: "
            "np.save(file, np.load(file, allow_pickle=True).astype(str))"
        )
    if dtype.kind not in "US":
        require_numbers(dtype, label)
    elif not dtype.itemsize:
        raise DataError(f"{label}: its header declares text of length 0, {descr!r}")
    lengths = isinstance(shape, tuple) and all(type(n) is int and n >= 0 for n in shape)
    if not lengths or len(shape) > MOST_AXES:
        raise DataError(f"{label}: its header has the shape {shape!r}; the file is damaged")
    fortran = fields["fortran_order"]
    if not isinstance(fortran, bool):
        raise DataError(f"{label}: its header has the order {fortran!r}; the file is damaged")
    return shape, dtype, fortran


def require_bytes(header: Header, present: int, label: str) -> None:
    """Compare the bytes present after the header with what it promises."""
    if present < header.size:
        raise DataError(
            f"{label}: truncated: shape {header.shape} of {header.dtype} needs {header.size} "
            f"bytes, the file holds {present}"
        )
    if present > header.size:
        raise DataError(
            f"{label}: {present - header.size} bytes follow the array of shape {header.shape}; "
            "the file is damaged or holds several arrays"
        )


class NpyFile:
    """An array in a file, read block by block; close it when done."""

    def __init__(
        self, place: FilePlace, label: str, *, keep_open: bool = True, header: Header | None = None
    ) -> None:
        """Open the file and check its header, if none is given, against its size.

        A part of a data set of very many files is not kept open, but opened for each read.
        """
        self.label, self._place, self._keep_open = label, place, keep_open
        self._file = open_place(place, label)
        try:
            if header is None:
                header = read_header(self._file, label)
                require_bytes(header, self._file.size - header.offset, label)
            self._header = header
        except BaseException:
            self._file.close()
            raise
        if not keep_open:
            self._file.close()

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        return self._header.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements, in the byte order of the file."""
        return self._header.dtype

    @property
    def fortran(self) -> bool:
        """Whether the first axis varies fastest in the file."""
        return self._header.fortran and sum(n > 1 for n in self.shape) > 1

    def read(self, start: int, stop: int) -> Array:
        """Read elements `start` to `stop`, in the order of the file."""
        return self.read_as(self._header.dtype, start, stop)

    def read_as(self, dtype: np.dtype[Any], start: int, stop: int) -> Array:
        """Read elements that the file holds as `dtype`."""
        block = np.empty(stop - start, dtype)
        offset = self._header.offset + start * dtype.itemsize
        if self._keep_open:
            self._file.fill(block, offset)
            return block
        with closing(open_place(self._place, self.label, self._file.state)) as file:
            file.fill(block, offset)
        return block

    def where(self, index: tuple[int, ...]) -> str:
        """Name an element by its index."""
        return item_at(index)

    def close(self) -> None:
        """Close the file; complain if it changed since it was opened."""
        if self._keep_open:
            self._file.close_unchanged()
        else:
            open_place(self._place, self.label, self._file.state).close_unchanged()


class StoredArray:
    """An array decoded from a stream, in C order."""

    def __init__(self, pieces: "Pieces", shape: tuple[int, ...], label: str) -> None:
        """Give the elements a shape."""
        self._pieces, self.shape, self.label = pieces, shape, label
        self.dtype = pieces.dtype

    def read(self, start: int, stop: int) -> Array:
        """Return elements of the flattened array."""
        return self._pieces.read(start, stop)

    def where(self, index: tuple[int, ...]) -> str:
        """Name an element by its index."""
        return item_at(index)


def read_stream(stream: IO[bytes], length: int | None, label: str, store: "Store") -> Source:
    """Decode the npy file in a stream of `length` bytes (None: unknown) into the store."""
    header = read_header(stream, label)
    if length is not None:
        require_bytes(header, length - header.offset, label)
    from lossctl.engine.text_labels import Coder, Text, as_texts
    from lossctl.io.spill import Pieces

    pieces, coder = Pieces(), Coder(label) if header.dtype.kind in "US" else None
    pieces.dtype = header.dtype
    if coder is not None:  # text is coded while it is read
        pieces.dtype = np.dtype(np.int32)
    step, left = max(COPIED // max(header.dtype.itemsize, 1), 1), prod(header.shape)
    while left:
        block = np.empty(min(step, left), header.dtype)
        _fill(stream, block, header, label)
        kept = block if coder is None else coder.add(as_texts(block))
        pieces.append(store.put(kept, label))
        left -= len(block)
    if stream.read(1):
        require_bytes(header, header.size + 1 + len(stream.read(COPIED)), label)
    stored: Source = StoredArray(pieces, header.shape, label)
    if header.fortran and sum(n > 1 for n in header.shape) > 1:
        flat = pieces.read(0, pieces.length)
        stored = ArraySource(flat.reshape(header.shape, order="F"), label)
    if coder is None:
        return stored
    return Text(stored, coder.words, some_missing=coder.some_missing)


def _fill(stream: IO[bytes], block: Array, header: Header, label: str) -> None:
    view, done = block.view(np.uint8).data, 0
    while done < len(view):
        count = stream.readinto(view[done:])  # type: ignore[attr-defined]
        if not count:
            raise DataError(
                f"{label}: truncated: shape {header.shape} of {header.dtype} needs {header.size} "
                "bytes, but there are fewer"
            )
        done += count


def open_npy(place: FilePlace, opening: Opening) -> NpyFile | Source:
    """Open an npy file: block by block, or in memory when its order is Fortran's."""
    opening.refuse_selector()
    file = NpyFile(place, opening.label, keep_open=opening.keep_open)
    if file.dtype.kind in "US":
        file.close()
        with closing(open_place(place, opening.label)) as text:
            return read_stream(text.forwards(), None, opening.label, opening.store())
    if not file.fortran:
        return file
    flat = file.read(0, prod(file.shape))
    file.close()
    return ArraySource(flat.reshape(file.shape, order="F"), opening.label)


def write_npy(stream: IO[bytes], values: Source, labels: object = None) -> None:
    """Write an array block by block; a file of one array has no place for labels."""
    del labels
    header = {"descr": values.dtype.str, "fortran_order": False, "shape": values.shape}
    np.lib.format.write_array_header_1_0(stream, header)
    total, step = prod(values.shape), COPIED // values.dtype.itemsize
    for start in range(0, total, step):
        block = values.read(start, min(start + step, total))
        stream.write(np.ascontiguousarray(block, values.dtype).tobytes())


def read_npy(stream: IO[bytes], opening: Opening) -> Source:
    """Decode an npy file of unknown length."""
    opening.refuse_selector()
    return read_stream(stream, None, opening.label, opening.store())


# Archives


def read_npz(stream: IO[bytes], opening: Opening) -> Source:
    """Read one member of an archive in a stream, which is held in memory whole."""
    content = opening.store().archives.setdefault(opening.label, stream.read())
    return _read_member(io.BytesIO(content), None, opening)


def open_npz(place: FilePlace, opening: Opening) -> Source:
    """Read a member of an archive; only what is read of it is fetched."""
    file = open_place(place, opening.label)
    with closing(file):
        source = _read_member(file.stream(), place, opening)
        file.close_unchanged()
    return source


def _read_member(file: IO[bytes], place: "FilePlace | None", opening: Opening) -> Source:
    """Read the member that is selected; else the only one, or the one called like the input."""
    import struct  # these are imported here because a plain npy file needs none of them
    import zipfile
    import zlib

    from lossctl.io.foreign import refuse_archive

    label = opening.label
    damage = [zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError]
    with suppress(ImportError):  # some builds of Python have none; zipfile says so
        from lzma import LZMAError

        damage.append(LZMAError)
    try:
        with zipfile.ZipFile(file) as archive:
            refuse_archive(archive.namelist(), opening.selector, place, label, archive.open)
            members = archive.namelist()
            member = _member(members, opening.selector, opening.input_name, label)
            _require_once(members, member, label)
            info = archive.getinfo(member)
            deflated = info.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
            if deflated and info.file_size > MOST_DEFLATE_SAVES * max(info.compress_size, 1):
                raise DataError(
                    f"{label}: the header of {member} says {info.file_size} bytes; the file is "
                    "damaged"
                )
            with archive.open(info) as stream:
                name = f"{label}::{member.removesuffix('.npy')}"
                return read_stream(stream, info.file_size, name, opening.store())
    except LossctlError:
        raise
    except (*damage, NotImplementedError, RuntimeError) as error:
        raise DataError(f"{label}: not a readable npz archive ({error})") from None


def _require_once(members: Sequence[str], member: str, label: str) -> None:
    """Refuse a member that the archive has twice, or with and without the suffix of its file."""
    name = member.removesuffix(".npy")
    same = [other for other in members if other.removesuffix(".npy") == name]
    if len(same) > 1:
        raise DataError(
            f"{label}: holds {name!r} {len(same)} times ({', '.join(same[:2])}), which may differ; "
            "save the archive again with one array per name"
        )


def _member(files: Sequence[str], key: str | None, input_name: str, label: str) -> str:
    names = {name.removesuffix(".npy"): name for name in files}
    if not names:
        raise DataError(f"{label}: the archive is empty")
    if key is None:
        if len(names) > 1 and input_name not in names:
            example = f"{typed(label)}::{next(iter(names))}"
            raise UsageError(f"{label}: holds {some_of(names)}; choose one with {example}")
        return names[input_name] if input_name in names else next(iter(names.values()))
    if key not in names:
        hint = did_you_mean(key, names)
        raise UsageError(f"{label}: has no array {key!r}; it holds {some_of(names)}{hint}")
    return names[key]
