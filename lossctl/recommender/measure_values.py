"""Measure a regression: support, outliers, spread, and what a shift would gain."""

import math
from collections.abc import Mapping

import numpy as np

from lossctl.core.loss import Array
from lossctl.recommender.data_summary import IGNORED, DataSummary, Measurements, Moments
from lossctl.recommender.post_hoc import shift_improvements

SIGMA = 1.4826  # of a Gaussian, from its median absolute deviation
FAR = 3.0  # deviations beyond which a residual is an outlier: 0.27 % of a Gaussian
SOME, MANY = 0.01, 0.10
SKEWED = 0.8  # moment skewness: 0.89 for a gamma of shape 5
TAILED = 0.12  # quartile skewness: 0.17 for a gamma of shape 2, 0 for a Gaussian


def measure_values(
    summary: DataSummary, measurements: Measurements, answers: Mapping[str, str], metric: str
) -> None:
    """Find the support, then the outliers, on residuals where there are predictions."""
    moments = summary.moments
    summary.targets = np.where(summary.targets == IGNORED, np.nan, summary.targets)
    for name, value in (
        ("mean", moments.mean),
        ("sd", math.sqrt(moments.variance)),
        ("skew", moments.skew),
        ("zero_share", moments.zeros / moments.count),
    ):
        measurements.fact(name, float(value))
    flat = summary.targets[np.isfinite(summary.targets)]
    support = _support(moments, flat, measurements)
    if moments.variance > 0:
        measurements.variables["$half_sd"] = _rounded(0.5 * math.sqrt(moments.variance))
    residuals = _residuals(summary)
    if residuals is None or summary.scores is None or not residuals.size:
        if support in {"real", "positive", "skewed"}:
            shown = np.log(flat) if support == "skewed" else flat
            where = "logs of the targets" if support == "skewed" else "targets"
            factor = 0.0 if support == "skewed" else 0.5  # the noise is smaller than the targets
            _outliers(
                shown, f"{where}; give predictions to measure residuals", measurements, factor
            )
        return
    _outliers(residuals, "residuals", measurements, 1.0)
    scores = np.ravel(summary.scores)[np.isfinite(np.ravel(summary.targets))]
    _spread(residuals, scores, measurements)
    if moments.low >= 0:
        _rates(summary, measurements)
    level = answers.get("quantile", "unknown")
    measurements.improvements += shift_improvements(
        summary, metric, 0.9 if level == "unknown" else float(level)
    )


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


def _residuals(summary: DataSummary) -> Array | None:
    if summary.scores is None or summary.scores.shape != summary.targets.shape:
        return None
    residuals = np.ravel(summary.targets - summary.scores)
    return residuals[np.isfinite(residuals)]


def _support(moments: Moments, flat: Array, measurements: Measurements) -> str:
    zeros = moments.zeros / moments.count
    if moments.low < 0:
        kind, reason = "real", f"values from {moments.low:.4g} to {moments.high:.4g}"
    elif moments.integral:
        ratio = moments.variance / moments.mean if moments.mean else 0.0
        expected = math.exp(-moments.mean)
        measurements.fact("variance_over_mean", float(ratio))
        kind, reason = "counts", f"whole numbers from {moments.low:g}, variance/mean {ratio:.2g}"
        if zeros >= 0.2 and zeros > 1.5 * expected:
            kind = "zero_inflated"
            reason = f"{zeros:.0%} zeros, a Poisson distribution of this mean has {expected:.0%}"
        elif moments.mean > 100 and moments.zeros == 0:
            kind, reason = _tail(flat, moments)  # whole only because the unit is small
    elif zeros >= 0.05:
        kind, reason = "zero_inflated", f"{zeros:.0%} exact zeros, the others positive"
    elif moments.zeros:
        kind, reason = "real", f"never negative, {moments.zeros} zeros"
    else:
        kind, reason = _tail(flat, moments)
    measurements.answer("support", kind, reason)
    return kind


def _tail(flat: Array, moments: Moments) -> tuple[str, str]:
    """Tell a long right tail from outliers: the quartiles lean, and logs straighten them."""
    lean, straightened = _lean(flat), _lean(np.log(flat))
    if lean >= TAILED and moments.skew > SKEWED and abs(straightened) < 0.6 * lean:
        return "skewed", f"positive, skewness {moments.skew:.2g}, quartile skewness {lean:.2f}"
    return "positive", f"positive, quartile skewness {lean:.2f}"


def _lean(values: Array) -> float:
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return float((high + low - 2 * middle) / (high - low)) if high > low else 0.0


def _outliers(values: Array, where: str, measurements: Measurements, factor: float) -> None:
    """Count what lies far from the median; with half the values equal, among the others.

    `factor` times the robust scale is the delta of a robust loss; 0 sets none.
    """
    distance = np.abs(values - np.median(values))
    scale = SIGMA * float(np.median(distance))
    if scale == 0:
        nonzero = distance[distance > 0]
        if not nonzero.size:
            measurements.answer("outliers", "none", f"all {where} are equal")
            return
        scale = SIGMA * float(np.median(nonzero))
        where += ", half of them equal"
    share = float(np.mean(distance > FAR * scale))
    kind = "many" if share >= MANY else "some" if share >= SOME else "none"
    measurements.fact("outlier_share", share)
    measurements.answer(
        "outliers",
        kind,
        f"{share:.1%} lie more than 3 robust standard deviations from the median ({where})",
    )
    if factor:
        measurements.variables["$delta"] = _rounded(factor * scale)
        measurements.variables["$small_delta"] = _rounded(0.5 * factor * scale)


def _rates(summary: DataSummary, measurements: Measurements) -> None:
    """Tell rates from their logarithms by the Poisson likelihood of the targets under each."""
    assert summary.scores is not None  # noqa: S101 - the caller has looked
    targets, scores = np.ravel(summary.targets), np.ravel(summary.scores)
    good = np.isfinite(targets) & np.isfinite(scores)
    targets, scores = targets[good], scores[good]
    if not scores.size or scores.min() < 0:
        return
    plain = float(np.mean(scores - targets * np.log(scores + 1e-8)))
    with np.errstate(over="ignore"):  # rates that were logarithms would be huge, or inf
        logs = float(np.mean(np.exp(np.minimum(scores, 700)) - targets * scores))
    if plain <= logs:
        measurements.fact("predictions", "plain values")
        measurements.variables["$logs"] = False


def _spread(residuals: Array, scores: Array, measurements: Measurements) -> None:
    """Whether errors grow with the prediction: rank correlation of their sizes."""
    if residuals.size != scores.size or residuals.size < 20:
        return
    rho = float(np.corrcoef(_ranks(np.abs(residuals)), _ranks(scores))[0, 1])
    if not math.isfinite(rho):
        return
    measurements.fact("heteroscedasticity", rho)
    if abs(rho) > 0.3:
        measurements.note(
            f"the size of errors depends on the prediction (rank correlation {rho:.2f}): "
            "gaussian_nll can model it, a log scale may remove it"
        )


def _ranks(values: Array) -> Array:
    ranks = np.empty(values.size)
    ranks[np.argsort(values, kind="stable")] = np.arange(values.size)
    return ranks
