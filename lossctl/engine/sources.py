"""Where arrays come from: anything with a shape, a dtype and blocks of elements in C order."""

from typing import Any, Protocol, runtime_checkable

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.engine.arrays import as_array, no_numbers

SUPPORTED_KINDS = {"b": "booleans", "i": "integers", "u": "integers", "f": "floats"}


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

    def __init__(self, array: Any, label: str) -> None:
        """Accept what :func:`lossctl.engine.arrays.as_array` makes numbers of."""
        self.array = as_array(array, label)
        self.label = label
        if self.array.dtype == object:
            raise DataError(no_numbers(array, self.array, label))
        require_numbers(self.array.dtype, label)

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
        if self.array.flags.c_contiguous:
            return self.array.reshape(-1)[start:stop]
        row = self.array[0].size if self.array.ndim > 1 else 1
        if start % row == 0 and stop % row == 0:
            return self.array[start // row : stop // row].reshape(-1)
        return self.array.flat[start:stop]

    def where(self, index: tuple[int, ...]) -> str:
        """Name an element by its index."""
        return item_at(index)


def item_at(index: tuple[int, ...]) -> str:
    """Write an index: ``item 3`` or ``item [3, 1]``."""
    if len(index) == 1:
        return f"item {index[0]}"
    return f"item [{', '.join(map(str, index))}]" if index else "the only item"


def require_numbers(dtype: np.dtype[Any], label: str) -> None:
    """Refuse what is not boolean, integer or floating in a width NumPy computes with."""
    if dtype.kind not in SUPPORTED_KINDS or dtype.itemsize > 8:
        raise DataError(
            f"{label}: holds {dtype}, but losses need booleans, integers or floats of up to "
            "64 bits; convert it, for example with array.astype('float64')"
        )


def as_source(array: Any, label: str) -> Source:
    """Return a source as it is, anything else as an array in memory."""
    if isinstance(array, np.ndarray):  # asking whether it is a source would take longer
        return ArraySource(array, label)
    return array if isinstance(array, Source) else ArraySource(array, label)
