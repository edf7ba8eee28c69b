"""Supervised contrastive loss of one batch (Khosla et al. 2020, L_out)."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact
from tests.oracles.similarity._vectors import Vector, cosine, digits, surprise


def value(
    embeddings: Sequence[Vector],
    labels: Sequence[int],
    *,
    kind: str = "values",
    temperature: Number = 0.1,
) -> list[mpf]:
    """For each anchor the mean surprise of its positives; 0 without one."""
    found = []
    with digits():
        for i, anchor in enumerate(embeddings):
            places = [a for a in range(len(embeddings)) if a != i]
            scores = [cosine(anchor, embeddings[a]) / exact(temperature) for a in places]
            costs = [surprise(scores, at) for at, a in enumerate(places) if labels[a] == labels[i]]
            found.append(sum(costs, mpf(0)) / len(costs) if costs else mpf(0))
    return found
