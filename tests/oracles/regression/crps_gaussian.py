"""CRPS of a Gaussian forecast (Gneiting et al. 2005), equation (5)."""

from mpmath import erf, exp, mpf, pi, sqrt

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    scale: Number,
    targets: Number,
    *,
    kind: str = "values",
) -> mpf:
    """Give s (z (2 Phi(z) - 1) + 2 phi(z) - 1 / sqrt(pi)), z = (t - p) / s."""
    with working_digits(predictions, scale, targets):
        width = exact(scale)
        z = (exact(targets) - exact(predictions)) / width
        density = exp(-(z**2) / 2) / sqrt(2 * pi)
        return width * (z * erf(z / sqrt(2)) + 2 * density - 1 / sqrt(pi))
