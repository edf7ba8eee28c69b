"""Intermediate results of a block, computed once however many functions ask for them.

Several losses on one block share softmax or sigmoid of the same scores, and so do the value and
the gradient of one loss. While the engine works on a block it opens :func:`one_block`; a function
marked :func:`once_a_block` then answers a second call with the very same arrays from memory.
Outside, and for arrays it has not seen, it just computes. What the engine knows of an array anyway
it may :func:`set_hint`, for functions that :func:`get_hint` it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import local
from typing import Any, ParamSpec, TypeVar

import numpy as np

from lossctl.core.loss import Array

Given = ParamSpec("Given")


Found = TypeVar("Found")


_HERE = local()  # each thread has a block of its own


@contextmanager
def one_block(*, remember: bool = True) -> Iterator[None]:
    """Remember what is computed inside, or only what is told, until it ends."""
    _HERE.known, _HERE.remember = {}, remember
    try:
        yield
    finally:
        _HERE.known = None


def once_a_block(function: Callable[Given, Found]) -> Callable[Given, Found]:
    """Remember what `function` makes of arrays (by identity) and numbers, within a block.

    What it returns is marked read-only while it is remembered: it has several readers.
    """

    @wraps(function)
    def remembered(*given: Given.args, **named: Given.kwargs) -> Found:
        known = getattr(_HERE, "known", None)
        if known is None:
            return function(*given, **named)
        by_name = tuple((name, _mark(one)) for name, one in named.items())
        key = (function, *map(_mark, given), *by_name)
        if key not in known:
            found = function(*given, **named)
            if not _HERE.remember:
                return found
            _protect(found, (*given, *named.values()))
            known[key] = (found, given, named)  # alive, so that no other array takes their id
        answer: Found = known[key][0]
        return answer

    return remembered


def set_hint(function: Callable[[Any], Found], array: Any, found: Found) -> None:
    """Keep what a function answers for an array, for :func:`get_hint` within the block."""
    known = getattr(_HERE, "known", None)
    if known is not None:
        known[function, id(array)] = (found, (array,), {})


def get_hint(function: Callable[[Any], Found], array: Any) -> Found | None:
    """Return what the function was told to answer for an array; None if nothing."""
    known = getattr(_HERE, "known", None)
    if known is None or (function, id(array)) not in known:
        return None
    answer: Found = known[function, id(array)][0]
    return answer


def _mark(one: Any) -> Any:
    return id(one) if isinstance(one, np.ndarray) else one


def _protect(found: Any, given: tuple[Any, ...]) -> None:
    for one in found if isinstance(found, tuple) else (found,):
        if isinstance(one, np.ndarray) and not any(one is other for other in given):
            one.flags.writeable = False


def least(values: Array) -> float:
    """Return the least value: NaN if there is any, inf if there is nothing."""
    known = get_hint(least, values)
    return float(values.min(initial=np.inf)) if known is None else known


def greatest(values: Array) -> float:
    """Return the greatest value: NaN if there is any, -inf if there is nothing."""
    known = get_hint(greatest, values)
    return float(values.max(initial=-np.inf)) if known is None else known
