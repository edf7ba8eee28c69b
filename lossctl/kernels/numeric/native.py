"""Compiled loops in the place of NumPy definitions, where there are any and the processor has AVX2.

Every primitive has a definition in NumPy, which is what it means; its compiled loop differs in the
last bits at most and has the same bits on every processor from AVX2 on. The environment variable
``LOSSCTL_NATIVE`` chooses: ``0`` for NumPy, ``v3`` for AVX2 where AVX-512 would be used, ``v2`` for
loops that any processor runs, slowly.
"""

import os
from collections.abc import Callable
from typing import Any, TypeVar

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
BACKEND = "numpy" if NATIVE is None else f"native {NATIVE.LEVEL}"


def primitive(definition: Function) -> Function:
    """Return the compiled loop of the same name, or the definition where there is none."""
    name = definition.__name__
    DEFINITIONS[name] = definition
    compiled: Function = getattr(NATIVE, name, definition)
    return compiled
