"""Byte streams that are read forwards once: plain files, gzip, Zstandard, standard input.

Documents that are no data, such as configurations, are read by :func:`read_document`, never whole.
"""

import codecs
import gzip
import io
import json
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from lossctl.core.errors import DataError, LossctlError, UsageError
from lossctl.core.spelling import visible

if TYPE_CHECKING:
    from lossctl.io.file_formats import FileFormat

GZIP_MAGIC, ZSTD_MAGIC = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
FED = 4096  # compressed bytes a step: what a hostile file can make of them still fits in memory
UNREADABLE = (EOFError, OSError, zlib.error)


def packing_of_bytes(start: bytes) -> str:
    """Return the suffix of the compression that a stream begins with, or ''."""
    if start[:2] == GZIP_MAGIC:
        return ".gz"
    return ".zst" if start[:4] == ZSTD_MAGIC else ""


def unpacked(stream: IO[bytes], packing: str) -> IO[bytes]:
    """Return the content of a stream that is compressed as its suffix says.

    Errors of reading are EOFError, OSError and zlib.error, whatever the compression.
    """
    if packing == ".gz":
        return gzip.GzipFile(fileobj=stream)  # type: ignore[return-value]
    if packing == ".zst":
        return io.BufferedReader(ZstdStream(stream), 1 << 17)
    return stream


def as_utf8(stream: IO[bytes], form: "FileFormat | None" = None) -> IO[bytes]:
    """Return text as UTF-8: a stream that begins with the mark of UTF-16 is written anew.

    A stream of a format that is no text stays as it is.
    """
    if form is not None and not form.is_table:
        return stream
    head, stream = look_at(stream, 4)
    if head[:2] in UTF_16_MARKS and head[2:] != b"\0\0":
        return io.BufferedReader(Utf16(stream), 1 << 17)
    return stream


def unreadable(label: str, error: BaseException) -> DataError:
    """Return the error for a stream that broke off."""
    return DataError(f"{label}: cannot be read ({error})")


class Resumed(io.RawIOBase):
    """A stream whose first bytes were looked at already."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        """Give `head` first, then what is left of `rest`."""
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read some bytes."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def read(self, size: int = -1) -> bytes:
        """Read `size` bytes, fewer only at the end; all of them without a size."""
        if size < 0:
            return self.readall()
        if not self._head:
            return read_full(self._rest, size)
        data, self._head = self._head[:size], self._head[size:]
        return data if len(data) == size else data + read_full(self._rest, size - len(data))


class Utf16(io.RawIOBase):
    """Text in UTF-16, which begins with its mark, as UTF-8."""

    def __init__(self, stream: IO[bytes]) -> None:
        """Write `stream` anew."""
        self._stream, self._ready = stream, b""
        self._decoder = codecs.getincrementaldecoder("utf-16")()

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read some bytes."""
        finished = False
        while not self._ready and not finished:
            block = self._stream.read(len(buffer))
            finished = not block
            self._ready = self._decoder.decode(block, final=finished).encode()
        count = min(len(self._ready), len(buffer))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count


def look_at(stream: IO[bytes], length: int) -> tuple[bytes, IO[bytes]]:
    """Return the first bytes of a stream, and a stream that still begins with them."""
    head = read_full(stream, length)
    return head, Resumed(head, stream)  # type: ignore[return-value]


def read_full(stream: IO[bytes], length: int) -> bytes:
    """Read `length` bytes, fewer only at the end: a pipe gives them in small parts."""
    first = stream.read(length)
    if len(first) == length or not first:
        return first
    parts, left = [first], length - len(first)
    while left and (part := stream.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


class ZstdStream(io.RawIOBase):
    """The content of Zstandard frames; one that is cut short is an EOFError."""

    def __init__(self, stream: IO[bytes]) -> None:
        """Decompress `stream`."""
        self._stream = stream
        self._begin, self._errors = _zstd()
        self._frame: Any = None
        self._fed, self._ready = b"", memoryview(b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read some bytes."""
        while not self._ready:
            if not self._feed():
                return 0
        count = min(len(self._ready), len(buffer))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _feed(self) -> bool:
        """Decompress a little; return whether there may be more."""
        self._fed = self._fed or self._stream.read(FED)
        if not self._fed:
            if self._frame is not None:
                raise EOFError("compressed file ended before the end of its last frame")
            return False
        if self._frame is None:
            self._frame = self._begin()
        try:
            self._ready = memoryview(self._frame.decompress(self._fed))
        except self._errors as error:
            raise OSError(str(error)) from None
        self._fed = b""
        if self._frame.eof:
            self._fed, self._frame = self._frame.unused_data, None
        return True


def _zstd() -> tuple[Callable[[], Any], type[Exception]]:
    """Return what begins a frame, and the error of a damaged one; Python 3.14 has its own."""
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        pass
    else:
        return zstd.ZstdDecompressor, zstd.ZstdError
    try:
        import zstandard
    except ImportError:
        raise UsageError(
            "files ending in .zst need a library: pip install 'lossctl[zst]', or decompress first"
        ) from None
    return zstandard.ZstdDecompressor().decompressobj, zstandard.ZstdError


# Documents that are no data: configurations, answers, earlier results

MAX_YAML, MAX_JSON = 1 << 20, 16 << 20  # bytes
MAX_JSON_VALUES = 1_000_000  # each takes some 100 bytes once it is read


def read_document(
    path: Path, kind: str, most: int = MAX_YAML, error_of: type[LossctlError] = UsageError
) -> str:
    """Read the text of a document that is no data, and never more than `most` bytes.

    Parameters
    ----------
    path
        The file, or a device or a pipe, which may have no end.
    kind
        What it should be, for messages: a configuration.
    most
        Bytes it may have.
    error_of
        The error of a file that is too long, or no text.

    Raises
    ------
    UsageError
        When it cannot be read.
    """
    name = visible(str(path))
    try:
        with path.open("rb", buffering=0) as stream:
            data = read_full(stream, most + 1)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"cannot read {name}: {getattr(error, 'strerror', None) or error}"
        ) from None
    if len(data) > most:
        raise error_of(f"{name}: over {most} bytes, too long for a {kind}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise error_of(f"{name}:{line}: not UTF-8 text; save the file as UTF-8") from None


def parse_json(text: str) -> list[Any]:
    """Return what a JSON text says, or each line of JSON lines.

    Raises
    ------
    ValueError
        For what is no JSON, names a key twice, or is nested or split into more than any result.
    """
    if text.count(",") + text.count("[") + text.count("{") > MAX_JSON_VALUES:
        raise ValueError("too many values")
    parse = partial(json.loads, object_pairs_hook=_unique)
    try:
        try:
            return [parse(text)]
        except ValueError:
            return [parse(line) for line in io.StringIO(text) if line.strip()]
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        raise ValueError("a key is given twice")
    return entries
