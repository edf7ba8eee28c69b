"""Distances to the outline of a mask, in pixels (SciPy's exact Euclidean transform)."""

import numpy as np

from lossctl.core.loss import Array


def distances(mask: Array) -> tuple[Array, Array]:
    """Return each pixel's distance to the nearest pixel outside and inside the mask.

    `mask` is a boolean image; the first map is 0 outside the mask and the second 0 inside. Both
    are 0 everywhere for an empty or full mask, which has no outline.
    """
    from scipy.ndimage import distance_transform_edt  # noqa: PLC0415 - slow to import

    if not mask.any() or mask.all():
        return np.zeros(mask.shape), np.zeros(mask.shape)
    return distance_transform_edt(mask), distance_transform_edt(~mask)


def signed_distance(mask: Array) -> Array:
    """Return the distance to the mask, and inside it minus the distance to its outermost pixels."""
    within, beyond = distances(mask)
    return beyond - np.maximum(within - 1.0, 0.0)


def outline_distance(mask: Array) -> Array:
    """Return each pixel's distance to the nearest pixel of the other side."""
    within, beyond = distances(mask)
    return within + beyond
