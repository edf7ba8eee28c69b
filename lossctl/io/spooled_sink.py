"""Values that are kept in a temporary file until a table of them is written."""

import os
from math import prod
from typing import Any

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.loss import Array
from lossctl.engine.sources import ArraySink, ArraySource, Source
from lossctl.io.write import write_at

HELD = 64 << 20  # bytes of values that are kept in memory


def table_sink(
    shape: tuple[int, ...], dtype: np.dtype[Any], label: str
) -> "ArraySink | SpooledSink":
    """Return what keeps the values of a table: in memory while they fit."""
    if prod(shape) * dtype.itemsize <= HELD:
        return ArraySink(shape, dtype)
    return SpooledSink(shape, dtype, label)


class SpooledSink:
    """Keeps values in a temporary file that has no name, from which they are read again."""

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any], label: str) -> None:
        """Reserve the room, all zeros."""
        import tempfile

        self._file = tempfile.TemporaryFile(prefix="lossctl-")  # noqa: SIM115 - until it is read
        self.shape, self.label = shape, label
        self._begin(dtype)

    def _begin(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self._file.truncate(0)
        self._file.truncate(prod(self.shape) * dtype.itemsize)

    def widen(self) -> None:
        """Begin again, for float64 values."""
        self._begin(np.dtype(np.float64))

    def write(self, start: int, values: Array) -> None:
        """Store `values` from element `start` on; several threads may write at once."""
        data = np.ascontiguousarray(values, self.dtype).view(np.uint8).data
        try:
            write_at(self._file.fileno(), data, start * self.dtype.itemsize)
        except OSError as error:
            import tempfile

            raise UsageError(
                f"cannot write {self.label}: its values do not fit into {tempfile.gettempdir()} "
                f"({error.strerror}); set TMPDIR to a folder on a larger disk"
            ) from None

    def read(self, start: int, stop: int) -> Array:
        """Return elements of the flattened array."""
        size = self.dtype.itemsize
        data = os.pread(self._file.fileno(), (stop - start) * size, start * size)
        return np.frombuffer(data, self.dtype)

    def where(self, index: tuple[int, ...]) -> str:
        """Name an element by its index."""
        return f"item {list(index)}"

    def close(self) -> None:
        """Give the temporary file back."""
        self._file.close()


def values_in(sink: Any, label: str) -> Source:
    """Return what a sink holds as a source."""
    return ArraySource(sink.array, label) if isinstance(sink, ArraySink) else sink
