"""Primitives: elementary functions and sums, which take most of the time of most losses.

Every primitive, here and in other kernels, has a definition in NumPy, which is what it means. Where
loops were compiled and the processor has AVX2 or NEON, a loop takes its place: it differs in the
last bits at most and has the same bits on all such processors. The environment variable
``LOSSCTL_NATIVE`` chooses: ``0`` for NumPy, ``v3`` for AVX2 where AVX-512 would be used, ``v2`` for
loops that any processor runs, slowly.
"""

import math
import os
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache, wraps
from typing import Any, TypeVar

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.block_cache import (
    ENDS_OF_LABELS,
    extent_by_bits,
    known_values,
    only_labels,
    set_extent,
)

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


def _has_vectors(name: str) -> bool:
    """Whether NumPy uses vectors for a function of float32 on this processor."""
    try:
        from numpy.lib.introspect import opt_func_info  # noqa: PLC0415 - NumPy has it from 2.1 on
    except ImportError:
        inner = sys.modules.get("numpy._core._multiarray_umath")
        inner = inner or sys.modules["numpy.core._multiarray_umath"]
        return bool(inner.__cpu_features__.get("AVX512_SKX"))
    (loops,) = opt_func_info(func_name=f"^{name}$", signature="float32").values()
    return not any(loop["current"].startswith("baseline") for loop in loops.values())


HAS_LOG1P = _has_vectors("log1p")
"""Whether NumPy is fast at `log1p`, `expm1` and `sinh`; if not, these are written out below."""

PIECE = 1 << 17  # bytes: some five of them are at work, and fit into the second cache


def by_pieces(fill: Callable[..., None]) -> Callable[..., Array]:
    """Return a function of float32 or float64 arrays of one shape, given one of short vectors.

    ``fill(out, *arguments)`` fills `out`, which may be an argument itself. Its temporaries stay in
    the cache.
    """

    @wraps(fill)
    def function(*arguments: Array, out: Array | None = None) -> Array:
        flat = in_line(arguments)
        if flat is None:
            arguments = tuple(map(np.ascontiguousarray, np.broadcast_arrays(*arguments)))
            flat = in_line(arguments)
        first = arguments[0]
        fits = out is not None and (out.dtype, out.strides) == (first.dtype, first.strides)
        found = out if out is not None and fits else np.empty_like(first)
        whole, step = found.ravel(order="K"), PIECE // first.itemsize
        for start in range(0, whole.size, step):
            here = slice(start, start + step)
            fill(whole[here], *[each[here] for each in flat or ()])
        if out is None or fits:
            return found
        out[...] = found
        return out

    return function


def in_line(arguments: Sequence[Any], *, of_rows: bool = False) -> list[Any] | None:
    """Return arrays as they lie in memory, one number after the other; None if they lie apart.

    Rows stay rows.
    """
    arrays = [each for each in arguments if np.ndim(each)]
    if of_rows:
        return list(arguments) if all(each.flags.c_contiguous for each in arrays) else None
    first = arrays[0]
    alike = all((each.shape, each.strides) == (first.shape, first.strides) for each in arrays)
    if not alike or not (first.flags.c_contiguous or first.flags.f_contiguous):
        return None
    return [each.ravel(order="K") if np.ndim(each) else each for each in arguments]


def polynomial(coefficients: Sequence[float], values: Array) -> Array:
    """Return Σ cₖ·xᵏ for coefficients in rising order, in new memory."""
    *lower, highest = coefficients
    total = highest * values
    for coefficient in lower[:0:-1]:
        total += coefficient
        total *= values
    total += lower[0]
    return total


# (log((1 + s)/(1 − s)) − 2s)/s³ as a polynomial of s², for s² up to 1/9 and up to 0.0295
ARTANH_OF_SHARE = 0.6666664033669923, 0.40007560644911183, 0.2823661980531142, 0.2685149802282902
ARTANH = 0.6666668515877068, 0.3998873183116415, 0.29582158946768544
# (e^x − 1 − x)/x² for |x| up to ½·log 2
EXCESS = 0.5, 0.16666576583158002, 0.041666554109346714, 0.008363246669753728, 0.0013926268052570573

