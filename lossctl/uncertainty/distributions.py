"""Quantiles and tails of Student's t and the binomial distribution.

Tails of t are integrals of its density, by the exp-sinh rule of Takahasi and Mori (Publ. RIMS 1974,
9, 721–741): they have 13 digits or more for any degrees of freedom and as far out as numbers go.
`scipy.special` has them too, and takes longer to load than most commands take.
"""

import math
from functools import lru_cache

import numpy as np

from lossctl.core.loss import Array

MOST_DF = 1e40  # beyond, t is normal
FAR = 1e150  # the tail is a power of the statistic there
FEW = 10.0  # degrees of freedom, of which t is far from normal
MOST_STEPS, SMALL = 200, 1e-8  # the error is the square of the last step
STEP = 0.05  # of the integration, which more digits would need smaller
_PLACES = np.arange(-4.5, 5.5, STEP)
_STEPS = np.exp(math.pi / 2.0 * np.sinh(_PLACES))
_WEIGHTS = _STEPS * np.cosh(_PLACES) * (math.pi / 2.0 * STEP)
# Γ(a + 1/2) / Γ(a) is √a times this series in 1/a
_RATIO = (1.0, -1 / 8, 1 / 128, 5 / 1024, -21 / 32768, -399 / 262144, 869 / 4194304)


@lru_cache(1024)  # of one slice several steps ask for the same
def t_quantile(probability: float, df: float) -> float:
    """Return the quantile of Student's t with `df` degrees of freedom; NaN unless df > 0."""
    if not (df > 0 and 0.0 <= probability <= 1.0):
        return math.nan
    tail, sign = (probability, -1.0) if probability < 0.5 else (1.0 - probability, 1.0)
    if tail in {0.0, 0.5}:
        return sign * (math.inf if tail == 0.0 else 0.0)
    df, sought = min(df, MOST_DF), math.log(tail)
    place = _near_quantile(min(tail, 0.4), df)
    # log P(T > e^u) is concave in u: Newton's steps pass the root once at most
    for _ in range(MOST_STEPS):
        place = min(place, math.log(FAR))  # the step from there is exact
        log_density, log_tail = _logs(math.exp(place), df)
        step = (log_tail - sought) * math.exp(log_tail - log_density - place)
        place += step
        if abs(step) < SMALL:
            break
    return sign * (math.exp(place) if place < 709.0 else math.inf)


def _near_quantile(tail: float, df: float) -> float:
    """Return the logarithm of the quantile of a tail, or of some number beyond it."""
    if df < FEW:
        return (_log_constant(df) + (df - 1.0) / 2.0 * math.log(df) - math.log(tail)) / df
    root = math.sqrt(-2.0 * math.log(tail))  # Hastings (1955), sheet 67
    normal = root - (2.515517 + root * (0.802853 + root * 0.010328)) / (
        1.0 + root * (1.432788 + root * (0.189269 + root * 0.001308))
    )
    square = normal * normal  # Fisher and Cornish (Technometrics 1960, 2, 209–225)
    second = (3.0 + square * (16.0 + square * 5.0)) / 96.0
    return math.log(normal * (1.0 + ((square + 1.0) / 4.0 + second / df) / df))


def t_tail(statistic: float, df: float) -> float:
    """Return P(T ≥ statistic) of Student's t with `df` degrees of freedom; NaN unless df > 0."""
    if not df > 0 or math.isnan(statistic):
        return math.nan
    far, df = abs(statistic), min(df, MOST_DF)
    tail = math.exp(_logs(min(far, FAR), df)[1])
    if far > FAR:
        tail *= (FAR / far) ** df
    return tail if statistic > 0.0 else 1.0 - tail


def _logs(statistic: float, df: float) -> tuple[float, float]:
    """Return the logarithms of the density and of the tail of Student's t, from 0 on."""
    rest = df + statistic * statistic
    exponent = (df + 1.0) / 2.0
    scale = 1.0 / math.hypot((df + 1.0) * (statistic / rest), math.sqrt((df + 1.0) / rest))
    steps = scale * _STEPS
    with np.errstate(all="ignore"):
        falls = np.exp(-exponent * np.log1p(steps / rest * (2.0 * statistic + steps)))
    density = _log_constant(df) - exponent * math.log1p(statistic * (statistic / df))
    return density, density + math.log(scale * float((falls * _WEIGHTS).sum()))


def _log_constant(df: float) -> float:
    """Return the logarithm of Γ((df + 1)/2) / (√(π df) Γ(df/2))."""
    half = df / 2.0
    if half < 100.0:
        ratio = math.gamma(half + 0.5) / math.gamma(half)
    else:
        ratio = math.sqrt(half) * sum(c / half**power for power, c in enumerate(_RATIO))
    return math.log(ratio / math.sqrt(math.pi * df))


def t_tails(statistics: Array, df: Array) -> Array:
    """Return P(T ≥ statistic) for arrays of statistics and degrees of freedom."""
    from scipy.special import stdtr  # noqa: PLC0415 - takes 0.1 s

    return np.asarray(stdtr(df, -statistics))


def two_sided_t(statistic: float, df: float) -> float:
    """Return P(|T| ≥ |statistic|) of Student's t."""
    return min(2.0 * t_tail(abs(statistic), df), 1.0)


def fair_coin_p_value(heads: int, tails: int) -> float:
    """Return the exact two-sided p-value of so many heads and tails of a fair coin, 1 of none."""
    from scipy.special import bdtr  # noqa: PLC0415 - takes 0.1 s

    fewer, tosses = min(heads, tails), heads + tails
    if 2 * fewer == tosses:
        return 1.0
    return min(2.0 * float(bdtr(float(fewer), tosses, 0.5)), 1.0)
