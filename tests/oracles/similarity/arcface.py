"""ArcFace loss of one row of cosines (Deng et al. 2018)."""

from collections.abc import Sequence

from mpmath import acos, cos, mpf, pi, sin

from tests.oracles._numbers import Number, exact, listed
from tests.oracles._probability import class_targets
from tests.oracles.similarity._vectors import digits, surprise


def value(
    predictions: Sequence[Number],
    targets: int | Sequence[Number],
    *,
    kind: str = "values",
    margin: Number = 0.5,
    scale: Number = 64.0,
) -> mpf:
    """−log of the share of the true class, its angle widened; expected over soft targets."""
    with digits():
        cosines, m, total = listed(predictions), exact(margin), mpf(0)
        for y, share in enumerate(class_targets(targets, len(cosines))):
            angle = acos(cosines[y])
            own = cos(angle + m) if angle + m < pi else cosines[y] - m * sin(m)
            row = [own if j == y else entry for j, entry in enumerate(cosines)]
            if share:
                total += share * surprise([exact(scale) * entry for entry in row], y)
        return total
