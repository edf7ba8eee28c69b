"""Gaussian negative log-likelihood."""

import math
from dataclasses import replace
from typing import Any

import numpy as np

from lossctl.core.domain import NONNEGATIVE, POSITIVE, Choice, Flag, Param
from lossctl.core.loss import Array, Curve, Example, Page, Reference
from lossctl.kernels.numeric.loss_totals import total_of
from lossctl.kernels.numeric.pointwise import zero_safe_product
from lossctl.kernels.numeric.primitives import exp, log, primitive
from lossctl.losses.builders.elementwise import PREDICTED_VALUES, TARGET_VALUES, elementwise

SPREADS = ("variance", "log_variance", "deviation")
ROOT_HALF = math.sqrt(0.5)
HALF_LOG_TAU = 0.5 * math.log(2.0 * math.pi)


@primitive
def gaussian_nll(
    predictions: Array, variance: Array, targets: Array, epsilon: float, constant: float
) -> Array:
    """Half of log variance plus squared residual in standard deviations, and a constant."""
    unit, variance = predictions - targets, clipped(variance, epsilon)
    twice = 2.0 * variance
    unit /= np.sqrt(twice, out=twice)
    losses = log(variance, out=twice)
    losses *= 0.5
    return nll_of_unit(unit, losses, constant)


gaussian_nll_total = total_of(gaussian_nll)


def nll_of_unit(unit: Array, log_deviation: Array, constant: float) -> Array:
    """Add up the nll of a residual in deviations, over √2; in the memory of `log_deviation`."""
    unit *= unit
    log_deviation += unit
    return log_deviation + constant if constant else log_deviation


def value(
    predictions: Array, variance: Array, targets: Array, *, full: bool, epsilon: float, spread: str
) -> Array:
    """Half of log variance plus squared residual in standard deviations."""
    constant = HALF_LOG_TAU if full else 0.0
    if spread == "variance":
        return gaussian_nll(predictions, variance, targets, epsilon, constant)
    held = held_in(variance, spread, epsilon)
    unit = over_deviation(predictions - targets, held, spread)
    unit *= ROOT_HALF
    return nll_of_unit(unit, 0.5 * held if spread == "log_variance" else log(held), constant)


def total(
    predictions: Array, variance: Array, targets: Array, *, full: bool, epsilon: float, spread: str
) -> float | None:
    """Sum of the losses, where variances are given."""
    if spread != "variance":
        return None
    constant = HALF_LOG_TAU if full else 0.0
    return gaussian_nll_total(predictions, variance, targets, epsilon, constant)


def clipped(variance: Array, epsilon: float) -> Array:
    """Return the variances, none of them below ε; without ε they are above 0 as they come."""
    return np.clip(variance, epsilon, np.inf) if epsilon else variance


def held_in(given: Array, spread: str, epsilon: float) -> Array:
    """Return variances, their logarithms or deviations, none of them below that of ε."""
    return clipped(given, least_of(epsilon, spread)) if epsilon else given


def least_of(variance: float, spread: str) -> float:
    """Return a variance as the input holds it."""
    if spread == "log_variance":
        return math.log(variance) if variance else -math.inf
    return math.sqrt(variance) if spread == "deviation" else variance


def over_deviation(residual: Array, held: Array, spread: str) -> Array:
    """Return the residual over the standard deviation; 0 stays 0 however small that is.

    e^(−s/2) of a log-variance s is taken in two factors where it leaves the range of floats while
    its product with a tiny residual does not.
    """
    if spread != "log_variance":
        return residual / (held if spread == "deviation" else np.sqrt(held))
    inverse = exp(-0.5 * held)
    if np.isfinite(inverse).all():
        return residual * inverse
    root = exp(-0.25 * held)
    return zero_safe_product(zero_safe_product(residual, root), root)


def slope(
    predictions: Array, variance: Array, targets: Array, *, epsilon: float, spread: str, **_: Any
) -> Array:
    """Residual over variance."""
    residual = predictions - targets
    if spread == "variance":
        residual /= clipped(variance, epsilon)
        return residual
    held = held_in(variance, spread, epsilon)
    return over_deviation(over_deviation(residual, held, spread), held, spread)


def spread_slope(
    predictions: Array, variance: Array, targets: Array, *, epsilon: float, spread: str, **_: Any
) -> Array:
    """½(1 − z²)/v, z the residual in standard deviations; 0 where the variance is clipped.

    Of a log-variance it is ½(1 − z²), of a deviation (1 − z²)/σ.
    """
    held = held_in(variance, spread, epsilon)
    residual = predictions - targets
    unit = over_deviation(residual, held, spread)
    if spread == "deviation":  # σ − |e| cancels exactly, 1 − z would not
        np.abs(unit, out=unit)
        slopes = (held - np.abs(residual)) / held
    else:
        slopes = 1.0 - unit
    unit += 1.0
    slopes *= unit
    if spread != "deviation":
        slopes *= 0.5
    if spread != "log_variance":
        slopes /= held
    return (variance >= least_of(epsilon, spread)) * slopes if epsilon else slopes


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
            unbounded_by=("spread", "log_variance"),
            help="predicted variances (their logarithms or standard deviations: see spread)",
        ),
        TARGET_VALUES,
    ),
    value=value,
    total=total,
    slope={"predictions": slope, "variance": spread_slope},
    params=(
        Param(
            "full", default=False, domain=Flag(), help="Whether to include the constant ½·log 2π."
        ),
        Param(
            "epsilon",
            0.0,
            NONNEGATIVE,
            "Lower clip of the variances; at 0 a variance of 0 is refused.",
        ),
        Param(
            "spread",
            "variance",
            Choice(SPREADS),
            "What the input variance holds: variances, their logarithms or standard deviations.",
        ),
    ),
    context="moments",
    best_constant=lambda variance, *, spread, **_: least_of(variance, spread),
    page=Page(
        summary="Gaussian negative log-likelihood: ½·(log σ² + (target − μ)²/σ²)",
        also_called=(
            "normal log-likelihood",
            "heteroscedastic regression",
            "mean-variance estimation",
        ),
        curve=Curve("e = p − t at variance 1", -3.0, 3.0, lambda x: ([x], [1.0], [0.0])),
        formula="½(log v + (p − t)²/v),  + ½·log 2π with full",
        use_when=(
            "the model predicts its own uncertainty for each item",
            "probabilistic forecasts are compared: it is a strictly proper score",
        ),
        avoid_when=(
            (
                "tails are heavy: one item can dominate the value (use crps_gaussian or "
                "student_t_nll)"
            ),
            "variances may collapse to 0: the loss is unbounded below (set epsilon)",
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
            Example(
                [3.0, 0.0],
                [1.0, 0.0],
                0.5965735902799727,
                {"spread": "deviation"},
                "the same from deviations: (log 2 + ½·(2/2)²) / 2",
                {"variance": [2.0, 1.0]},
            ),
            Example(
                [3.0, 0.0],
                [1.0, 0.0],
                1.25,
                {"spread": "log_variance"},
                "½(0 + 2²/1) and ½(1 + 0): (2 + ½) / 2",
                {"variance": [0.0, 1.0]},
            ),
        ),
        notes=(
            "the value may be negative: densities exceed 1 where variances are small",
            "spread=log_variance takes what most networks give, and is exact for very small ones",
            "epsilon is a variance, whatever the input holds",
            "PyTorch has epsilon=1e-6, and a slope where a variance is clipped; here that is 0",
        ),
    ),
)
