"""Squared hinge loss of one score."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits
from tests.oracles.classification._signs import lead_of


def value(
    predictions: Number, targets: Number, *, kind: str = "logits", margin: Number = 1.0
) -> mpf:
    """max(0, m - t z)**2."""
    with working_digits(predictions, margin):
        return max(mpf(0), exact(margin) - lead_of(predictions, targets)) ** 2
