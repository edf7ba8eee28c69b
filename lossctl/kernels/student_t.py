"""The normalising constant of Student's t distribution."""

import math

LARGE = 32.0
"""Degrees of freedom from which the asymptotic series is exact to the last bit."""

SERIES = (1 / 4, -1 / 24, 1 / 20, -17 / 112, 31 / 36, -691 / 88)
"""Coefficients of df^-1, df^-3, …: Stirling's series of both gamma functions, subtracted."""


def log_normaliser(df: float) -> float:
    """Return ½·log(νπ) + log Γ(ν/2) − log Γ((ν+1)/2): minus the log density at 0.

    Logarithms of two large gamma functions would cancel; their quotient or its series does not.
    """
    if df < LARGE:
        quotient = math.gamma(0.5 * df + 1.0) / math.gamma(0.5 * df + 0.5)
        return math.log(2.0 * math.sqrt(math.pi) / math.sqrt(df) * quotient)
    inverse = 1.0 / df
    square = inverse * inverse
    tail = 0.0
    for coefficient in reversed(SERIES):
        tail = tail * square + coefficient
    return 0.5 * math.log(2.0 * math.pi) + tail * inverse
