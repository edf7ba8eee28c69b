"""Softmax over scaled cosines in which the true class is made harder by a margin."""

import math

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.softmax import own_pullback, pick, put, surprise_of


def turned(cosines: Array, margin: float) -> Array:
    """Return cos(θ + m); where θ + m would pass π, cos θ − m·sin m, which keeps falling."""
    held = np.clip(cosines, -1.0, 1.0)
    sines = np.sqrt((1.0 - held) * (1.0 + held))
    inside = held * math.cos(margin) - sines * math.sin(margin)
    return np.where(held > -math.cos(margin), inside, held - margin * math.sin(margin))


def turned_slope(cosines: Array, margin: float) -> Array:
    """Derivative of :func:`turned`: cos m + sin m·cot θ; at θ = 0, where it has no end, cos m."""
    held = np.clip(cosines, -1.0, 1.0)
    sines = np.sqrt((1.0 - held) * (1.0 + held))
    along = held / np.where(sines > 0.0, sines, np.inf)
    inside = math.cos(margin) + math.sin(margin) * along
    return np.where(held > -math.cos(margin), inside, 1.0)


def surprise(cosines: Array, classes: Array, own: Array, scale: float) -> Array:
    """Return −log softmax of the scaled cosines, `own` in place of those of the true classes."""
    return surprise_of(_logits(cosines, classes, own, scale), classes)


def surprise_slope(
    cosines: Array, classes: Array, own: Array, own_slope: Array, scale: float
) -> Array:
    """Derivative of :func:`surprise`, `own_slope` being that of the true class's number."""
    logits = _logits(cosines, classes, own, scale)
    slope = scale * own_pullback(logits, classes, surprise_of(logits, classes))
    put(slope, classes, pick(slope, classes) * own_slope)
    return slope


def _logits(cosines: Array, classes: Array, own: Array, scale: float) -> Array:
    logits = scale * cosines
    put(logits, classes, scale * own)
    return logits
