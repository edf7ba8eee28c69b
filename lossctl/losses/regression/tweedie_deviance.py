"""Tweedie deviance."""

from dataclasses import replace

from lossctl.core.domain import NONNEGATIVE, POSITIVE, Interval, Param
from lossctl.core.loss import Array, Curve, Example, Page, Reference
from lossctl.kernels.probability.deviance import (
    unit_deviance,
    unit_deviance_slope,
    unit_deviance_total,
)
from lossctl.losses.builders.elementwise import PREDICTED_VALUES, TARGET_VALUES, elementwise


def value(predictions: Array, targets: Array, *, power: float) -> Array:
    """Twice the integral of (t − s) / s^power from the prediction to the target."""
    return unit_deviance(targets, predictions, power)


def total(predictions: Array, targets: Array, *, power: float) -> float | None:
    """Sum of the losses."""
    return unit_deviance_total(targets, predictions, power)


def slope(predictions: Array, targets: Array, *, power: float) -> Array:
    """Twice the excess of the prediction over its variance."""
    return unit_deviance_slope(targets, predictions, power)


TWEEDIE_DEVIANCE = elementwise(
    "tweedie_deviance",
    title="Tweedie deviance",
    tasks=("regression",),
    inputs=(
        replace(PREDICTED_VALUES, domain=POSITIVE, help="predicted means, above 0, any shape"),
        replace(TARGET_VALUES, domain=NONNEGATIVE, help="amounts, at least 0"),
    ),
    value=value,
    total=total,
    slope=slope,
    params=(
        Param("power", 1.5, Interval(1.0, 3.0), "Power ρ: the variance is proportional to mean^ρ."),
    ),
    context="mean",
    page=Page(
        summary="Tweedie deviance, variance ∝ mean^ρ: ρ = 1 Poisson, 2 gamma, 1 to 2 with zeros",
        also_called=("compound Poisson-gamma",),
        curve=Curve("p for a target of 1", 0.1, 5.0, lambda x: ([x], [1.0])),
        formula="2(t^(2−ρ)/((1−ρ)(2−ρ)) − t·p^(1−ρ)/(1−ρ) + p^(2−ρ)/(2−ρ)),  ρ the power",
        use_when=(
            "targets are amounts, many of them exactly 0: insurance claims, rain, sales (1 to 2)",
            "the variance of the targets grows with their mean, faster than for counts",
        ),
        avoid_when=(
            "zeros come from a separate process: use a model of its own for them",
            "targets may be 0 and the power is 2 or more: items with target 0 have infinite loss",
        ),
        expected={
            "perfect": "0",
            "chance": "the deviance from the mean of the targets as a constant prediction",
        },
        references=(
            Reference(
                "Jorgensen, Exponential dispersion models (1987)",
                "doi:10.1111/j.2517-6161.1987.tb01685.x",
            ),
            Reference(
                "Dunn & Smyth, Series evaluation of Tweedie exponential dispersion model "
                "densities (2005)",
                "doi:10.1007/s11222-005-4070-y",
            ),
        ),
        examples=(
            Example([1.0, 4.0], [4.0, 0.0], 6.0, {}, "(4·(√4 − 1)²/√1 + 4·√4) / 2 = (4 + 8) / 2"),
            Example([2.0], [1.0], 0.25, {"power": 3.0}, "(1 − 2)² / (1·2²)"),
        ),
        notes=(
            "power 1 is poisson_deviance, 2 gamma_deviance, 3 the inverse Gaussian; 0 would be mse",
            "continuous in the power: no precision is lost next to 1 and 2",
            "values of different powers, or of targets in different units, cannot be compared",
        ),
    ),
)
