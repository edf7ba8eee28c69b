"""A cache of intermediate results within a block of items, and what is known of its arrays.

Several losses on one block share softmax or sigmoid of the same scores, and so do the value and
the gradient of one loss. While the engine works on a block it opens :func:`one_block`; a function
marked :func:`once_a_block` then answers a second call with the very same arrays from memory.
Outside, and for arrays it has not seen, it just computes. What the engine has measured of an array
anyway, its least and greatest value or sum of a row, it keeps with :func:`set_extent`;
:func:`least` and :func:`greatest` look for it before they measure themselves.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from threading import local
from typing import Any, Literal, ParamSpec, TypeAlias, TypeVar

import numpy as np

from lossctl.core.loss import Array

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Measure: TypeAlias = Literal["numbers", "sums of rows", "sums of e^x of rows"]
"""Of what of an array the least and the greatest are kept."""


class _Block(local):
    """What is kept of the block a thread works on: results of functions, and extents of arrays.

    Each is None while nothing of its kind is kept. Gradients have places they may be written to.
    """

    results: dict[Any, Any] | None = None
    extents: dict[tuple[int, Measure], tuple[tuple[float, float], Any, bool | None]] | None = None
    places: dict[str, Array] | None = None


_BLOCK = _Block()


class one_block:  # noqa: N801 - used like a function; a generator would take twice as long
    """Cache what is computed inside, or the extents of arrays only, until the block ends."""

    def __init__(self, *, remember: bool = True) -> None:
        """Say whether results of functions are cached too."""
        self._remember = remember

    def __enter__(self) -> None:
        _BLOCK.results, _BLOCK.extents = {} if self._remember else None, {}

    def __exit__(self, *_: object) -> None:
        _BLOCK.results = _BLOCK.extents = None


def once_a_block(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Cache what `function` returns for arrays (by identity) and numbers, within a block.

    What it returns is made read-only while it is cached: it has several readers.
    """

    @wraps(function)
    def cached(*arguments: Arguments.args, **keywords: Arguments.kwargs) -> Result:
        cache = _BLOCK.results
        if cache is None:
            return function(*arguments, **keywords)
        by_name = tuple((name, _key(value)) for name, value in keywords.items())
        key = (function, *map(_key, arguments), *by_name)
        if key not in cache:
            result = function(*arguments, **keywords)
            _make_read_only(result, (*arguments, *keywords.values()))
            # The arguments are kept alive with the result: an array made in the place of one that
            # was freed would have its id, and be taken for it.
            cache[key] = (result, arguments, keywords)
        cached_result: Result = cache[key][0]
        return cached_result

    return cached


def set_extent(
    array: Any,
    low: float,
    high: float,
    of: Measure = "numbers",
    *,
    holds_only_these: bool | None = None,
) -> None:
    """Keep the least and the greatest value of an array, which are NaN if any is, for the block.

    So is kept whether it holds these two values only, where that is known.
    """
    if _BLOCK.extents is not None:  # the array lives on: another may get its id
        _BLOCK.extents[id(array), of] = (low, high), array, holds_only_these


def known_extent(array: Any, of: Measure = "numbers") -> tuple[float, float] | None:
    """Return the least and the greatest value that :func:`set_extent` keeps, if it does."""
    extents = _BLOCK.extents
    known = None if extents is None else extents.get((id(array), of))
    return None if known is None else known[0]


@contextmanager
def gradient_places(places: Mapping[str, Array]) -> Iterator[None]:
    """Let :func:`gradient` write into these arrays inside, by the names of inputs, once each."""
    _BLOCK.places = dict(places)
    try:
        yield
    finally:
        _BLOCK.places = None


def gradient(name: str, slope: Any, values: Array) -> Array:
    """Return slope · values, the gradient of an input: where that is to lie, or in new memory.

    To fill new memory and copy it takes as long as several operations of the loss.
    """
    if not isinstance(slope, float):
        return slope * values
    place = gradient_place(name, values)
    if place is None and slope == 1.0:
        return values
    return np.multiply(slope, values, out=place)


def gradient_place(name: str, like: Array) -> Array | None:
    """Return where the gradient of an input is to lie, if one like this array fits there."""
    place = _BLOCK.places.pop(name, None) if _BLOCK.places else None
    if place is None or (place.shape, place.dtype) != (like.shape, like.dtype):
        return None
    return place if like.flags.c_contiguous else None


def known_values(array: Any) -> tuple[float, ...] | None:
    """Return the only two values of an array, none where there are others; None if not known."""
    extents = _BLOCK.extents
    known = None if extents is None else extents.get((id(array), "numbers"))
    if known is None or known[2] is None:
        return None
    return known[0] if known[2] else ()


def extent_for_block(array: Any, measure: Callable[[Any], tuple[float, float]]) -> Any:
    """Return what `measure` finds of an array, its least and greatest value, once for a block."""
    extents = _BLOCK.extents
    if extents is None:
        return measure(array)
    key: tuple[int, Measure] = id(array), "numbers"
    if key not in extents:
        extents[key] = measure(array), array, None
    return extents[key][0]


def _key(argument: Any) -> Any:
    return id(argument) if isinstance(argument, np.ndarray) else argument


def _make_read_only(result: Any, arguments: tuple[Any, ...]) -> None:
    for array in result if isinstance(result, tuple) else (result,):
        if isinstance(array, np.ndarray) and not any(array is given for given in arguments):
            array.flags.writeable = False


def least(values: Array) -> float:
    """Return the least value: NaN if there is any, inf if there is nothing."""
    known = known_extent(values)
    return float(values.min(initial=np.inf)) if known is None else known[0]


def greatest(values: Array) -> float:
    """Return the greatest value: NaN if there is any, -inf if there is nothing."""
    known = known_extent(values)
    return float(values.max(initial=-np.inf)) if known is None else known[1]
