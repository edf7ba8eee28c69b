"""What a constraint value lacks to lie a margin below its threshold."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    targets: Number = 0.0,
    *,
    kind: str = "values",
    penalty_weight: Number = 10.0,
    margin: Number = 1.0,
) -> mpf:
    """penalty_weight * max(constraint - threshold + margin, 0)."""
    with working_digits(predictions, targets, penalty_weight, margin):
        missing = exact(predictions) - exact(targets) + exact(margin)
        return exact(penalty_weight) * max(missing, mpf(0))
