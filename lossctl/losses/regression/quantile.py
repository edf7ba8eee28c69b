"""Quantile (pinball) loss, of one quantile or of several at once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lossctl.core.domain import UNIT, Param, ScalarOrList
from lossctl.core.loss import Array, Example, Form, Page, Reference
from lossctl.kernels.numeric.pointwise import pinball, tilted
from lossctl.kernels.numeric.primitives import primitive
from lossctl.kernels.numeric.rows import row_sums
from lossctl.losses.builders.elementwise import (
    PREDICTED_VALUES,
    RESIDUAL,
    TARGET_VALUES,
    elementwise,
    with_total,
)


@primitive
def pinball_loss(predictions: Array, targets: Array, below: float, above: float) -> Array:
    """Weigh the size of the residual: where the prediction is too low, and where too high."""
    return pinball(predictions - targets, below, above)


value, total = with_total(
    pinball_loss, lambda predictions, targets, *, q: (predictions, targets, q, 1.0 - q)
)


def slope(predictions: Array, targets: Array, *, q: Any) -> Array:
    """−q where the prediction is too low, 1 − q where too high, 0 where it is right."""
    return tilted(np.sign(predictions - targets), -q, 1.0 - q)


def terms_of_rows(predictions: Array, targets: Array, *, q: Any) -> Mapping[str, Any]:
    """Return the mean loss of the quantiles of every target, and whether any two of them cross."""
    losses = pinball(predictions - targets[:, None], q, 1.0 - q)
    losses /= predictions.shape[1]
    by_level = predictions[:, np.argsort(q, kind="stable")] if np.ndim(q) else predictions
    crossed = (by_level[:, 1:] < by_level[:, :-1]).any(axis=1)
    return {"loss": row_sums(losses), "weight": 1.0, "crossed": crossed.astype(np.float64)}


def vjp_of_rows(predictions: Array, targets: Array, *, slopes: Any, q: Any) -> dict[str, Array]:
    """Share the slope of a target among its quantiles."""
    gradient = slope(predictions, targets[:, None], q=q)
    gradient *= slopes["loss"] / predictions.shape[1]
    return {"predictions": gradient}


def crossing_note(*, weight: Any, crossed: float | None = None, **_: Any) -> Sequence[str]:
    """Say how often a higher quantile is predicted below a lower one."""
    if crossed is None:
        return ()
    return (f"quantiles cross in {100.0 * crossed / weight:.3g} % of the items",)


ONE = elementwise(
    "quantile",
    title="Quantile loss",
    tasks=("regression", "forecasting"),
    inputs=(
        replace(
            PREDICTED_VALUES,
            axes="item [quantile]",
            help="predicted values, any shape; several quantiles along the last axis",
        ),
        replace(TARGET_VALUES, help="true values, one per item"),
    ),
    value=value,
    total=total,
    slope=slope,
    params=(
        Param(
            "q",
            0.5,
            ScalarOrList(UNIT),
            "Quantile level: 0.9 puts 9 of 10 targets below; a list gives several.",
        ),
    ),
    notes=crossing_note,
    context="convex",
    page=Page(
        summary="Pinball loss: max(q·(t − p), (q − 1)·(t − p)); minimised by the q-quantile",
        also_called=(
            "pinball loss",
            "check loss",
            "tilted absolute loss",
            "quantile regression",
            "newsvendor loss",
        ),
        curve=RESIDUAL,
        formula="max(q·(t − p), (q − 1)·(t − p)); of several quantiles the mean over them",
        use_when=(
            "a quantile of the target is wanted: stock levels, service times, bounds",
            "an interval is forecast: one loss for each end, such as q = 0.05 and q = 0.95",
            "several quantiles are predicted at once: predictions (N, Q) and q = [0.1, 0.5, 0.9]",
            "under- and over-prediction cost differently: their costs have the ratio q / (1 − q)",
        ),
        avoid_when=(
            "the mean is wanted (use mse)",
            "quantiles of one item must not cross: each level is fitted independently",
            "the optimiser needs a gradient that vanishes near the minimum (use expectile)",
        ),
        expected={
            "perfect": "0",
            "chance": "the loss of the q-quantile of the targets as a constant prediction",
        },
        references=(
            Reference("Koenker & Bassett, Regression quantiles (1978)", "doi:10.2307/1913643"),
            Reference("Gneiting, Making and evaluating point forecasts (2011)", "arXiv:0912.0902"),
        ),
        examples=(
            Example([1.0, 3.0], [3.0, 2.0], 0.875, {"q": 0.75}, "(¾·2 + ¼·1) / 2"),
            Example([1.0, 3.0], [3.0, 2.0], 0.75, {}, "(½·2 + ½·1) / 2: half of mae"),
            Example(
                [[1.0, 2.0, 4.0], [3.0, 2.0, 1.0]],
                [2.0, 2.0],
                0.375,
                {"q": [0.25, 0.5, 0.75]},
                "(¼·1 + 0 + ¼·2 and ¾·1 + 0 + ¾·1) / 3 each: (0.25 + 0.5) / 2; the second crosses",
            ),
        ),
        notes=(
            "at q = 0.5 it is half of mae",
            (
                "with several quantiles each target is one item; a note counts the items in which"
                " they cross"
            ),
            "over many evenly spaced quantiles twice the mean approaches the CRPS",
        ),
        kinks="e = 0, where the slope 0 is chosen",
    ),
)
QUANTILE = replace(
    ONE,
    forms=(*ONE.forms, Form("item class", "values", terms_of_rows, vjp_of_rows, order="memory")),
)
