"""Softmax over scaled cosines in which the true class is made harder by a margin."""

import math

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.softmax import pick, put, true_class_nll, true_class_nll_vjp


def cosine_plus_margin(cosines: Array, margin: float) -> Array:
    """Return cos(θ + m); where θ + m would pass π, cos θ − m·sin m, which keeps falling."""
    held = np.clip(cosines, -1.0, 1.0)
    sines = np.sqrt((1.0 - held) * (1.0 + held))
    inside = held * math.cos(margin) - sines * math.sin(margin)
    return np.where(held > -math.cos(margin), inside, held - margin * math.sin(margin))


def cosine_plus_margin_slope(cosines: Array, margin: float) -> Array:
    """Derivative of :func:`cosine_plus_margin`: cos m + sin m·cot θ; cos m at θ = 0, its pole."""
    held = np.clip(cosines, -1.0, 1.0)
    sines = np.sqrt((1.0 - held) * (1.0 + held))
    along = held / np.where(sines > 0.0, sines, np.inf)
    inside = math.cos(margin) + math.sin(margin) * along
    return np.where(held > -math.cos(margin), inside, 1.0)


def margin_nll(cosines: Array, classes: Array, own: Array, scale: float) -> Array:
    """Return −log softmax of the scaled cosines, `own` in place of those of the true classes."""
    return true_class_nll(_logits(cosines, classes, own, scale), classes)


def margin_nll_slope(
    cosines: Array, classes: Array, own: Array, own_slope: Array, scale: float
) -> Array:
    """Derivative of :func:`margin_nll`, `own_slope` being that of the true class's number."""
    logits = _logits(cosines, classes, own, scale)
    slope = scale * true_class_nll_vjp(logits, classes, true_class_nll(logits, classes))
    put(slope, classes, pick(slope, classes) * own_slope)
    return slope


def _logits(cosines: Array, classes: Array, own: Array, scale: float) -> Array:
    logits = scale * cosines
    put(logits, classes, scale * own)
    return logits
