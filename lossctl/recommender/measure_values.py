"""Measure a regression: support, outliers, spread, and what a shift would gain."""

import math
from collections.abc import Mapping

import numpy as np

from lossctl.core.loss import Array
from lossctl.recommender.data_summary import Measured, Moments, Scan
from lossctl.recommender.post_hoc import shift_gains

SIGMA = 1.4826  # of a Gaussian, from its median absolute deviation
FAR = 3.0  # deviations beyond which a residual is an outlier: 0.27 % of a Gaussian
SOME, MANY = 0.01, 0.10
SKEWED = 0.8  # moment skewness: 0.89 for a gamma of shape 5
TAILED = 0.12  # quartile skewness: 0.17 for a gamma of shape 2, 0 for a Gaussian


def measure_values(found: Scan, out: Measured, said: Mapping[str, str], metric: str) -> None:
    """Find the support, then the outliers, on residuals where there are predictions."""
    moments = found.moments
    for name, value in (
        ("mean", moments.mean),
        ("sd", math.sqrt(moments.variance)),
        ("skew", moments.skew),
        ("zero_share", moments.zeros / moments.count),
    ):
        out.fact(name, float(value))
    flat = found.targets[np.isfinite(found.targets)]
    support = _support(moments, flat, out)
    if moments.variance > 0:
        out.variables["$half_sd"] = _rounded(0.5 * math.sqrt(moments.variance))
    residuals = _residuals(found)
    if residuals is None or found.scores is None:
        if support in {"real", "positive", "skewed"}:
            shown = np.log(flat) if support == "skewed" else flat
            where = "logs of the targets" if support == "skewed" else "targets"
            factor = 0.0 if support == "skewed" else 0.5  # the noise is smaller than the targets
            _outliers(shown, f"{where}; residuals would say more", out, factor)
        return
    _outliers(residuals, "residuals", out, 1.0)
    scores = np.ravel(found.scores)[np.isfinite(np.ravel(found.targets))]
    _spread(residuals, scores, out)
    if moments.low >= 0:
        _rates(found, out)
    level = said.get("quantile", "unknown")
    out.gains += shift_gains(found, metric, 0.9 if level == "unknown" else float(level))


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


def _residuals(found: Scan) -> Array | None:
    if found.scores is None or found.scores.shape != found.targets.shape:
        return None
    residuals = np.ravel(found.targets - found.scores)
    return residuals[np.isfinite(residuals)]


def _support(moments: Moments, flat: Array, out: Measured) -> str:
    zeros = moments.zeros / moments.count
    if moments.low < 0:
        kind, why = "real", f"values from {moments.low:.4g} to {moments.high:.4g}"
    elif moments.integral:
        ratio = moments.variance / moments.mean if moments.mean else 0.0
        expected = math.exp(-moments.mean)
        out.fact("variance_over_mean", float(ratio))
        kind, why = "counts", f"whole numbers from {moments.low:g}, variance/mean {ratio:.2g}"
        if zeros >= 0.2 and zeros > 1.5 * expected:
            kind = "zero_inflated"
            why = f"{zeros:.0%} zeros, a Poisson of this mean has {expected:.0%}"
        elif moments.mean > 100 and moments.zeros == 0:
            kind, why = _tail(flat, moments)  # whole only because the unit is small
    elif zeros >= 0.05:
        kind, why = "zero_inflated", f"{zeros:.0%} exact zeros, else positive"
    elif moments.zeros:
        kind, why = "real", f"never negative, {moments.zeros} zeros"
    else:
        kind, why = _tail(flat, moments)
    out.answer("support", kind, why)
    return kind


def _tail(flat: Array, moments: Moments) -> tuple[str, str]:
    """Tell a long right tail from outliers: the quartiles lean, and logs straighten them."""
    lean, straightened = _lean(flat), _lean(np.log(flat))
    if lean >= TAILED and moments.skew > SKEWED and abs(straightened) < 0.6 * lean:
        return "skewed", f"positive, skewness {moments.skew:.2g}, quartiles lean {lean:.2f}"
    return "positive", f"positive, quartiles lean {lean:.2f}"


def _lean(values: Array) -> float:
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return float((high + low - 2 * middle) / (high - low)) if high > low else 0.0


def _outliers(values: Array, where: str, out: Measured, factor: float) -> None:
    """Count what lies far from the median; with half the values equal, among the others.

    `factor` times the robust scale is the delta of a robust loss; 0 sets none.
    """
    distance = np.abs(values - np.median(values))
    scale = SIGMA * float(np.median(distance))
    if scale == 0:
        nonzero = distance[distance > 0]
        if not nonzero.size:
            out.answer("outliers", "none", f"all {where} are equal")
            return
        scale = SIGMA * float(np.median(nonzero))
        where += ", half of them equal"
    share = float(np.mean(distance > FAR * scale))
    kind = "many" if share >= MANY else "some" if share >= SOME else "none"
    out.fact("outlier_share", share)
    out.answer("outliers", kind, f"{share:.1%} lie over 3 robust deviations out ({where})")
    if factor:
        out.variables["$delta"] = _rounded(factor * scale)
        out.variables["$small_delta"] = _rounded(0.5 * factor * scale)


def _rates(found: Scan, out: Measured) -> None:
    """Tell rates from their logarithms by the Poisson likelihood of the targets under each."""
    assert found.scores is not None  # noqa: S101 - the caller has looked
    targets, scores = np.ravel(found.targets), np.ravel(found.scores)
    good = np.isfinite(targets) & np.isfinite(scores)
    targets, scores = targets[good], scores[good]
    if not scores.size or scores.min() < 0:
        return
    plain = float(np.mean(scores - targets * np.log(scores + 1e-8)))
    logs = float(np.mean(np.exp(np.minimum(scores, 700)) - targets * scores))
    if plain <= logs:
        out.fact("predictions", "plain values")
        out.variables["$logs"] = False


def _spread(residuals: Array, scores: Array, out: Measured) -> None:
    """Whether errors grow with the prediction: rank correlation of their sizes."""
    if residuals.size != scores.size or residuals.size < 20:
        return
    rho = float(np.corrcoef(_ranks(np.abs(residuals)), _ranks(scores))[0, 1])
    if not math.isfinite(rho):
        return
    out.fact("heteroscedasticity", rho)
    if abs(rho) > 0.3:
        out.note(
            f"errors change with the prediction (rank correlation {rho:.2f}): "
            "gaussian_nll can model it, a log scale may remove it"
        )


def _ranks(values: Array) -> Array:
    ranks = np.empty(values.size)
    ranks[np.argsort(values, kind="stable")] = np.arange(values.size)
    return ranks
