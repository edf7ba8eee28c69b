"""A cache of intermediate results within a block of items, and what is known of its arrays.

Several losses on one block share softmax or sigmoid of the same scores, and so do the value and
the gradient of one loss. While the engine works on a block it opens :func:`one_block`; a function
marked :func:`once_a_block` then answers a second call with the very same arrays from memory.
Outside, and for arrays it has not seen, it just computes. What the engine has measured of an array
anyway, such as its minimum, it keeps with :func:`set_hint`; functions look for it with
:func:`get_hint` before they measure themselves.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import local
from typing import Any, ParamSpec, TypeVar

import numpy as np

from lossctl.core.loss import Array

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
_THREAD = local()  # each thread has a block of its own


@contextmanager
def one_block(*, remember: bool = True) -> Iterator[None]:
    """Cache what is computed inside, or hints only, until the block ends."""
    _THREAD.cache, _THREAD.remember = {}, remember
    try:
        yield
    finally:
        _THREAD.cache = None


def once_a_block(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Cache what `function` returns for arrays (by identity) and numbers, within a block.

    What it returns is made read-only while it is cached: it has several readers.
    """

    @wraps(function)
    def cached(*arguments: Arguments.args, **keywords: Arguments.kwargs) -> Result:
        cache = getattr(_THREAD, "cache", None)
        if cache is None:
            return function(*arguments, **keywords)
        by_name = tuple((name, _key(value)) for name, value in keywords.items())
        key = (function, *map(_key, arguments), *by_name)
        if key not in cache:
            result = function(*arguments, **keywords)
            if not _THREAD.remember:
                return result
            _make_read_only(result, (*arguments, *keywords.values()))
            # The arguments are kept alive with the result: an array made in the place of one that
            # was freed would have its id, and be taken for it.
            cache[key] = (result, arguments, keywords)
        cached_result: Result = cache[key][0]
        return cached_result

    return cached


def set_hint(function: Callable[[Any], Result], array: Any, result: Result) -> None:
    """Keep what a function would return for an array, for :func:`get_hint` within the block."""
    cache = getattr(_THREAD, "cache", None)
    if cache is not None:
        cache[function, id(array)] = (result, (array,), {})


def get_hint(function: Callable[[Any], Result], array: Any) -> Result | None:
    """Return what was kept with :func:`set_hint`; None if nothing was."""
    cache = getattr(_THREAD, "cache", None)
    if cache is None or (function, id(array)) not in cache:
        return None
    hint: Result = cache[function, id(array)][0]
    return hint


def _key(argument: Any) -> Any:
    return id(argument) if isinstance(argument, np.ndarray) else argument


def _make_read_only(result: Any, arguments: tuple[Any, ...]) -> None:
    for array in result if isinstance(result, tuple) else (result,):
        if isinstance(array, np.ndarray) and not any(array is given for given in arguments):
            array.flags.writeable = False


def least(values: Array) -> float:
    """Return the least value: NaN if there is any, inf if there is nothing."""
    cache = get_hint(least, values)
    return float(values.min(initial=np.inf)) if cache is None else cache


def greatest(values: Array) -> float:
    """Return the greatest value: NaN if there is any, -inf if there is nothing."""
    cache = get_hint(greatest, values)
    return float(values.max(initial=-np.inf)) if cache is None else cache
