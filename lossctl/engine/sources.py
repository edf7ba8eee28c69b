"""Where arrays come from, block by block in C order, and where they go."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.core.spelling import item_at

EXACT_INTEGERS = 2**53  # beyond, float64 skips integers
SUPPORTED_KINDS = {"b": "booleans", "i": "integers", "u": "integers", "f": "floats"}
CONVERSIONS = {
    "c": "to array.real or abs(array)",
    "f": "with array.astype('float64')",
    "M": "to days since the first by (array - array.min()) / np.timedelta64(1, 'D')",
    "m": "to seconds by array / np.timedelta64(1, 's')",
}


@runtime_checkable
class Source(Protocol):
    """An array that may be larger than memory; `label` is a file name or the name of the input."""

    @property
    def label(self) -> str:
        """What messages call it."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of its elements, in any byte order."""
        ...

    def read(self, start: int, stop: int) -> Array:
        """Return elements `start` to `stop` of the array flattened in C order, as 1-D."""
        ...

    def where(self, index: tuple[int, ...]) -> str:
        """Say where the element at `index` stands: ``item [3, 1]`` or ``row 5``."""
        ...


class ArraySource:
    """An array in memory, in any order, stride, dtype or byte order; never written to."""

    def __init__(self, array: Any, label: str, names: Sequence[str] = ()) -> None:
        """Accept what :func:`lossctl.engine.arrays.as_array` makes numbers of.

        `names` are those of its columns, where it has any.
        """
        self.array: Array = of_lists(array) if type(array) in {list, tuple} else array
        self.label, self.names = label, names
        if type(self.array) is not np.ndarray or self.array.dtype == object:
            from lossctl.engine.arrays import as_numbers  # noqa: PLC0415 - no plain array

            self.array = as_numbers(array, label)
        require_numbers(self.array.dtype, label)

    @classmethod
    def of_numbers(cls, array: Array, label: str) -> "ArraySource":
        """Wrap an array that is known to hold numbers."""
        source = object.__new__(cls)
        source.array, source.label, source.names = array, label, ()
        return source

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        return self.array.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        return self.array.dtype

    def read(self, start: int, stop: int) -> Array:
        """Return elements of the flattened array: a view where memory order allows."""
        if self.array.ndim == 1:
            return self.array[start:stop]
        if self.array.flags.c_contiguous:
            return self.array.reshape(-1)[start:stop]
        row = self.array[0].size if self.array.ndim > 1 else 1
        if start % row == 0 and stop % row == 0:
            return self.array[start // row : stop // row].reshape(-1)
        return self.array.flat[start:stop]

    def where(self, index: tuple[int, ...]) -> str:
        """Name an element by its index."""
        return item_at(index)


def of_lists(value: Any) -> Any:
    """Return plain lists of numbers as an array, and lists of anything else as they are."""
    if any(hasattr(entry, "mask") for entry in value[:1] + value[-1:]):
        return value  # NumPy would take what lies under the mask
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError, BufferError, AttributeError):
        return value
    return array if array.dtype.kind in SUPPORTED_KINDS else value


def require_numbers(dtype: np.dtype[Any], label: str) -> None:
    """Refuse what is not boolean, integer or floating in a width NumPy computes with."""
    if dtype.kind not in SUPPORTED_KINDS or dtype.itemsize > 8:
        advice = CONVERSIONS.get(dtype.kind, "to numbers before saving them")
        if dtype.names:
            advice = f"or give one of its fields, such as array[{dtype.names[0]!r}]"
        raise DataError(
            f"{label}: holds {dtype}, but losses need booleans, integers or floats of up to "
            f"64 bits; convert it, {advice}"
        )


def numbers_in_memory(array: Any, label: str) -> ArraySource | None:
    """Return an array of numbers, or lists of them, as a source; None for anything else."""
    if type(array) is np.ndarray and array.dtype.kind in SUPPORTED_KINDS:
        return ArraySource(array, label)  # asking what else it may be would take longer
    if type(array) in {list, tuple}:
        array = of_lists(array)
    if isinstance(array, np.ndarray) and array.dtype.kind in SUPPORTED_KINDS:
        return ArraySource(array, label)
    return None


