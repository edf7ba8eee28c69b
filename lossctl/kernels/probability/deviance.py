"""Unit deviances of the Tweedie family, d = 2·∫ from μ to y of (y − s) / s^power ds.

As they are written in textbooks they lose everything when y is near μ: d is then about
(y − μ)² / μ^power, the small difference of terms of size μ^(2 − power). Near, other forms are used:

- Poisson and gamma (powers 1 and 2) by the relative difference v = (y − μ)/(y + μ), of which
  log(y/μ) is 2·artanh v. Their leading term is a square; only what artanh v exceeds v by is summed
  (Loader's `bd0`).
- Powers 1.5 and 3 are squares as they stand.
- For all others, with u = log(y/μ) and b = 2 − power, the deviance is 2·μ^b·g(u), where g has the
  power series Σ uⁿ/n! · (1 + b + … + b^(n−2)) for n ≥ 2.

Both series are cut short evenly over the range they are used on (``kernels.numeric.chebyshev``).
"""

import math
from decimal import Decimal
from functools import cache, partial

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.chebyshev import economised
from lossctl.kernels.numeric.loss_totals import total_of
from lossctl.kernels.numeric.primitives import expm1, log, log1p, polynomial, primitive

NEAR = 4.0  # a quotient y/μ beyond which nothing cancels
RELATIVE = (NEAR - 1.0) / (NEAR + 1.0)  # v of that quotient
LEAST_LOG_RATIO = -2000.0  # no quotient of two positive floats has a smaller one
TERMS = {4: (8, 10), 8: (16, 17)}  # of both polynomials, by the bytes of a number


def unit_deviance(targets: Array, means: Array, power: float) -> Array:
    """Return the unit deviance of targets y ≥ 0 from means μ > 0, for a power in [1, 3]."""
    if power in {1.0, 2.0}:
        return (poisson_deviance if power == 1.0 else gamma_deviance)(targets, means)
    if power == 1.5:
        return root_deviance(targets, means)
    if power == 3.0:
        return _inverse_gaussian(targets, means)
    return _by_distance(targets, means, power)


@primitive
def poisson_deviance(targets: Array, means: Array) -> Array:
    """Return 2·(y·log(y/μ) − y + μ)."""
    return _by_distance(targets, means, 1.0)


@primitive
def gamma_deviance(targets: Array, means: Array) -> Array:
    """Return 2·((y − μ)/μ − log(y/μ))."""
    return _by_distance(targets, means, 2.0)


def _by_distance(targets: Array, means: Array, power: float) -> Array:
    """Return the deviance by one form where y is near μ, and another elsewhere."""
    residual = targets - means
    relative = _relative(residual, targets, means)
    squares = relative * relative
    far = np.flatnonzero(~(squares <= RELATIVE * RELATIVE))
    if power == 1.0:
        deviance = _near_poisson(targets, residual, relative, squares)
    elif power == 2.0:
        deviance = _near_gamma(means, residual, relative, squares)
    else:
        deviance = _by_logarithm(residual, means, power)
    if far.size:
        deviance.put(far, _far(targets.take(far), means.take(far), power))
    deviance *= 2.0
    return deviance


def unit_deviance_slope(targets: Array, means: Array, power: float) -> Array:
    """Return the derivative with respect to the mean, 2·(μ − y) / μ^power."""
    excess = means - targets
    excess *= 2.0
    excess /= means
    if power != 1.0:
        excess /= power_of(means, power - 1.0)
    return excess


poisson_deviance_total = total_of(poisson_deviance, partial(unit_deviance_slope, power=1.0))
gamma_deviance_total = total_of(gamma_deviance, partial(unit_deviance_slope, power=2.0))


def power_of(base: Array, exponent: float) -> Array:
    """Return x^k, exactly x for 1 and 1 for 0."""
    return base if exponent == 1.0 else base**exponent


def _relative(residual: Array, targets: Array, means: Array) -> Array:
    """Return (y − μ) / (y + μ), given y − μ."""
    total = targets + means
    if not total.max(initial=0.0) < np.inf:  # y + μ overflows
        ratio = residual / means
        return ratio / (2.0 + ratio)
    return np.divide(residual, total, out=total)


def _near_poisson(targets: Array, residual: Array, relative: Array, squares: Array) -> Array:
    """Half the deviance v·((y − μ) + y·r), r being 2·(artanh v − v)/v."""
    half = polynomial(_artanh_coefficients(relative.itemsize), squares)
    half *= squares
    half *= targets
    half += residual
    half *= relative
    return half


