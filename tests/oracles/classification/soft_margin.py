"""Logistic loss of one score."""

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, exact, working_digits
from tests.oracles.classification._signs import lead_of


def value(predictions: Number, targets: Number, *, kind: str = "logits") -> mpf:
    """log(1 + e**(-t z))."""
    with working_digits(predictions, logits=[mpf(0), exact(predictions)]):
        return log(1 + exp(-lead_of(predictions, targets)))
