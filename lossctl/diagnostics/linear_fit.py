"""Robust lines through predictions and targets: medians of bins, ranks, spreads."""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lossctl.core.loss import Array
from lossctl.diagnostics.agreement_scores import ranks

LEAST = 20  # pairs of a line
BINS = 12  # of predictions, whose medians the line goes through
MOST_COLUMNS = 16  # outputs that are looked at one by one
NEAR_POWER = 0.15  # how far from a power of ten a factor lies, as a logarithm
TO_DEVIATION = 1.4826  # standard deviations of a normal distribution in a median deviation


@dataclass(frozen=True)
class LinearFit:
    """Targets as a line of predictions, by medians.

    Attributes
    ----------
    count
        Pairs.
    slope, intercept
        target ≈ intercept + slope · prediction.
    rank_correlation
        Spearman's.
    center_of_predictions, center_of_targets
        Medians.
    spread_of_predictions, spread_of_targets
        Median deviations, as standard deviations of a normal distribution.
    error, error_of_opposite
        The median squared difference as a mean of a normal distribution's; with the opposite sign
        of the predictions.
    """

    count: int
    slope: float
    intercept: float
    rank_correlation: float
    center_of_predictions: float
    center_of_targets: float
    spread_of_predictions: float
    spread_of_targets: float
    error: float
    error_of_opposite: float

    @property
    def power_of_ten(self) -> int:
        """The power of ten that the predictions are times the targets; 0 where it is none."""
        if not self.slope > 0.0:
            return 0
        power = -math.log10(self.slope)
        nearest = round(power)
        scaled = self.center_of_predictions / 10.0**nearest
        is_scaled = abs(scaled - self.center_of_targets) <= 0.5 * self.spread_of_targets
        return nearest if nearest and abs(power - nearest) <= NEAR_POWER and is_scaled else 0

    def evidence(self) -> dict[str, Any]:
        """Return the numbers as the evidence of a finding."""
        return asdict(self)


def fit_columns(predictions: Array, targets: Array, counts: Array) -> Iterator[LinearFit]:
    """Yield the line of each output; maps are one output.

    Parameters
    ----------
    predictions, targets
        (m, K); nothing is yielded where shapes differ.
    counts
        (m, K), whether a pair counts.
    """
    if predictions.shape != targets.shape:
        return
    width = predictions[0].size if len(predictions) else 0
    columns = [slice(None)] if width > MOST_COLUMNS else list(range(width))
    for column in columns:
        one, other, keep = (
            part.reshape(len(part), -1)[:, column].reshape(-1)
            for part in (predictions, targets, counts)
        )
        fit = fit_line(one[keep], other[keep])
        if fit is not None:
            yield fit


@np.errstate(all="ignore")
def fit_line(predictions: Array, targets: Array) -> LinearFit | None:
    """Return the line of two arrays (n,); None of too few pairs, or where either is constant."""
    if len(predictions) < LEAST or np.ptp(predictions) == 0 or np.ptp(targets) == 0:
        return None
    r = float(np.corrcoef(ranks(predictions), ranks(targets))[0, 1])
    slope, intercept = _line(predictions, targets)
    return LinearFit(
        len(predictions),
        slope,
        intercept,
        r,
        float(np.median(predictions)),
        float(np.median(targets)),
        _spread(predictions),
        _spread(targets),
        _square(TO_DEVIATION * float(np.median(np.abs(predictions - targets)))),
        _square(TO_DEVIATION * float(np.median(np.abs(predictions + targets)))),
    )


def _square(number: float) -> float:
    return number * number  # infinite where ** 2 raises OverflowError


def _spread(values: Array) -> float:
    spread = TO_DEVIATION * float(np.median(np.abs(values - np.median(values))))
    return spread if spread > 0.0 else float(values.std())


def _line(predictions: Array, targets: Array) -> tuple[float, float]:
    """Return the median slope between medians of bins of predictions, and the median intercept."""
    order = np.argsort(predictions, kind="stable")
    parts = np.array_split(order, min(BINS, len(order) // 5))
    x = np.array([np.median(predictions[part]) for part in parts])
    y = np.array([np.median(targets[part]) for part in parts])
    first, second = np.triu_indices(len(x), 1)
    gaps = x[second] - x[first]
    slopes = (y[second] - y[first])[gaps > 0] / gaps[gaps > 0]
    slope = float(np.median(slopes)) if len(slopes) else 0.0
    return slope, float(np.median(targets - slope * predictions))
