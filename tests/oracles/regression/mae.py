"""Absolute error: |e|."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(predictions: Number, targets: Number, *, kind: str = "values") -> mpf:
    """|prediction - target|."""
    with working_digits(predictions, targets):
        return abs(exact(predictions) - exact(targets))
