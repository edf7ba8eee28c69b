"""Standard errors of items in the order of time, each correlated with those before it.

Newey and West's estimator (Econometrica 1987, 55, 703–708): autocovariances up to lag L, weighted
by the Bartlett kernel 1 − l/(L + 1). L is chosen from the data by their plug-in rule (Review of
Economic Studies 1994, 61, 631–653): L = ⌊1.1447·(s₁/s₀)^⅔·n^⅓⌋, where s₀ = γ₀ + 2Σγ and
s₁ = 2Σlγ sum autocovariances up to ⌊4·(n/100)^(2/9)⌋. An estimate that averages over few
frequencies is itself noisy, so t has the equivalent degrees of freedom of the Bartlett window,
1.5·n/(L + 1) at frequency zero (Priestley, Spectral Analysis and Time Series, 1981, 6.2.4).
"""

import math
from typing import NamedTuple

from lossctl.core.loss import Array
from lossctl.uncertainty.intervals import Interval, t_interval
from lossctl.uncertainty.moments import exact_sum

PIECE = 65_536  # values whose products are made at a time


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
        The highest lag; None chooses it from the data.

    Returns
    -------
    SerialError
        NaN of fewer than two values.
    """
    n = len(influence)
    if n < 2:
        return SerialError(math.nan, math.nan)
    mean = exact_sum(float(influence[i : i + PIECE].sum()) for i in range(0, n, PIECE)) / n
    if lag is None:
        lag = automatic_lag(influence, mean)
    lag = min(lag, n - 1)
    variance = autocovariance(influence, mean, 0)
    for step in range(1, lag + 1):
        weight = 1.0 - step / (lag + 1.0)
        variance += 2.0 * weight * autocovariance(influence, mean, step)
    error = math.sqrt(max(variance, 0.0) * n * n / (n - 1.0))
    return SerialError(error, min(n - 1.0, 1.5 * n / (lag + 1.0)))


def automatic_lag(influence: Array, mean: float) -> int:
    """Return the highest lag by Newey and West's plug-in rule."""
    n = len(influence)
    covariances = [
        autocovariance(influence, mean, step)
        for step in range(1, min(int(4.0 * (n / 100.0) ** (2.0 / 9.0)), n - 1) + 1)
    ]
    level = autocovariance(influence, mean, 0) + 2.0 * exact_sum(covariances)
    slope = 2.0 * exact_sum(step * value for step, value in enumerate(covariances, 1))
    if not level > 0.0:
        return 0
    return int(1.1447 * ((slope / level) ** 2 * n) ** (1.0 / 3.0))


def autocovariance(influence: Array, mean: float, lag: int) -> float:
    """Return Σ(xᵢ − mean)(xᵢ₊ₗ − mean)/n, in pieces."""
    n = len(influence)
    products = []
    for at in range(0, n - lag, PIECE):
        end = min(at + PIECE, n - lag)
        products.append(
            float(((influence[at:end] - mean) * (influence[at + lag : end + lag] - mean)).sum())
        )
    return exact_sum(products) / n


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
