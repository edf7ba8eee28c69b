"""Standard errors of items in the order of time, each correlated with those before it.

Newey and West's estimator (Econometrica 1987, 55, 703–708): autocovariances up to lag S − 1,
weighted by the Bartlett kernel 1 − l/S. S = 1.3·√n, as Lazarus, Lewis, Stock and Watson recommend
(J. Bus. Econ. Stat. 2018, 36, 541–559): older rules take fewer lags and find too many differences.
So many lags make the estimate itself noisy, for which they give critical values of its own; near
them is Student's t with the equivalent degrees of freedom of the Bartlett window at frequency zero,
1.5·n/S (Priestley, Spectral Analysis and Time Series, 1981, 6.2.4), which is used here.
"""

import math
from typing import NamedTuple

import numpy as np

from lossctl.core.loss import Array
from lossctl.uncertainty.intervals import Interval, t_interval
from lossctl.uncertainty.moments import exact_sum

PIECE = 65_536  # values that are transformed at a time, or four times the lags if they are more


class SerialError(NamedTuple):
    """The standard error of a sum of serially correlated values, and its degrees of freedom."""

    error: float
    df: float


def serial_error(influence: Array, lag: int | None = None) -> SerialError:
    """Return the Newey–West standard error of the sum of influence values.

    Parameters
    ----------
    influence
        (n,) what each item adds to the value, in the order of time; their mean is subtracted.
        For a plain mean, the losses over n. They are read in pieces, so a memory map will do.
    lag
        The highest lag; None for ⌈1.3·√n⌉ − 1.

    Returns
    -------
    SerialError
        NaN of fewer than two values.
    """
    n = len(influence)
    if n < 2:
        return SerialError(math.nan, math.nan)
    lag = min(math.ceil(1.3 * math.sqrt(n)) - 1 if lag is None else lag, n - 1)
    weights = 2.0 * (1.0 - np.arange(lag + 1) / (lag + 1.0))
    weights[0] = 1.0
    variance = exact_sum(weights * lagged_products(influence, lag))
    error = math.sqrt(max(variance, 0.0) * n / (n - 1.0))
    return SerialError(error, min(n - 1.0, 1.5 * n / (lag + 1.0)))


def lagged_products(influence: Array, lag: int) -> Array:
    """Return (lag + 1,) Σ(xᵢ − mean)(xᵢ₊ₗ − mean) for each lag, by Fourier transforms of pieces."""
    n = len(influence)
    size = max(PIECE, 4 * lag)
    starts = range(0, n, size)
    first = float(influence[0])  # the mean of equal values is exact
    mean = first + exact_sum(float((influence[i : i + size] - first).sum()) for i in starts) / n
    products = []
    for start in starts:
        longer = influence[start : start + size + lag] - mean
        points = 2 ** math.ceil(math.log2(len(longer) + lag + 1))  # so that no lag wraps around
        spectrum = np.conj(np.fft.rfft(longer[:size], points)) * np.fft.rfft(longer, points)
        products.append(np.fft.irfft(spectrum, points)[: lag + 1])
    return np.array([exact_sum(column) for column in np.transpose(products)])


def serial_interval(influence: Array, value: float, confidence: float = 0.95) -> Interval:
    """Return the interval of a value of serially correlated items.

    Parameters
    ----------
    influence
        (n,) what each item adds to the value in linear approximation, in the order of time.
    value
        The value.
    """
    error, df = serial_error(influence)
    return t_interval(value, error, df, len(influence), confidence=confidence, method="serial")
