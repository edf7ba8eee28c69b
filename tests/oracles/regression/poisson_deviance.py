"""Poisson deviance (McCullagh and Nelder 1989)."""

from mpmath import log, mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    targets: Number,
    *,
    kind: str = "values",
) -> mpf:
    """2 (t log(t / p) - t + p), where 0 log 0 is 0."""
    with working_digits(predictions, targets):
        p, t = exact(predictions), exact(targets)
        return 2 * ((t * log(t / p) if t else 0) - t + p)
