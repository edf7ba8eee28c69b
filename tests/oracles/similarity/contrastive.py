"""Contrastive loss of one pair (Hadsell, Chopra & LeCun 2006, without the factor ½)."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact
from tests.oracles.similarity._vectors import Vector, digits, measured, positive


def value(
    first: Vector,
    second: Vector,
    target: Number,
    *,
    kind: str = "values",
    margin: Number = 1.0,
    similar_label: int = 1,
    squared: bool = True,
    distance: str = "norm",
) -> mpf:
    """d² of similar pairs, max(0, m − d)² of dissimilar ones."""
    with digits():
        size = measured(first, second, distance, 2)
        given = {"margin": margin, "similar_label": similar_label, "squared": squared}
        return value_of_distances(size, target, **given)


def value_of_distances(
    distances: Number,
    target: Number,
    *,
    kind: str = "values",
    margin: Number = 1.0,
    similar_label: int = 1,
    squared: bool = True,
) -> mpf:
    """The same of a ready distance."""
    with digits():
        size, label = exact(distances), exact(target)
        power = 2 if squared else 1
        near, far = size**power, positive(exact(margin) - size) ** power
        if similar_label == 0:
            return (1 - label) * near + label * far
        return label * near + (1 - label) * far
