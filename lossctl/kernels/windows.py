"""Weighted means over the windows of images, and their adjoint.

Images are (n, H, W); a window is k × k with the weights w_i·w_j, and lies inside the image.
"""

import math
from collections.abc import Sequence

import numpy as np

from lossctl.core.loss import Array


def gaussian_weights(window: int, sigma: float) -> list[float]:
    """Return k weights of a Gaussian around their middle, with a sum of 1."""
    middle = window // 2
    raw = [math.exp(-0.5 * ((place - middle) / sigma) ** 2) for place in range(window)]
    total = math.fsum(raw)
    return [weight / total for weight in raw]


def window_means(images: Array, weights: Sequence[float]) -> Array:
    """Return the mean of every window, (n, H − k + 1, W − k + 1)."""
    rows = images.shape[1] - len(weights) + 1
    columns = images.shape[2] - len(weights) + 1
    tall = weights[0] * images[:, :rows]
    for place, weight in enumerate(weights[1:], start=1):
        tall += weight * images[:, place : place + rows]
    found = weights[0] * tall[:, :, :columns]
    for place, weight in enumerate(weights[1:], start=1):
        found += weight * tall[:, :, place : place + columns]
    return found


def spread(means: Array, weights: Sequence[float]) -> Array:
    """Carry slopes with respect to the means of the windows back to the pixels, (n, H, W)."""
    count, rows, columns = means.shape
    more = len(weights) - 1
    wide = np.zeros((count, rows, columns + more), means.dtype)
    for place, weight in enumerate(weights):
        wide[:, :, place : place + columns] += weight * means
    found = np.zeros((count, rows + more, columns + more), means.dtype)
    for place, weight in enumerate(weights):
        found[:, place : place + rows] += weight * wide
    return found
