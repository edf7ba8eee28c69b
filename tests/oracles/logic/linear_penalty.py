"""Excess of a constraint value over its threshold (Nocedal & Wright 2006, chapter 17)."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    targets: Number = 0.0,
    *,
    kind: str = "values",
    penalty_weight: Number = 10.0,
) -> mpf:
    """penalty_weight * max(constraint - threshold, 0)."""
    with working_digits(predictions, targets, penalty_weight):
        return exact(penalty_weight) * max(exact(predictions) - exact(targets), mpf(0))
