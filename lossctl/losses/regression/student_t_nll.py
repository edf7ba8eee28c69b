"""Student t negative log-likelihood."""

import math
from dataclasses import replace

from lossctl.core.domain import POSITIVE, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.pointwise import hypotenuse, log_square
from lossctl.losses.builders.elementwise import REGRESSION, RESIDUAL, elementwise

LARGE = 32.0
"""Degrees of freedom from which the asymptotic series is exact to the last bit."""

DEGREES = replace(POSITIVE, tried=(LARGE, 1e3))

SERIES = (1 / 4, -1 / 24, 1 / 20, -17 / 112, 31 / 36, -691 / 88)
"""Coefficients of df^-1, df^-3, …: Stirling's series of both gamma functions, subtracted."""


def log_normaliser(df: float) -> float:
    """Return ½·log(νπ) + log Γ(ν/2) − log Γ((ν+1)/2): minus the log density at 0.

    Logarithms of two large gamma functions would cancel; their quotient or its series does not.
    """
    if df < LARGE:
        quotient = math.gamma(0.5 * df + 1.0) / math.gamma(0.5 * df + 0.5)
        return math.log(2.0 * math.sqrt(math.pi) / math.sqrt(df) * quotient)
    inverse = 1.0 / df
    square = inverse * inverse
    tail = 0.0
    for coefficient in reversed(SERIES):
        tail = tail * square + coefficient
    return 0.5 * math.log(2.0 * math.pi) + tail * inverse


def value(predictions: Array, targets: Array, *, df: float, scale: float) -> Array:
    """Minus the logarithm of the density of the residual."""
    unit = (predictions - targets) / (scale * math.sqrt(df))
    return 0.5 * (df + 1.0) * log_square(unit) + (log_normaliser(df) + math.log(scale))


def slope(predictions: Array, targets: Array, *, df: float, scale: float) -> Array:
    """(df + 1)·e / (df·c² + e²)."""
    width = scale * math.sqrt(df)
    unit = (predictions - targets) / width
    root = hypotenuse(unit)
    return (df + 1.0) / width * (unit / root / root)


STUDENT_T_NLL = elementwise(
    "student_t_nll",
    title="Student t negative log-likelihood",
    tasks=("regression",),
    inputs=REGRESSION,
    value=value,
    slope=slope,
    params=(
        Param("df", 4.0, DEGREES, "Degrees of freedom: 1 is Cauchy, above 30 nearly Gaussian."),
        Param("scale", 1.0, POSITIVE, "Scale of the residuals; not their standard deviation."),
    ),
    page=Page(
        summary="Student t negative log-likelihood: ½(ν+1)·log(1 + e²/(νc²)) + log c + const",
        also_called=("t-distribution likelihood",),
        curve=RESIDUAL,
        formula="½(ν+1)·log(1 + e²/(νc²)) + log c + ½·log(νπ) + log Γ(ν/2) − log Γ((ν+1)/2)",
        use_when=(
            "residuals have heavier tails than a Gaussian and a likelihood is wanted",
            "robust fits with different tails are compared: the density is normalised",
        ),
        avoid_when=(
            "a value of 0 should mean perfect (use cauchy or barron)",
            "training starts far from the solution: gradients vanish there",
        ),
        expected={
            "perfect": "log c + ½·log(νπ) + log Γ(ν/2) − log Γ((ν+1)/2): 0.981 by default",
            "chance": "the entropy of the distribution when the model is right: 1.68 by default",
        },
        references=(
            Reference(
                "Lange, Little & Taylor, Robust statistical modeling using the t distribution "
                "(1989)",
                "doi:10.1080/01621459.1989.10478852",
            ),
        ),
        examples=(
            Example(
                [1.0, 0.0],
                [0.0, 0.0],
                1.4913034761293729,
                {"df": 1.0},
                "log π + ½·log(1 + 1): the density of a Cauchy variable is 1 / (π(1 + e²))",
            ),
        ),
        notes=(
            "the value may be negative: densities exceed 1 where the scale is small",
            "large df tends to gaussian_nll with full and variance c², without loss of precision",
        ),
    ),
)
