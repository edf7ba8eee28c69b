"""Mean absolute error."""

from lossctl.core.loss import Example, Page, Reference
from lossctl.kernels.numeric.residual_costs import (
    absolute_error,
    absolute_error_slope,
    absolute_error_total,
)
from lossctl.losses.builders.elementwise import REGRESSION, RESIDUAL, elementwise

MAE = elementwise(
    "mae",
    title="Mean absolute error",
    tasks=("regression",),
    inputs=REGRESSION,
    value=absolute_error,
    total=absolute_error_total,
    slope=absolute_error_slope,
    has_slopes=True,
    context="convex",
    page=Page(
        summary="Mean absolute error (L1): |prediction − target|; the best constant is the median",
        also_called=(
            "absolute error",
            "absolute loss",
            "L1 loss",
            "least absolute deviations",
        ),
        curve=RESIDUAL,
        formula="|e|,  e = p − t",
        use_when=(
            "the median of the target is wanted",
            "targets hold outliers",
            "each unit of error should count the same",
        ),
        avoid_when=(
            "the mean is wanted and the target is skewed",
            "the optimiser needs a gradient that vanishes near the minimum (use huber)",
        ),
        expected={
            "perfect": "0",
            "chance": "the mean absolute deviation of the targets from their median",
        },
        references=(
            Reference("Gneiting, Making and evaluating point forecasts (2011)", "arXiv:0912.0902"),
        ),
        examples=(Example([1.0, 2.0, 3.0], [1.5, 2.5, 3.5], 0.5, {}, "three residuals of −½"),),
        kinks="e = 0, where the slope 0 is chosen",
    ),
)
