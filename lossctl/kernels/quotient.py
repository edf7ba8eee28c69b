"""Quotients in which nothing over nothing is nothing."""

import numpy as np

from lossctl.core.loss import Array


def over(part: Array, whole: Array) -> Array:
    """Return part / whole, 0 where the whole is not above 0."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0.0)
