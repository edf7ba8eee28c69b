"""Where files are, on this machine or at a URL, and files that are open there.

Readers know a `FilePlace` and an `OpenFile`, and not which of the two they have. Nothing here, and
nothing of `lossctl.io.remote`, is needed for arrays in memory; URLs load what fetches them.
"""

import io
import os
import re
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array

if TYPE_CHECKING:
    from lossctl.io.remote import RemotePath

URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://[^/?#]*")  # the letter of a drive is one alone
QUERY = re.compile(r"[?#].*?(?=(?:::[^:]*)?$)", re.DOTALL)  # not the columns behind it
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


def is_url(text: object) -> bool:
    """Whether a place is a URL: no file of this machine, whatever it is called."""
    return isinstance(text, str) and URL.match(text) is not None


def file_place(text: str) -> FilePlace:
    """Return the place that a name or a URL stands for.

    Raises
    ------
    UsageError
        For a URL of a kind that is not read, or whose library is not installed.
    """
    if is_url(text):
        from lossctl.io.remote import RemotePath

        return RemotePath(text)
    return Path(text)


def is_web(url: str) -> bool:
    """Whether a URL is one of a web server, which may hold a query; elsewhere ? is a wildcard."""
    return url[: len("https://")].lower().startswith(("http://", "https://"))


def url_path(url: str) -> str:
    """Return what stands behind the host or the bucket of a URL, without a query.

    Examples
    --------
    >>> url_path("https://host/scores.csv?signature=abc::p"), url_path("s3://bucket/p-?.npy")
    ('/scores.csv::p', '/p-?.npy')
    """
    start = URL.match(url)
    path = url[start.end() :] if start else url
    return QUERY.sub("", path) if is_web(url) else path


def without_secrets(text: str) -> str:
    """Return a place as messages show it: a URL without user, password and query.

    Examples
    --------
    >>> print(without_secrets("https://me:word@host/preds.npy?signature=abc"))
    https://host/preds.npy?…
    >>> print(without_secrets("s3://bucket/preds-?.npy"), without_secrets("a@b.npy"))
    s3://bucket/preds-?.npy a@b.npy
    """
    start = URL.match(text)
    if start is None:
        return text
    scheme, _, authority = start[0].partition("://")
    path = text[start.end() :]
    path = QUERY.sub("?…", path, count=1) if is_web(text) else path
    return f"{scheme}://{authority.rpartition('@')[2]}{path}"


def without_selector(text: str) -> str:
    """Return a place without the members or columns after ``::``, which a host may hold too."""
    start = URL.match(text)
    end = start.end() if start else 0
    return text[:end] + text[end:].partition("::")[0]


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


def changed_file(label: str) -> DataError:
    """Return the error for a file that was written while it was read."""
    return DataError(f"{label}: the file changed while it was read; run again")


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
