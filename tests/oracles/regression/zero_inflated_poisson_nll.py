"""Minus the logarithm of the zero-inflated Poisson probability of a count (Lambert 1992)."""

from mpmath import exp, inf, log, mp, mpf

from tests.oracles._gamma import log_gamma
from tests.oracles._numbers import Number, exact, working_digits

FAR = 1e6
"""A rate beyond has e**-rate below 10**-400000: no digit of the answer."""
MOST_BITS = 9000
"""Of a rate beside which the other terms keep their digits."""


def bits_of(rate: mpf) -> int:
    """Return the bits of a rate before its point, at most so many."""
    return min(max(int(mp.mag(rate)), 0), MOST_BITS) if rate else 0


def value(
    predictions: Number,
    zero_logit: Number,
    targets: Number,
    *,
    kind: str = "values",
    log_input: bool = True,
    full: bool = True,
) -> mpf:
    """Share pi + (1 - pi) exp(-rate) for a zero, (1 - pi) Poisson(t) for a count."""
    z, t = exact(zero_logit), exact(targets)
    with working_digits(predictions, t, z, logits=[mpf(0), z]):
        rate = exp(exact(predictions)) if log_input else exact(predictions)
        with mp.workdps(mp.dps + bits_of(rate) // 3):
            of_zero, of_poisson = 1 / (1 + exp(-z)), 1 / (1 + exp(z))
            if t == 0:
                return -log(of_zero + of_poisson * (exp(-rate) if rate < FAR else 0))
            if rate == 0:
                return mpf(inf)
            loss = -log(of_poisson) + rate - t * log(rate)
            return loss + log_gamma(t + 1) if full else loss
