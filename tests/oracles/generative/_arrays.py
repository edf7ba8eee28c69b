"""Nested tuples of numbers, taken apart."""

from collections.abc import Iterator
from typing import Any

from mpmath import mpf

from tests.oracles._numbers import Number, exact


def entries(array: Any) -> Iterator[mpf]:
    """Every number of a nested tuple, in order."""
    if isinstance(array, mpf) or not hasattr(array, "__len__"):
        yield exact(array)
        return
    for part in array:
        yield from entries(part)


def every(*arrays: Any) -> list[Number]:
    """All numbers of some nested tuples, for `working_digits`."""
    return [number for array in arrays for number in entries(array)]
