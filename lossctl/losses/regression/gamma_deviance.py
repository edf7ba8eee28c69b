"""Gamma deviance."""

from dataclasses import replace

from lossctl.core.domain import POSITIVE
from lossctl.core.loss import Array, Curve, Example, Page, Reference
from lossctl.kernels.probability.deviance import (
    gamma_deviance,
    gamma_deviance_total,
    unit_deviance_slope,
)
from lossctl.losses.builders.elementwise import PREDICTED_VALUES, TARGET_VALUES, elementwise


def value(predictions: Array, targets: Array) -> Array:
    """A function of the quotient of target and prediction alone."""
    return gamma_deviance(targets, predictions)


def total(predictions: Array, targets: Array) -> float:
    """Sum of the losses."""
    return gamma_deviance_total(targets, predictions)


def slope(predictions: Array, targets: Array) -> Array:
    """Twice the relative excess of the prediction, over the prediction."""
    return unit_deviance_slope(targets, predictions, 2.0)


GAMMA_DEVIANCE = elementwise(
    "gamma_deviance",
    title="Gamma deviance",
    tasks=("regression",),
    inputs=(
        replace(PREDICTED_VALUES, domain=POSITIVE, help="predicted means, above 0, any shape"),
        replace(TARGET_VALUES, domain=POSITIVE, help="positive amounts"),
    ),
    value=value,
    total=total,
    slope=slope,
    has_slopes=True,
    context="mean",
    page=Page(
        summary="Gamma deviance: 2·(log(p/t) + t/p − 1), scale-free, for positive targets",
        also_called=("gamma regression",),
        curve=Curve("p for a target of 1", 0.2, 5.0, lambda x: ([x], [1.0])),
        formula="2(log(p/t) + t/p − 1)",
        use_when=(
            "targets are positive and skewed: claim sizes, durations, fares",
            "the standard deviation of the targets grows in proportion to their mean",
        ),
        avoid_when=(
            "targets may be 0 (use tweedie_deviance with a power below 2)",
            (
                "over- and under-prediction by one factor should cost alike: under-prediction "
                "costs more"
            ),
        ),
        expected={
            "perfect": "0",
            "good": "about the squared coefficient of variation of the noise, while that is small",
            "chance": "the deviance from the mean of the targets as a constant prediction",
        },
        references=(
            Reference(
                "McCullagh & Nelder, Generalized linear models (1989), ch. 8",
                "doi:10.1007/978-1-4899-3242-6",
            ),
        ),
        examples=(
            Example([2.0, 1.0], [1.0, 1.0], 0.1931471805599453, {}, "(2(log 2 + ½ − 1) + 0) / 2"),
        ),
        notes=("it does not change with the unit of the targets; tweedie_deviance at power 2",),
    ),
)
