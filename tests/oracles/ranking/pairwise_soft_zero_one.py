"""The smooth share of wrong pairs of one list."""

from collections.abc import Sequence

from mpmath import exp, mpf

from tests.oracles._numbers import Number, exact, listed, working_digits
from tests.oracles.ranking._lists import combined


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "values",
    sigma: Number = 1.0,
    pairs: str = "mean",
    pair_weights: str = "equal",
) -> mpf:
    """Mean or sum of 1 / (1 + exp(sigma (s_i - s_j))); 0 without pairs."""
    gaps = [2 * exact(sigma) * score for score in listed(predictions)]
    with working_digits(predictions, targets, sigma, logits=gaps):
        scores = listed(predictions)
        cost = lambda i, j: 1 / (1 + exp(exact(sigma) * (scores[i] - scores[j])))  # noqa: E731
        return combined(targets, cost, pairs, pair_weights)
