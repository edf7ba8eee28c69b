"""Negative binomial negative log-likelihood, of a mean and a dispersion.

With r = 1/α it is log Γ(r) − log Γ(r + t) + r·log(1 + μα) + t·log(1 + r/μ) + log t!. For large r
the gammas cancel; there Stirling's series gives their difference, and t·log r cancels by hand:

    t − (r + t − ½)·log(1 + tα) − [S(r + t) − S(r)] + r·log(1 + μα) + t·log(α + 1/μ) + log t!

Everything is computed in float64: digamma functions cancel too.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.domain import NONNEGATIVE, POSITIVE, Choice, Flag, Param
from lossctl.core.loss import Array, Curve, Example, Page, Reference
from lossctl.kernels.numeric.pointwise import zero_safe_product
from lossctl.kernels.numeric.primitives import exp, log, log1p
from lossctl.kernels.probability.logistic import softplus
from lossctl.losses.builders.elementwise import PREDICTED_VALUES, TARGET_VALUES, elementwise

MANY = 10.0  # from this size r on Stirling's series is exact
STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400)
DIGAMMA = (
    1 / 12,
    -1 / 120,
    1 / 252,
    -1 / 240,
    1 / 132,
    -691 / 32760,
    1 / 12,
    -3617 / 8160,
    43867 / 14364,
)
ARTANH = (1 / 3, 1 / 5, 1 / 7, 1 / 9, 1 / 11)  # (artanh v − v)/v³ by powers of v²
NEAR = 0.1
FAR = 30.0  # log(1 + e^x) of a larger x needs no e^x


class Counts(NamedTuple):
    """What is given, in float64: log μ, μ, α, r and t."""

    log_mean: Array
    mean: Array
    alpha: Array
    size: Array
    target: Array

    @property
    def log_ratio(self) -> Array:
        """Return log(1 + μα)."""
        logs = self.log_mean + log(self.alpha)
        return np.where(logs > FAR, softplus(logs), log1p(self.mean * self.alpha))

    @property
    def residual(self) -> Array:
        """Return (μ − t) / (1 + μα), the slope by log μ; of large means from 1/μ."""
        inverse = exp(-np.clip(self.log_mean, 0.0, np.inf))
        large = (1.0 - self.target * inverse) / (inverse + self.alpha)
        small = np.clip(self.mean, 0.0, 1.0)
        return np.where(
            self.log_mean > 0.0, large, (small - self.target) / (1.0 + small * self.alpha)
        )


def counts_of(
    predictions: Array, dispersion: Array, targets: Array, *, log_input: bool, parameter: str
) -> Counts:
    """Return what is given in float64; a reciprocal that overflows is the largest number."""
    given, held, target = (a.astype(np.float64) for a in (predictions, dispersion, targets))
    other = np.clip(1.0 / held, 0.0, np.finfo(np.float64).max)
    alpha, size = (other, held) if parameter == "size" else (held, other)
    if log_input:
        return Counts(given, exp(given), alpha, size, target)
    return Counts(log(given), given, alpha, size, target)


def in_float64(function: Callable[..., Array]) -> Callable[..., Array]:
    """Let a function of :class:`Counts` take the inputs, and give back their type of numbers."""

    @wraps(function)
    def of_inputs(
        predictions: Array, *arrays: Array, log_input: bool, parameter: str, **params: Any
    ) -> Array:
        given = counts_of(predictions, *arrays, log_input=log_input, parameter=parameter)
        found = function(given, log_input=log_input, parameter=parameter, **params)
        return found.astype(predictions.dtype)

    return of_inputs


def series(terms: tuple[float, ...], square: Array) -> Array:
    """Return Σ terms_n·squareⁿ."""
    total = np.full_like(square, terms[-1])
    for term in reversed(terms[:-1]):
        total *= square
        total += term
    return total


def log1p_share(x: Array) -> Array:
    """Return log(1 + x)/x for x of at least 0, 1 at 0."""
    return np.divide(log1p(x), x, out=np.ones_like(x), where=x > 0.0)


def log1p_gap(u: Array, logs: Array) -> Array:
    """Return (u − log(1 + u))/u², ½ at 0, given log(1 + u) for u that is not near 0.

    Near 0 by log(1 + u) = 2·artanh v with v = u/(2 + u), u − 2v being u·v.
    """
    v = np.clip(u, -NEAR, NEAR) / (2.0 + np.clip(u, -NEAR, NEAR))
    near = (1.0 - 2.0 * v * series(ARTANH, v * v) / (2.0 + u)) / (2.0 + u)
    return np.where(np.abs(u) <= NEAR, near, (u - logs) / np.where(u == 0.0, 1.0, u * u))


def log_gamma(x: Array) -> Array:
    """Return log Γ(x) for x above 0; SciPy's is infinite for denormal numbers."""
    from scipy.special import gammaln  # noqa: PLC0415

    found: Array = gammaln(x)
    lost = np.flatnonzero(np.isinf(found) & (x < 1.0))
    if lost.size:
        found.put(lost, -log(x.take(lost)))  # Γ(x) is 1/x there
    return found


