"""Cauchy loss."""

from lossctl.core.domain import POSITIVE, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.pointwise import hypotenuse, log_square
from lossctl.losses.builders.elementwise import REGRESSION, RESIDUAL, elementwise


def value(predictions: Array, targets: Array, *, scale: float) -> Array:
    """Half the squared scale times log(1 + x²), x the residual in units of the scale."""
    return 0.5 * scale * scale * log_square((predictions - targets) / scale)


def slope(predictions: Array, targets: Array, *, scale: float) -> Array:
    """Residual over 1 + x²."""
    residual = predictions - targets
    root = hypotenuse(residual / scale)
    return residual / root / root


CAUCHY = elementwise(
    "cauchy",
    title="Cauchy loss",
    tasks=("regression",),
    inputs=REGRESSION,
    value=value,
    slope=slope,
    params=(Param("scale", 1.0, POSITIVE, "Residual c above which the gradient decreases."),),
    page=Page(
        summary="½c²·log(1 + (e/c)²): Cauchy (Lorentzian) loss, logarithmic for large errors",
        also_called=("Lorentzian loss",),
        curve=RESIDUAL,
        formula="½c²·log(1 + (e/c)²),  e = p − t",
        use_when=(
            "many targets are gross outliers (wrong matches, broken sensors)",
            "a good initial fit exists: the loss is not convex beyond |e| = c",
        ),
        avoid_when=(
            "training starts far from the solution: gradients vanish there (begin with huber)",
            "large errors matter: they cost hardly more than medium ones",
        ),
        expected={"perfect": "0", "chance": "less than half of mse; grows with the scale"},
        references=(
            Reference(
                "Black & Anandan, The robust estimation of multiple motions (1996)",
                "doi:10.1006/cviu.1996.0006",
            ),
            Reference(
                "Barron, A general and adaptive robust loss function (2019)", "arXiv:1701.03077"
            ),
        ),
        examples=(
            Example([1.0, 0.0], [0.0, 0.0], 0.17328679513998632, {}, "½·log(1 + 1) / 2 = ¼·log 2"),
            Example([6.0], [0.0], 4.605170185988092, {"scale": 2.0}, "½·2²·log(1 + 3²) = 2·log 10"),
        ),
        notes=(
            "curvature at zero is 1, as in huber; the costs of SciPy and Ceres are this",
            "barron at alpha = 0 and scale c is this loss at scale √2·c, divided by c²",
        ),
    ),
)
