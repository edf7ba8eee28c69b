"""Values of the engine as strict JSON data, and back: nothing but data comes out of such a text.

Finite floats are JSON numbers with as many digits as give the same bits again; arrays are their
bytes in base64. Of records only those that :data:`RECORDS` names are made, by their fields.
"""

import base64
import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from lossctl.core.result import WorstUnit
from lossctl.engine.bind.layout import Lie
from lossctl.engine.read.reader import Fault, Findings, Negatives
from lossctl.engine.reduce.statistics import BlockTotals
from lossctl.engine.reduce.units import UnitBlock
from lossctl.uncertainty.moments import Moments

KIND, CONTENT = "is", "of"  # the names in an object that is more than a mapping
ARRAY_KINDS = "biuf"
MOST_BYTES = 8  # of an element


def _records() -> dict[str, type]:
    from lossctl.engine.best_constant import Excess, Kept, Spread  # noqa: PLC0415 - few need them
    from lossctl.engine.reference import Count  # noqa: PLC0415
    from lossctl.engine.slice_sums import SlicePart  # noqa: PLC0415
    from lossctl.uncertainty.slices import SliceBlock  # noqa: PLC0415

    of_blocks: tuple[type, ...] = (BlockTotals, Findings, Fault, Negatives, UnitBlock, Moments, Lie)
    of_targets: tuple[type, ...] = (Count, Spread, Excess, Kept)
    of_slices: tuple[type, ...] = (SlicePart, SliceBlock, WorstUnit)
    return {one.__name__: one for one in (*of_blocks, *of_targets, *of_slices)}


def to_plain(value: Any) -> Any:
    """Return a value as data that JSON can hold.

    Raises
    ------
    TypeError
        For what is no number, text, array, collection or known record.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, np.ndarray | np.generic) and not isinstance(value, np.float64):
        return _array(np.asarray(value))
    if isinstance(value, int | float):
        finite = isinstance(value, int) or math.isfinite(value)
        plain = int(value) if isinstance(value, int) else float(value)
        return plain if finite else _made("float", repr(plain))
    return _collection(value)


def _collection(value: Any) -> Any:
    if value is ...:
        return _made("all", None)
    if isinstance(value, list):
        return [to_plain(one) for one in value]
    if isinstance(value, set | frozenset):
        return _made("set", [to_plain(one) for one in sorted(value)])
    if isinstance(value, Mapping):
        return _made("dict", [[to_plain(name), to_plain(one)] for name, one in value.items()])
    name = type(value).__name__
    if _records().get(name) is type(value):
        return _made(name, {field: to_plain(one) for field, one in _fields(value).items()})
    if type(value) is tuple:
        return _made("tuple", [to_plain(one) for one in value])
    raise TypeError(f"a value of type {name} cannot be saved")


def from_plain(data: Any) -> Any:
    """Return the value of such data.

    Raises
    ------
    ValueError, TypeError, KeyError
        For what :func:`to_plain` does not write.
    """
    if isinstance(data, list):
        return [from_plain(one) for one in data]
    if not isinstance(data, dict):
        return data
    kind, content = data[KIND], data[CONTENT]
    if kind in READERS:
        return READERS[kind](content)
    record: Any = _records()[kind]
    return record(**{name: from_plain(one) for name, one in content.items()})


def _made(kind: str, content: Any) -> dict[str, Any]:
    return {KIND: kind, CONTENT: content}


def _fields(value: Any) -> dict[str, Any]:
    """Return the fields of a record, of a dataclass those that are not at their defaults."""
    if not is_dataclass(value):
        return dict(value._asdict())
    given = {each.name: getattr(value, each.name) for each in fields(value)}
    usual = {each.name: each.default for each in fields(value)}
    return {name: one for name, one in given.items() if one is not usual[name]}


def _array(array: np.ndarray) -> dict[str, Any]:
    if array.dtype.kind not in ARRAY_KINDS or array.dtype.itemsize > MOST_BYTES:
        raise TypeError(f"an array of {array.dtype} cannot be saved")
    stored = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    text = base64.b64encode(stored.tobytes()).decode("ascii")
    return _made("array", [stored.dtype.str, list(array.shape), text])


def _read_array(content: Any) -> Any:
    name, shape, text = content
    dtype = np.dtype(str(name))
    if dtype.kind not in ARRAY_KINDS or dtype.itemsize > MOST_BYTES:
        raise ValueError(f"an array of {dtype}")
    values = np.frombuffer(base64.b64decode(text, validate=True), dtype)
    array = values.reshape([int(length) for length in shape]).astype(dtype.newbyteorder("="))
    return array if array.ndim else array[()]


READERS: Mapping[str, Callable[[Any], Any]] = {
    "float": float,
    "all": lambda _: ...,
    "set": lambda content: {from_plain(one) for one in content},
    "tuple": lambda content: tuple(from_plain(one) for one in content),
    "dict": lambda content: {from_plain(name): from_plain(one) for name, one in content},
    "array": _read_array,
}
