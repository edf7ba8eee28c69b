"""Arrays of other libraries as NumPy arrays: tensors, frames, series, anything with a protocol.

Nothing is imported: a library whose object is given is loaded already, and is known by the module
its type comes from.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.core.spelling import item_at


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

    Objects that are numbers become numbers: decimals, booleans, and None for what is missing.

    Raises
    ------
    DataError
        For other objects, with the first that is no number.
    """
    array = as_array(value, label)
    return numbers_of_objects(value, array, label) if array.dtype == object else array


def _as_array(value: Any, label: str) -> Array:
    """Return what is no plain NumPy array as one."""
    if _has_mask(value):
        return _unmasked(value)
    library = type(value).__module__.partition(".")[0]
    if library == "scipy" and hasattr(value, "toarray"):
        raise DataError(f"{label}: is a sparse matrix; give {label}.toarray()")
    if isinstance(value, list | tuple) and any(map(_has_mask, value)):
        return as_array(np.stack([as_array(one, label) for one in value]), label)
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
    if array.dtype.kind in "US" and isinstance(value, list | tuple):
        array = np.asarray(value, object)  # which keeps numbers among texts what they are
    if array.dtype == object and library == "pandas":
        array = _from_nullable(value, array)
    is_half = array.dtype.name in {"bfloat16", "float8_e4m3fn", "float8_e5m2"}  # of JAX
    return array.astype(np.float32) if is_half else array


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
        if _in_another_order(first, other):
            raise DataError(
                f"{name}: has the index of the {names[0]} in another order, but rows are matched "
                f"by position; align them with .loc[{names[0]}.index], or give .to_numpy() of both"
            )
        if not _counts_rows(first) and not _counts_rows(other) and other.isin(first).any():
            raise DataError(
                f"{name}: shares a part of the index of the {names[0]}, at other positions, but "
                "rows are matched by position; keep the rows that both have, or give .to_numpy() "
                "of both"
            )


def _in_another_order(first: Any, other: Any) -> bool:
    """Whether two indexes that differ hold the same labels, each as often."""
    if not other.isin(first).all() or not first.isin(other).all():
        return False
    if first.is_unique and other.is_unique:
        return True
    counts = first.value_counts()
    return bool((counts == other.value_counts().reindex(counts.index)).all())


def _counts_rows(index: Any) -> bool:
    """Whether an index only counts the rows, as one that nobody gave does."""
    return bool(index.equals(type(index)(range(len(index)))))


def _has_mask(value: object) -> bool:
    return isinstance(value, np.ndarray) and hasattr(value, "mask")


def _unmasked(value: Any) -> Array:
    """Return a masked array as it is where nothing is masked, else with NaN for what is."""
    if not np.ma.is_masked(value):
        return np.asarray(value)
    if value.dtype.kind not in "biuf":
        objects: Array = value.data.astype(object)
        objects[np.ma.getmaskarray(value)] = None
        return objects
    kept: Array = value.astype(np.result_type(value.dtype, np.float32)).filled(np.nan)
    return kept


def _has_own_way(value: object) -> bool:
    """Whether NumPy may fail to read a thing in a list that can be read by itself."""
    if isinstance(value, np.ndarray):
        return False
    return isinstance(value, list | tuple) or hasattr(value, "__array__")


def numbers_of_objects(value: Any, array: Array, label: str) -> Array:
    """Return objects that are numbers as numbers; what is missing is NaN."""
    cells = array.reshape(-1).tolist()
    kinds = set(map(type, cells))
    if array.ndim and cells and kinds <= {list, tuple, np.ndarray}:
        return as_numbers([as_numbers(cell, label) for cell in cells], label)
    if not array.ndim or not cells or not all(_is_number(one) or is_missing(one) for one in cells):
        raise DataError(_no_numbers(value, array, label))
    if all(issubclass(kind, bool | np.bool_) for kind in kinds):
        return array.astype(np.bool_)
    if all(issubclass(kind, int | np.integer | np.bool_) for kind in kinds):
        try:
            return array.astype(np.int64)
        except OverflowError:
            raise DataError(f"{label}: holds integers of more than 64 bits") from None
    numbers = [np.nan if is_missing(cell) else float(cell) for cell in cells]
    return np.array(numbers).reshape(array.shape)


def is_missing(cell: Any) -> bool:
    """Whether an object stands for nothing: None, NaN, or the NA of pandas."""
    if cell is None or isinstance(cell, float):
        return cell is None or cell != cell  # noqa: PLR0124 - NaN
    return type(cell).__name__ in {"NAType", "NaTType", "MaskedConstant"}


def _is_number(one: Any) -> bool:
    """Whether an object is a number of Python, NumPy, or of decimals and fractions."""
    if isinstance(one, bool | int | float | np.number | np.bool_):
        return not isinstance(one, np.complexfloating)
    return type(one).__module__ in {"decimal", "fractions"}


def item_of(array: Array, at: int) -> str:
    """Name an element of an array by its index."""
    return item_at(tuple(int(i) for i in np.unravel_index(at, array.shape)))


def _no_numbers(value: Any, array: Array, label: str) -> str:
    """Say what stands where numbers should be, of a value that became an array of objects."""
    if array.ndim == 0 or not array.size:
        kind = "None" if value is None else f"a {type(value).__name__}"
        return (
            f"{label}: {kind} is not an array of numbers; give an array, a list, a frame or "
            "series, a tensor, or a place to read from"
        )
    at = next((i for i, one in enumerate(array.flat) if not isinstance(one, int | float)), 0)
    kind = type(array.flat[at]).__name__
    if isinstance(array.flat[at], str | bytes):
        return (
            f"{label}: {item_of(array, at)}: {array.flat[at]!r} is not a number; write None for "
            "missing values"
        )
    return (
        f"{label}: holds objects ({kind} at {item_of(array, at)}), but losses need booleans, "
        "integers or floats of up to 64 bits; convert each to a number, or to None where it is "
        "missing"
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
