"""Mean squared logarithmic error."""

import math
from dataclasses import replace

import numpy as np

from lossctl.core.domain import Interval
from lossctl.core.loss import Array, Curve, Example, Page, Reference
from lossctl.kernels.numeric.loss_totals import total_of
from lossctl.kernels.numeric.pointwise import with_sign_of
from lossctl.kernels.numeric.primitives import log1p, primitive
from lossctl.losses.builders.elementwise import REGRESSION, elementwise

ABOVE_MINUS_ONE = Interval(-1.0, math.inf, "neither")


def log_gap(predictions: Array, targets: Array) -> Array:
    """|log(1 + p) − log(1 + t)|, as the logarithm of a quotient near 1 for near p and t."""
    least = np.minimum(predictions, targets)
    least += 1.0
    gap = predictions - targets
    np.abs(gap, out=gap)
    gap /= least
    return log1p(gap, out=gap)


@primitive
def squared_log_error(predictions: Array, targets: Array) -> Array:
    """Squared difference of the logarithms."""
    gap = log_gap(predictions, targets)
    gap *= gap
    return gap


def slope(predictions: Array, targets: Array) -> Array:
    """Twice the difference of the logarithms over 1 + p."""
    gap = log_gap(predictions, targets)
    gap = with_sign_of(predictions - targets, gap)  # 0 stays 0
    gap *= 2.0
    gap /= 1.0 + predictions
    return gap


squared_log_error_total = total_of(squared_log_error, slope)


MSLE = elementwise(
    "msle",
    title="Mean squared logarithmic error",
    tasks=("regression", "forecasting"),
    inputs=tuple(replace(entry, domain=ABOVE_MINUS_ONE) for entry in REGRESSION),
    value=squared_log_error,
    total=squared_log_error_total,
    slope=slope,
    has_slopes=True,
    context="convex",
    page=Page(
        summary="Mean squared log error: (log(1 + prediction) − log(1 + target))²",
        also_called=("RMSLE", "log squared error"),
        curve=Curve("p for a target of 1", 0.0, 6.0, lambda x: ([x], [1.0])),
        formula="(log(1 + p) − log(1 + t))²,  p > −1 and t > −1",
        use_when=(
            "targets are counts or amounts that span several orders of magnitude",
            "relative error (the factor) matters, not absolute error",
        ),
        avoid_when=(
            "the mean of the target is wanted: the best constant is lower, near the median",
            "values are mostly far below 1: there it equals mse, for log(1 + x) is then x",
        ),
        expected={
            "perfect": "0",
            "good": "< 0.01: about 10 % off where values are large",
            "chance": "the variance of log(1 + t)",
        },
        references=(
            Reference(
                "scikit-learn user guide, Mean squared logarithmic error",
                "https://scikit-learn.org/stable/modules/model_evaluation.html"
                "#mean-squared-logarithmic-error",
            ),
        ),
        examples=(
            Example(
                [1.0, 0.0],
                [0.0, 0.0],
                0.2402265069591007,
                {},
                "((log 2 − log 1)² + 0) / 2 = ½·(log 2)²",
            ),
        ),
        notes=(
            "there is no epsilon: values ≤ −1 have no logarithm and are refused (Keras clips them)",
            "its root is RMSLE",
        ),
    ),
)
