"""The smooth share of wrong pairs of one list."""

from collections.abc import Sequence

from mpmath import exp, mpf

from tests.oracles._numbers import Number, exact, listed, working_digits
from tests.oracles.ranking._lists import ordered_pairs


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "values",
    sigma: Number = 1.0,
    pairs: str = "mean",
) -> mpf:
    """Mean or sum of 1 / (1 + exp(sigma (s_i - s_j))); 0 without pairs."""
    gaps = [2 * exact(sigma) * score for score in listed(predictions)]
    with working_digits(predictions, targets, sigma, logits=gaps):
        scores = listed(predictions)
        costs = [
            1 / (1 + exp(exact(sigma) * (scores[i] - scores[j]))) for i, j in ordered_pairs(targets)
        ]
        total = sum(costs, mpf(0))
        return total / max(len(costs), 1) if pairs != "sum" else total
