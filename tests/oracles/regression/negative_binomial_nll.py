"""Minus the logarithm of the negative binomial probability of a count (Hilbe 2011)."""

from mpmath import exp, inf, log, mpf

from tests.oracles._gamma import log_gamma
from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    dispersion: Number,
    targets: Number,
    *,
    kind: str = "values",
    log_input: bool = True,
    full: bool = True,
    parameter: str = "alpha",
) -> mpf:
    """Gamma(t + r) / (Gamma(r) t!) (r / (r + mu))**r (mu / (r + mu))**t, without t! unless full."""
    with working_digits(predictions, dispersion, targets):
        given, t = exact(dispersion), exact(targets)
        r = given if parameter == "size" else 1 / given
        with working_digits(r, t, predictions):
            mu = exp(exact(predictions)) if log_input else exact(predictions)
            loss = log_gamma(r) - log_gamma(r + t) + r * log((r + mu) / r)
            if t and not mu:
                return mpf(inf)
            if t:
                loss += t * log((r + mu) / mu)
            return loss + log_gamma(t + 1) if full else loss
