"""The Cauchy loss, with curvature 1 at zero."""

from mpmath import log, mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    targets: Number,
    *,
    kind: str = "values",
    scale: Number = 1.0,
) -> mpf:
    """scale**2 / 2 * log(1 + (e / scale)**2)."""
    with working_digits(predictions, targets, scale):
        p, t = exact(predictions), exact(targets)
        width = exact(scale)
        return width**2 / 2 * log(1 + ((p - t) / width) ** 2)
