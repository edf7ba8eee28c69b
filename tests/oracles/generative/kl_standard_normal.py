"""The divergence of an encoder's Gaussian from N(0, 1) (Kingma and Welling 2014, appendix B)."""

from collections.abc import Sequence

from mpmath import exp, mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(mean: Sequence[Number], log_variance: Sequence[Number], *, kind: str = "values") -> mpf:
    """-1/2 the sum of 1 + log s**2 - mu**2 - s**2."""
    with working_digits(mean, log_variance, logits=[mpf(0), *map(exact, log_variance)]):
        pairs = zip(map(exact, mean), map(exact, log_variance), strict=True)
        return -sum(1 + s - mu**2 - exp(s) for mu, s in pairs) / 2
