"""Boxes as corners, and what their papers measure on them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits


class Box(NamedTuple):
    """A box by its corners."""

    left: mpf
    top: mpf
    right: mpf
    bottom: mpf

    @property
    def area(self) -> mpf:
        """Width times height; 0 for corners the wrong way round."""
        return max(self.right - self.left, mpf(0)) * max(self.bottom - self.top, mpf(0))


def read(numbers: Sequence[Number], box_format: str) -> Box:
    """Corners from the four numbers of a format."""
    a, b, c, d = (exact(number) for number in numbers)
    if box_format == "xywh":
        return Box(a, b, a + c, b + d)
    if box_format == "cxcywh":
        return Box(a - c / 2, b - d / 2, a + c / 2, b + d / 2)
    return Box(a, b, c, d)


def common(one: Box, other: Box) -> Box:
    """The box in both; of area 0 where there is none."""
    return Box(*map(max, one[:2], other[:2]), *map(min, one[2:], other[2:]))


def around(one: Box, other: Box) -> Box:
    """The smallest box that holds both."""
    return Box(*map(min, one[:2], other[:2]), *map(max, one[2:], other[2:]))


def union(one: Box, other: Box) -> mpf:
    """The area of either."""
    return one.area + other.area - common(one, other).area


def iou(one: Box, other: Box) -> mpf:
    """Area in both over area in either."""
    return common(one, other).area / union(one, other)


def centre_penalty(one: Box, other: Box) -> mpf:
    """Squared distance of the centres over the squared diagonal of the box around both."""
    hull = around(one, other)
    across = (one.left + one.right - other.left - other.right) / 2
    down = (one.top + one.bottom - other.top - other.bottom) / 2
    diagonal = (hull.right - hull.left) ** 2 + (hull.bottom - hull.top) ** 2
    return (across**2 + down**2) / diagonal


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
