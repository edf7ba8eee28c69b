"""Numbers that several threads read at random: at a place of a file, or decoded once and kept.

Text and compressed files can only be read forwards. What is decoded from them is kept in memory up
to a bound, and beyond it in one file in TMPDIR that has no name, so nothing is left behind however
the process ends.
"""

import errno
import os
import threading
from bisect import bisect_right
from typing import IO, Any, NamedTuple, Protocol

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.io.file_places import read_exactly

HELD = 64 << 20  # bytes kept in memory, by all inputs together
RESERVE = 64 << 20  # bytes the disk of the temporary file must keep free


class Series(Protocol):
    """Elements in a row, of one dtype, read at random by several threads."""

    @property
    def length(self) -> int:
        """Number of elements."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        ...

    def read(self, start: int, stop: int) -> Array:
        """Return elements `start` to `stop`."""
        ...


class Store:
    """Keeps arrays in memory while they fit, and in a temporary file after that.

    Attributes
    ----------
    archives
        The content of the archives that came as streams, by label: a stream can be read once, and
        several inputs may be members of it.
    """

    def __init__(self, room: int = HELD) -> None:
        """Keep up to `room` bytes in memory."""
        self.archives: dict[str, bytes] = {}
        self._left = room
        self._file: IO[bytes] | None = None
        self._end = 0
        self._lock = threading.Lock()

    def put(self, array: Array, label: str) -> "Held":
        """Keep the elements of an array.

        Raises
        ------
        DataError
            When the disk of the temporary file has no room left.
        """
        with self._lock:
            if array.nbytes <= self._left:
                self._left -= array.nbytes
                # a view would keep alive all it was cut from
                return Held(array.size, array.dtype, array.flatten())
            # the place is claimed under the lock; writing there needs none
            offset, self._end = self._end, self._end + array.nbytes
            descriptor = self._descriptor(array.nbytes, label)
        data = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
        try:
            done = 0
            while done < len(data):
                done += os.pwrite(descriptor, data[done:], offset + done)
        except OSError as error:
            raise _no_room(label, error) from None
        return Held(array.size, array.dtype, None, descriptor, offset, label)

    def _descriptor(self, more: int, label: str) -> int:
        import shutil  # imported here because few inputs are larger than memory may hold
        import tempfile

        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="lossctl-")  # noqa: SIM115
            if shutil.disk_usage(tempfile.gettempdir()).free < more + RESERVE:
                raise _no_room(label, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        except OSError as error:
            raise _no_room(label, error) from None
        return self._file.fileno()

    def close(self) -> None:
        """Give the temporary file back."""
        if self._file is not None:
            self._file.close()


def _no_room(label: str, error: OSError) -> DataError:
    import tempfile

    return DataError(
        f"{label}: its numbers do not fit into {tempfile.gettempdir()} ({error.strerror}); "
        "set TMPDIR to a folder on a larger disk"
    )


class Held(NamedTuple):
    """Elements a store keeps: an array in memory, or a place in its file."""

    length: int
    dtype: np.dtype[Any]
    array: Array | None
    descriptor: int = -1
    offset: int = 0
    label: str = ""

    def read(self, start: int, stop: int) -> Array:
        """Return elements `start` to `stop`."""
        if self.array is not None:
            return self.array[start:stop]
        block = np.empty(stop - start, self.dtype)
        read_exactly(self.descriptor, block, self.offset + start * self.dtype.itemsize, self.label)
        return block


class Pieces:
    """Series one after the other, read as one; each may be stored in a narrower dtype."""

    def __init__(self) -> None:
        """Begin without any."""
        self._parts: list[Series] = []
        self._ends: list[int] = []
        self._dtype: np.dtype[Any] | None = None

    @property
    def length(self) -> int:
        """Number of elements."""
        return self._ends[-1] if self._ends else 0

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        assert self._dtype is not None  # noqa: S101 - set before anything is read
        return self._dtype

    @dtype.setter
    def dtype(self, dtype: np.dtype[Any]) -> None:
        self._dtype = dtype

    def append(self, part: Series) -> None:
        """Add a series at the end."""
        self._parts.append(part)
        self._ends.append(self.length + part.length)

    def read(self, start: int, stop: int) -> Array:
        """Return elements `start` to `stop`."""
        blocks: list[Array] = []
        number = bisect_right(self._ends, start)
        while start < stop:
            part, end = self._parts[number], self._ends[number]
            last = min(stop, end)
            first = end - part.length
            blocks.append(part.read(start - first, last - first))
            start, number = last, number + 1
        if len(blocks) == 1:
            return blocks[0].astype(self.dtype, copy=False)
        return np.concatenate(blocks, dtype=self.dtype) if blocks else np.empty(0, self.dtype)


class PaddedSeries:
    """Numbers of lists of differing lengths as rows of the longest, filled up behind."""

    def __init__(self, series: Any, lengths: Array, inner: int) -> None:
        """Take the numbers of all rows one after the other, and how many entries a row has."""
        self._series, self._inner, self.lengths = series, inner, lengths
        self._ends = np.cumsum(lengths) * inner
        self.width = int(lengths.max(initial=0)) * inner
        self.length, self.dtype = len(lengths) * self.width, np.dtype(np.float64)

    def read(self, start: int, stop: int) -> Array:
        """Return elements `start` to `stop`."""
        first, last = start // self.width, -(-stop // self.width)
        block = np.full((last - first, self.width), np.nan)
        held = np.arange(self.width) < (self.lengths[first:last] * self._inner)[:, None]
        begin = int(self._ends[first - 1]) if first else 0
        block[held] = self._series.read(begin, int(self._ends[last - 1]))
        return block.reshape(-1)[start - first * self.width : stop - first * self.width]
