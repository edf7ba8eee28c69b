"""Minus the logarithm of a Gaussian density (Nix and Weigend 1994)."""

from mpmath import exp, log, mpf, pi

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    variance: Number,
    targets: Number,
    *,
    kind: str = "values",
    full: bool = False,
    epsilon: Number = 0.0,
    spread: str = "variance",
) -> mpf:
    """(log v + (p - t)**2 / v) / 2, v at least epsilon; log(2 pi) / 2 more when full."""
    with working_digits(predictions, variance, targets, epsilon):
        given = exact(variance)
        read = {"variance": given, "log_variance": exp(given), "deviation": given**2}
        v = max(read[spread], exact(epsilon))
        loss = (log(v) + (exact(predictions) - exact(targets)) ** 2 / v) / 2
        return loss + log(2 * pi) / 2 if full else loss
