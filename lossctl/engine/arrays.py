"""Arrays of other libraries as NumPy arrays: tensors, frames, series, anything with a protocol.

Nothing is imported: a library whose object is given is loaded already, and is known by the module
its type comes from.
"""

from typing import Any

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array


def as_array(value: Any, label: str) -> Array:
    """Return anything array-like as a NumPy array, without a copy where that is possible.

    Parameters
    ----------
    value
        Nested lists; arrays, frames and series of NumPy, pandas and polars; tensors of PyTorch
        (also those that require gradients, are bfloat16 or lie on an accelerator) and of JAX;
        whatever has ``__array__`` or ``__dlpack__``.
    label
        What messages call it.

    Raises
    ------
    DataError
        For rows of different lengths, and what cannot be brought into memory.
    """
    if isinstance(value, np.ndarray):
        return np.asarray(value)
    library = type(value).__module__.partition(".")[0]
    try:
        if library == "torch":
            return _from_torch(value)
        if hasattr(value, "__dlpack__") and not hasattr(value, "__array__"):
            return np.from_dlpack(value)
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError, BufferError) as error:
        raise DataError(_why_not(value, label, error)) from None
    if array.dtype.name in {"bfloat16", "float8_e4m3fn", "float8_e5m2"}:  # of ml_dtypes, for JAX
        return array.astype(np.float32)
    if array.dtype == object and library == "pandas":
        return _from_nullable(value, array)
    return array


def _from_torch(tensor: Any) -> Array:
    tensor = tensor.detach().cpu()
    if str(tensor.layout) != "torch.strided":  # sparse tensors
        tensor = tensor.to_dense()
    if tensor.is_floating_point() and tensor.element_size() < 4:
        tensor = tensor.float()  # NumPy has no bfloat16; every half float is a float32
    array: Array = tensor.resolve_conj().resolve_neg().numpy()
    return array


def _from_nullable(value: Any, array: Array) -> Array:
    """Return a pandas object of nullable numbers as floats, its missing entries as NaN."""
    dtypes = value.dtypes if hasattr(value, "columns") else [value.dtype]
    kinds = {getattr(dtype, "kind", "O") for dtype in dtypes}
    if not kinds <= set("biuf"):
        return array
    if not value.isna().to_numpy().any():
        return array.astype("bool" if kinds == {"b"} else "int64" if kinds <= set("iu") else float)
    missing: Array = value.to_numpy(dtype="float64", na_value=np.nan)
    return missing


def _why_not(value: Any, label: str, error: Exception) -> str:
    if isinstance(value, list | tuple):
        return f"{label}: the rows have different lengths"
    reason = " ".join(str(error).split())[:200]
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    return f"{label}: a {kind} cannot be read as an array ({reason}); convert it to a NumPy array"
