"""The hinge loss of pairs of one list (Joachims 2002)."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact, listed, working_digits
from tests.oracles.ranking._lists import combined


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "values",
    margin: Number = 1.0,
    pairs: str = "mean",
    pair_weights: str = "equal",
) -> mpf:
    """Mean or sum of max(0, m - (s_i - s_j)); 0 without pairs."""
    with working_digits(predictions, targets, margin):
        scores = listed(predictions)
        cost = lambda i, j: max(mpf(0), exact(margin) - (scores[i] - scores[j]))  # noqa: E731
        return combined(targets, cost, pairs, pair_weights)
