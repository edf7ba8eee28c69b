"""Find the slices of the data in which a loss is worse than elsewhere.

Every category of every feature is tried, and every combination of two. Each is compared with the
rest by Welch's t, and p-values are corrected for all that were tried: where losses depend on no
feature, anything is found in at most 1 − confidence of all samples. The most unlikely slice is
taken first; its units are set aside and the search is repeated, so that what one slice explains is
not said again by another that overlaps it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np

from lossctl.core.loss import Array
from lossctl.uncertainty.distributions import t_tails


class Feature(NamedTuple):
    """A feature of each unit: its name, the category of each by number, and their names."""

    name: str
    codes: Array
    categories: Sequence[str]


class Condition(NamedTuple):
    """What the units of a slice have in common: a category of one feature."""

    feature: str
    category: str


@dataclass(frozen=True)
class WorstSlice:
    """A slice that is worse than the rest.

    Attributes
    ----------
    conditions
        One, or two that hold together.
    n
        Its units.
    mean, rest
        Mean loss of its units, and of all others.
    p_adjusted
        One-sided, of being no worse than the rest, after the correction for all slices tried.
    """

    conditions: tuple[Condition, ...]
    n: int
    mean: float
    rest: float
    p_adjusted: float


class Search(NamedTuple):
    """What was found, the most unlikely first, and how many slices were tried."""

    slices: Sequence[WorstSlice]
    tried: int


class _Table(NamedTuple):
    """Count, mean and sum of squares about the mean, of the slices of one or two features."""

    features: tuple[Feature, ...]
    counts: Array
    means: Array
    squares: Array


def find_worst_slices(
    losses: Array, features: Sequence[Feature], *, least: int, confidence: float, most: int
) -> Search:
    """Return slices of at least `least` units that are worse than the rest.

    Parameters
    ----------
    losses
        (n,) loss of each unit.
    features
        What slices are made of.
    least
        Units that a slice has at least, and its rest.
    confidence
        One less the chance of finding anything where losses depend on no feature.
    most
        How many are returned at most.
    """
    losses = np.asarray(losses, np.float64)
    left = np.ones(len(losses), np.bool_)
    found: list[WorstSlice] = []
    tried = 0
    while len(found) < most:
        best, count = _most_unlikely(losses, features, left, least)
        tried = tried or count
        if best is None or not best.p_adjusted <= 1.0 - confidence:
            break
        found.append(best)
        left &= ~_holds(best.conditions, features)
    return Search(found, tried)


def _most_unlikely(
    losses: Array, features: Sequence[Feature], left: Array, least: int
) -> tuple[WorstSlice | None, int]:
    """Return the slice with the least p-value among units that are left, and how many there are."""
    level = float(losses[left].mean())
    kept = losses[left] - level  # differences are what is compared
    total = len(kept), float((kept * kept).sum())
    best: tuple[float, _Table, int] | None = None
    count = 0
    for group in _groups([one._replace(codes=one.codes[left]) for one in features]):
        table = _table(kept, group)
        places = np.flatnonzero((table.counts >= least) & (table.counts <= total[0] - least))
        count += len(places)
        if not len(places):
            continue
        p_values = _p_values(table, places, total)
        at = int(p_values.argmin())
        if best is None or p_values[at] < best[0]:
            best = (float(p_values[at]), table, int(places[at]))
    if best is None:
        return None, count
    p, table, place = best
    # of Holm's corrected p-values the least is that of Bonferroni
    return _slice(table, place, min(p * count, 1.0), (total[0], level)), count


def _holds(conditions: Sequence[Condition], features: Sequence[Feature]) -> Array:
    """Return which units a slice has."""
    by_name = {feature.name: feature for feature in features}
    holds: Array = np.logical_and.reduce(
        [
            by_name[name].codes == list(by_name[name].categories).index(category)
            for name, category in conditions
        ]
    )
    return holds


def _groups(features: Sequence[Feature]) -> Iterator[tuple[Feature, ...]]:
    """Yield each feature alone, then each pair."""
    yield from ((feature,) for feature in features)
    yield from combinations(features, 2)


def _table(losses: Array, features: tuple[Feature, ...]) -> _Table:
    """Sum the losses by the categories of one feature, or of two together."""
    codes = features[0].codes.astype(np.int64)
    size = len(features[0].categories)
    for feature in features[1:]:
        codes = codes * len(feature.categories) + feature.codes
        size *= len(feature.categories)
    counts = np.bincount(codes, minlength=size).astype(np.float64)
    with np.errstate(all="ignore"):
        means = np.bincount(codes, losses, minlength=size) / counts
    deviations = losses - means[codes]
    squares = np.bincount(codes, deviations * deviations, minlength=size)
    return _Table(features, counts, means, squares)


def _p_values(table: _Table, places: Array, total: tuple[int, float]) -> Array:
    """Return one-sided p-values of Welch's t of some slices against the rest."""
    n, squares = total
    counts, means, own = table.counts[places], table.means[places], table.squares[places]
    others = n - counts
    rest = -counts * means / others  # all losses sum to 0
    between = counts * means**2 + others * rest**2
    return welch_tails(
        (counts, means, own), (others, rest, np.maximum(squares - own - between, 0.0))
    )


def welch_tails(first: tuple[Array, Array, Array], second: tuple[Array, Array, Array]) -> Array:
    """Return P(T ≥ t) of Welch's t for counts, means and sums of squares of two groups each."""
    (n, mean, squares), (m, other, rest) = first, second
    with np.errstate(all="ignore"):
        one, two = squares / (n - 1.0) / n, rest / (m - 1.0) / m
        statistic = (mean - other) / np.sqrt(one + two)
        df = (one + two) ** 2 / (one**2 / (n - 1.0) + two**2 / (m - 1.0))
    statistic = np.where(np.isnan(statistic), 0.0, statistic)
    return t_tails(statistic, np.where(np.isfinite(df), df, 1.0))


def _slice(table: _Table, place: int, p: float, total: tuple[int, float]) -> WorstSlice:
    n, level = total
    shape = [len(feature.categories) for feature in table.features]
    codes = np.unravel_index(place, shape)
    conditions = tuple(
        Condition(feature.name, feature.categories[int(code)])
        for feature, code in zip(table.features, codes, strict=True)
    )
    count, mean = float(table.counts[place]), float(table.means[place])
    rest = -count * mean / (n - count)
    return WorstSlice(conditions, int(count), level + mean, level + rest, p)
