"""Measure a regression: support, outliers, spread, and what a shift would gain."""

import math
from collections.abc import Mapping

import numpy as np

from lossctl.core.loss import Array
from lossctl.recommender.data_summary import IGNORED, PLAIN, DataSummary, Measurements, Moments
from lossctl.recommender.post_hoc import shift_improvements
from lossctl.recommender.robust_scale import far_share, robust_scale

SOME, MANY = 0.01, 0.10
SKEWED = 0.8  # moment skewness: 0.89 for a gamma of shape 5
TAILED = 0.12  # quartile skewness: 0.17 for a gamma of shape 2, 0 for a Gaussian
ZERO_HEAVY = 0.2  # share of zeros above which residuals have no one scale
SURE = 3.0  # standard errors of a share of zeros
LEAST_ZEROS = 5
COMMONER = 3  # times as many zeros as of any other value: an atom, and not rounding
LEAST_RATE = 0.01  # of the mean: a prediction below it is raised, to compare likelihoods
EXCESS = 1.1  # times the zeros that overdispersed counts have


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
    support = _support(summary, flat, measurements)
    zero_heavy = support == "zero_inflated" or moments.zeros > ZERO_HEAVY * moments.count
    residuals = _residuals(summary)
    if residuals is None or summary.scores is None or not residuals.size:
        _set_scale(flat, measurements)
        if support in {"real", "positive", "skewed"} and not zero_heavy:
            shown = np.log(flat) if support == "skewed" else flat
            where = "logs of the targets" if support == "skewed" else "targets"
            _outliers(shown, None, f"{where}; give predictions to measure residuals", measurements)
        return
    _set_scale(residuals, measurements)
    scores = np.ravel(summary.scores)[np.isfinite(np.ravel(summary.targets))]
    scores = scores[np.isfinite(scores)]
    if not zero_heavy:
        _outliers(residuals, scores, "residuals, scaled by those of like predictions", measurements)
    _spread(residuals, scores, measurements)
    if moments.low >= 0:
        _rates(summary, measurements)
    level = answers.get("quantile", "unknown")
    measurements.improvements += shift_improvements(
        summary, metric, 0.9 if level == "unknown" else float(level)
    )


def _set_scale(values: Array, measurements: Measurements) -> None:
    """Set the thresholds of robust losses, in the unit of the targets."""
    if scale := robust_scale(values):
        measurements.fact("robust_sigma", scale)
        measurements.variables["$delta"] = _rounded(0.5 * scale)
        measurements.variables["$small_delta"] = _rounded(0.25 * scale)


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


def _residuals(summary: DataSummary) -> Array | None:
    if summary.scores is None or summary.scores.shape != summary.targets.shape:
        return None
    residuals = np.ravel(summary.targets - summary.scores)
    return residuals[np.isfinite(residuals)]


def _support(summary: DataSummary, flat: Array, measurements: Measurements) -> str:
    moments = summary.moments
    zeros = moments.zeros / moments.count
    if moments.low < 0:
        kind, reason = "real", f"values from {moments.low:.4g} to {moments.high:.4g}"
    elif moments.integral:
        kind, reason = _counts(moments, flat, measurements)
    elif moments.zeros >= LEAST_ZEROS and moments.zeros > COMMONER * _commonest(summary, flat):
        kind, reason = "zero_inflated", f"{zeros:.1%} exact zeros, the others positive"
    elif moments.zeros:
        kind, reason = "real", f"never negative, {moments.zeros} zeros"
    else:
        kind, reason = _tail(flat, moments)
    measurements.answer("support", kind, reason)
    return kind


def _commonest(summary: DataSummary, flat: Array) -> float:
    """Return how often the commonest value other than 0 occurs."""
    if summary.distinct is not None:
        return max((n for value, n in summary.distinct.items() if value), default=0)
    counts = np.unique(flat[flat != 0], return_counts=True)[1]
    return float(counts.max(initial=0)) * summary.moments.count / max(flat.size, 1)


def _counts(moments: Moments, flat: Array, measurements: Measurements) -> tuple[str, str]:
    """Tell counts with more zeros than their spread explains from others, and from amounts."""
    n, mean, variance = moments.count, moments.mean, moments.variance
    ratio = variance / mean if mean else 0.0
    measurements.fact("variance_over_mean", float(ratio))
    if mean > 100 and moments.zeros == 0:
        return _tail(flat, moments)  # whole only because the unit is small
    text = f"whole numbers from {moments.low:g}, variance/mean {ratio:.2g}"
    if not mean or moments.low > 0:
        return "counts", text
    # The score test against Poisson (van den Broek 1995), at any rate of zeros; overdispersion
    # alone fails it too, so that the zeros must exceed those of a negative binomial as well.
    poisson = math.exp(-mean)
    spread = n * poisson * (1 - poisson - mean * poisson)
    sureness = (moments.zeros - n * poisson) / math.sqrt(spread) if spread > 0 else 0.0
    size = mean**2 / (variance - mean) if variance > mean else math.inf
    spread_out = (size / (size + mean)) ** size if math.isfinite(size) else poisson
    error = math.sqrt(max(n * spread_out * (1 - spread_out), 1e-300))
    excess = (moments.zeros - n * spread_out) / error
    measurements.fact("excess_zeros_z", float(sureness))
    if sureness > SURE and excess > SURE and moments.zeros > EXCESS * n * spread_out:
        zeros = moments.zeros / n
        return "zero_inflated", (
            f"{zeros:.1%} zeros; of this mean a Poisson distribution has {poisson:.1%}, counts of "
            f"this spread {spread_out:.1%}"
        )
    return "counts", text


def _tail(flat: Array, moments: Moments) -> tuple[str, str]:
    """Tell a long right tail from outliers: the quartiles lean, and logs straighten them."""
    lean, straightened = _lean(flat), _lean(np.log(flat))
    if lean >= TAILED and moments.skew > SKEWED and abs(straightened) < 0.6 * lean:
        return "skewed", f"positive, skewness {moments.skew:.2g}, quartile skewness {lean:.2f}"
    return "positive", f"positive, quartile skewness {lean:.2f}"


def _lean(values: Array) -> float:
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return float((high + low - 2 * middle) / (high - low)) if high > low else 0.0


def _outliers(values: Array, scores: Array | None, where: str, measurements: Measurements) -> None:
    """Count what lies far from the median, in the local scale of its side."""
    share = far_share(values, scores)
    if share is None:
        measurements.answer("outliers", "none", f"all {where} are equal")
        return
    kind = "many" if share >= MANY else "some" if share >= SOME else "none"
    measurements.fact("outlier_share", share)
    measurements.answer(
        "outliers",
        kind,
        f"{share:.1%} lie more than 5 robust standard deviations from the median ({where})",
    )


def _rates(summary: DataSummary, measurements: Measurements) -> None:
    """Tell rates from their logarithms by the Poisson likelihood of the targets under each."""
    assert summary.scores is not None  # noqa: S101 - the caller has looked
    targets, scores = np.ravel(summary.targets), np.ravel(summary.scores)
    good = np.isfinite(targets) & np.isfinite(scores)
    targets, scores = targets[good], scores[good]
    if not targets.any() or scores.max() <= 0:
        return
    rates = np.maximum(scores, LEAST_RATE * targets.mean())  # of values below 0 too
    plain = float(np.mean(rates - targets * np.log(rates)))
    with np.errstate(over="ignore"):  # rates that were logarithms would be huge, or inf
        logs = float(np.mean(np.exp(np.minimum(scores, 700)) - targets * scores))
    if plain <= logs:
        measurements.fact("predictions", PLAIN)
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
