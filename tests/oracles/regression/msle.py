"""Squared logarithmic error."""

from mpmath import log, mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    targets: Number,
    *,
    kind: str = "values",
) -> mpf:
    """(log(1 + p) - log(1 + t))**2."""
    with working_digits(predictions, targets):
        p, t = exact(predictions), exact(targets)
        return (log(1 + p) - log(1 + t)) ** 2