@in_float64
def value(given: Counts, *, full: bool, **_: Any) -> Array:
    """−log of the probability of the counts."""
    target, log_size = given.target, log(given.size)
    small = np.clip(given.size, 0.0, MANY)
    gap = log_gamma(small) - log_gamma(small + target)
    losses = np.where(given.size < MANY, gap, large(given))
    by_size = np.where(given.size < MANY, log_size, 0.0)
    other = np.where(given.size < MANY, 0.0, -log_size)
    losses += size_times_log_ratio(given)
    losses += zero_safe_product(target, np.logaddexp(other, by_size - given.log_mean))
    return losses + log_gamma(target + 1.0) if full else losses


def size_times_log_ratio(given: Counts) -> Array:
    """Return r·log(1 + μα): μ for α of 0, to the last digit."""
    product = given.mean * given.alpha
    small = np.clip(product, 0.0, 1.0)
    near = np.where(product <= 1.0, given.mean, 0.0) * log1p_share(small)
    return np.where(product <= 1.0, near, given.size * given.log_ratio)


def large(given: Counts) -> Array:
    """Return log Γ(r) − log Γ(r + t) + t·log r, for r of at least MANY."""
    alpha, target = np.clip(given.alpha, 0.0, 1.0 / MANY), given.target
    beyond = alpha / (1.0 + target * alpha)  # 1/(r + t)
    gap = stirling(alpha) - stirling(beyond)
    return target - (1.0 + (target - 0.5) * alpha) * target * log1p_share(target * alpha) + gap


def stirling(inverse: Array) -> Array:
    """Return log Γ(x) − (x − ½)·log x + x − ½·log 2π of 1/x, for x of at least MANY."""
    return inverse * series(STIRLING, inverse * inverse)


@in_float64
def slope(given: Counts, *, log_input: bool, **_: Any) -> Array:
    """(μ − t)/(1 + μα) by the logarithm of the mean, and over μ by the mean."""
    if log_input:
        return given.residual
    with np.errstate(divide="ignore", invalid="ignore"):
        over_mean = given.residual / given.mean
    return np.where(given.target == 0.0, 1.0 / (1.0 + given.mean * given.alpha), over_mean)


@in_float64
def dispersion_slope(given: Counts, *, parameter: str, **_: Any) -> Array:
    """ψ(r) − ψ(r + t) + log(1 + μα) + (t − μ)/(r + μ) by r, −r² times that by α."""
    from scipy.special import digamma  # noqa: PLC0415

    small = np.clip(given.size, 0.0, MANY)
    direct = digamma(small) - digamma(small + given.target) + given.log_ratio
    direct -= given.alpha * given.residual
    by_alpha = np.where(given.size < MANY, -small * small * direct, large_slope(given))
    if parameter == "alpha":
        return by_alpha
    return np.where(given.size < MANY, direct, -given.alpha * given.alpha * large_slope(given))


