"""Multi-similarity loss of one batch (Wang et al. 2019, eq. 15)."""

from collections.abc import Sequence

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, exact
from tests.oracles.similarity._vectors import Vector, cosine, digits


def value(
    embeddings: Sequence[Vector],
    labels: Sequence[int],
    *,
    kind: str = "values",
    alpha: Number = 2.0,
    beta: Number = 50.0,
    base: Number = 0.5,
) -> list[mpf]:
    """For each anchor the log of its positives over α and the log of its negatives over β."""
    found = []
    with digits():
        a, b = exact(alpha), exact(beta)
        for i, anchor in enumerate(embeddings):
            near, far = mpf(1), mpf(1)
            for j, other in enumerate(embeddings):
                if j == i:
                    continue
                excess = cosine(anchor, other) - exact(base)
                if labels[j] == labels[i]:
                    near += exp(-a * excess)
                else:
                    far += exp(b * excess)
            found.append(log(near) / a + log(far) / b)
    return found
