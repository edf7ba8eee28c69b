"""N-pairs loss of one batch (Sohn 2016)."""

from collections.abc import Sequence

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, exact
from tests.oracles.similarity._vectors import Vector, digits, dot


def value(
    anchors: Sequence[Vector],
    positives: Sequence[Vector],
    *,
    kind: str = "values",
    l2: Number = 0.0,
) -> list[mpf]:
    """For each anchor log(1 + Σ_{j≠i} e^(a·p_j − a·p_i)) + ¼λ(‖a‖² + ‖p‖²)."""
    found = []
    with digits():
        for i, anchor in enumerate(anchors):
            own, total = dot(anchor, positives[i]), mpf(1)
            for j, other in enumerate(positives):
                if j != i:
                    total += exp(dot(anchor, other) - own)
            squares = dot(anchor, anchor) + dot(positives[i], positives[i])
            found.append(log(total) + exact(l2) * squares / 4)
    return found
