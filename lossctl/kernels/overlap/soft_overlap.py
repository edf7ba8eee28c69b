"""Soft overlap of two masks: statistics of each element, and Dice and Tversky of their sums.

The complement q = 1 − p is an argument of its own: from logits it is known to the last bit where
p itself has rounded to 1, so a loss built from these sums cancels nowhere.
"""

from typing import Any

import numpy as np

from lossctl.core.loss import Array, Statistics
from lossctl.kernels.probability.softmax import softmax_vjp
from lossctl.kernels.probability.targets import distribution


def with_complement(probabilities: Array) -> tuple[Array, Array]:
    """Return (p, 1−p)."""
    return probabilities, 1.0 - probabilities


def identity_vjp(hit: Array, miss: Array, slope: Array) -> Array:  # noqa: ARG001
    """Return a slope with respect to p as it is."""
    return slope


def sigmoid_vjp(hit: Array, miss: Array, slope: Array) -> Array:
    """Carry a slope with respect to σ(z) back to z."""
    slopes = hit * miss
    slopes *= slope
    return slopes


def softmax_split_vjp(hit: Array, miss: Array, slope: Array) -> Array:  # noqa: ARG001
    """Carry slopes with respect to softmax(z) back to z."""
    return softmax_vjp(hit, slope)


def mask(targets: Array, predictions: Array) -> Array:
    """Return the targets as masks shaped like the predictions."""
    return targets if targets.shape == predictions.shape else distribution(targets, predictions)


def ratio(part: Any, whole: Any) -> Any:
    """Return part / whole, and 0 where the whole is 0: two empty masks agree."""
    return np.divide(part, whole, out=np.zeros_like(whole, dtype=np.float64), where=whole != 0.0)


def dice_masses(
    hit: Array, miss: Array, targets: Array, *, squared: bool = False, **_: Any
) -> Statistics:
    """Shared mass, and the mass that is not shared: |p − t| for hard masks, or (p − t)²."""
    if squared:
        apart = residual(hit, miss, targets) ** 2
    else:
        apart = 1.0 - targets
        apart *= hit
        apart += miss * targets
    return {"shared": hit * targets, "apart": apart, "wanted": targets}


def dice_masses_slope(
    hit: Array, miss: Array, targets: Array, slopes: Any, *, squared: bool = False, **_: Any
) -> Array:
    """Derivative of the two masses with respect to p."""
    if squared:
        rise = 2.0 * residual(hit, miss, targets)
        return slopes["shared"] * targets + slopes["apart"] * rise
    slope = (slopes["shared"] - 2.0 * slopes["apart"]) * targets
    slope += slopes["apart"]
    return slope


def residual(hit: Array, miss: Array, targets: Array) -> Array:
    """The residual p − t, from the complements where p and t are both over one half."""
    over = (hit >= 0.5) & (targets >= 0.5)
    return np.where(over, (1.0 - targets) - miss, hit - targets)


def one_minus_dice(shared: Any, apart: Any, smooth: float, times: float = 2.0) -> Any:
    """1 − (2·shared + s)/(Σp + Σt + s), written without the subtraction.

    The shared mass counts twice (Dice), or as many times as said: once is the Jaccard loss.
    """
    return ratio(apart, times * shared + apart + smooth)


def one_minus_dice_slope(
    shared: Any, apart: Any, smooth: Any, times: float = 2.0
) -> dict[str, Any]:
    """Derivative of the quotient with respect to both masses."""
    whole = times * shared + apart + smooth
    return {
        "shared": -times * ratio(ratio(apart, whole), whole),
        "apart": ratio(ratio(times * shared + smooth, whole), whole),
    }


def soft_counts(hit: Array, miss: Array, targets: Array, **_: Any) -> Statistics:
    """Soft hits, false alarms and misses."""
    false = 1.0 - targets
    false *= hit
    return {"tp": hit * targets, "fp": false, "fn": miss * targets, "wanted": targets}


def soft_counts_slope(hit: Array, miss: Array, targets: Array, slopes: Any, **_: Any) -> Array:  # noqa: ARG001
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