def large_slope(given: Counts) -> Array:
    """Return the derivative by α for r of at least MANY: no term is larger than it must be."""
    alpha, target = np.clip(given.alpha, 0.0, 1.0 / MANY), given.target
    held = 1.0 + target * alpha
    beyond = alpha / held
    excess = -given.residual
    rest = series(DIGAMMA, alpha * alpha) - series(DIGAMMA, beyond * beyond) / (held * held)
    logs = log1p(target * alpha) - given.log_ratio  # of (r + t)/(r + μ)
    return target / (2.0 * held) + rest - excess * excess * log1p_gap(alpha * excess, logs)


NEGATIVE_BINOMIAL_NLL = elementwise(
    "negative_binomial_nll",
    title="Negative binomial negative log-likelihood",
    tasks=("regression", "counts", "forecasting"),
    inputs=(
        replace(PREDICTED_VALUES, help="log means (means with log_input=false), any shape"),
        replace(
            PREDICTED_VALUES,
            name="dispersion",
            domain=POSITIVE,
            help="dispersions α, the variance being μ + α·μ² (sizes r = 1/α with parameter=size)",
        ),
        replace(TARGET_VALUES, domain=NONNEGATIVE, help="counts, shaped like the predictions"),
    ),
    value=value,
    slope={"predictions": slope, "dispersion": dispersion_slope},
    params=(
        Param(
            "log_input",
            default=True,
            domain=Flag(),
            help="Whether predictions are logarithms of means.",
        ),
        Param(
            "full",
            default=True,
            domain=Flag(),
            help="Whether to include log t!, which does not depend on predictions.",
        ),
        Param(
            "parameter",
            "alpha",
            Choice(("alpha", "size")),
            "What the input dispersion holds: α, or the size r = 1/α (θ, total count).",
        ),
    ),
    page=Page(
        summary="Negative binomial NLL: −log of the probability of a count of mean μ and "
        "variance μ + αμ²",
        also_called=(
            "NB2 likelihood",
            "gamma-Poisson likelihood",
            "overdispersed count regression",
        ),
        curve=Curve(
            "log mean for a count of 2 at dispersion 1", -3.0, 4.0, lambda x: ([x], [1.0], [2.0])
        ),
        formula="log Γ(r) + log t! − log Γ(r + t) + (r + t)·log(1 + μ/r) − t·log(μ/r),  r = 1/α",
        use_when=(
            "targets are counts whose variance is above their mean: sales, visits, reads of genes",
            "probabilistic forecasts of counts are compared",
        ),
        avoid_when=(
            "only the mean is wanted (use poisson_nll: its mean is right for any distribution)",
            "zeros are of another kind than the other counts (use zero_inflated_poisson_nll)",
        ),
        expected={
            "perfect": "the entropy of the counts, when means and dispersions are right",
            "bad": "> poisson_nll with full=true of the same means: the dispersions are wrong",
        },
        references=(
            Reference("Hilbe, Negative binomial regression (2011)", "doi:10.1017/CBO9780511973420"),
            Reference(
                "Salinas et al., DeepAR: probabilistic forecasting with autoregressive recurrent "
                "networks (2017)",
                "arXiv:1704.04110",
            ),
        ),
        examples=(
            Example(
                [0.0, 0.0],
                [0.0, 1.0],
                1.0397207708399179,
                {},
                "with μ = r = 1 a count t has probability ½^(t+1): (log 2 + log 4) / 2",
                {"dispersion": [1.0, 1.0]},
            ),
            Example(
                [2.0],
                [1.0],
                1.3862943611198906,
                {"log_input": False, "parameter": "size"},
                "r = 2, p = ½: 2·½²·½ = ¼",
                {"dispersion": [2.0]},
            ),
        ),
        notes=(
            "for α → 0 it is poisson_nll with full=true, and keeps its digits there",
            (
                "total_count of PyTorch and scipy's n are r; their probabilities are μ/(r + μ) and "
                "r/(r + μ)"
            ),
        ),
    ),
)
