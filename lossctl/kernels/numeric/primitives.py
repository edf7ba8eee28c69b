"""Primitives: elementary functions and sums, which take most of the time of most losses.

Every primitive, here and in other kernels, has a definition in NumPy, which is what it means. Where
loops were compiled and the processor has AVX2 or NEON, a loop takes its place: it differs in the
last bits at most and has the same bits on all such processors. The environment variable
``LOSSCTL_NATIVE`` chooses: ``0`` for NumPy, ``v3`` for AVX2 where AVX-512 would be used, ``v2`` for
loops that any processor runs, slowly.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import local
from typing import Any, TypeVar

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.block_cache import set_extent

SWITCH = "LOSSCTL_NATIVE"
Function = TypeVar("Function", bound=Callable[..., Any])

DEFINITIONS: dict[str, Callable[..., Any]] = {}
"""The NumPy definitions by name, for what holds the loops against them."""


def _load() -> Any:
    wanted = os.environ.get(SWITCH, "")
    if wanted == "0":
        return None
    try:
        from lossctl.kernels import _native  # type: ignore[attr-defined]  # noqa: PLC0415 - optional
    except ImportError:  # none was built: there was no compiler
        return None
    # Without a fused multiply-add the loops are slower than NumPy.
    return None if _native.LEVEL == "v2" and wanted != "v2" else _native


NATIVE = _load()


def versions() -> dict[str, str]:
    """Return what numbers are computed with, for whoever compares the last bits of two machines."""
    levels = {"v3": "compiled, AVX2", "v4": "compiled, AVX-512", "neon": "compiled, NEON"}
    loops = "NumPy" if NATIVE is None else levels.get(NATIVE.LEVEL, f"compiled, {NATIVE.LEVEL}")
    python = ".".join(map(str, sys.version_info[:3]))
    return {"python": python, "numpy": np.__version__, "loops": loops}


def primitive(definition: Function) -> Function:
    """Return the compiled loop of the same name, or the definition where there is none."""
    name = definition.__name__
    DEFINITIONS[name] = definition
    compiled: Function = getattr(NATIVE, name, definition)
    return compiled


exp = primitive(np.exp)
expm1 = primitive(np.expm1)
log = primitive(np.log)
log1p = primitive(np.log1p)
tanh = primitive(np.tanh)


def sum_in_double(values: Array) -> float:
    """Sum numbers of any shape in float64."""
    if values.size == 1:  # one group a block: there may be many
        return float(values.reshape(-1)[0])
    return float(vector_sum(values.ravel(order="K")))  # in the order of memory: of most, no copy


FEW_COLUMNS = 16  # of more of them NumPy adds whole rows as fast


def sum_of_items(values: Array) -> Any:
    """Sum over items in float64: of (n,) a number, of (n, C) one for each column."""
    if values.ndim == 1:
        return sum_in_double(values)
    if values.shape[1] < FEW_COLUMNS:
        return np.array([sum_in_double(column) for column in values.T])
    return values.sum(axis=0, dtype=np.float64)


@primitive
def vector_sum(values: Array) -> Any:
    """Sum numbers, (n,); einsum casts float32 on the way, which is faster than a sum that does."""
    if values.dtype == np.float32:
        return np.einsum("i->", values, dtype=np.float64)
    return values.sum(dtype=np.float64)


@primitive
def squared_deviations(values: Array, center: float) -> Any:
    """Sum the squares of differences of numbers, (n,), from one, in float64."""
    deviations = values.astype(np.float64)
    deviations -= center
    return np.einsum("i,i->", deviations, deviations)


@primitive
def extent(values: Array) -> Any:
    """Return the least and the greatest of numbers, (n,), or NaN; inf and −inf of none."""
    ends = [values.min(initial=np.inf), values.max(initial=-np.inf)]
    return np.array(ends, values.dtype)


def least_and_greatest(values: Array) -> tuple[float, float]:
    """Return the least and the greatest of numbers of any shape and type; NaN where one is."""
    if not _is_line(values):
        return float(np.minimum.reduce(values, axis=None)), float(
            np.maximum.reduce(values, axis=None)
        )
    low, high = extent(values.ravel(order="K")).tolist()
    return low, high


@primitive
def are_two(values: Array, one: float, other: float) -> Any:
    """Return whether each of numbers, (n,), is one of two."""
    return ((values == one) | (values == other)).all()


def are_either(values: Array, one: float, other: float) -> bool:
    """Return whether each of numbers of any shape is one of two; the first few often settle it."""
    if not _is_line(values):
        return all(((v == one) | (v == other)).all() for v in (values[:64], values))
    flat = values.ravel(order="K")
    if not are_two(flat[:64], one, other):
        return False
    return flat.size <= 64 or bool(are_two(flat, one, other))


def _is_line(values: Array) -> bool:
    """Whether numbers are of a type that has loops and lie one after the other."""
    together = values.flags.c_contiguous or values.flags.f_contiguous
    return together and values.dtype.char in "fd" and values.dtype.isnative


class _Parts(local):
    """What totals are made of in a thread: how many parts, and whether ends are looked for."""

    count: int | None = None
    with_ends = False


_PARTS = _Parts()


@contextmanager
def in_parts(count: int, *, with_ends: bool = False) -> Iterator[None]:
    """Let compiled totals be arrays inside: (count,) sums, one of each of so many equal parts.

    Each has the bits that a call with its part alone would have. One call for many blocks leaves
    the interpreter to other threads all the while. Those that find the least and the greatest
    number of their arguments on the way keep it for the block (`block_cache`) if `with_ends`.
    """
    _PARTS.count, _PARTS.with_ends = count, with_ends
    try:
        yield
    finally:
        _PARTS.count = None


def parted(array: Array) -> Array:
    """Return an array, (n, …), cut into the parts asked for, (count, n / count, …)."""
    count = _PARTS.count
    return array if count is None else array.reshape(count, -1, *array.shape[1:])


def total_of(items: Callable[..., Array]) -> Callable[..., Any]:
    """Return the sum in float64 of what a primitive makes of items, of the same arguments.

    A compiled loop adds the items without storing them. The sum has the bits of that of the items
    either way. Inside :func:`in_parts` the loop returns the sum of each part.
    """
    name = f"{items.__name__}_total"

    def total_of_items(*arguments: Any) -> float:
        return sum_in_double(items(*arguments))

    def total_and_ends(*arguments: Any) -> Array:
        arrays = [each for each in arguments if np.ndim(each) and each.dtype.kind == "f"]
        ends = [end for each in arrays for end in (each.min(), each.max())]
        return np.array([total_of_items(*arguments), *ends], np.float64)

    DEFINITIONS[name], DEFINITIONS[f"{name}_and_ends"] = total_of_items, total_and_ends
    loop, loop_and_ends = getattr(NATIVE, name, None), getattr(NATIVE, f"{name}_and_ends", None)
    if loop is None or loop_and_ends is None:
        return total_of_items

    def total(*arguments: Any) -> Any:
        flat = _in_line(arguments)
        if flat is None:
            return total_of_items(*arguments)
        if _PARTS.count is None:
            return loop(*flat)
        parts = [parted(each) if np.ndim(each) else each for each in flat]
        if not _PARTS.with_ends:
            return loop(*parts)
        found = loop_and_ends(*parts)
        for at, each in enumerate([each for each in arguments if np.ndim(each)]):
            if found.shape[1] > 2 * at + 1:
                low, high = found[:, 2 * at + 1].min(), found[:, 2 * at + 2].max()
                set_extent(each, float(low), float(high))
        return found[:, 0]

    return total


def _in_line(arguments: Sequence[Any]) -> list[Any] | None:
    """Return arrays as they lie in memory, one number after the other; None if they lie apart."""
    arrays = [each for each in arguments if np.ndim(each)]
    first = arrays[0]
    if _are_rows(arrays):
        return list(arguments)
    alike = all((each.shape, each.strides) == (first.shape, first.strides) for each in arrays)
    if not alike or not (first.flags.c_contiguous or first.flags.f_contiguous):
        return None
    return [each.ravel(order="K") if np.ndim(each) else each for each in arguments]


def _are_rows(arrays: Sequence[Array]) -> bool:
    """Whether arrays are rows of scores and the true class of each."""
    return len(arrays) == 2 and arrays[0].ndim == 2 and arrays[1].ndim == 1


AT_ONCE = 1 << 15  # items whose deviations stay in the caches


@primitive
def slice_sums(  # noqa: PLR0917 - as NumPy calls a loop
    x: Array, y: Array, codes: Array, center: float, other: float, out: Array
) -> Array:
    """Count the items of each slice of the data, and sum their deviations and products of two.

    Parameters
    ----------
    x, y
        (n,) statistics of items.
    codes
        (n,) the number of the slice of each item, from 0 to k − 1.
    center, other
        What is subtracted from x and from y.
    out
        (k, 3) of float64 for k slices, overwritten: of each its items, Σ(x − center) and
        Σ(x − center)(y − other).
    """
    out[...] = 0.0
    step = max(AT_ONCE, len(out))
    for start in range(0, len(codes), step):
        here = slice(start, start + step)
        own = codes[here].astype(np.intp, copy=False)
        deviations = x[here].astype(np.float64) - center
        products = deviations * (y[here].astype(np.float64) - other)
        out[:, 0] += np.bincount(own, minlength=len(out))
        out[:, 1] += np.bincount(own, deviations, len(out))
        out[:, 2] += np.bincount(own, products, len(out))
    return out
