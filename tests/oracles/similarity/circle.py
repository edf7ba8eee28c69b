"""Circle loss of one batch (Sun et al. 2020, eq. 6 with the weights of eq. 5)."""

from collections.abc import Sequence

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, exact
from tests.oracles.similarity._vectors import Vector, cosine, digits, positive


def value(
    embeddings: Sequence[Vector],
    labels: Sequence[int],
    *,
    kind: str = "values",
    margin: Number = 0.25,
    gamma: Number = 256.0,
) -> list[mpf]:
    """For each anchor log(1 + Σ over negatives times Σ over positives); 0 without either."""
    found = []
    with digits():
        m, g = exact(margin), exact(gamma)
        for i, anchor in enumerate(embeddings):
            near, far = mpf(0), mpf(0)
            for j, other in enumerate(embeddings):
                s = cosine(anchor, other)
                if j != i and labels[j] == labels[i]:
                    near += exp(-g * positive(1 + m - s) * (s - (1 - m)))
                elif labels[j] != labels[i]:
                    far += exp(g * positive(s + m) * (s - m))
            found.append(log(1 + near * far))
    return found
