"""The Charbonnier penalty (Charbonnier et al. 1994)."""

from mpmath import mpf, sqrt

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number, targets: Number, *, kind: str = "values", epsilon: Number = 1e-3
) -> mpf:
    """sqrt(e**2 + epsilon**2)."""
    with working_digits(predictions, targets, epsilon):
        return sqrt((exact(predictions) - exact(targets)) ** 2 + exact(epsilon) ** 2)
