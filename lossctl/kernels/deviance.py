"""Unit deviances of the Tweedie family, d = 2·∫ from μ to y of (y − s) / s^power ds.

As they are written in textbooks they lose everything when y is near μ: d is then about
(y − μ)² / μ^power, the small difference of terms of size μ^(2 − power). With u = log(y/μ) and
b = 2 − power the deviance is 2·μ^b·g(u), where g has the power series
Σ uⁿ/n! · (1 + b + … + b^(n−2)) for n ≥ 2: Poisson, gamma and all between in one (Loader's `bd0`
is its case b = 1).
"""

import math

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.targets import charged

NEAR = 4.0  # a quotient y/μ beyond which nothing cancels
TERMS = {4: 14, 8: 22}  # of the series for |u| ≤ log 4 and |b| ≤ 1, by the bytes of a number


def unit_deviance(targets: Array, means: Array, power: float) -> Array:
    """Return the unit deviance of targets y ≥ 0 from means μ > 0, for a power in [1, 3]."""
    quotient = targets / means
    far = np.flatnonzero(~((quotient > 1.0 / NEAR) & (quotient < NEAR)))
    deviance = _near(targets, means, power)
    if far.size:
        deviance.put(far, _far(targets.take(far), means.take(far), quotient.take(far), power))
    return 2.0 * deviance


def unit_deviance_slope(targets: Array, means: Array, power: float) -> Array:
    """Return the derivative with respect to the mean, 2·(μ − y) / μ^power."""
    excess = 2.0 * (means - targets) / means
    return excess if power == 1.0 else excess / power_of(means, power - 1.0)


def power_of(base: Array, exponent: float) -> Array:
    """Return x^k, exactly x for 1 and 1 for 0."""
    return base if exponent == 1.0 else base**exponent


def _near(targets: Array, means: Array, power: float) -> Array:
    """Half the deviance by the series."""
    lead = targets - means
    lead /= means
    np.log1p(lead, out=lead)
    coefficients = _coefficients(2.0 - power, TERMS[lead.itemsize])
    series = coefficients[-1] * lead
    for coefficient in coefficients[-2:0:-1]:
        series += coefficient
        series *= lead
    series += coefficients[0]
    series *= lead
    series *= lead
    if power > 2.0:
        series /= power_of(means, power - 2.0)
    elif power < 2.0:
        series *= power_of(means, 2.0 - power)
    return series


def _coefficients(base: float, last: int) -> list[float]:
    """Return (1 + b + … + b^(n−2)) / n! for n from 2 to `last`."""
    sums = [math.fsum(base**j for j in range(n - 1)) for n in range(2, last + 1)]
    return [total / math.factorial(n) for n, total in enumerate(sums, start=2)]


def _far(targets: Array, means: Array, quotient: Array, power: float) -> Array:
    """Half the deviance as textbooks have it."""
    lead = _log_quotient(targets, means, quotient)
    if power == 1.0:
        return charged(targets, lead) - (targets - means)
    if power == 2.0:
        return (targets - means) / means - lead
    return _between(targets, means, quotient, lead, power)


def _log_quotient(targets: Array, means: Array, quotient: Array) -> Array:
    """Return log(y/μ), also where y/μ is no normal number."""
    lead = np.log(quotient)
    lost = (quotient < np.finfo(quotient.dtype).tiny) | (quotient == np.inf)
    if lost.any():
        lead[lost] = np.log(targets[lost]) - np.log(means[lost])
    return lead


def _between(targets: Array, means: Array, quotient: Array, lead: Array, power: float) -> Array:
    """Half the deviance, (y^b − y·μ^a)/a − (y^b − μ^b)/b with a = 1 − power and b = 2 − power.

    Each difference is taken by ``expm1`` where its terms are close, as they are for a or b near 0.
    """
    a, b = 1.0 - power, 2.0 - power
    own, mean = targets**b, means**b
    cross = targets * means**a if power < 2.0 else quotient * mean
    first = np.where(np.abs(a * lead) < 1.0, cross * np.expm1(a * lead), own - cross)
    second = np.where(np.abs(b * lead) < 1.0, mean * np.expm1(b * lead), own - mean)
    half = first / a - second / b
    if power < 2.0:
        return half
    return np.where(np.isinf(own) | np.isinf(mean), np.inf, half)
