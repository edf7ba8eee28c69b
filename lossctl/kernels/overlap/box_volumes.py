"""Boxes in space: the measures of ``boxes`` for any number of axes, as products over spans.

A measure is the same when all lengths along one axis are divided by one number, but for the
diagonal, whose axes share one. So lengths are divided by powers of two, which is exact, before they
are multiplied: products of what is left neither overflow nor lose what matters.
"""

from collections.abc import Iterable, Sequence
from math import prod
from typing import Any

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.overlap.boxes import Exponents, Slopes, Span, scaled

Spans = Sequence[Span]


def product(lengths: Iterable[Array]) -> Any:
    """Return the product of lengths along several axes; 1 of none."""
    return prod(lengths)


def by_axis(spans: Spans) -> tuple[list[Span], list[Exponents]]:
    """Divide the lengths along each axis by a power of two near the longer side of both boxes."""
    exponents = [np.frexp(np.maximum(s.size, s.target_size))[1] for s in spans]
    return [scaled(s, e) for s, e in zip(spans, exponents, strict=True)], exponents


def by_enclosing(spans: Spans) -> tuple[list[Span], list[Exponents]]:
    """Divide the lengths along each axis by a power of two near that of the box around both."""
    exponents = [np.frexp(s.enclosing)[1] for s in spans]
    return [scaled(s, e) for s, e in zip(spans, exponents, strict=True)], exponents


def by_diagonal(spans: Spans) -> tuple[list[Span], Exponents]:
    """Divide all lengths by a power of two near the longest side of the box around both."""
    exponents = np.frexp(np.max([s.enclosing for s in spans], axis=0))[1]
    return [scaled(s, exponents) for s in spans], exponents


def are_overlapping(spans: Spans) -> Array:
    """Whether the boxes share a volume."""
    return np.logical_and.reduce([s.overlap > 0.0 for s in spans])


def others(lengths: Sequence[Array], axis: int) -> Any:
    """Return the product of all lengths but one."""
    return product(length for at, length in enumerate(lengths) if at != axis)


def outside(lengths: Sequence[Array], excess: Sequence[Array], inside: Sequence[Array]) -> Array:
    """Return Π lengths − Π inside, for lengths = inside + excess, from products of no negative."""
    total, before = np.zeros_like(lengths[0]), np.ones_like(lengths[0])
    for axis, extra in enumerate(excess):
        total += before * extra * product(lengths[axis + 1 :])
        before = before * inside[axis]
    return total


def volumes(spans: Spans) -> tuple[Array, Array]:
    """Return |A ∩ B| and |A ∪ B|."""
    shared = product(s.intersection for s in spans)
    size, target_size = product(s.size for s in spans), product(s.target_size for s in spans)
    return shared, size + target_size - shared


def one_minus_iou(spans: Spans) -> Array:
    """Return 1 − |A ∩ B| / |A ∪ B|, the numerator from what of each box lies outside the other."""
    spans, _ = by_axis(spans)
    sizes, target_sizes = [s.size for s in spans], [s.target_size for s in spans]
    overlap = [s.intersection for s in spans]
    outer = outside(sizes, [s.excess for s in spans], overlap)
    outer = outer + outside(target_sizes, [s.target_excess for s in spans], overlap)
    _, union = volumes(spans)
    return np.where(are_overlapping(spans), outer / union, 1.0)


def one_minus_iou_slopes(spans: Spans) -> list[Slopes]:
    """Derivative of :func:`one_minus_iou`; 0 for boxes that touch, which share nothing."""
    spans, exponents = by_axis(spans)
    shared, union = volumes(spans)
    ratio = (union + shared) / union
    have_overlap = are_overlapping(spans)
    sizes, overlap = [s.size for s in spans], [s.intersection for s in spans]
    return [
        Slopes(
            shared / union * others(sizes, axis) / union,
            -ratio * have_overlap * others(overlap, axis) / union,
        ).times(exponents[axis])
        for axis in range(len(spans))
    ]


def uncovered_share(spans: Spans) -> Array:
    """Return the share of the box around both that neither covers, 1 − |A ∪ B| / |C|."""
    spans, _ = by_enclosing(spans)
    around = product(s.enclosing for s in spans)
    share = _between(spans) / around
    for axis, along in enumerate(spans):  # of axes with a gap any will do, here the last of them
        rest = [s for at, s in enumerate(spans) if at != axis]
        hull = [s.enclosing for s in rest]
        of_both = along.size * outside(
            hull, [s.target_excess for s in rest], [s.size for s in rest]
        ) + along.target_size * outside(
            hull, [s.excess for s in rest], [s.target_size for s in rest]
        )
        gap = of_both - along.overlap * product(hull)
        share = np.where(along.overlap > 0.0, share, gap / around)
    return share


def _between(spans: Spans) -> Array:
    """Return |C| − |A ∪ B| of boxes that overlap: products with a side of either box alone."""
    first, *rest = spans
    if not rest:
        return np.zeros_like(first.size)
    hull = [s.enclosing for s in rest]
    beside_target = outside(hull, [s.target_excess for s in rest], [s.size for s in rest])
    beside = outside(hull, [s.excess for s in rest], [s.target_size for s in rest])
    inner = first.overlap * _between(rest)
    return first.excess * beside_target + first.target_excess * beside + inner


def with_uncovered_share(slopes: Sequence[Slopes], spans: Spans) -> list[Slopes]:
    """Add the slopes of :func:`uncovered_share`."""
    spans, exponents = by_enclosing(spans)
    around = product(s.enclosing for s in spans)
    _, union = volumes(spans)
    have_overlap = are_overlapping(spans)
    sizes, overlap = [s.size for s in spans], [s.intersection for s in spans]
    added = []
    for axis, (slope, along) in enumerate(zip(slopes, spans, strict=True)):
        density = union / along.enclosing
        size = density - others(sizes, axis)
        shared = have_overlap * others(overlap, axis) - density
        more = Slopes(size / around, shared / around).times(exponents[axis])
        added.append(Slopes(slope.size + more.size, slope.overlap + more.overlap))
    return added


def centre_distance(spans: Spans) -> Array:
    """Return ρ² / c²: squared distance of the centres over the squared diagonal around both."""
    spans, _ = by_diagonal(spans)
    distance: Array = np.add.reduce([s.shift * s.shift for s in spans])
    return distance / np.add.reduce([s.enclosing * s.enclosing for s in spans])


def with_centre_distance(slopes: Sequence[Slopes], spans: Spans) -> list[Slopes]:
    """Add the slopes of :func:`centre_distance`."""
    penalty = centre_distance(spans)
    spans, exponents = by_diagonal(spans)
    diagonal = np.add.reduce([s.enclosing * s.enclosing for s in spans])
    added = []
    for slope, along in zip(slopes, spans, strict=True):
        size = -2.0 * penalty * along.enclosing / diagonal
        more = Slopes(size, -size, 2.0 * along.shift / diagonal).times(exponents)
        added.append(Slopes(*(a + b for a, b in zip(slope, more, strict=True))))
    return added