def _near_gamma(means: Array, residual: Array, relative: Array, squares: Array) -> Array:
    """Half the deviance v·((y − μ)/μ − r); `residual`, y − μ, is used up."""
    half = polynomial(_artanh_coefficients(relative.itemsize), squares)
    half *= squares
    residual /= means
    np.subtract(residual, half, out=half)
    half *= relative
    return half


@cache
def _artanh_coefficients(itemsize: int) -> tuple[float, ...]:
    """Return 2·(artanh v − v)/v³ = Σ 2/(2k + 3)·v^2k as a polynomial of v²."""
    return economised(
        lambda k: 2 / Decimal(2 * k + 3), 0.0, RELATIVE * RELATIVE, TERMS[itemsize][0]
    )


def _by_logarithm(residual: Array, means: Array, power: float) -> Array:
    """Half the deviance μ^b·g(u); `residual`, y − μ, is used up."""
    log_ratio = np.divide(residual, means, out=residual)
    log1p(log_ratio, out=log_ratio)  # log(y/μ) from (y − μ)/μ: no digit of a near y is lost
    series = polynomial(_series_coefficients(2.0 - power, log_ratio.itemsize), log_ratio)
    series *= log_ratio
    series *= log_ratio
    if power > 2.0:
        series /= power_of(means, power - 2.0)
    else:
        series *= power_of(means, 2.0 - power)
    return series


@cache
def _series_coefficients(base: float, itemsize: int) -> tuple[float, ...]:
    """Return g(u)/u² = Σ (1 + b + … + b^k)/(k + 2)!·u^k as a polynomial of u."""

    def term(order: int) -> Decimal:
        return sum((Decimal(base) ** j for j in range(order + 1)), Decimal(0)) / math.factorial(
            order + 2
        )

    return economised(term, -math.log(NEAR), math.log(NEAR), TERMS[itemsize][1])


@primitive
def root_deviance(targets: Array, means: Array) -> Array:
    """Return 4·(√y − √μ)²/√μ, the deviance of power 1.5, its difference taken before the roots."""
    root = np.sqrt(means)
    quotient = np.sqrt(targets)
    quotient += root
    np.divide(targets - means, quotient, out=quotient)
    np.divide(quotient, root, out=root)
    root *= quotient
    root *= 4.0
    return root


root_deviance_total = total_of(root_deviance)


def unit_deviance_total(targets: Array, means: Array, power: float) -> float | None:
    """Return the sum of unit deviances, of powers that have a loop."""
    totals = {1.0: poisson_deviance_total, 1.5: root_deviance_total, 2.0: gamma_deviance_total}
    return totals[power](targets, means) if power in totals else None


def _inverse_gaussian(targets: Array, means: Array) -> Array:
    """Return (y − μ)²/(μ²·y), the deviance of power 3; no square overflows on the way."""
    ratio = targets - means
    ratio /= means
    ratio *= ratio / targets
    return ratio


def _far(targets: Array, means: Array, power: float) -> Array:
    """Half the deviance as textbooks have it."""
    quotient = targets / means
    log_ratio = _log_quotient(targets, means, quotient)
    if power == 1.0:
        half = np.clip(log_ratio, LEAST_LOG_RATIO, np.inf)  # y·log(y/μ) is 0 at y = 0, not NaN
        half *= targets
        half -= targets - means
        return half
    if power == 2.0:
        return (targets - means) / means - log_ratio
    return _between(targets, means, quotient, log_ratio, power)


def _log_quotient(targets: Array, means: Array, quotient: Array) -> Array:
    """Return log(y/μ), also where y/μ is no normal number."""
    log_ratio = log(quotient)
    tiny = np.finfo(quotient.dtype).tiny
    if quotient.min() < tiny or quotient.max() == np.inf:
        lost = np.flatnonzero(((quotient < tiny) & (targets > 0.0)) | (quotient == np.inf))
        if lost.size:
            log_ratio.put(lost, log(targets.take(lost)) - log(means.take(lost)))
    return log_ratio


def _between(
    targets: Array, means: Array, quotient: Array, log_ratio: Array, power: float
) -> Array:
    """Half the deviance, (y^b − y·μ^a)/a − (y^b − μ^b)/b with a = 1 − power and b = 2 − power.

    Each difference is taken by ``expm1`` where its terms are close, as they are for a or b near 0.
    """
    a, b = 1.0 - power, 2.0 - power
    target, mean = targets**b, means**b
    cross = targets * means**a if power < 2.0 else quotient * mean
    first = np.where(np.abs(a * log_ratio) < 1.0, cross * expm1(a * log_ratio), target - cross)
    second = np.where(np.abs(b * log_ratio) < 1.0, mean * expm1(b * log_ratio), target - mean)
    half = first / a - second / b
    if power < 2.0:
        return half
    return np.where(np.isinf(target) | np.isinf(mean), np.inf, half)
