"""Two boxes side by side: overlap, enclosing box and the slopes of losses made of them.

Every quantity is a sum or product of lengths that are differences of two edges, so nothing cancels
for boxes that nearly coincide. Boxes are (n, 4), or (n, 6) in space, in the formats of ``FORMATS``;
``box_volumes`` measures those in space.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.pointwise import relu

FORMATS = ("xyxy", "xywh", "cxcywh")
Edges: TypeAlias = tuple[Array, Array, Array]  # low, high, length


class Span(NamedTuple):
    """Both boxes along one axis.

    `size` and `target_size` are their lengths, `overlap` the length they share, minus the gap where
    they share none; `excess` and `target_excess` what each is longer than that; `shift` the
    difference of the centres, predicted − true. `low_share` and `high_share` are ∂overlap/∂low and
    ∂overlap/∂high of the predicted box.
    """

    size: Array
    target_size: Array
    overlap: Array
    excess: Array
    target_excess: Array
    shift: Array
    low_share: Array
    high_share: Array

    @property
    def intersection(self) -> Array:
        """The length they share, at least 0."""
        return relu(self.overlap)

    @property
    def enclosing(self) -> Array:
        """The length of the box around both."""
        return (self.overlap + self.excess) + self.target_excess


Exponents: TypeAlias = Any
"""Powers of two that lengths were divided by: an integer a pair of boxes, or 0."""


class Slopes(NamedTuple):
    """Derivatives of a loss with respect to `size`, `overlap` and `shift` of a span.

    `enclosing` = size + target_size − overlap is no variable of its own.
    """

    size: Any
    overlap: Any
    shift: Any = 0.0

    def times(self, exponents: Exponents) -> "Slopes":
        """Return the slopes by lengths that were divided by 2 to the `exponents`."""
        if isinstance(exponents, int):
            return self
        return Slopes(*(np.ldexp(slope, -exponents) for slope in self))


def edges(boxes: Array, axis: int, box_format: str) -> Edges:
    """Return the lower and the upper edges, and the lengths, along axis 0 (x), 1 (y) or 2 (z)."""
    first, second = boxes[:, axis], boxes[:, axis + boxes.shape[1] // 2]
    if box_format == "xyxy":
        return first, second, second - first
    if box_format == "xywh":
        return first, first + second, second
    return first - 0.5 * second, first + 0.5 * second, second


def spans(predictions: Array, targets: Array, box_format: str) -> list[Span]:
    """Compare both boxes along x, along y, and along z where they have six numbers."""
    return [
        span(edges(predictions, axis, box_format), edges(targets, axis, box_format))
        for axis in range(predictions.shape[1] // 2)
    ]


def span(predicted: Edges, true: Edges) -> Span:
    """Compare two intervals; where edges coincide, each has half of the slope."""
    (low, high, size), (true_low, true_high, true_size) = predicted, true
    below, above = low - true_low, high - true_high
    excess = relu(-below) + relu(above)
    return Span(
        size,
        true_size,
        np.minimum(high, true_high) - np.maximum(low, true_low),
        excess,
        relu(below) + relu(-above),
        0.5 * (below + above),
        -0.5 * (1.0 + np.sign(below)),
        0.5 * (1.0 - np.sign(above)),
    )


def scaled(place: Span, exponents: Exponents) -> Span:
    """Divide every length by 2 to the `exponents`, which is exact."""
    lengths = [np.ldexp(length, -exponents) for length in place[:6]]
    return Span._make([*lengths, place.low_share, place.high_share])


def room(lengths: Array) -> int:
    """Return the exponents within which products of two lengths keep all their digits."""
    return 900 if lengths.dtype == np.float64 else 90


def are_within(limit: int, lengths: Array) -> bool:
    """Whether all lengths lie within 2^±limit: two passes, where exponents would take ten."""
    return bool(lengths.min(initial=1.0) >= 2.0**-limit and lengths.max(initial=1.0) <= 2.0**limit)


def with_areas(x: Span, y: Span) -> tuple[Span, Span, Exponents, Exponents]:
    """Divide the lengths of pairs whose areas leave the range of floats, and say by what.

    Only the sum of both exponents changes a quotient of areas, so x is brought to the middle of
    its lengths and y has the rest.
    """
    limit = room(x.size)
    least, greatest = 2.0**-limit, 2.0**limit
    with np.errstate(over="ignore", under="ignore"):
        areas = np.maximum(x.size * y.size, x.target_size * y.target_size)
    if areas.min(initial=1.0) >= least and areas.max(initial=1.0) <= greatest:
        return x, y, 0, 0
    one, other = np.frexp(x.size)[1], np.frexp(x.target_size)[1]
    total = np.maximum(one + np.frexp(y.size)[1], other + np.frexp(y.target_size)[1])
    ordinary = (areas >= least) & (areas <= greatest)
    of_x = np.where(ordinary, 0, (one + other) // 2)
    of_y = np.where(ordinary, 0, total - of_x)
    return scaled(x, of_x), scaled(y, of_y), of_x, of_y


def with_enclosing_area(x: Span, y: Span) -> tuple[Span, Span, Exponents, Exponents]:
    """The same of pairs for which the area of the box around both leaves the range."""
    half = room(x.size) // 2 - 1
    if are_within(half, x.enclosing) and are_within(half, y.enclosing):
        return x, y, 0, 0
    one, other = np.frexp(x.enclosing)[1], np.frexp(y.enclosing)[1]
    ordinary = np.abs(one + other) <= room(x.size)
    if ordinary.all():
        return x, y, 0, 0
    of_x, of_y = np.where(ordinary, 0, one), np.where(ordinary, 0, other)
    return scaled(x, of_x), scaled(y, of_y), of_x, of_y


def with_diagonal(x: Span, y: Span) -> tuple[Span, Span, Exponents]:
    """The same of pairs for which the squared diagonal leaves it; both axes by one power."""
    longest = np.maximum(x.enclosing, y.enclosing)
    if are_within(room(x.size) // 2 - 1, longest):
        return x, y, 0
    exponents = np.frexp(longest)[1]
    ordinary = np.abs(exponents) <= room(x.size) // 2
    if ordinary.all():
        return x, y, 0
    exponents = np.where(ordinary, 0, exponents)
    return scaled(x, exponents), scaled(y, exponents), exponents


def shape_scaled(width: Array, height: Array) -> tuple[Array, Array, Exponents]:
    """Divide the sides of boxes whose squared diagonal leaves the range by one power of two."""
    longest = np.maximum(width, height)
    if are_within(room(width) // 2 - 1, longest):
        return width, height, 0
    exponents = np.frexp(longest)[1]
    ordinary = np.abs(exponents) <= room(width) // 2
    if ordinary.all():
        return width, height, 0
    exponents = np.where(ordinary, 0, exponents)
    return np.ldexp(width, -exponents), np.ldexp(height, -exponents), exponents


def overlaps(x: Span, y: Span) -> Array:
    """Whether the boxes share an area."""
    return (x.overlap > 0.0) & (y.overlap > 0.0)


def intersection_area(x: Span, y: Span) -> Array:
    """Return |A ∩ B|."""
    return x.intersection * y.intersection


def union_area(x: Span, y: Span) -> Array:
    """Return |A ∪ B|."""
    return (x.size * y.size + x.target_size * y.target_size) - intersection_area(x, y)


def symmetric_difference_area(x: Span, y: Span) -> Array:
    """Return |A ∪ B| − |A ∩ B|, from what of each box lies outside the intersection."""
    excess = x.excess * y.size + x.overlap * y.excess
    target_excess = x.target_excess * y.target_size + x.overlap * y.target_excess
    disjoint = x.size * y.size + x.target_size * y.target_size
    return np.where(overlaps(x, y), excess + target_excess, disjoint)


def uncovered_area(x: Span, y: Span) -> Array:
    """Return |C| − |A ∪ B| for the box C around both."""
    crossed = x.excess * y.target_excess + x.target_excess * y.excess
    return crossed + np.where(overlaps(x, y), 0.0, -x.overlap * y.overlap)


def one_minus_iou(x: Span, y: Span) -> Array:
    """Return 1 − |A ∩ B| / |A ∪ B|."""
    x, y, *_ = with_areas(x, y)
    return symmetric_difference_area(x, y) / union_area(x, y)


def one_minus_iou_slopes(x: Span, y: Span) -> tuple[Slopes, Slopes]:
    """Derivative of :func:`one_minus_iou`; 0 for boxes that touch, which share nothing."""
    x, y, of_x, of_y = with_areas(x, y)
    intersection, union = intersection_area(x, y), union_area(x, y)
    ratio = (union + intersection) / union
    have_overlap = overlaps(x, y)
    return (
        Slopes(
            intersection / union * y.size / union, -ratio * have_overlap * y.intersection / union
        ).times(of_x),
        Slopes(
            intersection / union * x.size / union, -ratio * have_overlap * x.intersection / union
        ).times(of_y),
    )


def box_slopes(
    places: Sequence[Span], slopes_of_places: Sequence[Slopes], box_format: str
) -> Mapping[str, Array]:
    """Carry slopes of all spans back to the predicted boxes."""
    axes, size = len(places), places[0].size
    gradient = np.empty((len(size), 2 * axes), size.dtype)
    for axis, (place, slopes) in enumerate(zip(places, slopes_of_places, strict=True)):
        low = (slopes.overlap * place.low_share - slopes.size) + 0.5 * slopes.shift
        high = (slopes.overlap * place.high_share + slopes.size) + 0.5 * slopes.shift
        first, second = low, high
        if box_format != "xyxy":
            first = low + high
            second = high if box_format == "xywh" else 0.5 * (high - low)
        gradient[:, axis], gradient[:, axis + axes] = first, second
    return {"predictions": gradient}


def centre_distance(x: Span, y: Span) -> Array:
    """Return ρ² / c²: squared distance of the centres over the squared diagonal around both."""
    x, y, _ = with_diagonal(x, y)
    return (x.shift * x.shift + y.shift * y.shift) / squared_diagonal(x, y)


def squared_diagonal(x: Span, y: Span) -> Array:
    """Return the squared diagonal of the box around both."""
    return x.enclosing * x.enclosing + y.enclosing * y.enclosing


def with_centre_distance(slopes: tuple[Slopes, Slopes], x: Span, y: Span) -> tuple[Slopes, Slopes]:
    """Add the slopes of :func:`centre_distance`."""
    x, y, exponents = with_diagonal(x, y)
    diagonal, penalty = squared_diagonal(x, y), centre_distance(x, y)
    gradient = []
    for slope, along in zip(slopes, (x, y), strict=True):
        size_slope = -2.0 * penalty * along.enclosing / diagonal
        added = Slopes(size_slope, -size_slope, 2.0 * along.shift / diagonal).times(exponents)
        gradient.append(Slopes(*(a + b for a, b in zip(slope, added, strict=True))))
    return gradient[0], gradient[1]
