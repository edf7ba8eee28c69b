"""Contrastive loss of one pair (Hadsell, Chopra & LeCun 2006, without the factor ½)."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact
from tests.oracles.similarity._vectors import Vector, digits, distance, positive


def value(
    first: Vector,
    second: Vector,
    target: Number,
    *,
    kind: str = "values",
    margin: Number = 1.0,
    similar_label: int = 1,
) -> mpf:
    """d² of similar pairs, max(0, m − d)² of dissimilar ones."""
    with digits():
        size = distance(first, second, 2)
        return value_of_distances(size, target, margin=margin, similar_label=similar_label)


def value_of_distances(
    distances: Number,
    target: Number,
    *,
    kind: str = "values",
    margin: Number = 1.0,
    similar_label: int = 1,
) -> mpf:
    """The same of a ready distance."""
    with digits():
        size, label = exact(distances), exact(target)
        lack = positive(exact(margin) - size) ** 2
        if similar_label == 0:
            return (1 - label) * size**2 + label * lack
        return label * size**2 + (1 - label) * lack
