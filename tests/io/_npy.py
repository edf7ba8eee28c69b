"""Malformed npy files: truncated, lying, of types no loss computes with, or no npy file at all."""

import pickle
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.io._case import DATA, PAIR, USAGE, Case, npy

ARGS = ("compute", "p.npy", "t.npy", "--loss", "mse")
DATA_BYTES = np.array([1.0, 2.0, 3.0, 4.0]).tobytes()
WHOLE = PAIR["p.npy"]
CUTS = (0, 1, 5, 6, 7, 8, 9, 10, 11, 40, 64, 100, 127, 128, 129, 135, 136, 144, 159)
PICKLE_MARK = "pickle-was-run"


class Touch:
    """Creates a file when it is unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        """Name the call that unpickling makes."""
        return (Path.touch, (Path(PICKLE_MARK),))  # type: ignore[return-value]


def header(
    shape: str = "(4,)",
    descr: str = "'<f8'",
    order: str = "False",
    more: str = "",
) -> bytes:
    """Return the text of a header, which may lie."""
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, {more}}}\n".encode()


def framed(
    fields: bytes, data: bytes = DATA_BYTES, version: bytes = b"\x01\x00", length: int | None = None
) -> bytes:
    """Put magic, version and length before a header, and data after it."""
    width = "<H" if version == b"\x01\x00" else "<I"
    size = struct.pack(width, len(fields) if length is None else length)
    return b"\x93NUMPY" + version + size + fields + data


def bad(name: str, content: bytes, *words: str, code: int = DATA) -> Case:
    """Make a case whose predictions are these bytes."""
    return Case(f"npy: {name}", ARGS, code, ("p.npy", *words), PAIR | {"p.npy": content})


def truncated() -> Iterator[Case]:
    for cut in CUTS:
        yield bad(f"cut to {cut} bytes", WHOLE[:cut])
    for name in ("t.npy", "w.npy"):
        files = PAIR | {"w.npy": npy([1.0] * 4)}
        files[name] = files[name][:-3]
        yield Case(f"npy: {name} is short", (*ARGS, "--weights", "w.npy"), DATA, (name,), files)


LYING_SHAPES = {
    "16 GiB": "(2147483648,)",
    "more than an address space": "(4611686018427387904, 4611686018427387904)",
    "a number of thirty digits": f"({10**30},)",
    "an empty axis times a huge one": "(0, 4611686018427387904)",
    "negative": "(-4,)",
    "two negatives": "(-2, -2)",
    "a bool": "(True, 4)",
    "a float": "(4.0,)",
    "nested": "((4,),)",
    "text": "('4',)",
    "a list": "[4]",
    "a number": "4",
    "None": "None",
    "33 axes": "(" + "1, " * 32 + "4)",
    "one more": "(5,)",
    "one less": "(3,)",
    "no axes": "()",
    "no items": "(0,)",
}

LYING_TYPES = {
    "float32, so half the bytes are over": ("'<f4'",),
    "int8": ("'|i1'",),
    "objects": ("'|O'", "pickle"),
    "complex": ("'<c16'",),
    "complex64": ("'<c8'",),
    "dates": ("'<M8[s]'",),
    "time differences": ("'<m8[s]'",),
    "text": ("'<U2'",),
    "bytes": ("'|S8'",),
    "void": ("'|V8'",),
    "float128": ("'<f16'",),
    "records": ("[('a', '<f4'), ('b', '<f4')]",),
    "records spelled with a comma": ("'<f4,<f4'",),
    "a subarray": ("'(2,)<f4'",),
    "a repeated type": ("'2<f4'",),
    "an unknown letter": ("'<z8'",),
    "an impossible width": ("'<f3'",),
    "empty": ("''",),
    "a number": ("8",),
    "None": ("None",),
    "a very long word": ("'" + "f8" * 900 + "'",),
    "nested brackets": ("'" + "(" * 300 + "'",),
}

HEADERS = {
    "a list": b"['<f8', False, (4,)]\n",
    "a set": b"{'descr', 'fortran_order', 'shape'}\n",
    "a call": b"__import__('os').getcwd()\n",
    "a call as the shape": b"{'descr': '<f8', 'fortran_order': False, 'shape': tuple([4])}\n",
    "deep brackets": b"(" * 5000 + b")" * 5000,
    "a long sum": b"{'descr': '<f8', 'fortran_order': False, 'shape': (" + b"1+" * 9000 + b"1,)}",
    "NUL bytes": b"\0" * 64,
    "bytes that are no text": bytes(range(128, 192)),
    "nothing": b"",
    "spaces": b" " * 54,
    "half of it": header()[:30],
    "without descr": b"{'fortran_order': False, 'shape': (4,)}\n",
    "without fortran_order": b"{'descr': '<f8', 'shape': (4,)}\n",
    "without shape": b"{'descr': '<f8', 'fortran_order': False}\n",
    "with one key more": header(more="'extra': 1"),
    "with keys that are numbers": b"{1: '<f8', 2: False, 3: (4,)}\n",
    "with an unhashable key": b"{['descr']: '<f8', 'fortran_order': False, 'shape': (4,)}\n",
    "with a null byte inside": header().replace(b"shape", b"sha\0e"),
}


def lying() -> Iterator[Case]:
    for name, shape in LYING_SHAPES.items():
        yield bad(f"shape {name}", framed(header(shape)))
    for name, (descr, *words) in LYING_TYPES.items():
        yield bad(f"type {name}", framed(header(descr=descr)), *words)
    for name, fields in HEADERS.items():
        yield bad(f"header {name}", framed(fields))
    for order in ("'False'", "None", "2", "()", "0.0"):
        content = framed(header("(2, 2)", order=order))
        files = PAIR | {"p.npy": content, "t.npy": npy([[1.0, 2.0], [3.0, 4.0]])}
        yield Case(f"npy: order {order}", ARGS, DATA, ("p.npy",), files)


def framing() -> Iterator[Case]:
    good = header()
    for version in (b"\x09\x00", b"\x00\x00", b"\x01\x01", b"\xff\xff"):
        yield bad(f"version {version.hex()}", framed(good, version=version), "format")
    yield bad("header longer than the file", framed(good, length=60_000))
    yield bad("header of 4 GiB", framed(good, version=b"\x02\x00", length=2**32 - 1))
    yield bad("header of 70,000 bytes", framed(good + b" " * 70_000, version=b"\x02\x00"))
    yield bad("header shorter than it is", framed(good, length=20))
    yield bad("version 2 cut inside the length", framed(good, version=b"\x02\x00")[:10])
    yield bad(
        "version 3 with bytes that are not UTF-8", framed(b"\xff\xfe" + good, version=b"\x03\x00")
    )
    yield bad("one byte after the data", WHOLE + b"\0", "follow")
    yield bad("one element after the data", WHOLE + DATA_BYTES[:8], "follow")
    yield bad("two arrays in one file", WHOLE + WHOLE, "follow")
    yield bad("magic with one bit flipped", b"\x92" + WHOLE[1:])


def strangers() -> Iterator[Case]:
    touch = npy(np.array([Touch()], dtype=object), allow_pickle=True)
    yield bad("objects that run code", touch, "object")
    yield bad("a pickle", pickle.dumps([1.0, 2.0]))
    yield bad("a pickle that runs code", pickle.dumps(Touch()))
    yield bad("text", b"1.0\n2.0\n3.0\n4.0\n")
    yield bad("a line break", b"\n")
    yield bad("gzip", b"\x1f\x8b\x08\x00" + b"\0" * 60)
    yield bad("HDF5", b"\x89HDF\r\n\x1a\n" + b"\0" * 60)
    yield bad("dates as NumPy saves them", npy(np.array(["2020-01-01"] * 4, "datetime64[D]")))
    yield bad("records as NumPy saves them", npy(np.zeros(4, [("a", "f8"), ("b", "i4")])))
    yield bad("complex as NumPy saves it", npy(np.zeros(4, complex)))
    yield bad("text as NumPy saves it", npy(np.array(["a", "b", "c", "d"])))
    yield bad("no items as NumPy saves them", npy(np.zeros((0, 3))), "no items")
    several = ("compute", "p.npy::scores", "t.npy", "--loss", "mse")
    yield Case("npy: a member of a single array", several, USAGE, ("p.npy", "scores"), PAIR)


def cases() -> Iterator[Case]:
    yield from truncated()
    yield from lying()
    yield from framing()
    yield from strangers()
