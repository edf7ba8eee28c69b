"""Poisson deviance."""

from dataclasses import replace

from lossctl.core.domain import NONNEGATIVE, POSITIVE
from lossctl.core.loss import Array, Curve, Example, Page, Reference
from lossctl.kernels.probability.deviance import (
    poisson_deviance,
    poisson_deviance_total,
    unit_deviance_slope,
)
from lossctl.losses.builders.elementwise import PREDICTED_VALUES, TARGET_VALUES, elementwise


def value(predictions: Array, targets: Array) -> Array:
    """Twice the log-likelihood lost by predicting the mean instead of the target itself."""
    return poisson_deviance(targets, predictions)


def total(predictions: Array, targets: Array) -> float:
    """Sum of the losses."""
    return poisson_deviance_total(targets, predictions)


def slope(predictions: Array, targets: Array) -> Array:
    """Twice the relative excess of the prediction."""
    return unit_deviance_slope(targets, predictions, 1.0)


POISSON_DEVIANCE = elementwise(
    "poisson_deviance",
    title="Poisson deviance",
    tasks=("regression", "counts"),
    inputs=(
        replace(PREDICTED_VALUES, domain=POSITIVE, help="predicted means, above 0, any shape"),
        replace(TARGET_VALUES, domain=NONNEGATIVE, help="counts or amounts, at least 0"),
    ),
    value=value,
    total=total,
    slope=slope,
    has_slopes=True,
    context="mean",
    page=Page(
        summary="Poisson deviance: 2·(t·log(t/p) − t + p), twice the NLL above its minimum",
        also_called=("Poisson regression",),
        curve=Curve("p for a target of 2", 0.2, 8.0, lambda x: ([x], [2.0])),
        formula="2(t·log(t/p) − t + p),  0·log 0 = 0",
        use_when=(
            "targets are counts and predictions are means, not logarithms",
            "the variance of the targets grows with their mean, at about the same pace",
        ),
        avoid_when=(
            "predictions are logarithms of rates (use poisson_nll)",
            "predictions may be 0: the loss of a positive target is then unbounded",
        ),
        expected={
            "perfect": "0",
            "good": "about 1, when targets are Poisson counts around the right means above 5",
            "chance": "the deviance from the mean of the targets as a constant prediction",
        },
        references=(
            Reference(
                "McCullagh & Nelder, Generalized linear models (1989), ch. 2",
                "doi:10.1007/978-1-4899-3242-6",
            ),
            Reference(
                "Loader, Fast and accurate computation of binomial probabilities (2000)",
                "https://www.r-project.org/doc/reports/CLoader-dbinom-2002.pdf",
            ),
        ),
        examples=(
            Example([1.0, 3.0], [2.0, 0.0], 3.386294361119891, {}, "(2(2·log 2 − 1) + 2·3) / 2"),
        ),
        notes=("poisson_nll minus its least value, doubled; tweedie_deviance at power 1",),
    ),
)
