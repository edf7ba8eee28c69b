"""Squared error: e**2."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(predictions: Number, targets: Number, *, kind: str = "values") -> mpf:
    """(prediction - target)**2."""
    with working_digits(predictions, targets):
        return (exact(predictions) - exact(targets)) ** 2
