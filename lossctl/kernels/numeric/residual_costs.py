"""What regression losses make of a residual e = p − t, item by item."""

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.loss_totals import total_of
from lossctl.kernels.numeric.primitives import primitive


@primitive
def squared_error(predictions: Array, targets: Array) -> Array:
    """Return e²."""
    residual = predictions - targets
    residual *= residual
    return residual


@primitive
def absolute_error(predictions: Array, targets: Array) -> Array:
    """Return |e|."""
    residual = predictions - targets
    return np.abs(residual, out=residual)


@primitive
def huber(predictions: Array, targets: Array, delta: float) -> Array:
    """Return ½e² for |e| ≤ δ, else δ·(|e| − ½δ)."""
    residual = predictions - targets
    inner = np.clip(residual, -delta, delta)
    residual -= 0.5 * inner
    residual *= inner  # in place: fresh memory would cost as much as the arithmetic
    return residual


def squared_error_slope(predictions: Array, targets: Array) -> Array:
    """Return 2e."""
    residual = predictions - targets
    residual *= 2.0
    return residual


def absolute_error_slope(predictions: Array, targets: Array) -> Array:
    """Return the sign of e, 0 of 0."""
    residual = predictions - targets
    return np.sign(residual, out=residual)


def huber_slope(predictions: Array, targets: Array, delta: float) -> Array:
    """Return e, held within ±δ."""
    residual = predictions - targets
    return np.clip(residual, -delta, delta, out=residual)


squared_error_total = total_of(squared_error, squared_error_slope)
absolute_error_total = total_of(absolute_error, absolute_error_slope)
huber_total = total_of(huber, huber_slope)
