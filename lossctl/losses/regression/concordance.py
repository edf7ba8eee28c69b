"""One minus Lin's concordance correlation coefficient."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lossctl.core.loss import Array, Curve, Example, Form, Loss, Page, Pooled, Reference
from lossctl.kernels.numeric.residual_costs import squared_error
from lossctl.losses.builders.elementwise import REGRESSION


def terms(predictions: Array, targets: Array, **_: Any) -> Mapping[str, Any]:
    """Both, their squares, the residuals and their squares, in float64: variances cancel."""
    p, t = (array.astype(np.float64, copy=False) for array in (predictions, targets))
    return {
        "loss": squared_error(p, t),
        "weight": 1.0,
        "residual": p - t,
        "prediction": p,
        "prediction_square": p * p,
        "target": t,
        "target_square": t * t,
    }


def vjp(predictions: Array, targets: Array, *, slopes: Any, **_: Any) -> Mapping[str, Array]:
    """Carry the slopes of the sums that the predictions are in back to them."""
    linear = slopes["residual"] + slopes["prediction"]
    errors = 2.0 * slopes["loss"] * (predictions - targets)
    return {"predictions": errors + 2.0 * slopes["prediction_square"] * predictions + linear}


def _without_correlation(
    *,
    loss: Any,
    weight: Any,
    residual: Any,
    prediction: Any,
    prediction_square: Any,
    target: Any,
    target_square: Any,
    **_: Any,
) -> Any:
    """Σ e² of uncorrelated predictions and targets; at least half of Σ e², however it rounds."""
    spread_p = np.maximum(prediction_square - prediction * prediction / weight, 0.0)
    spread_t = np.maximum(target_square - target * target / weight, 0.0)
    return np.maximum(spread_p + spread_t + residual * residual / weight, 0.5 * loss)


def finish(*, loss: Any, **sums: Any) -> Any:
    """Σ e² over what it would be without correlation; 0/0 is 0."""
    below = _without_correlation(loss=loss, **sums)
    return np.divide(loss, below, out=np.zeros(np.shape(below)), where=below != 0.0)[()]


def finish_slope(
    *, loss: Any, weight: Any, residual: Any, prediction: Any, **sums: Any
) -> Mapping[str, Any]:
    """Derivative with respect to the sums that predictions are in; 0 where the value is 0/0."""
    below = _without_correlation(
        loss=loss, weight=weight, residual=residual, prediction=prediction, **sums
    )
    inverse = np.divide(1.0, below, out=np.zeros(np.shape(below)), where=below != 0.0)
    of_below = -loss * inverse * inverse
    return {
        "loss": inverse[()],
        "prediction_square": of_below[()],
        "prediction": (-2.0 * of_below * prediction / weight)[()],
        "residual": (2.0 * of_below * residual / weight)[()],
    }


def notes(**sums: Any) -> Sequence[str]:
    """Say where predictions and targets are one constant."""
    below = np.asarray(_without_correlation(**sums))
    constant = int(np.sum(below == 0.0))
    if not constant:
        return ()
    which = "all" if below.size == 1 else f"those of {constant} of {below.size} samples"
    return (f"predictions and targets are the same constant ({which}): the value is 0",)


CONCORDANCE = Loss(
    "concordance",
    "Concordance loss",
    ("regression",),
    REGRESSION,
    (Form("item", "values", terms, vjp),),
    finish=finish,
    finish_slope=finish_slope,
    reduction=Pooled(),
    notes=notes,
    page=Page(
        summary="Concordance (CCC) loss: 1 − Lin's concordance correlation coefficient",
        also_called=("1 − CCC", "Lin's concordance"),
        curve=Curve(
            "error of one of three, the others right",
            -3.0,
            3.0,
            lambda x: ([x, 1.0, 2.0], [0.0, 1.0, 2.0]),
        ),
        formula="1 − 2·Cov(p, t) / (Var p + Var t + (mean p − mean t)²)",
        use_when=(
            "the metric is the CCC: ratings, valence and arousal over time",
            "predictions must follow the targets in scale and offset, not only in order",
        ),
        avoid_when=(
            "batches are small: their means and variances decide the value (use mse)",
            "means are 10⁴ or more deviations from 0: subtract a constant from both first",
        ),
        expected={
            "perfect": "0",
            "chance": "1: no correlation, as of a constant",
            "bad": "> 1: negative correlation; 2 at most",
        },
        references=(
            Reference(
                "Lin, A concordance correlation coefficient to evaluate reproducibility (1989)",
                "doi:10.2307/2532051",
            ),
        ),
        examples=(
            Example(
                [2.0, 4.0, 6.0, 8.0],
                [1.0, 4.0, 7.0, 8.0],
                0.04,
                {},
                "1 − 2·24/(20 + 30): both means are 5",
            ),
            Example([1.0, 3.0], [0.0, 2.0], 1.0 / 3.0, {}, "Σ e² over 2 + 2 + 2·1²: 2/6"),
        ),
        notes=(
            "variances are over n, as in Lin's paper: n − 1 gives another value",
            (
                "one value over all; with pooling sample one for each entry of the first axis, "
                "each series, and their mean"
            ),
            (
                "variances are of sums of squares: means of 10³ deviations leave ten digits, "
                "each further factor of ten two digits fewer"
            ),
            "the metric concordance_correlation is 1 minus it, and averages columns",
        ),
    ),
)
