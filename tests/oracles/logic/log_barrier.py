"""Extended log-barrier (Kervadec et al. 2019, 1904.04205)."""

from mpmath import log, mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    targets: Number = 0.0,
    *,
    kind: str = "values",
    penalty_weight: Number = 10.0,
    sharpness: Number = 5.0,
) -> mpf:
    """-log(-z)/t up to z = -1/t**2, and t z - log(1/t**2)/t + 1/t beyond."""
    with working_digits(predictions, targets, penalty_weight, sharpness):
        z, t = exact(predictions) - exact(targets), exact(sharpness)
        if z <= -1 / t**2:
            return exact(penalty_weight) * (-log(-z) / t)
        return exact(penalty_weight) * (t * z - log(1 / t**2) / t + 1 / t)
