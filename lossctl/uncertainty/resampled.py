"""Differences over folds that share rows: the corrected resampled t test of Nadeau and Bengio.

Values of folds depend on each other, since every row is trained on in most of them. The variance of
their mean is more than that of independent values: s²·(1/J + n_judged/n_trained) of J folds
(Nadeau and Bengio 2003, doi:10.1023/A:1024068626366).
"""

import math

from lossctl.core.loss import Array
from lossctl.uncertainty.distributions import two_sided_t
from lossctl.uncertainty.intervals import Limits, t_limits
from lossctl.uncertainty.paired import Difference


def corrected_error(values: Array, share: float) -> float:
    """Return the standard error of a mean over folds; inf of one.

    Parameters
    ----------
    values
        (J,), one of each fold.
    share
        Rows judged over rows trained on, 1/(K − 1) of K folds of one size.
    """
    count = len(values)
    if count < 2:
        return math.inf
    return float(values.std(ddof=1) * math.sqrt(1 / count + share))


def resampled_difference(baseline: Array, model: Array, share: float) -> Difference:
    """Compare the values of two models, (J,) and (J,), of the same J folds."""
    change = model - baseline
    value, error = float(change.mean()), corrected_error(change, share)
    df = len(change) - 1
    identical = not change.any()
    p_value: float | None = None
    if not identical and df > 0:
        p_value = two_sided_t(value / error, df) if error else 0.0

    def limits(confidence: float) -> Limits:
        return t_limits(value, error, df, confidence)

    means = float(baseline.mean()), float(model.mean())
    return Difference(*means, value, error, df, len(change), p_value, limits, "folds", identical)
