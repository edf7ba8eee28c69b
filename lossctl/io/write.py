"""Writers that never leave half a file: everything is written beside and then put in place."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.loss import Array
from lossctl.core.spelling import listed
from lossctl.engine.sources import ArraySource
from lossctl.io.file_formats import FileFormat, by_suffix, load, written_form, written_suffixes

OPEN_FILES = Path("/proc/self/fd")  # where Linux shows them, those without a name too


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Yield a new file beside `path` that takes its place when the block ends well.

    It has no name before that, where the system has such files, so that nothing is left behind
    however the process ends. A file that is replaced keeps its mode and owner. A link is followed,
    so that it stays a link; a pipe or a device is written as it is.

    Raises
    ------
    UsageError
        When the folder does not exist or cannot be written.
    """
    _require_name(path)
    named, path = path, real_path(path)
    beside = path.with_name(f".{path.name[:100]}.{os.urandom(6).hex()}")
    try:
        if path.exists() and not path.is_file():
            with path.open("wb", buffering=0) as device:
                yield device
            return
        with _new_file(beside) as stream:
            yield stream
            stream.flush()
            _take_over(stream.fileno(), path)
            os.fsync(stream.fileno())  # before the new name: a crash leaves the old file or all
            if not beside.exists():
                if _link(stream.fileno(), path):
                    return
                _link(stream.fileno(), beside)
        beside.replace(path)
    except BaseException as error:
        with suppress(OSError, ValueError):
            beside.unlink()
        if isinstance(error, OSError):
            raise UsageError(f"cannot write {named}: {error.strerror or error}") from None
        raise


def _new_file(path: Path) -> IO[bytes]:
    """Open a file without a name in the folder of a path, or else a new one of that path."""
    if hasattr(os, "O_TMPFILE") and OPEN_FILES.is_dir():
        with suppress(OSError):  # few file systems lack them
            return os.fdopen(os.open(path.parent, os.O_TMPFILE | os.O_RDWR, 0o666), "wb")
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666), "wb")


def _take_over(handle: int, path: Path) -> None:
    """Give a new file the mode and the owner of the one it will replace, as far as we may."""
    with suppress(FileNotFoundError):
        old = path.stat()
        with suppress(PermissionError):
            os.fchown(handle, old.st_uid, old.st_gid)
        os.fchmod(handle, old.st_mode & 0o777)


def _link(handle: int, path: Path) -> bool:
    """Name a file that has no name; return whether there was no file of that name."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # with a folder the system follows the link in /proc, which leads to the file
        os.link(OPEN_FILES / str(handle), path.name, dst_dir_fd=folder)
    except FileExistsError:
        return False
    finally:
        os.close(folder)
    return True


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically."""
    with replacing(path) as stream:
        stream.write(text.encode())


def append_text(path: Path, text: str) -> None:
    """Add a text to a file in one piece, such as a log that other programs add to as well."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        with os.fdopen(handle, "ab", buffering=0) as stream:
            stream.write(text.encode())
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from None


def write_array(path: Path, array: Array) -> None:
    """Write an array atomically in the format of its suffix."""
    form = form_of(check_array_path(path))
    assert form.write is not None  # noqa: S101 - checked
    with replacing(path) as stream:
        load(form.write)(stream, ArraySource(np.asarray(array), str(path)))


def form_of(path: Path, named: str | None = None) -> FileFormat:
    """Return the format that a file is written in: as said, or that of its suffix.

    Raises
    ------
    UsageError
        For one in which no values are written.
    """
    if named is not None:
        return written_form(named)
    form = by_suffix(path.suffix)
    if form is None or path.suffix not in written_suffixes():
        raise UsageError(f"cannot write {path}: name it {listed(written_suffixes(), 'or')}")
    return form


def check_array_path(path: Path, named: str | None = None) -> Path:
    """Refuse a file name that says no format of arrays, or that is no ordinary file."""
    require_extra(form_of(path, named))
    if path.exists() and not path.is_file():
        raise UsageError(f"cannot write {path}: it is not a regular file")
    return check_folder(path)


def require_extra(form: FileFormat) -> None:
    """Refuse a format whose extra is not installed, before any work."""
    if form.extra == "arrow":
        from lossctl.io.pyarrow_compat import arrow

        arrow()


def real_path(path: Path) -> Path:
    """Return where a path leads; itself where links go in a circle, or no file has such a name."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path.absolute()


