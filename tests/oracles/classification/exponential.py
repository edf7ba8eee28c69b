"""Exponential loss of one score."""

from mpmath import exp, mpf

from tests.oracles._numbers import Number, working_digits
from tests.oracles.classification._signs import lead_of


def value(predictions: Number, targets: Number, *, kind: str = "logits") -> mpf:
    """e**(-t z)."""
    with working_digits(predictions):
        return exp(-lead_of(predictions, targets))
