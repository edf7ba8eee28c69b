"""Mass that two masks share and mass that they do not, and the Dice loss of both."""

from typing import Any

import numpy as np

from lossctl.core.loss import Array, Statistics
from lossctl.kernels.overlap import ratio


def measure(
    hit: Array, miss: Array, targets: Array, *, squared: bool = False, **_: Any
) -> Statistics:
    """Shared mass, and the mass that is not shared: |p − t| for hard masks, or (p − t)²."""
    if squared:
        apart = difference(hit, miss, targets) ** 2
    else:
        apart = 1.0 - targets
        apart *= hit
        apart += miss * targets
    return {"shared": hit * targets, "apart": apart, "wanted": targets}


def measure_slope(
    hit: Array, miss: Array, targets: Array, slopes: Any, *, squared: bool = False, **_: Any
) -> Array:
    """Derivative of the two masses with respect to p."""
    if squared:
        rise = 2.0 * difference(hit, miss, targets)
        return slopes["shared"] * targets + slopes["apart"] * rise
    slope = (slopes["shared"] - 2.0 * slopes["apart"]) * targets
    slope += slopes["apart"]
    return slope


def difference(hit: Array, miss: Array, targets: Array) -> Array:
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
