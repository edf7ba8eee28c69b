"""Negative log-likelihood of one row of log-probabilities."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, listed, working_digits
from tests.oracles._probability import class_targets


def value(
    predictions: Sequence[Number],
    targets: int | Sequence[Number],
    *,
    kind: str = "log_probabilities",
) -> mpf:
    """Minus the sum over classes of t log p; nothing is normalised."""
    with working_digits(predictions, targets):
        pairs = zip(class_targets(targets, len(predictions)), listed(predictions), strict=True)
        return sum((-t * z for t, z in pairs if t != 0), start=mpf(0))
