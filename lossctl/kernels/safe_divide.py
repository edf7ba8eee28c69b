"""Quotients in which nothing over nothing is nothing."""

import numpy as np

from lossctl.core.loss import Array


def over(part: Array, whole: Array) -> Array:
    """Return part / whole, 0 where the whole is not above 0."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0.0)


def quotient(part: Array, whole: Array) -> Array:
    """Return part / whole, 0 where the whole, which is at least 0, is 0; NaN stays NaN."""
    if whole.min(initial=1.0) > 0.0:
        return part / whole
    return np.divide(part, whole, out=np.zeros_like(part), where=whole != 0.0)
