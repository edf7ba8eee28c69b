"""Contrastive loss of one pair (Hadsell, Chopra & LeCun 2006, without the factor ½)."""

from collections.abc import Sequence

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


def value_of_embeddings(
    embeddings: Sequence[Vector],
    labels: Sequence[int],
    *,
    kind: str = "values",
    margin: Number = 1.0,
    squared: bool = True,
    distance: str = "norm",
    mean_over: str = "all",
) -> mpf:
    """Mean over the pairs of equal labels plus the mean over the others; 0 for a side of none."""
    sides: dict[bool, list[mpf]] = {True: [], False: []}
    with digits():
        power = 2 if squared else 1
        for i, one in enumerate(embeddings):
            for j, other in enumerate(embeddings[:i]):
                size = measured(one, other, distance, 2)
                alike = bool(labels[i] == labels[j])
                sides[alike].append((size if alike else positive(exact(margin) - size)) ** power)
        found = mpf(0)
        for terms in sides.values():
            counted = [term for term in terms if term or mean_over == "all"]
            found += sum(counted, mpf(0)) / max(len(counted), 1)
        return found
