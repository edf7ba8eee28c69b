"""Quantiles and tails of Student's t and the binomial distribution, by SciPy, loaded when asked.

The tails are those that `scipy.stats.ttest_rel` and `scipy.stats.binomtest` use, to the last bits.
"""

import math


def t_quantile(probability: float, df: float) -> float:
    """Return the quantile of Student's t with `df` degrees of freedom; NaN unless df > 0."""
    from scipy.special import ndtri, stdtrit  # noqa: PLC0415 - takes 0.1 s

    if not df > 0:
        return math.nan
    return float(ndtri(probability) if math.isinf(df) else stdtrit(df, probability))


def t_tail(statistic: float, df: float) -> float:
    """Return P(T ≥ statistic) of Student's t with `df` degrees of freedom; NaN unless df > 0."""
    from scipy.special import ndtr, stdtr  # noqa: PLC0415 - takes 0.1 s

    if not df > 0 or math.isnan(statistic):
        return math.nan
    return float(ndtr(-statistic) if math.isinf(df) else stdtr(df, -statistic))


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