LOG2_HIGH, LOG2_LOW = 0.693359375, -2.12194440e-4  # the first times a small number is exact
ROOT_HALF = 0x3F3504F3  # the bits of √½


def log1p_of_share(out: Array, shares: Array) -> None:
    """Fill a short vector with log(1 + u) for u from 0 to 1, or NaN."""
    if out.dtype == np.float64:
        _log1p_by_log(out, shares)
        return
    # log(1 + u) is log((1 + s)/(1 − s)) for s = u/(2 + u), and 2s is u − s·u: u itself is exact,
    # and rounding shows in what is subtracted only.
    s = shares + 2.0
    np.divide(shares, s, out=s)
    _subtract_artanh(out, shares, s, ARTANH_OF_SHARE)


def _subtract_artanh(out: Array, u: Array, s: Array, coefficients: Sequence[float]) -> None:
    """Fill with u − s·(u − s²·P(s²))."""
    squares = s * s
    rest = polynomial(coefficients, squares)
    rest *= squares
    np.subtract(u, rest, out=rest)
    rest *= s
    np.subtract(u, rest, out=out)


def _log1p_by_log(out: Array, values: Array) -> None:
    """Fill with log(1 + x) for x > −1: log w, and what rounding took from w = 1 + x, over w."""
    w = values + 1.0
    lost = w - 1.0
    np.subtract(values, lost, out=lost)
    lost /= w
    np.log(w, out=w)
    np.add(w, lost, out=out)


def _log1p_by_series(out: Array, values: Array) -> None:
    """Fill with log(1 + x) of float32 for x > −1: of w = 1 + x = 2^k·m, √½ ≤ m < √2."""
    w = values + 1.0
    lost = w - 1.0
    np.subtract(values, lost, out=lost)
    lost /= w  # what rounding took from w
    bits: Any = w.view(np.int32)
    exponent = bits - np.int32(ROOT_HALF)
    exponent >>= 23
    k = exponent.astype(np.float32)
    exponent <<= 23
    bits -= exponent
    m_minus_one = np.subtract(w, 1.0, out=w)
    s = m_minus_one + 2.0
    np.divide(m_minus_one, s, out=s)
    lost += LOG2_LOW * k
    k *= LOG2_HIGH
    _subtract_artanh(w, m_minus_one, s, ARTANH)
    w += lost
    np.add(w, k, out=out)


def _safely(fill: Callable[[Array, Array], None], exact: Any, low: float, high: float) -> Any:
    """Return a function of any array, by pieces; beyond (low, high) what NumPy computes."""

    def fill_all(out: Array, values: Array) -> None:
        if values.min() > low and values.max() < high:
            fill(out, values)
            return
        beyond = np.flatnonzero(~((values > low) & (values < high)))
        ends = exact(values[beyond])
        moderate = values.copy()
        moderate[beyond] = 0.0
        fill(out, moderate)
        out[beyond] = ends

    function = by_pieces(fill_all)

    def any_function(values: Any, out: Any = None) -> Any:
        fast = isinstance(values, np.ndarray) and values.ndim and values.dtype in FAST[exact]
        return function(values, out=out) if fast else exact(values, out=out)

    any_function.__name__ = exact.__name__
    return any_function


FAST = {np.log1p: (np.float32, np.float64), np.expm1: (np.float32,)}
"""The types for which the functions below are faster than NumPy without vectors."""


def _log1p_pieces(out: Array, values: Array) -> None:
    (_log1p_by_series if out.dtype == np.float32 else _log1p_by_log)(out, values)


def _expm1_pieces(out: Array, values: Array) -> None:
    """Fill with e^x − 1 of float32 for x < 88: of x = k·log 2 + r it is 2^k·(e^r − 1) + 2^k − 1."""
    r = np.clip(values, -20.0, 88.0)  # below, it is −1 to the last bit
    k = r * (1.0 / math.log(2.0))
    np.rint(k, out=k)
    r -= k * LOG2_HIGH
    r -= k * LOG2_LOW
    power: Any = k.astype(np.int32)
    power += 127
    power <<= 23
    scale = power.view(np.float32)
    rest = polynomial(EXCESS, r)
    rest *= r
    rest *= r
    rest += r
    rest *= scale
    scale -= 1.0
    np.add(rest, scale, out=out)


