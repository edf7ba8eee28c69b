"""RankNet on one list (Burges et al. 2005), pair by pair."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, listed, working_digits
from tests.oracles.ranking._lists import combined, pair_cost


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "values",
    sigma: Number = 1.0,
    pairs: str = "mean",
    pair_weights: str = "equal",
) -> mpf:
    """Mean or sum of the costs of all pairs; 0 without any."""
    gaps = [2 * sigma * score for score in listed(predictions)]
    with working_digits(predictions, targets, sigma, logits=gaps):
        return combined(
            targets, lambda i, j: pair_cost(predictions, i, j, sigma), pairs, pair_weights
        )
