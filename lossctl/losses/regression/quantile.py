"""Quantile (pinball) loss."""

import numpy as np

from lossctl.core.domain import UNIT, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.pointwise import pinball, tilted
from lossctl.losses.builders.elementwise import REGRESSION, RESIDUAL, elementwise


def value(predictions: Array, targets: Array, *, q: float) -> Array:
    """Weigh the size of the residual: q where the prediction is too low, 1 − q where too high."""
    return pinball(predictions - targets, q, 1.0 - q)


def slope(predictions: Array, targets: Array, *, q: float) -> Array:
    """−q where the prediction is too low, 1 − q where too high, 0 where it is right."""
    return tilted(np.sign(predictions - targets), -q, 1.0 - q)


QUANTILE = elementwise(
    "quantile",
    title="Quantile loss",
    tasks=("regression", "forecasting"),
    inputs=REGRESSION,
    value=value,
    slope=slope,
    params=(Param("q", 0.5, UNIT, "Quantile wanted: 0.9 wants 9 of 10 targets below."),),
    context="convex",
    page=Page(
        summary="A tilted absolute error; its best constant prediction is the q-quantile.",
        curve=RESIDUAL,
        formula="max(q·(t − p), (q − 1)·(t − p))",
        use_when=(
            "a quantile of the target is wanted: stock levels, service times, bounds",
            "an interval is forecast: one loss for each end, such as q = 0.05 and q = 0.95",
            "too high and too low cost differently: q / (1 − q) is the ratio of the prices",
        ),
        avoid_when=(
            "the mean is wanted (use mse)",
            "quantiles of one item must not cross: each is fitted alone",
            "the optimiser needs a slope that vanishes near the minimum (use expectile)",
        ),
        expected={
            "perfect": "0",
            "chance": "the same loss of the q-quantile of the targets as a constant prediction",
        },
        references=(
            Reference("Koenker & Bassett, Regression quantiles (1978)", "doi:10.2307/1913643"),
            Reference("Gneiting, Making and evaluating point forecasts (2011)", "arXiv:0912.0902"),
        ),
        examples=(
            Example([1.0, 3.0], [3.0, 2.0], 0.875, {"q": 0.75}, "(¾·2 + ¼·1) / 2"),
            Example([1.0, 3.0], [3.0, 2.0], 0.75, {}, "(½·2 + ½·1) / 2: half of mae"),
        ),
        notes=("at q = 0.5 it is half of mae",),
        kinks="e = 0, where the slope 0 is chosen",
    ),
)
