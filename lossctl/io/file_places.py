"""Where files are, on this machine or at a URL, and files that are open there.

Readers know a `FilePlace` and an `OpenFile`, and not which of the two they have. Nothing here, and
nothing of `lossctl.io.remote`, is needed for arrays in memory; URLs load what fetches them.
"""

import io
import os
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

from lossctl.core.errors import DataError, UsageError, changed_file
from lossctl.core.loss import Array
from lossctl.core.urls import LEFT_OUT, is_url, is_web

if TYPE_CHECKING:
    from lossctl.io.remote import RemotePath

_SEEK_LOCK = threading.Lock()  # where a descriptor has one position for all threads

FilePlace: TypeAlias = "Path | RemotePath"


class OpenFile(Protocol):
    """A file that is open for reading.

    Attributes
    ----------
    size
        Bytes it has.
    state
        What differs once the file is written anew.
    """

    size: int
    state: tuple[object, ...]

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        ...

    def read(self, size: int, /) -> bytes:
        """Read the next bytes, fewer only at the end."""
        ...

    def fill(self, block: Array, offset: int) -> None:
        """Fill an array with the bytes from `offset` on; several threads may read at once."""
        ...

    def stream(self) -> IO[bytes]:
        """Return the file as a stream that is read at any place."""
        ...

    def forwards(self) -> IO[bytes]:
        """Return the file as a stream that is read once, from its start to its end."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...

    def close_unchanged(self) -> None:
        """Close the file; raise a DataError when it changed since it was opened."""
        ...


def file_place(text: str) -> FilePlace:
    """Return the place that a name or a URL stands for.

    Raises
    ------
    UsageError
        For a URL of a kind that is not read, or whose library is not installed, and for one whose
        query a message left out.
    """
    if is_url(text):
        if is_web(text) and LEFT_OUT in text:
            raise UsageError(f"{text}: {LEFT_OUT} stands for what was left out; put it back")
        from lossctl.io.remote import RemotePath

        return RemotePath(text)
    return Path(text)


def open_place(place: FilePlace, label: str, state: tuple[object, ...] | None = None) -> "OpenFile":
    """Open a file, which messages call `label`, for reading.

    Raises
    ------
    OSError
        When a file of this machine cannot be opened.
    UsageError
        When a file at a URL cannot.
    DataError
        When it is no longer in the `state` that is said.
    """
    file: OpenFile
    if isinstance(place, Path):
        file = LocalFile(place, label)
    else:
        file = place.open(label)
    if state is not None and file.state != state:
        file.close()
        raise changed_file(label)
    return file


class LocalFile(io.FileIO):
    """A file of this machine."""

    def __init__(self, path: Path, label: str) -> None:
        """Open the file and remember its state."""
        super().__init__(str(path), "rb")
        self._label = label
        self.size, _ = now = self._now()
        self.state: tuple[object, ...] = now

    def _now(self) -> tuple[int, int]:
        status = os.fstat(self.fileno())
        return status.st_size, status.st_mtime_ns

    def fill(self, block: Array, offset: int) -> None:
        """Fill an array with the bytes from `offset` on; several threads may read at once."""
        read_exactly(self.fileno(), block, offset, self._label)

    def stream(self) -> IO[bytes]:
        """Return the file as a stream that is read at any place."""
        return self

    def forwards(self) -> IO[bytes]:
        """Return the file as a stream that is read once, from its start to its end."""
        return self

    def close_unchanged(self) -> None:
        """Close the file; raise a DataError when it changed since it was opened."""
        if self.closed:
            return
        now = self._now()
        self.close()
        if now != self.state:
            raise changed_file(self._label)


def read_exactly(descriptor: int, block: Array, offset: int, label: str) -> None:
    """Fill `block` from `offset` on; several threads may read at once."""
    view = block.reshape(-1).view(np.uint8).data
    done = 0
    while done < len(view):
        if hasattr(os, "preadv"):
            count = os.preadv(descriptor, [view[done:]], offset + done)
        else:  # Windows: one seek and read at a time
            part = _seek_and_read(descriptor, offset + done, len(view) - done)
            count = len(part)
            view[done : done + count] = part
        if count == 0:
            raise DataError(f"{label}: the file was truncated while it was read; run again")
        done += count


def _seek_and_read(descriptor: int, offset: int, length: int) -> bytes:
    with _SEEK_LOCK:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, length)
