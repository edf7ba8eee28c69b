"""Isotonic regression of outcomes on scores: the calibration curve that needs no bins.

The curve is that of CORP (Dimitriadis, Gneiting and Jordan, 2021, doi:10.1073/pnas.2016191118): the
increasing function of the score that is nearest to the outcomes, found by pooling adjacent
violators.
"""

from typing import NamedTuple

import numpy as np

from lossctl.core.loss import Array


class Grouped(NamedTuple):
    """Rows in groups of equal scores.

    Attributes
    ----------
    scores
        (k,) the different scores, rising.
    place
        (n,) the group of each row.
    mass
        (k,) the weight of each group.
    """

    scores: Array
    place: Array
    mass: Array


def grouped(scores: Array, weight: Array) -> Grouped:
    """Group rows of equal scores; every weight is above 0."""
    distinct, place = np.unique(scores, return_inverse=True)
    place = place.reshape(-1)
    return Grouped(distinct, place, np.bincount(place, weight, len(distinct)))


def fit_isotonic(groups: Grouped, truth: Array, weight: Array) -> Array:
    """Return the calibrated probability of each different score, (k,), rising."""
    hits = np.bincount(groups.place, weight * truth, len(groups.scores))
    return isotonic(hits / groups.mass, groups.mass)


def isotonic(mean: Array, mass: Array) -> Array:
    """Return the rising numbers in [0, 1], (k,), that are nearest to means of some mass."""
    from scipy.optimize import isotonic_regression  # noqa: PLC0415 - slow to import

    fitted: Array = isotonic_regression(mean, weights=mass).x
    return np.clip(fitted, 0.0, 1.0)  # sums of weights may pass 1 by a rounding


def knots(scores: Array, values: Array) -> tuple[Array, Array]:
    """Return the scores where a rising step function begins and ends a step, and its values there.

    Between them lines join the steps, as scikit-learn's ``IsotonicRegression`` does.
    """
    starts = np.r_[True, values[1:] != values[:-1]]
    ends = np.r_[values[1:] != values[:-1], True]
    kept = starts | ends
    return scores[kept], values[kept]
