"""Tweedie deviance (Jorgensen 1987), with its limits at the powers 1 and 2."""

from mpmath import inf, log, mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    targets: Number,
    *,
    kind: str = "values",
    power: Number = 1.5,
) -> mpf:
    """2 (t**(2-r) / ((1-r)(2-r)) - t p**(1-r) / (1-r) + p**(2-r) / (2-r)), r the power."""
    with working_digits(predictions, targets, power):
        p, t = exact(predictions), exact(targets)
        r = exact(power)
        if t == p:
            return mpf(0)
        if t == 0:
            return 2 * p ** (2 - r) / (2 - r) if r < 2 else inf
        if r == 1:
            return 2 * (t * log(t / p) - t + p)
        if r == 2:
            return 2 * (log(p / t) + t / p - 1)
        own = t ** (2 - r) / ((1 - r) * (2 - r))
        return 2 * (own - t * p ** (1 - r) / (1 - r) + p ** (2 - r) / (2 - r))
