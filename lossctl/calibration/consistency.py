"""What the curve of calibrated probabilities would look like by chance alone.

Outcomes are drawn anew from the probabilities themselves, which are then calibrated by
construction; the curves of these samples make a band, and their miscalibration a test.
"""

from typing import NamedTuple

import numpy as np

from lossctl.calibration.isotonic import Grouped, isotonic
from lossctl.core.loss import Array

SEED = 20210217  # the same band for the same data
MOST, LEAST = 999, 99  # samples
WORK = 2_000_000  # groups or rows of all samples
POINTS = 128  # of the band
MOST_GROUPS = 4096  # of rows with about one probability, whose outcomes are drawn together


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


def samples_for(size: int) -> int:
    """Return how many samples are drawn of so many groups or rows."""
    return int(np.clip(WORK // max(size, 1), LEAST, MOST))


def consistency(
    p: Array, truth: Array, groups: Grouped, weight: Array, confidence: float
) -> Consistency:
    """Draw samples of outcomes from probabilities (n,), and hold the miscalibration against theirs.

    `groups` are those of the probabilities. More than :data:`MOST_GROUPS` of them are joined with
    their neighbours, for the samples as for what was observed.
    """
    rng = np.random.default_rng(SEED)
    groups = _joined(groups)
    rows = np.bincount(groups.place)
    is_even = weight.min() == weight.max()
    count = samples_for(len(rows) if is_even else len(p))
    at = np.unique(np.rint(np.linspace(0, len(rows) - 1, POINTS)).astype(np.int64))
    curves, as_high = np.empty((count, len(at))), 0
    observed, _ = _miscalibration(groups, _mass(groups, weight * truth))
    slack = 1e-12  # equal miscalibrations differ by their rounding
    for sample in range(count):
        if is_even:
            hits = weight[0] * rng.binomial(rows, groups.scores)
        else:
            hits = _mass(groups, weight * (rng.random(len(p)) < p))
        miscalibration, fitted = _miscalibration(groups, hits)
        curves[sample] = fitted[at]
        as_high += miscalibration >= observed - slack
    tail = 0.5 * (1.0 - confidence)
    low, high = np.quantile(curves, (tail, 1.0 - tail), axis=0)
    return Consistency(groups.scores[at], low, high, (1 + as_high) / (1 + count), count)


def _joined(groups: Grouped) -> Grouped:
    """Join groups with their neighbours until there are few, of about one mass, of mean scores."""
    if len(groups.scores) <= MOST_GROUPS:
        return groups
    middle = np.cumsum(groups.mass) - 0.5 * groups.mass
    _, number = np.unique(np.floor(middle / groups.mass.sum() * MOST_GROUPS), return_inverse=True)
    mass = np.bincount(number, groups.mass)
    scores = np.bincount(number, groups.mass * groups.scores) / mass
    return Grouped(np.clip(scores, 0.0, 1.0), number[groups.place], mass)


def _mass(groups: Grouped, of_rows: Array) -> Array:
    return np.bincount(groups.place, of_rows, len(groups.scores))


def _miscalibration(groups: Grouped, hits: Array) -> tuple[float, Array]:
    """Return that of Brier's score, and the calibrated probability of each group.

    `hits` are the masses of the positive rows of groups. The difference of (p − y)² and (c − y)²
    is (p − c)·(p + c − 2y), which is summed by groups.
    """
    p, mass = groups.scores, groups.mass
    c = isotonic(hits / mass, mass)
    return float(((p - c) * (mass * (p + c) - 2.0 * hits)).sum() / mass.sum()), c
