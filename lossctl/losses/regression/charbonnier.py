"""Charbonnier loss."""

from lossctl.core.domain import POSITIVE, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.pointwise import root_of_squares
from lossctl.losses.builders.elementwise import REGRESSION, RESIDUAL, elementwise


def value(predictions: Array, targets: Array, *, epsilon: float) -> Array:
    """√(e² + ε²)."""
    return root_of_squares(predictions - targets, epsilon)


def slope(predictions: Array, targets: Array, *, epsilon: float) -> Array:
    """Residual over the loss."""
    residual = predictions - targets
    return residual / root_of_squares(residual, epsilon)


CHARBONNIER = elementwise(
    "charbonnier",
    title="Charbonnier loss",
    tasks=("regression", "image"),
    inputs=REGRESSION,
    value=value,
    slope=slope,
    params=(Param("epsilon", 1e-3, POSITIVE, "Width ε of the rounded minimum, its loss there."),),
    context="convex",
    page=Page(
        summary="Charbonnier loss: √(e² + ε²), absolute error with a rounded minimum",
        also_called=("smooth L1 of image restoration", "differentiable L1"),
        curve=RESIDUAL,
        formula="√(e² + ε²),  e = p − t",
        use_when=(
            "images are restored: super-resolution, deblurring, optical flow",
            "mae is wanted with a gradient that vanishes at the minimum",
        ),
        avoid_when=(
            "the mean is wanted and there are no outliers (use mse)",
            "a perfect prediction should have loss 0 (use pseudo_huber)",
        ),
        expected={"perfect": "ε", "chance": "about mae at the best constant"},
        references=(
            Reference(
                "Charbonnier et al., Two deterministic half-quadratic regularization algorithms "
                "for computed imaging (1994)",
                "doi:10.1109/ICIP.1994.413553",
            ),
            Reference(
                "Lai et al., Deep Laplacian pyramid networks for super-resolution (2017)",
                "arXiv:1704.03915",
            ),
        ),
        examples=(Example([4.0, 0.0], [0.0, 0.0], 4.0, {"epsilon": 3.0}, "(√(16 + 9) + √9) / 2"),),
        notes=(
            "it is pseudo_huber with delta = ε, over ε, plus ε",
            "some libraries take ε² as their parameter: 1e-6 there is epsilon=1e-3",
        ),
    ),
)
