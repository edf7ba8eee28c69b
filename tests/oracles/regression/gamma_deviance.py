"""Gamma deviance (McCullagh and Nelder 1989)."""

from mpmath import log, mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    targets: Number,
    *,
    kind: str = "values",
) -> mpf:
    """2 (log(p / t) + t / p - 1)."""
    with working_digits(predictions, targets):
        p, t = exact(predictions), exact(targets)
        return 2 * (log(p / t) + t / p - 1)
