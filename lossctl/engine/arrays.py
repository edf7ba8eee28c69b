"""Arrays of other libraries as NumPy arrays: tensors, frames, series, anything with a protocol.

Nothing is imported: a library whose object is given is loaded already, and is known by the module
its type comes from.
"""

from collections.abc import Mapping
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
        whatever has ``__array__`` or ``__dlpack__``. Masked entries are NaN, as missing ones are.
    label
        What messages call it.

    Raises
    ------
    DataError
        For rows of different lengths, and what cannot be brought into memory.
    """
    if type(value) is np.ndarray:
        return value
    return _as_array(value, label)


def as_numbers(value: Any, label: str) -> Array:
    """Return anything array-like as an array that may hold numbers.

    Raises
    ------
    DataError
        For objects, with the first that is no number.
    """
    array = as_array(value, label)
    if array.dtype == object:
        raise DataError(_no_numbers(value, array, label))
    return array


def _as_array(value: Any, label: str) -> Array:
    """Return what is no plain NumPy array as one."""
    if isinstance(value, np.ndarray):
        return _unmasked(value) if hasattr(value, "mask") else np.asarray(value)
    library = type(value).__module__.partition(".")[0]
    try:
        if library == "torch":
            return _from_torch(value)
        if hasattr(value, "__dlpack__") and not hasattr(value, "__array__"):
            return np.from_dlpack(value)
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError, BufferError, AttributeError) as error:
        if isinstance(value, list | tuple) and any(_has_own_way(one) for one in value):
            return as_array([as_array(one, label) for one in value], label)
        raise DataError(_why_not(value, label, error)) from None
    if array.dtype.name in {"bfloat16", "float8_e4m3fn", "float8_e5m2"}:  # of ml_dtypes, for JAX
        return array.astype(np.float32)
    is_nullable = array.dtype == object and library == "pandas"
    return _from_nullable(value, array) if is_nullable else array


def require_one_order(places: Mapping[str, Any]) -> None:
    """Refuse pandas objects whose rows have the same labels in different orders.

    Arrays are matched by place, so that such rows would be compared with those of other labels.
    """
    indexes = {
        name: place.index
        for name, place in places.items()
        if type(place).__module__.partition(".")[0] == "pandas" and hasattr(place, "index")
    }
    names = list(indexes)
    for name in names[1:]:
        first, other = indexes[names[0]], indexes[name]
        if len(first) != len(other) or first.equals(other):
            continue
        if first.is_unique and other.is_unique and other.isin(first).all():
            raise DataError(
                f"{name}: has the index of the {names[0]} in another order, but rows are matched "
                f"by place; align them with .loc[{names[0]}.index], or give .to_numpy() of both"
            )


def _unmasked(value: Any) -> Array:
    """Return a masked array as it is where nothing is masked, else with NaN for what is."""
    if not np.ma.is_masked(value) or value.dtype.kind not in "biuf":
        return np.asarray(value)
    kept: Array = value.astype(np.result_type(value.dtype, np.float32)).filled(np.nan)
    return kept


def _has_own_way(value: object) -> bool:
    """Whether NumPy may fail to read a thing in a list that can be read by itself."""
    if isinstance(value, np.ndarray):
        return False
    return isinstance(value, list | tuple) or hasattr(value, "__array__")


def _no_numbers(value: Any, array: Array, label: str) -> str:
    """Say what stands where numbers should be, of a value that became an array of objects."""
    if array.ndim == 0 or not array.size:
        kind = "None" if value is None else f"a {type(value).__name__}"
        return (
            f"{label}: {kind} is no array of numbers; give an array, a list, a frame or series, a "
            "tensor, or a place to read from"
        )
    at = next((i for i, one in enumerate(array.flat) if not isinstance(one, int | float)), 0)
    kind = type(array.flat[at]).__name__
    index = [int(i) for i in np.unravel_index(at, array.shape)]
    where = index[0] if len(index) == 1 else index
    return (
        f"{label}: holds objects ({kind} at item {where}), but losses need booleans, integers or "
        "floats of up to 64 bits; convert it, for example with array.astype('float64')"
    )


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
    if isinstance(value, list | tuple) and "inhomogeneous" in str(error):
        return f"{label}: the rows have different lengths"
    reason = " ".join(str(error).split())[:200]
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    return f"{label}: a {kind} cannot be read as an array ({reason}); convert it to a NumPy array"
