"""safetensors files: a header in JSON, then the tensors one after the other, read block by block.

Everything that the header says is compared with the size of the file before anything is allocated.
"""

import json
from contextlib import closing
from math import prod
from typing import Any

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.core.spelling import did_you_mean, visible
from lossctl.io.file_places import FilePlace, OpenFile, open_place
from lossctl.io.npy import MOST_AXES, Header, NpyFile
from lossctl.io.opening import Opening, typed

LENGTH = 8  # bytes that hold the length of the header
LONGEST_HEADER = 100_000_000  # what the format allows
METADATA = "__metadata__"
BF16 = np.dtype("<u2")
DTYPES: dict[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "BF16": BF16,
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("i1"),
    "U64": np.dtype("<u8"),
    "U32": np.dtype("<u4"),
    "U16": np.dtype("<u2"),
    "U8": np.dtype("u1"),
    "BOOL": np.dtype("?"),
}
OTHERS = {"F8_E5M2": 1, "F8_E4M3": 1, "F8_E8M0": 1, "C64": 8, "F8_E4M3FNUZ": 1, "F8_E5M2FNUZ": 1}


class Bfloat16File(NpyFile):
    """A tensor of bfloat16 as float32: its two bytes are the upper ones of a float32."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type that holds every bfloat16."""
        return np.dtype(np.float32)

    def read(self, start: int, stop: int) -> Array:
        """Read elements `start` to `stop`."""
        return (self.read_as(BF16, start, stop).astype("<u4") << 16).view(np.float32)


def open_safetensors(place: FilePlace, opening: Opening) -> NpyFile:
    """Open the tensor that is selected; else the only one, or the one called like the input."""
    label = opening.label
    with closing(open_place(place, label)) as file:
        tensors, start = read_tensors(file, label)
    name = _chosen(tensors, opening.selector, opening.input_name, label)
    kind, shape, (begin, _) = tensors[name]
    if kind not in DTYPES:
        raise DataError(
            f"{label}::{visible(name)}: holds {kind}, which is not read; save it as float32"
        )
    header = Header(shape, DTYPES[kind], fortran=False, offset=start + begin)
    form = Bfloat16File if kind == "BF16" else NpyFile
    return form(place, label, keep_open=opening.keep_open, header=header)


def read_tensors(file: OpenFile, label: str) -> tuple[dict[str, Any], int]:
    """Return dtype, shape and place of each tensor by its name, and where their bytes begin.

    Raises
    ------
    DataError
        When the header is none of this format, or does not cover the bytes there are, exactly.
    """
    size = file.size
    length = int.from_bytes(file.read(LENGTH), "little")
    if size < LENGTH or length > min(size - LENGTH, LONGEST_HEADER):
        raise DataError(
            f"{label}: its header says {length} bytes, the file holds {size}; it is truncated or "
            "not a safetensors file"
        )
    text = file.read(length)
    try:
        fields = json.loads(text.decode(), object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise DataError(f"{label}: its header is not that of a safetensors file; it is damaged")
    fields.pop(METADATA, None)
    tensors = {name: _tensor(entry, f"{label}::{visible(name)}") for name, entry in fields.items()}
    _require_gapless(tensors, size - LENGTH - length, label)
    return tensors, LENGTH + length


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        raise ValueError("a name is given twice")
    return entries


def _tensor(entry: Any, name: str) -> tuple[str, tuple[int, ...], tuple[int, int]]:
    """Check what the header says of one tensor."""
    fields = entry if isinstance(entry, dict) else {}
    kind: Any = fields.get("dtype")
    shape: Any = fields.get("shape")
    place: Any = fields.get("data_offsets")
    if not isinstance(kind, str) or kind not in {*DTYPES, *OTHERS}:
        raise DataError(f"{name}: its header names an unknown type {visible(repr(kind))}")
    if not _counts(shape) or len(shape) > MOST_AXES:
        raise DataError(f"{name}: its header has the shape {shape!r}; the file is damaged")
    width = DTYPES[kind].itemsize if kind in DTYPES else OTHERS[kind]
    if not _counts(place) or len(place) != 2 or place[1] - place[0] != prod(shape) * width:
        raise DataError(
            f"{name}: shape {tuple(shape)} of {kind} does not take the bytes {place!r}; "
            "the file is damaged"
        )
    return kind, tuple(shape), (place[0], place[1])


def _counts(value: Any) -> bool:
    return isinstance(value, list) and all(type(n) is int and n >= 0 for n in value)


def _require_gapless(tensors: dict[str, Any], size: int, label: str) -> None:
    """Require the tensors to cover the bytes after the header: no overlap, no gap, no more."""
    end = 0
    for name, (_, _, (begin, stop)) in sorted(tensors.items(), key=lambda item: item[1][2]):
        if begin != end:
            problem = "overlaps the one before" if begin < end else "leaves a gap before it"
            raise DataError(f"{label}::{visible(name)}: {problem}; the file is damaged")
        end = stop
    if end != size:
        raise DataError(
            f"{label}: its tensors take {end} bytes, the file holds {size}; it is damaged"
        )


def _chosen(tensors: dict[str, Any], key: str | None, input_name: str, label: str) -> str:
    if not tensors:
        raise DataError(f"{label}: holds no tensor")
    shown = ", ".join(map(visible, list(tensors)[:8])) + (", …" if len(tensors) > 8 else "")
    if key is not None:
        if key not in tensors:
            hint = did_you_mean(key, tensors)
            raise UsageError(f"{label}: has no tensor {key!r}; it holds {shown}{hint}")
        return key
    if input_name in tensors:
        return input_name
    if len(tensors) > 1:
        example = f"{typed(label)}::{next(iter(tensors))}"
        raise UsageError(f"{label}: holds {shown}; choose one with {example}")
    return next(iter(tensors))
