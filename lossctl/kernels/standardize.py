"""Columns of a batch brought to mean 0, or to mean 0 and deviation 1, and the way back."""

from typing import NamedTuple

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.matmul import plain
from lossctl.kernels.safe_divide import quotient


class Standardised(NamedTuple):
    """Columns of mean 0 and deviation 1 (n, d), and the deviations they had (1, d)."""

    columns: Array
    deviations: Array


def centred(vectors: Array) -> Array:
    """Take the mean off every column."""
    vectors = plain(vectors)
    return vectors - vectors.mean(axis=0, keepdims=True)


def standardised(vectors: Array, epsilon: float) -> Standardised:
    """Divide centred columns by √(variance + ε); columns of no deviation become 0."""
    apart = centred(vectors)
    deviations = np.sqrt((apart * apart).mean(axis=0, keepdims=True) + epsilon)
    return Standardised(quotient(apart, deviations), deviations)


def standardised_vjp(of: Standardised, slopes: Array) -> Array:
    """Carry slopes back through the division by the deviation, and the mean."""
    along = (of.columns * slopes).mean(axis=0, keepdims=True)
    return quotient(centred(slopes) - along * of.columns, of.deviations)
