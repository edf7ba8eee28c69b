"""The hinge loss of pairs of one list (Joachims 2002)."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact, listed, working_digits
from tests.oracles.ranking._lists import ordered_pairs


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "values",
    margin: Number = 1.0,
    pairs: str = "mean",
) -> mpf:
    """Mean or sum of max(0, m - (s_i - s_j)); 0 without pairs."""
    with working_digits(predictions, targets, margin):
        scores = listed(predictions)
        costs = [
            max(mpf(0), exact(margin) - (scores[i] - scores[j])) for i, j in ordered_pairs(targets)
        ]
        total = sum(costs, mpf(0))
        return total / max(len(costs), 1) if pairs != "sum" else total
