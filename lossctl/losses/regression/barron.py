"""Barron's general robust loss."""

import math
from dataclasses import replace
from typing import Literal

from lossctl.core.domain import POSITIVE, REAL, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.pointwise import box_cox, hypotenuse, hypotenuse_power
from lossctl.losses.builders.elementwise import REGRESSION, RESIDUAL, elementwise

SHAPE = replace(REAL, tried=(0.0, 2.0))  # where the formula is a limit


def value(predictions: Array, targets: Array, *, alpha: float, scale: float) -> Array:
    """|α−2|·((1 + x²/|α−2|)^(α/2) − 1) / α, x the residual in units of the scale."""
    bend = abs(alpha - 2.0)
    if bend == 0.0:
        unit = (predictions - targets) / scale
        return 0.5 * unit * unit
    return bend * box_cox((predictions - targets) / (scale * math.sqrt(bend)), alpha)


def slope(predictions: Array, targets: Array, *, alpha: float, scale: float) -> Array:
    """Scaled residual times (1 + x²/|α−2|)^(α/2 − 1), the exponent split: α − 2 is rounded."""
    scaled_residual = (predictions - targets) / scale / scale
    bend = abs(alpha - 2.0)
    if bend == 0.0:
        return scaled_residual
    x = (predictions - targets) / (scale * math.sqrt(bend))
    root = hypotenuse(x)
    return (scaled_residual / root) * (hypotenuse_power(x, alpha) / root)


def context(*, alpha: float, **_: float) -> Literal["convex"] | None:
    """Return how the best constant is found; below α = 1 there may be several minima."""
    return "convex" if alpha >= 1.0 else None


BARRON = elementwise(
    "barron",
    title="General adaptive robust loss",
    tasks=("regression",),
    inputs=REGRESSION,
    value=value,
    slope=slope,
    params=(
        Param(
            "alpha",
            1.0,
            SHAPE,
            "Shape α: 2 squared error, 1 pseudo-Huber, 0 Cauchy, −2 Geman–McClure.",
        ),
        Param(
            "scale", 1.0, POSITIVE, "Scale c: the loss is quadratic for |residual| well below it."
        ),
    ),
    context=context,
    page=Page(
        summary="Barron's general loss |α−2|/α·((x²/|α−2| + 1)^(α/2) − 1): α = 2 is L2, 0 Cauchy",
        also_called=("general and adaptive robust loss", "Geman-McClure", "Welsch"),
        curve=RESIDUAL,
        formula="|α−2|/α·((x²/|α−2| + 1)^(α/2) − 1),  x = (p − t)/c;  "
        "½x² at α = 2, log(½x² + 1) at α = 0",
        use_when=(
            "the degree of robustness is to be tuned or annealed",
            "several robust losses are compared on one scale: all have slope x/c near zero",
        ),
        avoid_when=(
            "training starts far from the solution and alpha < 1: the loss is not convex",
            "alpha is learnt: the normalising constant of the density is then needed as well",
        ),
        expected={"perfect": "0", "chance": "½·mse/c² or less, for alpha up to 2"},
        references=(
            Reference(
                "Barron, A general and adaptive robust loss function (2019)", "arXiv:1701.03077"
            ),
        ),
        examples=(
            Example([0.75], [0.0], 0.25, {}, "√(9/16 + 1) − 1"),
            Example([2.0], [0.0], 1.0, {"alpha": -2.0}, "2x² / (x² + 4) = 8 / 8"),
            Example([6.0], [0.0], 4.5, {"alpha": 2.0, "scale": 2.0}, "½·3²"),
        ),
        notes=(
            "continuous in alpha: 2 and 0 are limits, and no precision is lost near them",
            "alpha is finite; alpha = -1e9 is within 1e-8 of Welsch's 1 − exp(−½x²), its limit",
        ),
    ),
)
