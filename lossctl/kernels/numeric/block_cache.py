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
    wholes: dict[int, tuple[Array, Array]] | None = None


_BLOCK = _Block()


class one_block:  # noqa: N801 - used like a function; a generator would take twice as long
    """Cache what is computed inside, or the extents of arrays only, until the block ends."""

    def __init__(self, *, remember: bool = True) -> None:
        """Say whether results of functions are cached too."""
        self._remember = remember

    def __enter__(self) -> None:
        _BLOCK.results, _BLOCK.extents = {} if self._remember else None, {}

    def __exit__(self, *_: object) -> None:
        _BLOCK.results = _BLOCK.extents = _BLOCK.wholes = None


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


def share_extent(piece: Array, whole: Array) -> None:
    """Let the extent of a piece be that of the whole array, which is measured when it is asked."""
    if _BLOCK.extents is not None:
        _BLOCK.wholes = _BLOCK.wholes or {}
        _BLOCK.wholes[id(piece)] = whole, piece


def known_extent(array: Any, of: Measure = "numbers") -> tuple[float, float] | None:
    """Return the least and the greatest value that :func:`set_extent` keeps, if it does."""
    extents = _BLOCK.extents
    if extents is None:
        return None
    known = extents.get((id(array), of))
    pieces = _BLOCK.wholes
    if known is None and pieces is not None and of == "numbers" and id(array) in pieces:
        whole, _ = pieces[id(array)]
        if (id(whole), of) not in extents:
            low, high = whole.min(initial=np.inf), whole.max(initial=-np.inf)
            set_extent(whole, float(low), float(high))
        known = extents[id(whole), of]
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
        found = measure(array)  # which may keep more than the two
        extents.setdefault(key, (found, array, None))
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


WHOLE = {4: (np.int32, np.uint32), 8: (np.int64, np.uint64)}  # by the bytes of a number

ENDS_OF_LABELS = {(0.0, 1.0), (-1.0, 1.0)}


def extent_by_bits(values: Array) -> Any:
    """Return the least and the greatest of numbers, (n,), or NaN; inf and −inf of none."""
    if not values.size:
        return np.array([np.inf, -np.inf], values.dtype)
    # As integers, bits are compared in half the time of numbers. Those of numbers from 0 on are in
    # their order. Those below 0 are in the order of their sizes: greater than the others without a
    # sign, less with one.
    signed, unsigned = WHOLE[values.itemsize]
    bits: Any = values.view(signed)
    ends: Any = np.empty(2, signed)
    ends[1] = bits.max()
    if ends[1] < 0:  # so is every number
        ends[:] = ends[1], bits.min()
    elif values[:64].min() < 0.0 or (low := bits.min()) < 0:
        ends.view(unsigned)[0] = bits.view(unsigned).max()
    else:
        ends[0] = low
    found: Array = ends.view(values.dtype)
    return found if found[0] <= found[1] else np.full(2, np.nan, values.dtype)


def only_labels(values: Array) -> tuple[float, float] | None:
    """Return 0 and 1, or −1 and 1, where there are no numbers but these."""
    flat = values.ravel(order="K")
    ends = float(flat[:64].min(initial=np.inf)), float(flat[:64].max(initial=-np.inf))
    if ends not in ENDS_OF_LABELS:
        return None
    if ends[0] < 0.0:
        held = _are_signs(flat)
    else:  # to count both takes as long as to look for both ends, and says more
        held = sum(np.count_nonzero(flat == end) for end in ends) == flat.size
    return ends if held else None


def _are_signs(values: Array) -> bool:
    """Return whether numbers, (n,), are −1 and 1, by the bits that all have, and that any has."""
    one: Any = np.ones(2, values.dtype).view(np.int64)[0]
    even = values.size - values.size % 2
    if values.size != even and abs(values[-1]) != 1.0:
        return False
    bits: Any = values[:even].view(np.int64)
    if not bits.flags.aligned:  # NumPy would copy them
        return bool((np.abs(values) == 1.0).all())
    sign: Any = np.full(2, -0.0, values.dtype).view(np.int64)[0]
    return bool(np.bitwise_and.reduce(bits) & one == one == np.bitwise_or.reduce(bits) & ~sign)
