"""Totals: sums of the losses of items, which a compiled loop makes without storing them.

A loop also finds what checks ask for on its way, such as the ends of its arguments, sums several
blocks at once, and may write the slopes of the losses.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import local
from typing import Any

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.block_cache import Measure, set_extent
from lossctl.kernels.numeric.primitives import DEFINITIONS, NATIVE, in_line, sum_in_double


class Slopes:
    """Where slopes of the predictions go, times a factor, that a total may write on its way."""

    def __init__(self, factor: float, out: Array) -> None:
        """Take contiguous memory of as many numbers, of their type, as there are predictions."""
        self.factor, self.out, self.are_written = factor, out, False


class _Parts(local):
    """What totals are made of in a thread: how many parts, and whether ends are looked for."""

    count: int | None = None
    with_ends = False
    slopes: Slopes | None = None


_PARTS = _Parts()


@contextmanager
def in_parts(
    count: int, *, with_ends: bool = False, slopes: Slopes | None = None
) -> Iterator[None]:
    """Let compiled totals be arrays inside: (count,) sums, one of each of so many equal parts.

    Each has the bits that a call with its part alone would have. One call for many blocks leaves
    the interpreter to other threads all the while. Those that find the least and the greatest
    number of their arguments on the way keep it for the block (`block_cache`) if `with_ends`.
    Those that have `slopes` write them.
    """
    _PARTS.count, _PARTS.with_ends, _PARTS.slopes = count, with_ends, slopes
    try:
        yield
    finally:
        _PARTS.count = _PARTS.slopes = None  # the array of a gradient is its caller's alone


def parted(array: Array) -> Array:
    """Return an array, (n, …), cut into the parts asked for, (count, n / count, …)."""
    count = _PARTS.count
    return array if count is None else array.reshape(count, -1, *array.shape[1:])


def nothing_in_parts() -> Any:
    """Return the total of a statistic that is 0: (count,) zeros inside :func:`in_parts`."""
    return 0.0 if _PARTS.count is None else np.zeros(_PARTS.count)


SUMS_OF_ROWS: dict[Measure, Callable[[Array], Array]] = {
    "sums of rows": lambda rows: rows.sum(axis=1),
    "sums of e^x of rows": lambda rows: np.exp(rows).sum(axis=1),
}


def _loops_of(
    items: Callable[..., Array],
    slope: Callable[..., Array] | None,
    sums: Sequence[Measure],
    *,
    of_signs: bool,
) -> tuple[Any, ...]:
    """Define the total of a primitive; return it and its loops: alone, with ends, with slopes."""

    def total_of_items(*arguments: Any) -> float:
        return sum_in_double(items(*arguments))

    def total_and_ends(*arguments: Any) -> Array:
        arrays = [each for each in arguments if np.ndim(each)]
        of_sums = zip(sums, arrays, strict=False)
        measured = [*arrays, *(SUMS_OF_ROWS[of](each) for of, each in of_sums)]
        ends = [end for each in measured for end in (each.min(), each.max())]
        sizes = [np.abs(arrays[-1]).min()] if of_signs else []
        return np.array([total_of_items(*arguments), *ends, *sizes], np.float64)

    def total_and_slope(*given: Any) -> Array:
        *arguments, factor, out = given
        out[...] = factor * slope(*arguments)  # type: ignore[misc]  # declared where there is one
        return total_and_ends(*arguments)

    name = f"{items.__name__}_total"
    definitions = {name: total_of_items, f"{name}_and_ends": total_and_ends}
    if slope is not None:
        definitions[f"{name}_and_slope"] = total_and_slope
    DEFINITIONS.update(definitions)
    kinds = ("", "_and_ends", "_and_slope")
    return total_of_items, *(getattr(NATIVE, f"{name}{kind}", None) for kind in kinds)


def total_of(
    items: Callable[..., Array],
    slope: Callable[..., Array] | None = None,
    *,
    of_signs: bool = False,
    of_rows: bool = False,
    sums: Sequence[Measure] = (),
) -> Callable[..., Any]:
    """Return the sum in float64 of what a primitive makes of items, of the same arguments.

    A compiled loop adds the items without storing them. The sum has the bits of that of the items
    either way. Inside :func:`in_parts` the loop returns the sum of each part. `slope` is the
    derivative of each loss with respect to its prediction, of the same arguments, where a loop
    makes both. The last array of a primitive `of_signs` holds labels -1 and 1: whether it holds
    others is found with the ends. Where items are made `of_rows`, the loop may find the ends of
    `sums` of rows beside those of numbers, of the first arrays one kind each.
    """
    total_of_items, loop, loop_and_ends, loop_and_slope = _loops_of(
        items, slope, sums, of_signs=of_signs
    )
    if loop is None or loop_and_ends is None:
        return total_of_items

    def total(*arguments: Any) -> Any:
        first, second = arguments[:2]  # a third array is like these, or a number
        of_vectors = first.ndim == 1 and first.shape == second.shape  # as most are
        flat = arguments if of_vectors else in_line(arguments, of_rows=of_rows)
        if flat is None:
            return total_of_items(*arguments)
        if _PARTS.count is None:
            return loop(*flat)
        parts = [parted(each) if np.ndim(each) else each for each in flat]
        slopes = None if slope is None else _PARTS.slopes
        if slopes is not None:
            found = loop_and_slope(*parts, slopes.factor, slopes.out.reshape(parts[0].shape))
            slopes.are_written = True
        elif _PARTS.with_ends:
            found = loop_and_ends(*parts)
        else:
            return loop(*parts)
        arrays = [each for each in arguments if np.ndim(each)]
        _keep_ends(arrays, sums, found, of_signs=of_signs)
        return found[:, 0]

    return total


def _keep_ends(
    arrays: Sequence[Array], sums: Sequence[Measure], found: Array, *, of_signs: bool
) -> None:
    """Keep the ends of arrays that a loop found of each part, a row a part, for the block."""
    lows, highs = (found, found) if len(found) == 1 else (found.min(axis=0), found.max(axis=0))
    least, greatest = lows.ravel().tolist(), highs.ravel().tolist()
    measured: list[tuple[Array, Measure]] = [(each, "numbers") for each in arrays]
    measured += zip(arrays, sums, strict=False)
    for (each, of), low, high in zip(measured, least[1::2], greatest[2::2], strict=False):
        set_extent(each, low, high, of)
    if of_signs and max(-low, high) == least[-1]:  # all are of one size
        set_extent(each, low, high, holds_only_these=True)
