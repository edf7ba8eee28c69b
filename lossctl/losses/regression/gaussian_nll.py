"""Gaussian negative log-likelihood."""

import math
from dataclasses import replace
from typing import Any

import numpy as np

from lossctl.core.domain import NONNEGATIVE, POSITIVE, Flag, Param
from lossctl.core.loss import Array, Curve, Example, Page, Reference
from lossctl.losses.builders.elementwise import PREDICTED_VALUES, TARGET_VALUES, elementwise


def value(
    predictions: Array, variance: Array, targets: Array, *, full: bool, epsilon: float
) -> Array:
    """Half of log variance plus squared residual in standard deviations."""
    variance = clipped(variance, epsilon)
    unit, twice = predictions - targets, 2.0 * variance
    unit /= np.sqrt(twice, out=twice)
    unit *= unit
    losses = np.log(variance, out=twice)
    losses *= 0.5
    losses += unit
    return losses + 0.5 * math.log(2.0 * math.pi) if full else losses


def clipped(variance: Array, epsilon: float) -> Array:
    """Return the variances, none of them below ε; without ε they are above 0 as they come."""
    return np.clip(variance, epsilon, np.inf) if epsilon else variance


def slope(
    predictions: Array, variance: Array, targets: Array, *, epsilon: float, **_: Any
) -> Array:
    """Residual over variance."""
    residual = predictions - targets
    residual /= clipped(variance, epsilon)
    return residual


def variance_slope(
    predictions: Array, variance: Array, targets: Array, *, epsilon: float, **_: Any
) -> Array:
    """½(1 − z²)/v, z the residual in standard deviations; 0 where the variance is clipped."""
    held = clipped(variance, epsilon)
    unit = predictions - targets
    unit /= np.sqrt(held)
    slopes = 1.0 - unit
    unit += 1.0
    slopes *= unit
    slopes *= 0.5
    slopes /= held
    return (variance >= epsilon) * slopes if epsilon else slopes


GAUSSIAN_NLL = elementwise(
    "gaussian_nll",
    title="Gaussian negative log-likelihood",
    tasks=("regression", "uncertainty"),
    inputs=(
        PREDICTED_VALUES,
        replace(
            PREDICTED_VALUES,
            name="variance",
            domain=POSITIVE,
            clipped_by="epsilon",
            help="predicted variances",
        ),
        TARGET_VALUES,
    ),
    value=value,
    slope={"predictions": slope, "variance": variance_slope},
    params=(
        Param("full", default=False, domain=Flag(), help="Whether to add ½·log 2π."),
        Param(
            "epsilon",
            0.0,
            NONNEGATIVE,
            "Variances are clipped from below here; 0 refuses one of 0.",
        ),
    ),
    context="moments",
    page=Page(
        summary="Negative log-likelihood of a target under a predicted mean and variance.",
        curve=Curve("e = p − t at variance 1", -3.0, 3.0, lambda x: ([x], [1.0], [0.0])),
        formula="½(log v + (p − t)²/v),  + ½·log 2π with full",
        use_when=(
            "the model predicts its own uncertainty, item by item",
            "probabilistic forecasts are compared: it is a strictly proper score",
        ),
        avoid_when=(
            "tails are heavy: one item may decide the value (use crps_gaussian or student_t_nll)",
            "variances may collapse to 0: the loss has no lower bound (set epsilon)",
        ),
        expected={
            "perfect": "½(log v + 1) on average when means and variances are right",
            "bad": "far above: the predicted variances are too small",
        },
        references=(
            Reference(
                "Nix & Weigend, Estimating the mean and variance of the target probability "
                "distribution (1994)",
                "doi:10.1109/ICNN.1994.374138",
            ),
            Reference(
                "Kendall & Gal, What uncertainties do we need in Bayesian deep learning? (2017)",
                "arXiv:1703.04977",
            ),
        ),
        examples=(
            Example(
                [3.0, 0.0],
                [1.0, 0.0],
                0.5965735902799727,
                {},
                "½(log 4 + 2²/4) / 2 = ½(log 2 + ½)",
                {"variance": [4.0, 1.0]},
            ),
        ),
        notes=(
            "the value may be negative: densities exceed 1 where variances are small",
            "PyTorch has epsilon=1e-6, and a slope where a variance is clipped; here that is 0",
        ),
    ),
)
