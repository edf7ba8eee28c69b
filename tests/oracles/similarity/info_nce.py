"""InfoNCE of one batch."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact
from tests.oracles.similarity._vectors import Vector, digits, score, surprise


def value(
    queries: Sequence[Vector],
    keys: Sequence[Vector],
    *,
    kind: str = "values",
    temperature: Number = 0.07,
    similarity: str = "cosine",
) -> list[mpf]:
    """For each query −log of the share of its own key."""
    with digits():
        return [
            surprise([score(query, key, similarity) / exact(temperature) for key in keys], own)
            for own, query in enumerate(queries)
        ]
