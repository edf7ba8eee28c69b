"""What the curve of calibrated probabilities would look like by chance alone.

Outcomes are drawn anew from the probabilities themselves, which are then calibrated by
construction; the curves of these samples make a band, and their miscalibration a test.
"""

from typing import NamedTuple

import numpy as np

from lossctl.calibration.decomposition import brier
from lossctl.calibration.isotonic import Grouped, fit_isotonic
from lossctl.core.loss import Array

SEED = 20210217  # the same band for the same data
MOST, LEAST = 999, 99  # samples
WORK = 30_000_000  # rows of all samples
POINTS = 128  # of the band


class Consistency(NamedTuple):
    """The band and the test.

    Attributes
    ----------
    scores, low, high
        (m,) ends of the band at some of the scores.
    p_value
        How often calibrated probabilities would show at least as much miscalibration.
    samples
        How many were drawn.
    """

    scores: Array
    low: Array
    high: Array
    p_value: float
    samples: int


def samples_for(rows: int) -> int:
    """Return how many samples are drawn for so many rows."""
    return int(np.clip(WORK // max(rows, 1), LEAST, MOST))


def consistency(
    p: Array, groups: Grouped, weight: Array, miscalibration: float, confidence: float
) -> Consistency:
    """Draw samples of outcomes from probabilities (n,); `miscalibration` is that of Brier's score.

    `groups` are those of the probabilities.
    """
    rng = np.random.default_rng(SEED)
    count = samples_for(len(p))
    at = np.unique(np.rint(np.linspace(0, len(groups.scores) - 1, POINTS)).astype(np.int64))
    curves = np.empty((count, len(at)))
    as_high = 0
    slack = 1e-12  # equal miscalibrations differ by their rounding
    for row in range(count):
        truth = (rng.random(len(p)) < p).astype(np.float64)
        fitted = fit_isotonic(groups, truth, weight)
        curves[row] = fitted[at]
        gap = brier(p, truth) - brier(fitted[groups.place], truth)
        as_high += float(np.average(gap, weights=weight)) >= miscalibration - slack
    tail = 0.5 * (1.0 - confidence)
    low, high = np.quantile(curves, (tail, 1.0 - tail), axis=0)
    return Consistency(groups.scores[at], low, high, (1 + as_high) / (1 + count), count)
