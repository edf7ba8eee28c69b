"""Robust scales: of values, and of residuals beside others of like predictions."""

import numpy as np

from lossctl.core.loss import Array

SIGMA = 1.4826  # of a Gaussian, from its median absolute deviation
FAR = 5.0  # deviations of its own side: 6e-7 of a Gaussian, 0.6 % of a Laplace distribution
LEVELS = 20
LEAST_OF_LEVEL = 50
NARROWEST = 0.1  # of the scale of all: a level cannot be narrower


def robust_scale(values: Array) -> float:
    """Return 1.4826 times the median absolute deviation; where half are equal, of the others."""
    if not values.size:
        return 0.0
    distance = np.abs(values - np.median(values))
    if not np.any(distance):
        return 0.0
    return SIGMA * float(np.median(distance) or np.median(distance[distance > 0]))


def far_share(values: Array, level: Array | None) -> float | None:
    """Return the share of values far from the median, None where all are equal.

    Either side has a scale of its own, so that skewness is not taken for outliers. `level`, of
    the same length, parts the values into groups with a median and scales of their own.
    """
    whole = robust_scale(values)
    if not whole:
        return None
    groups = [values]
    if level is not None and level.size == values.size:
        count = min(max(values.size // LEAST_OF_LEVEL, 1), LEVELS)
        groups = np.array_split(values[np.argsort(level, kind="stable")], count)
    far = 0
    for group in groups:
        centred = group - np.median(group)
        for side in (centred[centred > 0], -centred[centred < 0]):
            if side.size:
                scale = max(SIGMA * float(np.median(side)), NARROWEST * whole)
                far += int(np.count_nonzero(side > FAR * scale))
    return far / values.size
