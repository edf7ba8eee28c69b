"""Distances between pixels by looking at every pair, in plain loops."""

from collections.abc import Callable, Sequence
from itertools import product

from mpmath import mpf, sqrt

from tests.oracles._numbers import Number

Image = Sequence[Sequence[Number]]
Mask = list[list[bool]]


def masked(image: Image, inside: Callable[[Number], bool]) -> Mask:
    """Mark the pixels of an image."""
    return [[inside(number) for number in row] for row in image]


def distance_to(mask: Mask, row: int, column: int, *, wanted: bool) -> mpf:
    """Euclidean distance from a pixel to the nearest one that is `wanted`."""
    places = product(range(len(mask)), range(len(mask[0])))
    squares = [(row - i) ** 2 + (column - j) ** 2 for i, j in places if mask[i][j] == wanted]
    return sqrt(min(squares))


def has_outline(mask: Mask) -> bool:
    """Whether there are pixels of both sorts."""
    return len({pixel for row in mask for pixel in row}) == 2
