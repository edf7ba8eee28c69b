"""Boxes as corners, in the plane or in space, and what their papers measure on them."""

from collections.abc import Callable, Sequence
from math import prod
from typing import NamedTuple

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits


class Box(NamedTuple):
    """A box by its two corners, a number for each axis."""

    low: tuple[mpf, ...]
    high: tuple[mpf, ...]

    @property
    def sides(self) -> list[mpf]:
        """Lengths along the axes; 0 for corners the wrong way round."""
        return [max(b - a, mpf(0)) for a, b in zip(self.low, self.high, strict=True)]

    @property
    def area(self) -> mpf:
        """The product of the sides, which is a volume in space."""
        return prod(self.sides, start=mpf(1))


def read(numbers: Sequence[Number], box_format: str) -> Box:
    """Corners from the numbers of a format."""
    half = len(numbers) // 2
    pairs = list(zip(map(exact, numbers[:half]), map(exact, numbers[half:]), strict=True))
    if box_format == "xywh":
        pairs = [(a, a + side) for a, side in pairs]
    if box_format == "cxcywh":
        pairs = [(middle - side / 2, middle + side / 2) for middle, side in pairs]
    return Box(*zip(*pairs, strict=True))


def common(one: Box, other: Box) -> Box:
    """The box in both; of area 0 where there is none."""
    return Box(tuple(map(max, one.low, other.low)), tuple(map(min, one.high, other.high)))


def around(one: Box, other: Box) -> Box:
    """The smallest box that holds both."""
    return Box(tuple(map(min, one.low, other.low)), tuple(map(max, one.high, other.high)))


def union(one: Box, other: Box) -> mpf:
    """The area of either."""
    return one.area + other.area - common(one, other).area


def iou(one: Box, other: Box) -> mpf:
    """Area in both over area in either."""
    return common(one, other).area / union(one, other)


def centre_penalty(one: Box, other: Box) -> mpf:
    """Squared distance of the centres over the squared diagonal of the box around both."""
    corners = zip(one.low, one.high, other.low, other.high, strict=True)
    distance = sum(((a + b - c - d) / 2) ** 2 for a, b, c, d in corners)
    return distance / sum(side**2 for side in around(one, other).sides)


def of_boxes(measure: Callable[[Box, Box], mpf]) -> Callable[..., mpf]:
    """Make an oracle of the predicted and the true box out of one of two boxes of corners."""

    def value(
        predictions: Sequence[Number],
        targets: Sequence[Number],
        *,
        kind: str = "values",
        box_format: str = "xyxy",
    ) -> mpf:
        with working_digits(predictions, targets):
            return measure(read(predictions, box_format), read(targets, box_format))

    return value
