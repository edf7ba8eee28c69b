"""Pseudo-Huber (Charbonnier 1994): a hyperbola through the origin."""

from mpmath import mpf, sqrt

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    targets: Number,
    *,
    kind: str = "values",
    delta: Number = 1.0,
) -> mpf:
    """delta**2 * (sqrt(1 + (e / delta)**2) - 1)."""
    with working_digits(predictions, targets, delta):
        size, bend = exact(predictions) - exact(targets), exact(delta)
        return bend**2 * (sqrt(1 + (size / bend) ** 2) - 1)
