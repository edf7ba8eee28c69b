"""Mean squared error."""

from lossctl.core.loss import Example, Page, Reference
from lossctl.kernels.numeric.residual_costs import (
    squared_error,
    squared_error_slope,
    squared_error_total,
)
from lossctl.losses.builders.elementwise import REGRESSION, RESIDUAL, elementwise

MSE = elementwise(
    "mse",
    title="Mean squared error",
    tasks=("regression",),
    inputs=REGRESSION,
    value=squared_error,
    total=squared_error_total,
    slope=squared_error_slope,
    has_slopes=True,
    context="variance",
    bad_above=("target_variance", 1.0),
    page=Page(
        summary="Mean squared error: (prediction − target)²; the best constant is the mean",
        also_called=(
            "squared error",
            "squared loss",
            "quadratic loss",
            "least squares",
            "L2 loss",
        ),
        curve=RESIDUAL,
        formula="e²,  e = p − t",
        use_when=(
            "the mean of the target is wanted",
            "errors are roughly Gaussian",
            "large errors are especially bad",
        ),
        avoid_when=(
            "targets hold outliers: each counts by its square (use huber or mae)",
            "targets span several orders of magnitude (normalise them first)",
        ),
        expected={
            "perfect": "0",
            "good": "< 0.1 × the variance of the targets",
            "chance": "the variance of the targets (always predicting their mean)",
            "bad": "> the variance of the targets",
        },
        references=(
            Reference("Gneiting, Making and evaluating point forecasts (2011)", "arXiv:0912.0902"),
        ),
        examples=(
            Example(
                [[1.0, 2.0], [3.0, 4.0]], [[1.5, 2.5], [3.5, 4.5]], 0.25, {}, "four residuals of −½"
            ),
            Example([3.0, 0.0], [1.0, 1.0], 2.5, {}, "(2² + 1²) / 2"),
        ),
    ),
)
