"""pyarrow, imported when it is needed, with memory that goes back to where it came from."""

import importlib
from functools import cache
from typing import Any

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.loss import Array
from lossctl.core.spelling import listed
from lossctl.io.file_formats import names


@cache
def arrow() -> Any:
    """Return the module pyarrow.

    Its own allocator keeps what it once took; that of the C library is shared with NumPy.

    Raises
    ------
    UsageError
        When it is not installed.
    """
    try:
        module = importlib.import_module("pyarrow")
    except ImportError:
        needing = listed(names(lambda form: form.extra == "arrow"))
        raise UsageError(f"{needing} need pyarrow: pip install 'lossctl[arrow]'") from None
    module.set_memory_pool(module.system_memory_pool())
    return module


@cache
def part_of_arrow(name: str) -> Any:
    """Return a submodule of pyarrow, such as ``parquet``."""
    arrow()
    return importlib.import_module(f"pyarrow.{name}")


def values_of(array: Any) -> tuple[Array, Array | None]:
    """Return the numbers of an Arrow array of booleans, integers or floats, and where nulls are.

    The numbers may be a view of the Arrow memory. `to_numpy` would import pandas for the same.
    """
    validity, data = array.buffers()
    dtype = np.dtype(np.bool_) if str(array.type) == "bool" else _dtype(array.type)
    start, stop = array.offset, array.offset + len(array)
    if data is None:
        values = np.zeros(len(array), dtype)
    elif dtype.kind == "b":
        values = _bits(data, start, stop)
    else:
        values = np.frombuffer(data, dtype, stop)[start:]
    nulls = None if not array.null_count else ~_bits(validity, start, stop)
    return values, nulls


def plain(array: Any) -> Any:
    """Return decimals as floats, and dictionaries as what they stand for."""
    if str(array.type).startswith("decimal"):
        return array.cast("float64")
    return array.dictionary_decode() if is_dictionary(array.type) else array


def is_dictionary(kind: Any) -> bool:
    """Whether a type is that of a dictionary."""
    return str(kind).startswith("dictionary")


def _bits(buffer: Any, start: int, stop: int) -> Array:
    letters = np.frombuffer(buffer, np.uint8, -(-stop // 8))
    return np.unpackbits(letters, count=stop, bitorder="little")[start:].astype(np.bool_)


def _dtype(kind: Any) -> np.dtype[Any]:
    """Return the NumPy type of an Arrow type of integers or floats."""
    return np.dtype(
        {"halffloat": "float16", "float": "float32", "double": "float64"}.get(str(kind), str(kind))
    )


def with_nan(values: Array, nulls: Array | None) -> Array:
    """Return floats with NaN where they are null."""
    if nulls is None:
        return values
    floats = values.astype(values.dtype if values.dtype.kind == "f" else np.float64)
    floats[nulls] = np.nan
    return floats
