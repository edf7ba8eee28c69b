"""Pseudo-Huber loss."""

from lossctl.core.domain import POSITIVE, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.pointwise import hypotenuse
from lossctl.losses.builders.elementwise import REGRESSION, RESIDUAL, elementwise


def value(predictions: Array, targets: Array, *, delta: float) -> Array:
    """δ²(√(1 + x²) − 1) with x = e/δ, as e² / (√(1 + x²) + 1): nothing cancels at small e."""
    residual = predictions - targets
    return residual * (residual / (hypotenuse(residual / delta) + 1.0))


def slope(predictions: Array, targets: Array, *, delta: float) -> Array:
    """Residual over √(1 + x²)."""
    residual = predictions - targets
    return residual / hypotenuse(residual / delta)


PSEUDO_HUBER = elementwise(
    "pseudo_huber",
    title="Pseudo-Huber loss",
    tasks=("regression",),
    inputs=REGRESSION,
    value=value,
    slope=slope,
    params=(Param("delta", 1.0, POSITIVE, "|Residual| around which the loss turns linear."),),
    context="convex",
    page=Page(
        summary="Pseudo-Huber loss: δ²·(√(1 + (e/δ)²) − 1), a smooth approximation of Huber",
        also_called=("Charbonnier loss", "smooth Huber"),
        curve=RESIDUAL,
        formula="δ²(√(1 + (e/δ)²) − 1),  e = p − t",
        use_when=(
            "huber is wanted and the optimiser needs second derivatives (boosting, Newton steps)",
            "targets hold some outliers and the noise level is known: set delta near it",
        ),
        avoid_when=(
            "the mean is wanted and there are no outliers (use mse)",
            "the noise level is not known and the scale of the targets varies",
        ),
        expected={
            "perfect": "0",
            "chance": "at the best constant, less than delta × mae and less than ½ mse",
        },
        references=(
            Reference(
                "Charbonnier et al., Two deterministic half-quadratic regularization algorithms "
                "for computed imaging (1994)",
                "doi:10.1109/ICIP.1994.413553",
            ),
            Reference(
                "Barron, A general and adaptive robust loss function (2019)", "arXiv:1701.03077"
            ),
        ),
        examples=(
            Example([0.75, 0.0], [0.0, 0.0], 0.125, {}, "(√(1 + 9/16) − 1) / 2 = (5/4 − 1) / 2"),
            Example([3.0], [0.0], 4.0, {"delta": 4.0}, "4²·(√(1 + 9/16) − 1) = 16·¼"),
        ),
        notes=(
            "for large |e| it grows as δ|e| − δ², where huber has δ|e| − ½δ²",
            "the Charbonnier penalty √(e² + ε²) is this loss with delta = ε, over ε, plus ε",
        ),
    ),
)
