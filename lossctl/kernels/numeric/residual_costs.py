"""What regression losses make of a residual e = p − t, item by item."""

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.primitives import primitive, total_of


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


squared_error_total = total_of(squared_error)
absolute_error_total = total_of(absolute_error)
huber_total = total_of(huber)
