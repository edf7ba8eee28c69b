"""NT-Xent of one batch of pairs of views (Chen et al. 2020)."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact
from tests.oracles.similarity._vectors import Vector, digits, score, surprise


def value(
    first: Sequence[Vector],
    second: Sequence[Vector],
    *,
    kind: str = "values",
    temperature: Number = 0.5,
    similarity: str = "cosine",
) -> list[mpf]:
    """For each pair the mean of ℓ(i, j) and ℓ(j, i) over the 2N − 1 other views."""
    views, count = [*first, *second], len(first)

    def of(view: int, other: int) -> mpf:
        places = [place for place in range(len(views)) if place != view]
        scores = [score(views[view], views[z], similarity) / exact(temperature) for z in places]
        return surprise(scores, places.index(other))

    with digits():
        return [(of(i, i + count) + of(i + count, i)) / 2 for i in range(count)]
