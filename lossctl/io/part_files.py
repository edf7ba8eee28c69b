"""Arrays in part files, which processes of a cluster write side by side, and their manifests.

The parts are npy files of consecutive rows; the manifest names them in order, and is read as the
one array that they are. It is written last: where it stands, all parts are whole.
"""

import json
import os
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from itertools import accumulate
from math import prod
from pathlib import Path
from threading import Lock
from typing import IO, Any

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.core.spelling import item_at
from lossctl.core.threads import Executor, is_elsewhere
from lossctl.io.file_places import FilePlace, file_place, open_place
from lossctl.io.opening import Opening, PartPlaces
from lossctl.io.write import npy_header, write_at, write_text

FORMAT, SCHEMA_VERSION, SUFFIX = "lossctl parts", 1, ".parts"
MOST_PARTS = 128  # files that are kept open together
MOST_BYTES = 16 << 20  # of a manifest, which may have been written by others
NUMBERED = "{stem}-{number:05d}-of-{count:05d}.npy"
NUMBERED_NAME = r".*-([0-9]{5})-of-([0-9]{5})\.npy"


def manifest_of(path: Path) -> Path:
    """Return the manifest of an array that is asked for as `path`."""
    return path.with_suffix(SUFFIX)


def is_part(path: Path, of: Path) -> bool:
    """Whether a file has the name of a part of the array that is asked for as `of`."""
    name = re.escape(of.stem) + r"-[0-9]{5}-of-[0-9]{5}\.npy"
    return path.parent == of.parent and re.fullmatch(name, path.name) is not None


