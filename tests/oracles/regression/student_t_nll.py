"""Minus the logarithm of the density of Student's t distribution."""

from mpmath import log, loggamma, mpf, pi

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    targets: Number,
    *,
    kind: str = "values",
    df: Number = 4.0,
    scale: Number = 1.0,
) -> mpf:
    """-log of Gamma((df+1)/2) / (Gamma(df/2) sqrt(df pi) s) (1 + (e/s)**2 / df)**(-(df+1)/2)."""
    with working_digits(predictions, targets, df, scale):
        free, width = exact(df), exact(scale)
        size = (exact(predictions) - exact(targets)) / width
        return (
            loggamma(free / 2)
            - loggamma((free + 1) / 2)
            + log(free * pi) / 2
            + log(width)
            + (free + 1) / 2 * log(1 + size**2 / free)
        )
