"""Asymmetric least squares (Newey and Powell 1987)."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    targets: Number,
    *,
    kind: str = "values",
    tau: Number = 0.5,
) -> mpf:
    """|tau - [t < p]| * e**2."""
    with working_digits(predictions, targets, tau):
        p, t = exact(predictions), exact(targets)
        return abs(exact(tau) - (1 if t < p else 0)) * (p - t) ** 2