def is_text(source: Source) -> bool:
    """Whether a source holds text, which is not read as numbers."""
    return getattr(source, "is_text", False)


def names_of(source: Source) -> Sequence[str]:
    """Return the names of the columns of a table, whatever is around it; none for an array."""
    while isinstance(source, View):
        source = source.base
    return getattr(source, "names", ())


class View:
    """A source seen in another way: read and named as its base is, but for what a view changes."""

    def __init__(
        self, base: Source, shape: tuple[int, ...] | None = None, dtype: Any = None
    ) -> None:
        """Look at a source, which keeps its label."""
        self.base, self.label = base, base.label
        self.shape: tuple[int, ...] = base.shape if shape is None else shape
        self.dtype: np.dtype[Any] = base.dtype if dtype is None else dtype

    @property
    def nan_message(self) -> str | None:
        """The base's own words for NaN, where it has any."""
        return getattr(self.base, "nan_message", None)

    @property
    def is_text(self) -> bool:
        """Whether the base holds text."""
        return is_text(self.base)

    @property
    def lengths(self) -> Array | None:
        """The lengths of the lists of the rows where they differ: NaN stands behind the shorter."""
        return getattr(self.base, "lengths", None)

    def read(self, start: int, stop: int) -> Array:
        """Return elements of the flattened array."""
        return self.base.read(start, stop)

    def where(self, index: tuple[int, ...]) -> str:
        """Say where an element stands, as its base would."""
        return self.base.where(index)


class CachedSource(View):
    """A source whose last block each thread keeps: who wants the same block reads it once."""

    def __init__(self, source: Source, nan_message: str | None = None) -> None:
        """Wrap a source; `nan_message` says what may be done about NaN in it."""
        super().__init__(source)
        self._nan_message = nan_message
        self._kept = threading.local()

    def over(self, base: Source) -> "CachedSource":
        """Return the same of another source."""
        return CachedSource(base, self._nan_message)

    @property
    def nan_message(self) -> str | None:
        """Its own words, or those of what it wraps."""
        return self._nan_message or super().nan_message

    def read(self, start: int, stop: int) -> Array:
        """Return elements, from the last block when they are the same."""
        if getattr(self._kept, "range", None) != (start, stop):
            self._kept.range = None  # a failed read must not leave the old block under a new range
            self._kept.block = self.base.read(start, stop)
            self._kept.range = (start, stop)
        block: Array = self._kept.block
        return block


def digests_of(data: Mapping[str, Source]) -> dict[str, str | None]:
    """Return the digest of each source that takes one while it is read, None for the others."""
    return {n: s.digest() if hasattr(s, "digest") else None for n, s in data.items()}


class Sink(Protocol):
    """Takes per-item values or gradients in pieces, in any order."""

    def write(self, start: int, values: Array) -> None:
        """Store `values` from element `start` of the flattened array on."""
        ...


@runtime_checkable
class WideSink(Sink, Protocol):
    """A sink that holds a whole array of one dtype."""

    def widen(self) -> None:
        """Make room for float64 values instead; what was written is written again."""
        ...


def is_written_anywhere(sink: Any) -> bool:
    """Whether a sink may be written to in any process; behind views it is what they write to."""
    return bool(getattr(sink, "anywhere", False))


def restart(sink: Any) -> None:
    """Tell a sink that all of its values are written anew, if it must know."""
    if hasattr(sink, "restart"):
        sink.restart()


class ArraySink:
    """Collects values in memory."""

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        """Make room for an array."""
        self.array = np.zeros(shape, dtype)

    def widen(self) -> None:
        """Make room for float64 values instead."""
        self.array = self.array.astype(np.float64)

    def write(self, start: int, values: Array) -> None:
        """Store values."""
        self.array.reshape(-1)[start : start + len(values)] = values
