"""Root mean squared error."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lossctl.core.loss import Example, Page, Pooled, Reference
from lossctl.kernels.numeric.residual_costs import (
    squared_error,
    squared_error_slope,
    squared_error_total,
)
from lossctl.losses.builders.elementwise import REGRESSION, RESIDUAL, elementwise


def finish(*, loss: Any, weight: Any, **_: Any) -> Any:
    """Root of the mean squared error."""
    return np.sqrt(loss / weight)


def finish_slope(*, loss: Any, weight: Any, **_: Any) -> Mapping[str, Any]:
    """1 / (2·n·rmse); 0 where the predictions are perfect."""
    divisor = 2.0 * weight * np.sqrt(loss / weight)
    return {"loss": np.divide(1.0, divisor, out=np.zeros_like(divisor), where=divisor > 0.0)[()]}


RMSE = elementwise(
    "rmse",
    title="Root mean squared error",
    tasks=("regression", "forecasting"),
    inputs=REGRESSION,
    value=squared_error,
    total=squared_error_total,
    slope=squared_error_slope,
    finish=finish,
    finish_slope=finish_slope,
    reduction=Pooled(),
    page=Page(
        summary="Root mean squared error (RMSE): √(mean of (prediction − target)²)",
        also_called=("RMS error", "standard error of regression", "RMSD"),
        curve=RESIDUAL,
        formula="√(Σ e² / n),  e = p − t",
        use_when=(
            "the typical size of an error is wanted in the units of the target",
            "models are compared that estimate the mean",
        ),
        avoid_when=(
            (
                "a model is trained in batches (use mse, whose minimum is the same: a mean of "
                "roots of batches is not the root of the mean)"
            ),
            "a few outliers should not dominate (use mae or huber)",
        ),
        expected={
            "perfect": "0",
            "good": "near the noise of the targets",
            "chance": "standard deviation of the targets, for their mean as prediction",
            "bad": "> standard deviation of the targets",
        },
        references=(
            Reference(
                "Hyndman & Koehler, Another look at measures of forecast accuracy (2006)",
                "doi:10.1016/j.ijforecast.2006.03.001",
            ),
        ),
        examples=(
            Example([3.0, 0.0, 1.0, 4.0], [0.0, 4.0, 1.0, 4.0], 2.5, {}, "√((9 + 16) / 4)"),
            Example(
                [[1.0, 2.0], [0.0, 5.0]],
                [[1.0, 2.0], [1.0, 4.0]],
                0.5,
                {"pooling": "sample"},
                "the mean of the roots of each row: (0 + √(2/2)) / 2",
            ),
        ),
        notes=(
            (
                "one root of the mean over all; pooling sample takes a root for each entry of the "
                "first axis, and their mean"
            ),
            "weights weight the squares; the gradient of perfect predictions is taken as 0",
        ),
        kinks="all errors 0, where the slope 0 is chosen",
    ),
)
