"""Files at URLs: http and https, and the object stores S3, Google Cloud Storage and Azure.

A file is read in ranges: its first bytes, which say what it is, then what is asked for and nothing
else; `remote_ranges` fetches them.
"""

import io
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from pathlib import PurePosixPath
from typing import IO, Any
from urllib.parse import unquote

import numpy as np

from lossctl.core.errors import DataError, LossctlError, UsageError, changed_file
from lossctl.core.loss import Array
from lossctl.core.spelling import listed, visible
from lossctl.core.urls import STORES, is_web, url_path, without_secrets
from lossctl.io.remote_ranges import Beginning, Ranges, StoreRanges, WebRanges

WEB = ("https", "http")
AHEAD = 4 << 20  # bytes of a request where a file is read forwards
KEPT = 32 << 20  # bytes of the last ranges that are kept, of all files together
AT_ONCE = 16  # files that are asked for side by side


class KeptRanges:
    """The ranges of all files that were fetched last: a block is seen, then evaluated."""

    def __init__(self, room: int) -> None:
        """Keep up to `room` bytes."""
        self._left = room
        self._kept: OrderedDict[tuple[int, int, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[int, int, int]) -> bytes | None:
        """Return a range by the number of its file, its start and its end; None if it is gone."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: tuple[int, int, int], data: bytes) -> None:
        """Keep a range, and let those go that were not asked for the longest."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = data
                self._left -= len(data)
            while self._left < 0:
                _, gone = self._kept.popitem(last=False)
                self._left += len(gone)


_KEPT = KeptRanges(KEPT)
_NUMBERS = count()


class RemotePath:
    """A file at a URL; nothing is asked of the server before it is opened.

    It travels as its URL alone: what is known of the file, sessions and credentials stay here.
    """

    def __init__(self, url: str) -> None:
        """Refuse a URL that is not read, or whose library is missing."""
        self.url = url
        self._ranges = _ranges_of(url)
        self._path = PurePosixPath(unquote(url_path(url)) if is_web(url) else url_path(url))
        self._beginning: Beginning | None = None
        self._number = next(_NUMBERS)
        self._lock = threading.Lock()

    def __str__(self) -> str:
        """Return the URL as messages show it."""
        return without_secrets(self.url)

    def __reduce__(self) -> tuple[type["RemotePath"], tuple[str]]:
        """Travel as the URL."""
        return RemotePath, (self.url,)

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self._path.name

    @property
    def stem(self) -> str:
        """The name without its suffix."""
        return self._path.stem

    @property
    def suffix(self) -> str:
        """The suffix of the name."""
        return self._path.suffix

    def begin(self) -> Beginning:
        """Return what the first request says; it is made once."""
        with self._lock:
            if self._beginning is None:
                self._beginning = self._ranges.begin()
            return self._beginning

    def open(self, label: str) -> "RemoteFile":
        """Open the file."""
        return RemoteFile(self, label)

    def read(self, start: int, stop: int, label: str) -> bytes:
        """Fetch bytes `start` to `stop`.

        Raises
        ------
        DataError
            When they cannot be fetched, or the file is no longer what it was.
        """
        beginning = self.begin()
        known, first = beginning.head[start:stop], max(start, min(stop, len(beginning.head)))
        if first >= stop:
            return known
        try:
            data, state = self._ranges.fetch(first, stop)
        except DataError:
            self.require_unchanged(label)
            raise
        if state is not None and state != beginning.state:
            raise changed_file(label)
        if len(data) != stop - first:
            self.require_unchanged(label)
            raise DataError(f"{label}: {len(data)} bytes came in place of {stop - first}")
        return known + data

    def read_kept(self, start: int, stop: int, label: str) -> bytes:
        """Fetch bytes `start` to `stop`, or return those of the last ranges that are kept."""
        key = (self._number, start, stop)
        data = _KEPT.get(key)
        if data is None:
            data = self.read(start, stop, label)
            _KEPT.put(key, data)
        return data

    def require_unchanged(self, label: str) -> None:
        """Raise a DataError when the file is no longer what it was at first."""
        state = self._ranges.state()
        if state is not None and state != self.begin().state:
            raise changed_file(label)


class RemoteFile(io.RawIOBase):
    """A file at a URL that is open: a request for every range."""

    def __init__(self, path: RemotePath, label: str) -> None:
        """Ask for the beginning of the file."""
        super().__init__()
        self._path, self._label, self._at = path, label, 0
        state = path.begin().state
        self.size = state.size
        self.state: tuple[object, ...] = state
        self._forwards: Forwards | None = None

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Return where it is read next."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        if start + offset < 0:
            raise OSError("a place before the start of the file")  # as of files on a disk
        self._at = start + offset
        return self._at

    def read(self, size: int | None = -1, /) -> bytes:
        """Read `size` bytes, fewer only at the end; all of them without a size."""
        left = max(self.size - self._at, 0)
        stop = self._at + (left if size is None or size < 0 else min(size, left))
        data = self._path.read_kept(self._at, stop, self._label)
        self._at = stop
        return data

    def readall(self) -> bytes:
        """Read what is left."""
        return self.read()

    def readinto(self, buffer: Any) -> int:
        """Read some bytes into a buffer."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def fill(self, block: Array, offset: int) -> None:
        """Fill an array with the bytes from `offset` on; several threads may read at once."""
        view = block.reshape(-1).view(np.uint8).data
        view[:] = self._path.read_kept(offset, offset + len(view), self._label)

    def stream(self) -> IO[bytes]:
        """Return the file as a stream that is read at any place."""
        return self  # type: ignore[return-value]

    def forwards(self) -> IO[bytes]:
        """Return the file as a stream that is read once, from its start to its end."""
        self._forwards = Forwards(self._path, self.size, self._label)
        return self._forwards  # type: ignore[return-value]

    def close(self) -> None:
        """Close the file."""
        if self._forwards is not None:
            self._forwards.close()
        super().close()

    def close_unchanged(self) -> None:
        """Close the file; raise a DataError when it changed since it was opened."""
        if self.closed:
            return
        self.close()
        self._path.require_unchanged(self._label)


class Forwards(io.RawIOBase):
    """A file that is read from its start to its end, in large parts, the next one ahead."""

    def __init__(self, path: RemotePath, size: int, label: str) -> None:
        """Fetch nothing yet."""
        super().__init__()
        self._path, self._size, self._label = path, size, label
        self._part, self._end = memoryview(b""), 0
        self._pool: ThreadPoolExecutor | None = None
        self._next: Future[bytes] | None = None

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read some bytes."""
        if not self._part:
            self._part = memoryview(self._fetched())
        count = min(len(self._part), len(buffer))
        buffer[:count] = self._part[:count]
        self._part = self._part[count:]
        if len(self._part) < AHEAD // 2:  # a glance at the start asks for no more
            self._ask()
        return count

    def _fetched(self) -> bytes:
        """Return the next part, b'' at the end."""
        if self._end == 0:  # what it holds was seen already, where it is compressed
            data = self._path.read_kept(0, min(AHEAD, self._size), self._label)
        else:
            self._ask()
            data = self._next.result() if self._next is not None else b""
            self._next = None
        self._end += len(data)
        return data

    def _ask(self) -> None:
        """Begin to fetch the next part, if there is one and it is not on its way."""
        if self._next is not None or self._end >= self._size:
            return
        self._pool = self._pool or ThreadPoolExecutor(1)
        stop = min(self._end + AHEAD, self._size)
        self._next = self._pool.submit(self._path.read, self._end, stop, self._label)

    def close(self) -> None:
        """Fetch no more."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        super().close()


def begin_all(paths: Sequence[RemotePath]) -> None:
    """Ask for the beginnings of files side by side; opening one that is refused says so."""

    def begin(path: RemotePath) -> None:
        with suppress(LossctlError):
            path.begin()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(begin, paths))


def matching_urls(pattern: str) -> list[RemotePath]:
    """Return the files of an object store that a pattern stands for, in no order.

    Raises
    ------
    UsageError
        When there are none, and for a server of files, which does not say which it has.
    """
    shown = visible(without_secrets(pattern))
    scheme = _scheme_of(pattern)
    if is_web(pattern):
        raise UsageError(f"{shown}: {scheme} has no list of files, so no pattern; name one file")
    ranges = _ranges_of(pattern)
    names = ranges.matching() if isinstance(ranges, StoreRanges) else []
    return [RemotePath(f"{scheme}://{name}") for name in names]


def _ranges_of(url: str) -> Ranges:
    """Return what fetches from a URL.

    Raises
    ------
    UsageError
        For a kind of URL that is not read, or a library that is missing.
    """
    scheme = _scheme_of(url)
    if is_web(url):
        return WebRanges(url)
    if scheme in STORES:
        return StoreRanges(url, scheme)
    shown = visible(without_secrets(url))
    known = listed([f"{one}://" for one in (*STORES, *WEB)])
    raise UsageError(f"cannot read {shown}: {known} are read, and files by their names")


def _scheme_of(url: str) -> str:
    return url.partition("://")[0].lower()
