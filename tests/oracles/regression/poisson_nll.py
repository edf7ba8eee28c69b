"""Minus the logarithm of the Poisson probability of a count, log t! where asked for."""

from mpmath import exp, log, loggamma, mpf, pi

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    targets: Number,
    *,
    kind: str = "values",
    log_input: bool = True,
    full: bool = False,
    epsilon: Number = 1e-8,
    factorial: str = "exact",
) -> mpf:
    """Rate - t log(rate), with log t! or PyTorch's Stirling formula when full."""
    with working_digits(predictions, targets, epsilon):
        p, t = exact(predictions), exact(targets)
        loss = exp(p) - t * p if log_input else p - (t * log(p + exact(epsilon)) if t else 0)
        if not full:
            return loss
        if factorial == "exact":
            return loss + loggamma(t + 1)
        return loss + (t * log(t) - t + log(2 * pi * t) / 2 if t > 1 else 0)