log1p_without_vectors = _safely(_log1p_pieces, np.log1p, -1.0, math.inf)
expm1_without_vectors = _safely(_expm1_pieces, np.expm1, -math.inf, 88.0)

exp = primitive(np.exp)
expm1 = primitive(np.expm1 if HAS_LOG1P else expm1_without_vectors)
log = primitive(np.log)
log1p = primitive(np.log1p if HAS_LOG1P else log1p_without_vectors)
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


@lru_cache(16)  # of pieces of up to a quarter of a megabyte
def ones(count: int, dtype: np.dtype[Any]) -> Array:
    """Return as many ones, which are not to be changed: products with them are sums."""
    found = np.ones(count, dtype)
    found.flags.writeable = False
    return found


SUMMED = 1 << 18  # bytes that are summed at once


@primitive
def vector_sum(values: Array) -> Any:
    """Sum numbers, (n,), piece by piece."""
    step = SUMMED // values.itemsize
    if values.size <= step:
        return sum_of_piece(values)
    return sum(sum_of_piece(values[at : at + step]) for at in range(0, values.size, step))


def sum_of_piece(values: Array) -> Any:
    """Sum a piece of numbers, (n,)."""
    if values.dtype == np.float32:
        if known_values(values) in ENDS_OF_LABELS:  # few enough to be counted in float32
            return float(np.dot(values, ones(values.size, values.dtype)))
        # einsum casts float32 on the way, which is faster than a sum that does.
        return np.einsum("i->", values, dtype=np.float64)
    return values.sum(dtype=np.float64)


@primitive
def squared_deviations(values: Array, center: float) -> Any:
    """Sum the squares of differences of numbers, (n,), from one, in float64."""
    deviations = values.astype(np.float64)
    deviations -= center
    return np.einsum("i,i->", deviations, deviations)


@primitive
def extent(values: Array) -> tuple[float, float] | None:
    """Return the least and the greatest of numbers, NaN where one is; inf and −inf of none.

    The loop reads float32 and float64 (few of int64) that lie one after the other; None of others.
    """
    if not values.size:
        return math.inf, -math.inf
    if _is_line(values):
        low, high = extent_by_bits(values.ravel(order="K")).tolist()
        return low, high
    return float(np.minimum.reduce(values, axis=None)), float(np.maximum.reduce(values, axis=None))


def _is_line(values: Array) -> bool:
    """Whether numbers are of float32 or float64 and lie one after the other."""
    together = values.flags.c_contiguous or values.flags.f_contiguous
    return together and values.dtype.char in "fd" and values.dtype.isnative


def measured_extent(values: Array) -> tuple[float, float]:
    """Return the least and the greatest of numbers; keep for the block if they are labels."""
    ends = only_labels(values) if NATIVE is None and _is_line(values) else None
    if ends is None:
        return least_and_greatest(values)
    set_extent(values, *ends, holds_only_these=True)
    return ends


def least_and_greatest(values: Array) -> tuple[float, float]:
    """Return the least and the greatest of numbers of any shape and type; NaN where one is."""
    found: tuple[float, float] = extent(values) or DEFINITIONS["extent"](values)
    return found


@primitive
def are_two(values: Array, one: float, other: float) -> bool | None:
    """Return whether each of numbers is one of two; the first few often settle it.

    The loop reads what that of `extent` does, but for integers; None of others.
    """
    return all(bool(((v == one) | (v == other)).all()) for v in (values[:64], values))


def are_either(values: Array, one: float, other: float) -> bool:
    """Return whether each of numbers of any shape and type is one of two."""
    if (known := known_values(values)) is not None:
        return bool(known) and {*known} <= {one, other}
    found = are_two(values, one, other)
    return bool(DEFINITIONS["are_two"](values, one, other)) if found is None else found
