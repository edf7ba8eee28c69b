"""Primitives: elementary functions and sums, which take most of the time of most losses.

Every primitive, here and in other kernels, has a definition in NumPy, which is what it means. Where
loops were compiled and the processor has AVX2 or NEON, a loop takes its place: it differs in the
last bits at most and has the same bits on all such processors. The environment variable
``LOSSCTL_NATIVE`` chooses: ``0`` for NumPy, ``v3`` for AVX2 where AVX-512 would be used, ``v2`` for
loops that any processor runs, slowly.
"""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from lossctl.core.loss import Array

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
    import platform  # noqa: PLC0415 - asked for once in a while

    levels = {"v3": "compiled, AVX2", "v4": "compiled, AVX-512", "neon": "compiled, NEON"}
    loops = "NumPy" if NATIVE is None else levels.get(NATIVE.LEVEL, f"compiled, {NATIVE.LEVEL}")
    return {"python": platform.python_version(), "numpy": np.__version__, "loops": loops}


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


@primitive
def vector_sum(values: Array) -> Any:
    """Sum numbers, (n,); einsum casts float32 on the way, which is faster than a sum that does."""
    if values.dtype == np.float32:
        return np.einsum("i->", values, dtype=np.float64)
    return values.sum(dtype=np.float64)


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
