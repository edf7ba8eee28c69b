"""Intervals of one value: of a mean by Student's t, of a function of sums by the delta method.

Delta method: near the truth f(S) is linear in the sums S = Σ sᵢ, so its variance is that of Σ g·sᵢ
with g the gradient of f at S, n times the sample variance of g·sᵢ (divisor n − 1). For a ratio such
as a weighted mean this is the linearized variance of survey statistics (Woodruff, 1971, J. Am.
Stat. Assoc. 66, 411–414), and for a plain mean it is s²/n exactly.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from lossctl.core.loss import Array
from lossctl.uncertainty.distributions import t_quantile
from lossctl.uncertainty.moments import Moments

Limits: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class Interval:
    """A confidence interval of a value.

    Attributes
    ----------
    value
        The value, between the limits.
    low, high
        The limits; −inf and inf where the data say nothing, as one item does of a mean.
    confidence
        The share of samples whose interval holds the truth, such as 0.95.
    standard_error
        Of the value; NaN where the data say nothing.
    df
        Degrees of freedom of Student's t that made the limits; inf of resampling.
    n
        Number of items.
    method
        ``t``, ``delta``, ``cluster``, ``serial`` or ``bootstrap``.
    """

    value: float
    low: float
    high: float
    confidence: float
    standard_error: float
    df: float
    n: int
    method: str

    def through(self, function: Callable[[float], float], slope: float) -> "Interval":
        """Return the interval of an increasing function of the value, such as exp of a mean.

        It covers as often as this one does.

        Parameters
        ----------
        function
            Takes −inf and inf too, where the data may say nothing.
        slope
            Its derivative at the value, by which the standard error is multiplied.
        """
        return replace(
            self,
            value=function(self.value),
            low=function(self.low),
            high=function(self.high),
            standard_error=abs(slope) * self.standard_error,
        )


def t_limits(value: float, standard_error: float, df: float, confidence: float) -> Limits:
    """Return value ∓ t·standard_error; the whole line where the error is not known."""
    if math.isnan(value):
        return math.nan, math.nan
    if standard_error == 0.0:
        return value, value
    half = t_quantile(0.5 + confidence / 2.0, df) * standard_error
    if math.isnan(half):
        return -math.inf, math.inf
    return value - half, value + half


def t_interval(
    value: float, standard_error: float, df: float, n: int, *, confidence: float, method: str
) -> Interval:
    """Return the interval value ∓ t·standard_error."""
    low, high = t_limits(value, standard_error, df, confidence)
    return Interval(value, low, high, confidence, standard_error, df, n, method)


def interval_of_mean(moments: Moments, confidence: float = 0.95) -> Interval:
    """Return Student's t interval of the mean of one statistic.

    Parameters
    ----------
    moments
        Of k = 1 statistic, the unweighted losses of items.
    confidence
        Between 0 and 1.
    """
    (variance,), n = moments.covariance[0], moments.n
    error = math.sqrt(max(variance, 0.0) / n) if n > 1 else math.nan
    return t_interval(float(moments.means[0]), error, n - 1, n, confidence=confidence, method="t")


def delta_error(moments: Moments, gradient: Array) -> float:
    """Return the standard error of f(S), S the sums, by the delta method.

    Parameters
    ----------
    moments
        Of k statistics.
    gradient
        (k,) derivative of f with respect to the sums (not the means) at S.
    """
    return math.sqrt(moments.n * moments.variance_of(gradient)) if moments.n > 1 else math.nan


def delta_interval(
    moments: Moments, gradient: Array, value: float, confidence: float = 0.95
) -> Interval:
    """Return the interval of a function of sums by the delta method, with n − 1 degrees of freedom.

    Parameters
    ----------
    moments
        Of k statistics.
    gradient
        (k,) derivative of f with respect to the sums (not the means) at S.
    value
        f(S).
    """
    error = delta_error(moments, gradient)
    return t_interval(value, error, moments.n - 1, moments.n, confidence=confidence, method="delta")
