"""Multiple negatives ranking loss of one batch."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact
from tests.oracles.similarity._vectors import Vector, digits, score, surprise


def value(
    anchors: Sequence[Vector],
    positives: Sequence[Vector],
    negatives: Sequence[Vector] = (),
    *,
    kind: str = "values",
    scale: Number = 20.0,
    similarity: str = "cosine",
) -> list[mpf]:
    """For each anchor −log of the share of its positive among positives and hard negatives."""
    candidates = [*positives, *negatives]
    with digits():
        return [
            surprise([exact(scale) * score(anchor, other, similarity) for other in candidates], own)
            for own, anchor in enumerate(anchors)
        ]
