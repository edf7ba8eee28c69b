"""Soft counts tp = Σpt, fp = Σp(1−t), fn = Σ(1−p)t, and the share of the mask they leave out."""

from typing import Any

from lossctl.core.domain import NONNEGATIVE
from lossctl.core.loss import Array, Statistics
from lossctl.core.param import Param
from lossctl.kernels.overlap import ratio

PRICES = (
    Param("alpha", 0.3, NONNEGATIVE, "Price of a false alarm."),
    Param("beta", 0.7, NONNEGATIVE, "Price of a miss."),
)


def measure(hit: Array, miss: Array, targets: Array, **_: Any) -> Statistics:
    """Soft hits, false alarms and misses."""
    false = 1.0 - targets
    false *= hit
    return {"tp": hit * targets, "fp": false, "fn": miss * targets, "wanted": targets}


def measure_slope(hit: Array, miss: Array, targets: Array, slopes: Any, **_: Any) -> Array:  # noqa: ARG001
    """Derivative of the soft counts with respect to p."""
    slope = 1.0 - targets
    slope *= slopes["fp"]
    slope += (slopes["tp"] - slopes["fn"]) * targets
    return slope


def one_minus_tversky(
    *, tp: Any, fp: Any, fn: Any, alpha: float, beta: float, smooth: float
) -> Any:
    """Return 1 − (tp + s) / (tp + α·fp + β·fn + s), written without the subtraction."""
    price = alpha * fp + beta * fn
    return ratio(price, tp + price + smooth)


def one_minus_tversky_slope(
    *, tp: Any, fp: Any, fn: Any, alpha: float, beta: float, smooth: float
) -> dict[str, Any]:
    """Derivative of :func:`one_minus_tversky` with respect to the soft counts."""
    price = alpha * fp + beta * fn
    whole = tp + price + smooth
    per_price = ratio(ratio(tp + smooth, whole), whole)
    return {
        "tp": -ratio(ratio(price, whole), whole),
        "fp": alpha * per_price,
        "fn": beta * per_price,
    }
