"""Weighted mean absolute percentage error."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lossctl.core.domain import Flag, Param
from lossctl.core.loss import Array, Curve, Example, Form, Loss, Page, Pooled, Reference
from lossctl.kernels.numeric.residual_costs import absolute_error, absolute_error_slope
from lossctl.losses.builders.elementwise import REGRESSION


def terms(predictions: Array, targets: Array, **_: Any) -> Mapping[str, Any]:
    """Absolute errors, and the sizes of the targets."""
    return {"loss": absolute_error(predictions, targets), "weight": 1.0, "size": np.abs(targets)}


def vjp(predictions: Array, targets: Array, *, slopes: Any, **_: Any) -> Mapping[str, Array]:
    """Signs of the residuals."""
    return {"predictions": slopes["loss"] * absolute_error_slope(predictions, targets)}


def finish(*, loss: Any, size: Any, percent: bool, **_: Any) -> Any:
    """Sum of the absolute errors over that of the targets; 0/0 is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(np.equal(loss, 0.0), 0.0, np.divide(loss, size))
    return (100.0 * share if percent else share)[()]


def finish_slope(*, size: Any, percent: bool, **_: Any) -> Mapping[str, Any]:
    """One over the sum of the targets; of no target nothing is asked."""
    top = np.full(np.shape(size), 100.0 if percent else 1.0)
    return {"loss": np.divide(top, size, out=np.zeros_like(top), where=np.greater(size, 0.0))[()]}


def notes(*, size: Any, **_: Any) -> Sequence[str]:
    """Say how many sums of targets are 0."""
    empty = int(np.sum(np.equal(size, 0.0)))
    if not empty:
        return ()
    which = "the targets are" if np.size(size) == 1 else f"those of {empty} of {np.size(size)} are"
    return (f"{which} all 0: the value is 0 for the same predictions, and else infinite",)


WMAPE = Loss(
    "wmape",
    "Weighted mean absolute percentage error",
    ("regression", "forecasting"),
    REGRESSION,
    (Form("item", "values", terms, vjp),),
    params=(
        Param("percent", default=False, domain=Flag(), help="Whether to give percent: 10 for 0.1."),
    ),
    finish=finish,
    finish_slope=finish_slope,
    reduction=Pooled(),
    notes=notes,
    page=Page(
        summary="Weighted MAPE (WMAPE): Σ|prediction − target| / Σ|target|; 0.1 is 10 %",
        also_called=("weighted absolute percentage error", "MAD/mean ratio", "ND"),
        curve=Curve("e = p − t for targets of 1 and 3", -3.0, 3.0, lambda x: ([1 + x, 3], [1, 3])),
        formula="Σ|p − t| / Σ|t|",
        use_when=(
            "percentage errors are asked for and some targets are 0 or near it",
            "demand of many products is forecast: large ones count by their size",
        ),
        avoid_when=(
            "every item should count alike, whatever its size (use mape or mase)",
            "targets of both signs cancel in their meaning: errors of temperatures in °C",
        ),
        expected={
            "perfect": "0",
            "good": "< 0.2 for demand of ordinary products",
            "chance": "1 for predictions of 0",
            "bad": "> 1",
        },
        references=(
            Reference(
                "Kolassa & Schütz, Advantages of the MAD/mean ratio over the MAPE (2007)",
                "https://ideas.repec.org/a/for/ijafaa/y2007i6p40-43.html",
            ),
            Reference(
                "Hyndman & Koehler, Another look at measures of forecast accuracy (2006)",
                "doi:10.1016/j.ijforecast.2006.03.001",
            ),
        ),
        examples=(
            Example([1.0, 5.0], [0.0, 4.0], 0.5, {}, "(1 + 1) / (0 + 4)"),
            Example(
                [[1.0, 5.0], [2.0, 2.0]],
                [[0.0, 4.0], [1.0, 3.0]],
                50.0,
                {"percent": True, "pooling": "sample"},
                "100·(2/4 and 2/4)",
            ),
        ),
        notes=(
            (
                "one quotient over all; with pooling sample one for each entry of the first axis, "
                "each series, and their mean"
            ),
        ),
        kinks="e = 0, where the slope 0 is chosen",
    ),
)
