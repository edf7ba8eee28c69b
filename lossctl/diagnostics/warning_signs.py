"""Warning signs in a loss over epochs, with the epoch where each begins.

Slopes are medians of the slopes of all pairs of points (Theil–Sen), and rises are judged by the
signs of those pairs (Mann–Kendall), so that a single jump decides nothing.
"""

import math
from dataclasses import dataclass

import numpy as np

from lossctl.core.loss import Array

LEAST_EPOCHS = 6
MOST_EPOCHS = 1_000  # longer series are thinned, evenly
SURE = 3.0  # standard deviations of Kendall's statistic
LARGE = 0.1  # of the range of the series, or of its level
TURNS = 0.8  # share of the steps that change direction: ⅔ of independent values do
STEP = 0.1  # of the level: the median size of steps that oscillate
FLAT_SINCE = 0.5  # of the epochs
FLAT = 0.02  # of the level: the change on the flat part


@dataclass(frozen=True)
class Sign:
    """A warning sign: the epoch (from 0) where it begins, and what was measured there."""

    epoch: int
    amount: float


def find_not_finite(values: Array) -> Sign | None:
    """Return the first epoch that is NaN or infinite, and how many are."""
    bad = np.flatnonzero(~np.isfinite(values))
    return Sign(int(bad[0]), float(bad.size)) if bad.size else None


def trend(values: Array) -> tuple[float, float]:
    """Return the Theil–Sen slope of a series, and Kendall's statistic in standard deviations."""
    n = len(values)
    if n < 3:
        return 0.0, 0.0
    places = np.arange(n)
    if n > MOST_EPOCHS:
        places = np.linspace(0, n - 1, MOST_EPOCHS).astype(np.int64)
        values, n = values[places], MOST_EPOCHS
    first, second = np.triu_indices(n, 1)
    differences = values[second] - values[first]
    slope = float(np.median(differences / (places[second] - places[first])))
    deviation = math.sqrt(n * (n - 1) * (2 * n + 5) / 18.0)
    return slope, float(np.sign(differences).sum()) / deviation


def find_rising(values: Array) -> Sign | None:
    """Return from which epoch on a loss rises until the end, and by how much; None if it does not.

    It begins at the minimum of the series smoothed by medians of three.
    """
    values = _finite_start(values)
    if len(values) < LEAST_EPOCHS:
        return None
    start = _minimum(values)
    tail = values[start:]
    if len(tail) < LEAST_EPOCHS - 1:
        return None
    slope, sureness = trend(tail)
    rise = slope * (len(tail) - 1)
    size = max(float(np.median(np.abs(values))), float(np.ptp(values[: start + 1])))
    sure = sureness > min(SURE, 0.9 * _most(len(tail)))
    return Sign(start, rise) if sure and rise > LARGE * size else None


def find_oscillating(values: Array) -> Sign | None:
    """Return from which epoch on a loss goes up and down, and the median step in its level."""
    values = _finite_start(values)
    if len(values) < LEAST_EPOCHS + 2:
        return None
    steps = np.diff(values)
    turns = np.sign(steps[1:]) * np.sign(steps[:-1]) < 0
    level = np.maximum(np.minimum(np.abs(values[1:-1]), np.abs(values[:-2])), 1e-300)
    large = np.minimum(np.abs(steps[1:]), np.abs(steps[:-1])) > STEP * level
    signs = turns & large
    for start in range(len(signs) // 2 + 1):
        part = signs[start:]
        if len(part) >= LEAST_EPOCHS and signs[start] and part.mean() >= TURNS:
            size = float(np.median(np.abs(steps[start:]) / np.abs(values[start:-1]).clip(1e-300)))
            return Sign(start, size)
    return None


def find_flat_early(values: Array) -> Sign | None:
    """Return from which epoch on a loss is flat, where that is early and it has hardly fallen.

    It has hardly fallen where the flat part lies less than a tenth below its first value.
    """
    values = _finite_start(values)
    n = len(values)
    if n < LEAST_EPOCHS:
        return None
    last = float(np.median(values[n // 2 :]))
    size = max(abs(last), 1e-300)
    away = np.flatnonzero(np.abs(values - last) > FLAT * size)
    start = int(away[-1]) + 1 if away.size else 0
    if start > FLAT_SINCE * n or n - start < LEAST_EPOCHS - 1:
        return None
    fallen = (float(values[0]) - last) / max(abs(float(values[0])), 1e-300)
    return Sign(start, fallen) if fallen < LARGE else None


def find_gap(training: Array, validation: Array) -> Sign | None:
    """Return from which epoch on the validation loss rises while the training loss falls.

    The amount is the gap at the end less that where it begins.
    """
    n = min(len(_finite_start(training)), len(_finite_start(validation)))
    training, validation = training[:n], validation[:n]
    if n < LEAST_EPOCHS:
        return None
    start = _minimum(validation)
    tail = n - start
    if tail < LEAST_EPOCHS - 2:
        return None
    (down, sure_down), (up, sure_up) = trend(training[start:]), trend(validation[start:])
    needed = min(SURE, 0.9 * _most(tail))
    widening = (up - down) * (tail - 1)
    size = max(float(np.median(np.abs(validation))), 1e-300)
    if sure_up < needed or sure_down > -needed or up <= 0.0 or widening < LARGE * size:
        return None
    return Sign(start, widening)


def _most(n: int) -> float:
    """Return Kendall's statistic of a series that rises at every step."""
    return 0.5 * n * (n - 1) / math.sqrt(n * (n - 1) * (2 * n + 5) / 18.0)


def _finite_start(values: Array) -> Array:
    values = np.asarray(values, np.float64)
    bad = np.flatnonzero(~np.isfinite(values))
    return values[: bad[0]] if bad.size else values


def _minimum(values: Array) -> int:
    """Return the epoch of the least value, but for single values that jump down."""
    middle = int(np.argmin(_smooth(values)))
    first = max(middle - 1, 0)
    return first + int(np.argmin(values[first : middle + 2]))


def _smooth(values: Array) -> Array:
    if len(values) < 3:
        return values
    padded = np.concatenate([values[:1], values, values[-1:]])
    return np.asarray(np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0))