def check_folder(path: Path) -> Path:
    """Refuse a file in a folder that does not exist, a folder in place of a file, and ``-``."""
    _require_name(path)
    try:
        folder, has_parent = path.is_dir(), path.parent.is_dir()
    except (OSError, ValueError) as error:  # a name no file can have
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"cannot write {path}: {reason}") from None
    if folder:
        raise UsageError(f"cannot write {path}: it is a folder")
    if not has_parent:
        raise UsageError(f"cannot write {path}: there is no folder {path.parent}")
    return path


def _require_name(path: Path) -> None:
    """Refuse ``-``, which stands for a stream: no file of this name is meant, and none is read."""
    if str(path) == "-":
        raise UsageError(
            "cannot write -: name a file; without one the result goes to standard output"
        )


def write_at(descriptor: int, data: memoryview, offset: int) -> None:
    """Write all of the bytes at a place of a file."""
    while data:
        count = os.pwrite(descriptor, data, offset)
        data, offset = data[count:], offset + count


def npy_header(shape: tuple[int, ...], dtype: np.dtype[Any]) -> bytes:
    """Return what an npy file of such an array begins with."""
    stream = io.BytesIO()
    fields = {"descr": dtype.str, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_2_0(stream, fields)
    return stream.getvalue()


class NpySink:
    """Writes values into an npy file at their places; call `finish` to put the file in place."""

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        """Write the header and reserve the room."""
        self._context = replacing(path)
        self._stream = self._context.__enter__()
        self.shape = shape
        self._begin(dtype)

    def _begin(self, dtype: np.dtype[Any]) -> None:
        header = npy_header(self.shape, dtype)
        self._stream.write(header)
        self._stream.flush()
        self._offset, self._dtype = len(header), dtype

    def widen(self) -> None:
        """Begin the file again, for float64 values."""
        self._stream.seek(0)
        self._stream.truncate()
        self._begin(np.dtype(np.float64))

    def write(self, start: int, values: Array) -> None:
        """Store `values` from element `start` on; several threads may write at once."""
        data = np.ascontiguousarray(values, self._dtype).view(np.uint8).data
        write_at(self._stream.fileno(), data, self._offset + start * self._dtype.itemsize)

    def leave(self, *error: Any) -> bool | None:
        """Put the file in place, or after an error remove what was written."""
        return self._context.__exit__(*error)

    def finish(self) -> None:
        """Put the file in place."""
        self.leave(None, None, None)

    def abandon(self, error: BaseException) -> None:
        """Remove what was written."""
        try:
            self.leave(type(error), error, error.__traceback__)
        except BaseException as raised:
            if raised is not error:
                raise


class NpySum(NpySink):
    """An npy file of zeros to which blocks are added at their places; memory does not bound it.

    Blocks that are added at the same time must not overlap.
    """

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        """Write the header and a hole of zeros."""
        super().__init__(path, shape, dtype)
        self._stream.truncate(self._offset + prod(shape) * dtype.itemsize)

    def add(self, start: int, values: Array) -> None:
        """Add `values` to the elements from `start` on."""
        # read, add, write is safe without a lock since blocks at work never overlap
        data = os.pread(
            self._stream.fileno(),
            len(values) * self._dtype.itemsize,
            self._offset + start * self._dtype.itemsize,
        )
        self.write(start, np.frombuffer(data, self._dtype) + values)
