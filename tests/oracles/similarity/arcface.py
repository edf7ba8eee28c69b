"""ArcFace loss of one row of cosines (Deng et al. 2018)."""

from collections.abc import Sequence

from mpmath import acos, cos, mpf, pi, sin

from tests.oracles._numbers import Number, exact, listed
from tests.oracles.similarity._vectors import digits, surprise


def value(
    predictions: Sequence[Number],
    target: int,
    *,
    kind: str = "values",
    margin: Number = 0.5,
    scale: Number = 64.0,
) -> mpf:
    """−log of the share of the true class, its angle widened."""
    with digits():
        cosines, m = listed(predictions), exact(margin)
        angle = acos(cosines[target])
        own = cos(angle + m) if angle + m < pi else cosines[target] - m * sin(m)
        row = [own if j == target else entry for j, entry in enumerate(cosines)]
        return surprise([exact(scale) * entry for entry in row], target)
