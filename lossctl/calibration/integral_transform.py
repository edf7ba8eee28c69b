"""Calibration of forecast distributions: where targets lie in them, and what quantiles cover.

The probability integral transform of a target is the probability that its forecast gives to what is
not above it: uniform where forecasts are calibrated (Dawid, 1984, J. R. Stat. Soc. A 147, 278–292;
Gneiting, Balabdaoui and Raftery, 2007, doi:10.1111/j.1467-9868.2007.00587.x). Of an ensemble or of
quantiles it is known but for the interval between two of them, over which it is spread evenly
(Czado, Gneiting and Held, 2009, doi:10.1111/j.1541-0420.2009.01191.x).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lossctl.core.loss import Array
from lossctl.uncertainty.shares import wilson_limits

MOST_BINS, LEAST_IN_BIN = 20, 5  # bins of the histogram, and items that a bin has at least
SHOWN_LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
SHOWN_INTERVALS = (0.5, 0.8, 0.9, 0.95)
SAME = 1e-9  # by which levels may miss each other


class Forecasts(NamedTuple):
    """Forecast distributions of targets, as their values at some levels, or Gaussian.

    Attributes
    ----------
    values
        (n, Q) at the levels, rising; of a Gaussian mean and standard deviation, (n, 2).
    levels
        (Q,) probabilities below the values, rising between 0 and 1; empty of a Gaussian.
    targets, weight
        (n,) what happened, and how much each counts.
    """

    values: Array
    levels: Array
    targets: Array
    weight: Array

    @property
    def size(self) -> float:
        """How many items of equal weight say as much."""
        return float(self.weight.sum() ** 2 / np.sum(self.weight**2))

    def average(self, values: Array) -> float:
        """Return the weighted mean of a column."""
        return float(np.average(values, weights=self.weight))


class Coverage(NamedTuple):
    """How many targets lie below a quantile or inside an interval, and how many should.

    `width` is the mean width of the interval, None of a quantile.
    """

    nominal: float
    observed: float
    low: float
    high: float
    width: float | None = None


class Transform(NamedTuple):
    """The distribution of probability integral transforms.

    Attributes
    ----------
    edges, shares
        (B + 1,) and (B,) of the histogram; calibrated forecasts have the widths of the bins.
    p_value
        How often calibrated forecasts show a histogram that is as uneven (chi-squared).
    mean, spread
        Mean, and the variance as a multiple of that of calibrated forecasts: under ½ forecasts are
        too high, under 1 too wide.
    mean_z, spread_z
        How many standard errors they are from ½ and from 1.
    """

    edges: Array
    shares: Array
    p_value: float
    mean: float
    spread: float
    mean_z: float
    spread_z: float


def of_members(members: Array) -> tuple[Array, Array]:
    """Return an ensemble (n, M) as values at levels: a target has each rank equally often."""
    count = members.shape[1]
    return np.sort(members, axis=1), np.arange(1.0, count + 1.0) / (count + 1.0)


def of_quantiles(values: Array, levels: Array) -> tuple[Array, Array]:
    """Return quantiles (n, Q) in the order of their levels; those that cross are sorted."""
    order = np.argsort(levels, kind="stable")
    return np.sort(values[:, order], axis=1), levels[order]


def transform(given: Forecasts) -> Transform:
    """Return where the targets lie in their forecasts."""
    low, high, widths = _spans(given)
    edges = _edges(given)
    reached = [_below(low, high, edge, given) for edge in edges[1:-1].tolist()]
    shares = np.diff([0.0, *reached, 1.0])
    expected = np.diff(edges)
    statistic = given.size * float(np.sum((shares - expected) ** 2 / expected))
    middle = 0.5 * (low + high)
    variance = (1.0 - float(np.sum(widths**3))) / 12.0  # of the middles, which lie a step apart
    mean = given.average(middle)
    # the mean of forecasts that are too narrow wavers more than that of calibrated ones
    of_mean = max(variance, given.average((middle - mean) ** 2))
    spread = given.average((middle - 0.5) ** 2) / variance
    return Transform(
        edges,
        shares,
        _chi_squared_tail(statistic, len(shares) - 1),
        mean,
        spread,
        (mean - 0.5) / math.sqrt(of_mean / given.size),
        (spread - 1.0) / math.sqrt(_variance_of_squares(widths, variance) / given.size),
    )


def _spans(given: Forecasts) -> tuple[Array, Array, Array]:
    """Return the ends of the transform of each target, and how wide they are where none ties."""
    targets = given.targets
    if not len(given.levels):
        from scipy.special import ndtr  # noqa: PLC0415 - slow to import

        mean, deviation = given.values.T
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.where(targets == mean, 0.0, (targets - mean) / deviation)
        found = np.asarray(ndtr(z))
        return found, found, np.zeros(1)
    bounds = np.concatenate([[0.0], given.levels, [1.0]])
    below = np.sum(given.values < targets[:, None], axis=1)
    up_to = np.sum(given.values <= targets[:, None], axis=1)
    return bounds[below], bounds[up_to + 1], np.diff(bounds)


def _below(low: Array, high: Array, edge: float, given: Forecasts) -> float:
    """Return the share of the transforms up to an edge; within their ends they are even."""
    size = np.where(high > low, high - low, 1.0)
    inside = np.clip((edge - low) / size, 0.0, 1.0)
    return given.average(np.where(high > low, inside, (low <= edge).astype(np.float64)))


def _edges(given: Forecasts) -> Array:
    """Return the edges of the bins: of quantiles and ensembles they lie at levels."""
    most = int(np.clip(given.size // LEAST_IN_BIN, 2, MOST_BINS))
    even = np.linspace(0.0, 1.0, most + 1)
    if not len(given.levels):
        return even
    bounds = np.concatenate([[0.0], given.levels, [1.0]])
    if len(bounds) <= most + 1:
        return np.asarray(bounds)
    return np.unique(bounds[np.abs(bounds[:, None] - even).argmin(axis=0)])


def _variance_of_squares(widths: Array, variance: float) -> float:
    """Return the variance of ((u − ½)² / variance) of calibrated forecasts."""
    if len(widths) == 1:  # uniform: (1/80 − 1/144) · 144
        return 0.8
    ends = np.cumsum(widths)
    middle = ends - 0.5 * widths - 0.5
    fourth = float(np.sum(widths * middle**4))
    return max(fourth / variance**2 - 1.0, 1e-12)


def _chi_squared_tail(statistic: float, df: int) -> float:
    from scipy.special import chdtrc  # noqa: PLC0415 - slow to import

    return float(chdtrc(df, statistic))


def quantile_coverage(given: Forecasts, confidence: float) -> list[Coverage]:
    """Return how many targets lie at or below quantiles: all given ones, of many some."""
    if not len(given.levels):
        u = _spans(given)[0]
        return [_covered(level, u <= level, None, given, confidence) for level in SHOWN_LEVELS]
    below = {k: given.targets <= given.values[:, k] for k in _places(given.levels, SHOWN_LEVELS)}
    return [
        _covered(float(given.levels[k]), inside, None, given, confidence)
        for k, inside in below.items()
    ]


def interval_coverage(given: Forecasts, confidence: float) -> list[Coverage]:
    """Return how many targets lie in central intervals, and how wide these are."""
    if not len(given.levels):
        from scipy.special import ndtri  # noqa: PLC0415 - slow to import

        u, deviation = _spans(given)[0], given.values[:, 1]
        return [
            _covered(
                nominal,
                np.abs(u - 0.5) <= 0.5 * nominal,
                2.0 * float(ndtri(0.5 + 0.5 * nominal)) * deviation,
                given,
                confidence,
            )
            for nominal in SHOWN_INTERVALS
        ]
    pairs = _pairs(given.levels)
    nominal = np.array([given.levels[high] - given.levels[low] for low, high in pairs])
    found = []
    for k in _places(nominal, SHOWN_INTERVALS):
        lower, upper = (given.values[:, at] for at in pairs[k])
        inside = (lower <= given.targets) & (given.targets <= upper)
        found.append(_covered(float(nominal[k]), inside, upper - lower, given, confidence))
    return found


def _pairs(levels: Array) -> list[tuple[int, int]]:
    """Return the pairs of levels with as much below as above, the narrowest interval first."""
    pairs = []
    for low in np.flatnonzero(levels < 0.5 - SAME).tolist():
        high = int(np.abs(levels - (1.0 - levels[low])).argmin())
        if abs(float(levels[high] + levels[low]) - 1.0) < SAME:
            pairs.append((low, high))
    return pairs[::-1]


def _places(values: Array, wanted: Sequence[float]) -> list[int]:
    """Return the places of all values, of many those nearest to the wanted ones."""
    if len(values) <= MOST_BINS:
        return list(range(len(values)))
    return sorted({int(np.abs(values - each).argmin()) for each in wanted})


def _covered(
    nominal: float, inside: Array, width: Array | None, given: Forecasts, confidence: float
) -> Coverage:
    share = given.average(inside.astype(np.float64))
    limits = wilson_limits(share, given.size, confidence)
    return Coverage(nominal, share, *limits, None if width is None else given.average(width))
