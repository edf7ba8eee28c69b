"""CosFace loss of one row of cosines (Wang et al. 2018)."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact, listed
from tests.oracles._probability import class_targets
from tests.oracles.similarity._vectors import digits, surprise


def value(
    predictions: Sequence[Number],
    targets: int | Sequence[Number],
    *,
    kind: str = "values",
    margin: Number = 0.35,
    scale: Number = 64.0,
) -> mpf:
    """−log of the share of the true class less a margin; expected over soft targets."""
    with digits():
        cosines, total = listed(predictions), mpf(0)
        for y, share in enumerate(class_targets(targets, len(cosines))):
            row = [c - exact(margin) if j == y else c for j, c in enumerate(cosines)]
            if share:
                total += share * surprise([exact(scale) * entry for entry in row], y)
        return total
