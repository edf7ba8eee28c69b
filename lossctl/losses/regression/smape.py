"""Symmetric mean absolute percentage error."""

import numpy as np

from lossctl.core.domain import POSITIVE, Flag, Param
from lossctl.core.loss import Array, Curve, Example, Page, Reference
from lossctl.losses.builders.elementwise import REGRESSION, elementwise


def value(predictions: Array, targets: Array, *, epsilon: float, percent: bool) -> Array:
    """Size of the residual over the mean size of prediction and target."""
    sizes = np.abs(predictions) + np.abs(targets)
    share = 0.005 if percent else 0.5
    return np.abs(predictions - targets) / (share * np.clip(sizes, epsilon, np.inf))


def slope(predictions: Array, targets: Array, *, epsilon: float, percent: bool) -> Array:
    """4·|t|·sign(e) / (|p| + |t|)² where the signs agree, 0 where they do not."""
    share, sign = (0.005 if percent else 0.5), np.sign(predictions - targets)
    sizes = np.abs(predictions) + np.abs(targets)
    same = np.clip(np.sign(predictions) * np.sign(targets), 0.0, 1.0)
    slopes = sign * same * (2.0 * np.abs(targets) / sizes) / (share * sizes)
    faint = sizes <= epsilon
    return np.where(faint, sign / (share * epsilon), slopes) if faint.any() else slopes


SMAPE = elementwise(
    "smape",
    title="Symmetric mean absolute percentage error",
    tasks=("regression", "forecasting"),
    inputs=REGRESSION,
    value=value,
    slope=slope,
    params=(
        Param("epsilon", 2.0**-52, POSITIVE, "Lower bound of the |p| + |t| that is divided by."),
        Param("percent", default=False, domain=Flag(), help="Whether to multiply by 100."),
    ),
    page=Page(
        summary="Symmetric MAPE: 2·|prediction − target| / (|prediction| + |target|), 0 to 2",
        also_called=("symmetric percentage error",),
        curve=Curve("p for a target of 1", -1.0, 4.0, lambda x: ([x], [1.0])),
        formula="2·|p − t| / max(|p| + |t|, ε),  × 100 with percent; from 0 to 2",
        use_when=(
            "results are compared with forecasting competitions that report it (M3, M4)",
            "mape is wanted, but single small targets should not dominate the value",
        ),
        avoid_when=(
            "a model is trained with it: it is flat, at its maximum, where p and t differ in sign",
            "over- and under-prediction should cost alike: under-prediction costs more",
            "targets are often 0: each such item has loss 2 for any prediction but 0",
        ),
        expected={
            "perfect": "0",
            "bad": "2: the prediction or the target is 0, or their signs differ",
        },
        references=(
            Reference(
                "Makridakis, Accuracy measures: theoretical and practical concerns (1993)",
                "doi:10.1016/0169-2070(93)90079-3",
            ),
            Reference(
                "Hyndman & Koehler, Another look at measures of forecast accuracy (2006)",
                "doi:10.1016/j.ijforecast.2006.03.001",
            ),
        ),
        examples=(
            Example([3.0, 0.0], [5.0, 0.0], 0.25, {}, "(2·2/8 + 0) / 2"),
            Example([3.0], [5.0], 50.0, {"percent": True}, "200·2/8"),
        ),
        notes=(
            "two zeros have loss 0; epsilon only matters to values smaller than itself",
            "some leave out the 2 and end at 1 (or 100 %); this is the form of the M4 competition",
        ),
        kinks="e = 0 and p = 0, where the slope 0 is chosen",
    ),
)
