"""Smooth L1 (Girshick 2015, 1504.08083): quadratic below beta, |e| less a constant beyond."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    targets: Number,
    *,
    kind: str = "values",
    beta: Number = 1.0,
) -> mpf:
    """e**2 / (2 beta) where |e| < beta, otherwise |e| - beta / 2; |e| when beta is 0."""
    with working_digits(predictions, targets, beta):
        size = abs(exact(predictions) - exact(targets))
        bend = exact(beta)
        if size < bend:
            return size**2 / (2 * bend)
        return size - bend / 2
