"""Predictions that belong to the targets of earlier or later rows: all, or from a row on."""

import math
from dataclasses import replace

import numpy as np

from lossctl.core.lazy import record
from lossctl.core.loss import Array
from lossctl.diagnostics.agreement import Pairs

MOST_ROWS = 16  # that a shift may have
CONTROL = range(24, 32)  # lags at which neighbours are alike, and no shift is looked for
FITS = 0.97  # of the agreement that is expected: then the rows are right
FAR = 6.0  # standard errors
FAR_WITHIN = 8.0  # of a stretch, which is chosen
ALIKE = 0.5  # correlation of values that many rows apart
LEAST_ROWS = 16
LEAST_STRETCH = 64


@record(frozen=True)
class Shift:
    """Where the predictions fit the targets of other rows.

    Attributes
    ----------
    lag
        The prediction of row i fits the target of row i + lag.
    above_chance
        Standard deviations by which the agreement at that lag lies above that of all pairings.
    gain
        Standard errors by which it lies above the agreement as it is.
    start, stop
        First row of the stretch where that holds, and the row after its last; all when `is_whole`.
    """

    lag: int
    above_chance: float
    gain: float
    start: int
    stop: int
    is_whole: bool


@record(frozen=True)
class _Lagged:
    rows: Array  # places of the predictions
    agreements: Array
    gains: Array


def find_shift(pairs: Pairs) -> Shift | None:
    """Return by how many rows predictions and targets are shifted, None where they are not."""
    mean, deviation = pairs.permuted() if pairs.n >= LEAST_ROWS else (0.0, 0.0)
    if not deviation > 0.0:
        return None
    as_paired = pairs.as_paired()
    # smooth series of values fit at any small lag
    expected = None if pairs.of_ranks else pairs.expected
    if expected is not None and float(as_paired.mean()) - mean > FITS * expected:
        return None
    lagged = {lag: _at_lag(pairs, as_paired, lag) for lag in _lags(range(1, MOST_ROWS + 1))}
    whole = [
        shift
        for lag, seen in lagged.items()
        if (shift := _whole(pairs, seen, lag, mean, deviation)) is not None
    ]
    if whole:
        best = max(whole, key=lambda shift: shift.gain)
        return _without_ends(pairs, lagged[best.lag], best)
    return _stretch(pairs, as_paired, lagged, mean, deviation)


def _lags(sizes: range) -> list[int]:
    return [lag for size in sizes for lag in (size, -size)]


def follows_the_past(pairs: Pairs, shift: Shift) -> bool:
    """Whether values are like their neighbours and predictions fit earlier ones: as forecasts do.

    A forecast that is little more than the last value fits the target of the row before best.
    """
    if pairs.are_classes or shift.lag > 0 or pairs.targets.ndim > 1:
        return False
    later, earlier = _rows_at(pairs.rows, shift.lag)
    if len(later) < LEAST_ROWS:
        return False
    correlation = np.corrcoef(pairs.targets[later], pairs.targets[earlier])[0, 1]
    return bool(correlation > ALIKE)


def _without_ends(pairs: Pairs, seen: _Lagged, shift: Shift) -> Shift:
    """Leave out ends that fit as they are: before a row that one file has and the other has not."""
    _, start, stop = highest_sum(seen.gains)
    ends = np.concatenate([seen.gains[:start], seen.gains[stop:]])
    if len(ends) < LEAST_ROWS or standardized(ends) > -FAR:
        return shift
    rows = pairs.rows[seen.rows[start:stop]]
    return replace(shift, start=int(rows[0]), stop=int(rows[-1]) + 1, is_whole=False)


def _at_lag(pairs: Pairs, as_paired: Array, lag: int) -> _Lagged:
    own, others = _rows_at(pairs.rows, lag)
    agreements = pairs.agreements(own, others)
    return _Lagged(own, agreements, agreements - as_paired[own])


def _rows_at(rows: Array, lag: int) -> tuple[Array, Array]:
    """Return the places of rows, and of those whose number is higher by `lag`, where both exist."""
    size, n = abs(lag), len(rows)
    if np.count_nonzero(np.diff(rows) != 1) <= n // 64:
        first = np.flatnonzero(rows[size:] - rows[: n - size if n > size else 0] == size)
        second = first + size
    else:  # many rows between them are left out
        places = np.searchsorted(rows, rows + size)
        there = places < n
        there[there] = rows[places[there]] == rows[there] + size
        first, second = np.flatnonzero(there), places[there]
    return (first, second) if lag > 0 else (second, first)


def _whole(pairs: Pairs, seen: _Lagged, lag: int, mean: float, deviation: float) -> Shift | None:
    n = len(seen.rows)
    if n < LEAST_ROWS:
        return None
    above = (float(seen.agreements.mean()) - mean) / (deviation * math.sqrt(pairs.n / n))
    if above < FAR or (gain := standardized(seen.gains)) < FAR:
        return None
    return Shift(lag, above, gain, int(pairs.rows[0]), int(pairs.rows[-1]) + 1, is_whole=True)


def standardized(values: Array) -> float:
    """Return the mean in its standard errors, infinite where all values are equal and not 0."""
    if len(values) < 2:
        return 0.0
    mean, error = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values))
    if error > 0.0:
        return mean / error
    return math.copysign(math.inf, mean) if mean else 0.0


def _stretch(
    pairs: Pairs, as_paired: Array, lagged: dict[int, _Lagged], mean: float, deviation: float
) -> Shift | None:
    """Look for the stretch that another lag fits best: after a row that one file has and one not.

    Neighbours that are alike (a series in time) fit each other at any lag: then it is none.
    """
    best: tuple[float, int, int, int] | None = None
    for lag, seen in lagged.items():
        total, start, stop = highest_sum(seen.gains)
        if best is None or total > best[0]:
            best = total, lag, start, stop
    if best is None:
        return None
    total, lag, start, stop = best
    if stop - start < max(LEAST_STRETCH, pairs.n // 20):
        return None
    part = lagged[lag].agreements[start:stop]
    above = (float(part.mean()) - mean) / (deviation * math.sqrt(pairs.n / len(part)))
    gain = standardized(lagged[lag].gains[start:stop])
    if min(above, gain) < FAR_WITHIN:
        return None
    controls = [_at_lag(pairs, as_paired, size).gains for size in _lags(CONTROL)]
    if max(highest_sum(gains)[0] for gains in controls) > 0.5 * total:
        return None
    rows = pairs.rows[lagged[lag].rows[start:stop]]
    return Shift(lag, above, gain, int(rows[0]), int(rows[-1]) + 1, is_whole=False)


def highest_sum(values: Array) -> tuple[float, int, int]:
    """Return the highest sum of a contiguous part of values (n,), and where it starts and stops."""
    if not values.size:
        return 0.0, 0, 0
    sums = np.concatenate([[0.0], np.cumsum(values)])
    lowest = np.minimum.accumulate(sums)
    stop = int(np.argmax(sums - lowest))
    start = int(np.argmin(sums[: stop + 1]))
    return float(sums[stop] - sums[start]), start, stop