class PartsSink:
    """An array in part files that every process of a cluster writes its share of.

    The process that asks makes the files, with names that nobody sees, and in the end puts them in
    place. The others write the same values to the same places however often they are asked, so a
    share that is evaluated again changes nothing.

    Attributes
    ----------
    shape, dtype
        Of the whole array.
    label
        What messages call it.
    anywhere
        Whether blocks may be written in any process.
    """

    anywhere = True

    def __init__(
        self, path: Path, shape: tuple[int, ...], dtype: np.dtype[Any], executor: Executor
    ) -> None:
        """Begin the parts of the array that is asked for as `path`."""
        self.path, self.shape, self.dtype, self.label = path, shape, dtype, str(path)
        self._name, self._owns = executor.name_output(self.flush), executor.asks
        rows, self._width = (*shape, 1)[0], prod(shape[1:])
        count = max(min(executor.shares, rows, MOST_PARTS), 1)
        self._rows = [rows * (at + 1) // count - rows * at // count for at in range(count)]
        self._ends = [end * self._width for end in accumulate(self._rows)]
        self._files: dict[int, IO[bytes]] = {}
        self._written: set[int] = set()
        self._lock = Lock()
        self._generation = 0
        self._begin()

    def _begin(self) -> None:
        self._headers = [
            npy_header((rows, *self.shape[1:]) if self.shape else (), self.dtype)
            for rows in self._rows
        ]
        if not self._owns:
            return
        try:
            for number, header in enumerate(self._headers):
                with self._hidden(number).open("xb") as stream:
                    stream.write(header)
                    stream.truncate(len(header) + self._size(number) * self.dtype.itemsize)
        except OSError as error:
            self._remove()
            raise self._failed(error) from None

    def _failed(self, error: OSError) -> UsageError:
        return UsageError(f"cannot write {self.path}: {error.strerror or error}")

    def _size(self, number: int) -> int:
        return self._rows[number] * self._width

    def _hidden(self, number: int) -> Path:
        """Return where a part is before all are whole."""
        name = f".{self.path.stem[:100]}.{self._name}.{self._generation}.{number}"
        return self.path.with_name(name)

    def restart(self) -> None:
        """Begin again: all values are written anew, and what comes late of the old ones is lost."""
        self._remove()
        self._generation += 1
        self._begin()

    def widen(self) -> None:
        """Begin again, for float64 values."""
        self.dtype = np.dtype(np.float64)
        self.restart()

    def write(self, start: int, values: Array) -> None:
        """Store `values` from element `start` on; several threads may write at once."""
        if not self._owns and is_elsewhere():
            return  # beside the blocks that are shared, whoever asked writes it
        flat = np.ascontiguousarray(values, self.dtype).reshape(-1)
        for number, first, last in self._pieces(start, start + len(flat)):
            before = self._ends[number] - self._size(number)
            data = flat[first - start : last - start].view(np.uint8).data
            offset = len(self._headers[number]) + (first - before) * self.dtype.itemsize
            try:
                write_at(self._file(number).fileno(), data, offset)
            except OSError as error:
                raise self._failed(error) from None
            self._written.add(number)

    def read(self, start: int, stop: int) -> Array:
        """Return elements of the flattened array, once all of them are written."""
        size, found = self.dtype.itemsize, []
        for number, first, last in self._pieces(start, stop):
            before = self._ends[number] - self._size(number)
            offset = len(self._headers[number]) + (first - before) * size
            data = os.pread(self._file(number).fileno(), (last - first) * size, offset)
            found.append(np.frombuffer(data, self.dtype))
        return np.concatenate(found) if found else np.empty(0, self.dtype)

    def where(self, index: tuple[int, ...]) -> str:
        """Name an element by its index."""
        return item_at(index)

    def _pieces(self, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
        """Yield which elements lie in which part: its number, and the first and last of all."""
        number = bisect_right(self._ends, start)
        while start < stop:
            end = min(stop, self._ends[number])
            yield number, start, end
            start, number = end, number + 1

    def _file(self, number: int) -> IO[bytes]:
        with self._lock:
            if number not in self._files:
                # others than who asks never read: of a page that they share, file systems of
                # several machines then send the bytes that were written, and no others
                flags = os.O_RDWR if self._owns else os.O_WRONLY
                handle = os.open(self._hidden(number), flags)
                self._files[number] = os.fdopen(handle, "r+b" if self._owns else "wb", 0)
            return self._files[number]

    def flush(self) -> None:
        """Let other machines see what was written here."""
        with self._lock:
            numbers, self._written = self._written, set()
        for number in numbers:
            os.fsync(self._file(number).fileno())

    def _remove(self) -> None:
        with self._lock:
            for file in self._files.values():
                file.close()
            self._files.clear()
            self._written.clear()
        for number in range(len(self._rows)) if self._owns else ():
            with suppress(OSError):
                self._hidden(number).unlink()

    def leave(self, *error: Any) -> None:
        """Put the parts and their manifest in place, or after an error remove what was written."""
        if self._owns and error[0] is None:
            self._put_in_place()
        self._remove()

    def abandon(self) -> None:
        """Remove what was written."""
        self._remove()

    def _put_in_place(self) -> None:
        manifest, count = manifest_of(self.path), len(self._rows)
        names = [
            NUMBERED.format(stem=self.path.stem, number=number + 1, count=count)
            for number in range(count)
        ]
        parts = [{"file": n, "rows": rows} for n, rows in zip(names, self._rows, strict=True)]
        document = {
            "format": FORMAT,
            "schema_version": SCHEMA_VERSION,
            "shape": self.shape,
            "dtype": self.dtype.str,
            "parts": parts,
        }
        try:
            self.flush()
            remove_parts(self.path)
            for number, name in enumerate(names):
                self._hidden(number).replace(self.path.with_name(name))
        except OSError as error:
            raise self._failed(error) from None
        write_text(manifest, json.dumps(document) + "\n")
        if (
            self.path != manifest and self.path.is_file()
        ):  # what an earlier run wrote under the name that was asked for
            with suppress(OSError):
                self.path.unlink()


def remove_parts(path: Path) -> None:
    """Remove the manifest that an earlier run left of an array, then its parts; no other file."""
    manifest = manifest_of(path)
    try:
        parts = _checked(json.loads(manifest.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        return
    manifest.unlink(missing_ok=True)
    for name, _ in parts:
        if is_part(part := path.with_name(name), path):
            part.unlink(missing_ok=True)


# Reading


def open_parts(place: FilePlace, opening: Opening) -> PartPlaces:
    """Read the manifest of an array in part files.

    Raises
    ------
    DataError
        For what is none, or contradicts itself.
    """
    opening.refuse_selector()
    with closing(open_place(place, opening.label)) as file:
        text = file.read(min(file.size, MOST_BYTES))
    try:
        document = json.loads(text)
        parts = _checked(document)
        shape = tuple(int(length) for length in document["shape"])
        found = PartPlaces(
            opening.label,
            [_beside(place, name) for name, _ in parts],
            [rows for _, rows in parts],
            shape,
            np.dtype(document["dtype"]),
        )
    except _ContradictionError as error:
        raise DataError(f"{opening.label}: {error}; it was changed after it was written") from None
    except (ValueError, TypeError, LookupError, RecursionError):
        raise DataError(f"{opening.label}: cannot be read as a manifest of part files") from None
    return found


class _ContradictionError(ValueError):
    """Says what cannot be true of a manifest."""


def _checked(document: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Return the name and the rows of each part of a manifest; a ValueError where it is none."""
    if document["format"] != FORMAT or document["schema_version"] != SCHEMA_VERSION:
        raise ValueError("another format")
    parts = [(str(part["file"]), int(part["rows"])) for part in document["parts"]]
    if not parts or any(Path(name).name != name for name, _ in parts):
        raise ValueError("parts lie beside their manifest")
    _require_consistent(parts, (*document["shape"], 1)[0])
    return parts


def _require_consistent(parts: Sequence[tuple[str, int]], rows: int) -> None:
    """Refuse parts that are named twice or out of order, and rows that do not add up."""
    names = [name for name, _ in parts]
    if twice := next((name for at, name in enumerate(names) if name in names[:at]), ""):
        raise _ContradictionError(f"names the part {twice} twice")
    matches = [re.fullmatch(NUMBERED_NAME, name) for name in names]
    for number, found in enumerate(matches, 1):
        if found is not None and (int(found[1]), int(found[2])) != (number, len(parts)):
            raise _ContradictionError(f"names {found[0]} as part {number} of {len(parts)}")
    if negative := next((part for part in parts if part[1] < 0), None):
        raise _ContradictionError(f"says that {negative[0]} has {negative[1]} rows")
    if (total := sum(count for _, count in parts)) != rows:
        raise _ContradictionError(f"says {rows} rows, and {total} in all its parts together")


def _beside(place: FilePlace, name: str) -> FilePlace:
    if isinstance(place, Path):
        return place.with_name(name)
    return file_place(f"{place.url.partition('?')[0].rpartition('/')[0]}/{name}")
