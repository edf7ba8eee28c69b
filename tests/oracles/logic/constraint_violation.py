"""Squared excess of a constraint value over its threshold."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    targets: Number = 0.0,
    *,
    kind: str = "values",
    penalty_weight: Number = 10.0,
) -> mpf:
    """penalty_weight * max(constraint - threshold, 0)**2."""
    with working_digits(predictions, targets, penalty_weight):
        excess = exact(predictions) - exact(targets)
        return exact(penalty_weight) * max(excess, mpf(0)) ** 2
