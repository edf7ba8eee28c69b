"""Mean absolute percentage error."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lossctl.core.domain import POSITIVE, Flag, Param
from lossctl.core.loss import Array, Curve, Example, Page, Reference
from lossctl.kernels.numeric.loss_totals import nothing_in_parts, total_of
from lossctl.kernels.numeric.primitives import primitive
from lossctl.losses.builders.elementwise import REGRESSION, count_of, elementwise


def unit_of(targets: Array, epsilon: float, share: float) -> Array:
    """Return the error that costs 1: a share of the size of the target."""
    size = np.abs(targets)
    np.clip(size, epsilon, np.inf, out=size)
    return size if share == 1.0 else share * size


def share_of(*, percent: bool) -> float:
    """Return the share of a target that an error is measured in."""
    return 0.01 if percent else 1.0


@primitive
def relative_error(predictions: Array, targets: Array, epsilon: float, share: float) -> Array:
    """Size of the residual over a share of the size of the target."""
    residual = predictions - targets
    np.abs(residual, out=residual)
    residual /= unit_of(targets, epsilon, share)
    return residual


relative_error_total = total_of(relative_error)


def value(predictions: Array, targets: Array, *, epsilon: float, percent: bool) -> Array:
    """Size of the residual over the size of the target."""
    return relative_error(predictions, targets, epsilon, share_of(percent=percent))


def slope(predictions: Array, targets: Array, *, epsilon: float, percent: bool) -> Array:
    """Sign of the residual over the size of the target; 0 at 0."""
    slopes = np.sign(predictions - targets)  # not in place, where it branches on each element
    slopes /= unit_of(targets, epsilon, share_of(percent=percent))
    return slopes


HUGE = 1e6
"""From here on an error, in units of its target, is worth a note."""


def huge_loss(*, percent: bool) -> float:
    """Return the loss of such an error."""
    return 100.0 * HUGE if percent else HUGE


def is_huge(losses: Array, *_: Array, percent: bool, **__: Any) -> Any:
    """Mark the errors of a million times their target and more; 0 where there is none."""
    limit = huge_loss(percent=percent)
    return losses >= limit if losses.max(initial=0.0) >= limit else 0.0


def is_clipped(losses: Array, predictions: Array, targets: Array, **params: Any) -> Any:
    """Mark those of them that are divided by ε."""
    huge = is_huge(losses, percent=params["percent"])
    if isinstance(huge, float):
        return huge
    return huge & (np.abs(targets) < params["epsilon"]) & (predictions != targets)


def total(predictions: Array, targets: Array, **params: Any) -> Mapping[str, Any]:
    """Sum of the losses, and how many are marked: none where their sum is no huge loss."""
    share = share_of(percent=params["percent"])
    loss = relative_error_total(predictions, targets, params["epsilon"], share)
    greatest = loss if isinstance(loss, float) else loss.max()
    if greatest < huge_loss(percent=params["percent"]):
        return {"loss": loss, "huge": nothing_in_parts(), "clipped": nothing_in_parts()}
    arrays = value(predictions, targets, **params), predictions, targets
    marks = {name: mark(*arrays, **params) for name, mark in MARKS.items()}
    return {"loss": loss, **{name: count_of(marked) for name, marked in marks.items()}}


MARKS: Mapping[str, Callable[..., Any]] = {"huge": is_huge, "clipped": is_clipped}


def notes(*, huge: float, clipped: float, epsilon: float, **_: Any) -> list[str]:
    """Say what makes a value huge."""
    if not huge:
        return []
    which = "1 item has an error" if huge == 1 else f"{huge:g} items have errors"
    why = f" ({clipped:g} with |t| below epsilon = {epsilon:g}, which divides)" if clipped else ""
    return [f"{which} of a million times the target or more{why}: they dominate the value"]


MAPE = elementwise(
    "mape",
    title="Mean absolute percentage error",
    tasks=("regression", "forecasting"),
    inputs=REGRESSION,
    value=value,
    total=total,
    slope=slope,
    counted=MARKS,
    notes=notes,
    params=(
        Param("epsilon", 2.0**-52, POSITIVE, "Lower bound of the |target| that is divided by."),
        Param("percent", default=False, domain=Flag(), help="Whether to multiply by 100."),
    ),
    context="convex",
    page=Page(
        summary="Mean absolute percentage error: |prediction − target| / |target|; 0.1 is 10 %",
        also_called=("mean absolute percentage deviation", "MAPD"),
        curve=Curve("p for a target of 1", -1.0, 3.0, lambda x: ([x], [1.0])),
        formula="|p − t| / max(|t|, ε),  × 100 with percent",
        use_when=(
            "errors matter in proportion and targets stay well away from 0",
            "series of different scales are put into one number",
        ),
        avoid_when=(
            "targets are 0 or near it: one such item can dominate the value (use mae or msle)",
            "forecasts are tuned with it: it favours under-prediction, whose loss is at most 1",
        ),
        expected={
            "perfect": "0",
            "good": "< 0.1, for most demand and sales series",
            "bad": "≥ 1: always predicting 0 gives 1 for every target beyond ε",
        },
        references=(
            Reference(
                "de Myttenaere et al., Mean absolute percentage error for regression models (2016)",
                "arXiv:1605.02541",
            ),
            Reference(
                "Hyndman & Koehler, Another look at measures of forecast accuracy (2006)",
                "doi:10.1016/j.ijforecast.2006.03.001",
            ),
        ),
        examples=(
            Example([3.0, 5.0], [4.0, 4.0], 0.25, {}, "(1/4 + 1/4) / 2"),
            Example([3.0, 6.0], [4.0, 4.0], 37.5, {"percent": True}, "100·(1/4 + 2/4) / 2"),
        ),
        notes=(
            "epsilon is scikit-learn's 2^-52; torchmetrics has 1.17e-6, Keras 1e-7 and percent",
            "epsilon matters where |target| is smaller: the value is then huge, not infinite",
        ),
        kinks="e = 0, where the slope 0 is chosen",
    ),
)
