"""Multi-label soft margin loss of one row of labels."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, listed, working_digits
from tests.oracles._probability import both_probabilities, logits_among, surprisal


def value(predictions: Sequence[Number], targets: Sequence[Number], *, kind: str = "logits") -> mpf:
    """Mean over labels of -t log p - (1 - t) log(1 - p)."""
    with working_digits(predictions, targets, logits=logits_among(predictions, kind)):
        total = mpf(0)
        for score, target in zip(listed(predictions), listed(targets), strict=True):
            positive, negative = both_probabilities(score, kind)
            total += surprisal(target, positive, mpf(0)) + surprisal(1 - target, negative, mpf(0))
        return total / len(predictions)
