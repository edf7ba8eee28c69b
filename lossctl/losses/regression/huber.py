"""Huber loss."""

from lossctl.core.domain import POSITIVE, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.residual_costs import huber, huber_slope, huber_total
from lossctl.losses.builders.elementwise import REGRESSION, RESIDUAL, elementwise


def value(predictions: Array, targets: Array, *, delta: float) -> Array:
    """Quadratic for small residuals, linear beyond `delta`."""
    return huber(predictions, targets, delta)


def total(predictions: Array, targets: Array, *, delta: float) -> float:
    """Sum of the losses."""
    return huber_total(predictions, targets, delta)


def slope(predictions: Array, targets: Array, *, delta: float) -> Array:
    """Residual, held within ±`delta`."""
    return huber_slope(predictions, targets, delta)


HUBER = elementwise(
    "huber",
    title="Huber loss",
    tasks=("regression",),
    inputs=REGRESSION,
    value=value,
    total=total,
    slope=slope,
    has_slopes=True,
    params=(
        Param("delta", 1.0, POSITIVE, "Threshold δ: |residual| at which the loss turns linear."),
    ),
    context="convex",
    page=Page(
        summary="Huber loss: ½e² for |e| ≤ δ, else δ·(|e| − ½δ); quadratic, then linear",
        curve=RESIDUAL,
        formula="½e² if |e| ≤ δ, else δ(|e| − ½δ),  e = p − t",
        use_when=(
            "targets hold some outliers (up to about one in ten)",
            "robustness is wanted with a gradient that vanishes at the minimum",
            "the noise level is known: set delta near it",
        ),
        avoid_when=(
            "the mean is wanted and there are no outliers (use mse)",
            "no sensible delta is known and the scale of the targets varies",
        ),
        expected={"perfect": "0", "chance": "between mae and mse at the best constant"},
        references=(
            Reference(
                "Huber, Robust estimation of a location parameter (1964)",
                "doi:10.1214/aoms/1177703732",
            ),
        ),
        examples=(
            Example([0.0, 3.0], [0.5, 0.0], 1.3125, {"delta": 1.0}, "(½·¼ + 1·(3 − ½)) / 2"),
        ),
        notes=("smooth_l1 is huber divided by beta; the two agree only at delta = beta = 1",),
    ),
)
