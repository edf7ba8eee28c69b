"""CosFace loss of one row of cosines (Wang et al. 2018)."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact, listed
from tests.oracles.similarity._vectors import digits, surprise


def value(
    predictions: Sequence[Number],
    target: int,
    *,
    kind: str = "values",
    margin: Number = 0.35,
    scale: Number = 64.0,
) -> mpf:
    """−log of the share of the true class less a margin."""
    with digits():
        cosines = listed(predictions)
        row = [c - exact(margin) if j == target else c for j, c in enumerate(cosines)]
        return surprise([exact(scale) * entry for entry in row], target)
