"""Few rows that make up most of a loss: targets near zero, outliers."""

import math
from dataclasses import dataclass

import numpy as np

from lossctl.core.loss import Array

TOP = 0.01  # of the rows
LEAST_ROWS = 100
ALMOST_ALL = 0.99
NEAR_ZERO = 1e-2  # of the median size of the targets
DOMINANT = 0.5
SIGMA = 1.4826  # of a Gaussian, from its median absolute deviation
OUTLYING = 8.0  # robust standard deviations


@dataclass(frozen=True)
class Tail:
    """What the rows with the highest losses make up.

    Attributes
    ----------
    rows
        The places of the highest, the worst first.
    share
        What they make up of the sum.
    count
        How many they are.
    extreme
        The largest of their targets by size (near zero), or of their residuals in robust standard
        deviations, the smallest (outliers).
    """

    rows: tuple[int, ...]
    share: float
    count: int
    extreme: float


def _highest(losses: Array) -> tuple[Array, float]:
    count = max(math.ceil(TOP * len(losses)), 1)
    top = np.argpartition(losses, -count)[-count:]
    top = top[np.argsort(-losses[top], kind="stable")]
    total = float(losses.sum())
    return top, float(losses[top].sum()) / total if total > 0.0 else 0.0


def find_near_zero(losses: Array, targets: Array) -> Tail | None:
    """Return the rows with targets near zero that make up nearly all of a loss, None for none.

    Parameters
    ----------
    losses, targets
        Of each row, (n,).
    """
    if len(losses) < LEAST_ROWS or not np.isfinite(losses).all() or losses.min() < 0.0:
        return None
    top, share = _highest(losses)
    sizes = np.abs(np.asarray(targets, np.float64))
    middle = float(np.median(sizes))
    small = sizes[top] <= NEAR_ZERO * middle
    if share < ALMOST_ALL or not middle > 0.0 or losses[top[small]].sum() < 0.9 * losses.sum():
        return None
    return Tail(tuple(int(at) for at in top[:5]), share, len(top), float(sizes[top[small]].max()))


def find_outliers(losses: Array, residuals: Array) -> Tail | None:
    """Return the rows with outlying residuals that make up most of a loss, None for none.

    Parameters
    ----------
    losses, residuals
        Of each row, (n,).
    """
    if len(losses) < LEAST_ROWS or not np.isfinite(losses).all() or losses.min() < 0.0:
        return None
    top, share = _highest(losses)
    distances = np.abs(residuals - np.median(residuals))
    scale = SIGMA * float(np.median(distances))
    if share < DOMINANT or not scale > 0.0:
        return None
    far = top[distances[top] > OUTLYING * scale]
    if losses[far].sum() < DOMINANT * losses.sum():
        return None
    return Tail(
        tuple(int(at) for at in far[:5]),
        float(losses[far].sum() / losses.sum()),
        len(far),
        float(distances[far].min()) / scale,
    )
