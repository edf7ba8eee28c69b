"""Comparisons of two models on the same items, by the differences of their statistics.

Of each item the baseline's statistics a and the differences d = b − a are summed, 2k columns side
by side (``paired_columns``). Models of a kind agree on most items: d is small where a and b are
not, and its variance has all its digits only if it is summed itself. For a function of sums
f(B) − f(A) the delta method needs h·(a, d) with h = (∇f(B) − ∇f(A), ∇f(B)).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from lossctl.core.loss import Array
from lossctl.uncertainty.clusters import ClusterSums, cluster_error
from lossctl.uncertainty.distributions import fair_coin_p_value, two_sided_t
from lossctl.uncertainty.intervals import Interval, Limits, delta_error, t_limits
from lossctl.uncertainty.moments import Moments
from lossctl.uncertainty.serial import serial_error

LimitsAt: TypeAlias = Callable[[float], Limits]


class PairCounts(NamedTuple):
    """How many items the model has a lower, the same and a higher loss of than the baseline."""

    wins: int
    ties: int
    losses: int

    def __add__(self, other: object) -> "PairCounts":
        """Add the counts of another block."""
        if not isinstance(other, PairCounts):
            return NotImplemented
        return PairCounts(*(one + two for one, two in zip(self, other, strict=True)))

    @classmethod
    def of(cls, baseline: Array, model: Array) -> "PairCounts":
        """Count the items of a block by their losses, (m,) and (m,)."""
        wins = int(np.count_nonzero(model < baseline))
        losses = int(np.count_nonzero(model > baseline))
        return cls(wins, len(baseline) - wins - losses, losses)


@dataclass(frozen=True)
class FunctionOfSums:
    """A value as a function of k sums.

    Attributes
    ----------
    value
        ``value(sums)`` for sums (…, k) gives (…).
    gradient
        ``gradient(sums)`` for sums (k,) gives the derivatives with respect to them, (k,).
    """

    value: Callable[[Array], Any]
    gradient: Callable[[Array], Array]


@dataclass(frozen=True)
class Difference:
    """How much a model's value differs from the baseline's, and how sure that is.

    Attributes
    ----------
    baseline, model
        The two values.
    value
        model − baseline, summed from differences where the method allows.
    standard_error
        Of the difference; NaN where the data say nothing.
    df
        Degrees of freedom of its distribution; inf for the normal distribution.
    n
        Number of items; of an unpaired comparison, those of both.
    p_value
        Two-sided, of no difference; None where the data say nothing and of identical models.
    limits
        ``limits(confidence)`` gives the two-sided interval of the difference.
    method
        ``t``, ``delta``, ``delong``, ``welch``, ``cluster``, ``serial``, ``bootstrap``,
        ``permutation`` or ``mcnemar``.
    identical
        Whether both models have the same statistics for every item.
    """

    baseline: float
    model: float
    value: float
    standard_error: float
    df: float
    n: int
    p_value: float | None
    limits: LimitsAt
    method: str
    identical: bool = False


def paired_columns(baseline: Sequence[Array], model: Sequence[Array]) -> list[Array]:
    """Return the 2k columns of a paired comparison: statistics of the baseline, and differences."""
    first = [np.asarray(column, dtype=np.float64) for column in baseline]
    return first + [np.asarray(b, dtype=np.float64) - a for a, b in zip(first, model, strict=True)]


@dataclass(frozen=True, eq=False)
class Contrast:
    """Two values, their difference, and how it moves with the sums of the paired columns.

    Attributes
    ----------
    baseline, model, difference
        The two values, and model − baseline.
    gradient
        Derivative of the difference with respect to the sums of the columns.
    of_sums
        ``of_sums(sums)`` for sums (…, columns) gives the difference, (…); of n items in all.
    differences
        Which columns hold differences between the models: all zero for identical models.
    method
        ``t`` for an unweighted mean, else ``delta``.
    weight
        Of a mean, the weights of all items, n without weights; None of other functions.
    """

    baseline: float
    model: float
    difference: float
    gradient: Array
    of_sums: Callable[[Array], Array]
    differences: slice
    method: str
    weight: float | None = None

    @property
    def values(self) -> tuple[float, float, float]:
        """The value of the baseline, of the model, and their difference."""
        return self.baseline, self.model, self.difference

    def influence(self, columns: Sequence[Array]) -> Array:
        """Return (m,) what each item of a block adds to the difference, in linear approximation."""
        values = zip(columns, self.gradient, strict=True)
        total: Array = sum(column * slope for column, slope in values if slope != 0.0)
        return np.broadcast_to(total, np.shape(columns[0]))


def mean_contrast(n: int, sums: Array) -> Contrast:
    """Compare unweighted means.

    Parameters
    ----------
    n
        Number of items.
    sums
        (2,) of the columns a, the losses of the baseline, and d = b − a.
    """
    baseline, difference = (sums / n).tolist()
    return Contrast(
        baseline,
        baseline + difference,
        difference,
        np.array([0.0, 1.0 / n]),
        lambda totals: totals[..., 1] / n,
        slice(1, 2),
        "t",
        float(n),
    )


def weighted_mean_contrast(sums: Array) -> Contrast:
    """Compare weighted means whose weights are the same for both models.

    Parameters
    ----------
    sums
        (3,) of the columns w·a, w·(b − a) and w.
    """
    *products, weight = sums.tolist()
    baseline, difference = products[0] / weight, products[1] / weight
    return Contrast(
        baseline,
        baseline + difference,
        difference,
        np.array([0.0, 1.0, -difference]) / weight,
        lambda totals: totals[..., 1] / totals[..., 2],
        slice(1, 2),
        "delta",
        weight,
    )


def function_contrast(sums: Array, function: FunctionOfSums) -> Contrast:
    """Compare the values of a function of sums.

    Parameters
    ----------
    sums
        (2k,) of the columns of ``paired_columns``.
    function
        Of k sums.
    """
    k = len(sums) // 2

    def of_sums(totals: Array) -> Array:
        first = totals[..., :k]
        second = first + totals[..., k:]
        return np.asarray(function.value(second)) - np.asarray(function.value(first))

    first = sums[:k]
    second = first + sums[k:]
    baseline, model = float(function.value(first)), float(function.value(second))
    slope, slope_of_model = function.gradient(first), function.gradient(second)
    gradient = np.concatenate([slope_of_model - slope, slope_of_model])
    differences = slice(k, 2 * k)
    return Contrast(baseline, model, model - baseline, gradient, of_sums, differences, "delta")


def paired_difference(contrast: Contrast, moments: Moments) -> Difference:
    """Compare by paired t, which is the p-value of ``scipy.stats.ttest_rel``, or by delta method.

    Parameters
    ----------
    contrast
        At the sums of `moments`.
    moments
        Of the paired columns.
    """
    error = delta_error(moments, contrast.gradient)
    zero = moments.constant & (moments.center == 0.0)
    identical = bool(zero[contrast.differences].all())
    return _by_student(
        contrast.values,
        error,
        moments.n - 1,
        moments.n,
        method=contrast.method,
        identical=identical,
    )


def clustered_difference(contrast: Contrast, clusters: ClusterSums) -> Difference:
    """Compare with the cluster-robust standard error, CR1, and G − 1 degrees of freedom.

    Parameters
    ----------
    contrast
        At the totals of `clusters`.
    clusters
        Sums of the paired columns by cluster.
    """
    error = cluster_error(clusters, contrast.gradient)
    zero = ~clusters.residuals.any(axis=0) & (clusters.center == 0.0)
    identical = bool(zero[contrast.differences].all())
    return _by_student(
        contrast.values, error, len(clusters) - 1, clusters.n, method="cluster", identical=identical
    )


def serial_difference(contrast: Contrast, influence: Array) -> Difference:
    """Compare items in the order of time, whose differences are correlated with those before.

    Parameters
    ----------
    contrast
        At the sums of all items.
    influence
        (n,) ``contrast.influence`` of the items in order.
    """
    error, df = serial_error(influence)
    identical = contrast.difference == 0.0 and not influence.any()
    return _by_student(
        contrast.values, error, df, len(influence), method="serial", identical=identical
    )


def unpaired_difference(baseline: Interval, model: Interval) -> Difference:
    """Compare values of different items by Welch's t, from the intervals of both.

    It gives the p-value of ``scipy.stats.ttest_ind(equal_var=False)`` for means, and takes any
    value with a standard error. Degrees of freedom are Satterthwaite's.
    """
    df = baseline.df + model.df
    error, n = math.hypot(baseline.standard_error, model.standard_error), baseline.n + model.n
    if 0.0 < error < math.inf:  # shares of the variance: squares of errors may leave the range
        first, second = (baseline.standard_error / error) ** 2, (model.standard_error / error) ** 2
        df = 1.0 / (first**2 / baseline.df + second**2 / model.df)
    values = baseline.value, model.value, model.value - baseline.value
    return _by_student(values, error, df, n, method="welch", identical=False)


def mcnemar_difference(paired: Difference, counts: PairCounts) -> Difference:
    """Compare 0/1 losses by McNemar's exact test of the items on which the models differ.

    Its p-value is that of ``scipy.stats.binomtest(wins, wins + losses)``. The interval stays the
    one of paired t, so the two may disagree where few items differ.

    Parameters
    ----------
    paired
        The comparison of the means by paired t.
    counts
        Of the same items.
    """
    p_value = None if paired.identical else fair_coin_p_value(counts.wins, counts.losses)
    return replace(paired, p_value=p_value, method="mcnemar")


def _by_student(
    values: tuple[float, float, float],
    error: float,
    df: float,
    n: int,
    *,
    method: str,
    identical: bool,
) -> Difference:
    """Return the difference of a baseline and a model with Student's p-value and interval.

    Where all units differ by the same, t has no spread to go by, and p is that of the sign test.
    """
    *_, difference = values
    p_value: float | None = None
    if error == 0.0:  # as likely as that so many fair coins show one side: the sign test
        p_value = None if identical or difference == 0.0 else min(2.0**-df, 1.0)
    elif df > 0 and math.isfinite(error):
        p_value = two_sided_t(difference / error, df)

    def limits(confidence: float) -> Limits:
        return t_limits(difference, error, df, confidence)

    return Difference(*values, error, df, n, p_value, limits, method, identical)
