"""Metrics of numbers that need all rows at once: medians, maxima, ranks."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lossctl.core.loss import Array, Example, Form, Pooled, Reference, Statistics
from lossctl.core.metric import Metric, metric_page, no_slope
from lossctl.metrics.overlap import MANUAL
from lossctl.metrics.regression import VALUES

HELD = "the numbers of all rows are held in memory"


def _both(predictions: Array, targets: Array, **_: Any) -> Statistics:
    return {"prediction": predictions, "target": targets}


def _each_output(
    one: Callable[[Array, Array, Array], float], prediction: Array, target: Array, weight: Array
) -> float:
    """Average the values of outputs, the columns of (n, K)."""
    columns = map(_columns, (prediction, target, weight))
    values = [one(p[w > 0.0], t[w > 0.0], w[w > 0.0]) for p, t, w in zip(*columns, strict=True)]
    return float(np.mean(values))


def _columns(values: Array) -> Array:
    return values.reshape(len(values), -1).T


def weighted_median(values: Array, weight: Array) -> float:
    """Return the middle value; between two, their mean."""
    order = np.argsort(values, kind="stable")
    values, up_to = values[order], np.cumsum(weight[order])
    half = 0.5 * up_to[-1]
    first = int(np.searchsorted(up_to, half))
    if up_to[first] == half and first + 1 < len(values):
        return float(0.5 * (values[first] + values[first + 1]))
    return float(values[first])


def _median_error(*, prediction: Array, target: Array, weight: Array, **_: Any) -> float:
    """Middle absolute error."""
    return _each_output(
        lambda p, t, w: weighted_median(np.abs(t - p), w), prediction, target, weight
    )


def _max_error(*, prediction: Array, target: Array, weight: Array, **_: Any) -> float:
    """Greatest absolute error."""
    return _each_output(lambda p, t, _: float(np.abs(t - p).max()), prediction, target, weight)


def _midranks(values: Array, weight: Array) -> Array:
    """Return the weight below each value and half of that at it."""
    distinct, place = np.unique(values, return_inverse=True)
    mass = np.bincount(place.reshape(-1), weight, len(distinct))
    return (np.cumsum(mass) - 0.5 * mass)[place.reshape(-1)]


def _rank_correlation(prediction: Array, target: Array, weight: Array) -> float:
    ranks = [_midranks(values, weight) for values in (prediction, target)]
    a, b = (each - np.average(each, weights=weight) for each in ranks)
    spread = np.sqrt((weight * a * a).sum()) * np.sqrt((weight * b * b).sum())
    return float(np.clip((weight * a * b).sum() / spread, -1.0, 1.0)) if spread > 0.0 else np.nan


def _spearman(*, prediction: Array, target: Array, weight: Array, **_: Any) -> float:
    """Pearson correlation of ranks."""
    return _each_output(_rank_correlation, prediction, target, weight)


def _undefined_spearman(*, prediction: Array, target: Array, weight: Array, **_: Any) -> str:
    for name, values in (("predictions", prediction), ("targets", target)):
        counted = [v[w > 0.0] for v, w in zip(_columns(values), _columns(weight), strict=True)]
        if any(column.max() == column.min() for column in counted):
            return f"the {name} do not vary: there is no correlation"
    return ""


MEDIAN_ABSOLUTE_ERROR = Metric(
    "median_absolute_error",
    "Median absolute error",
    ("regression",),
    VALUES,
    (Form("item", "values", _both, no_slope),),
    finish=_median_error,
    reduction=Pooled(joint=True),
    counts=("prediction", "target"),
    needs="values",
    whole=True,
    bounds=(0.0, np.inf),
    page=metric_page(
        "Median absolute error: half of the absolute errors are smaller",
        "median of |t − p|",
        use_when=("a few errors are wild and say nothing of the others",),
        avoid_when=("large errors matter: half of them are overlooked",),
        reference=Reference(
            "scikit-learn, median_absolute_error", f"{MANUAL}median_absolute_error.html"
        ),
        example=Example([1.0, 2.0, 9.0], [2.0, 4.0, 4.0], 2.0, {}, "the middle of 1, 2, 5"),
        expected={"range": "at least 0, lower is better"},
        also_called=("MedAE",),
        notes=(HELD,),
    ),
)
MAX_ERROR = Metric(
    "max_error",
    "Maximum error",
    ("regression",),
    VALUES,
    (Form("item", "values", _both, no_slope),),
    finish=_max_error,
    reduction=Pooled(joint=True),
    counts=("prediction", "target"),
    needs="values",
    whole=True,
    bounds=(0.0, np.inf),
    page=metric_page(
        "Maximum error: the largest absolute error",
        "max |t − p|",
        use_when=("no error may be over a bound",),
        avoid_when=("models are compared: one row decides",),
        reference=Reference("scikit-learn, max_error", f"{MANUAL}max_error.html"),
        example=Example([1.0, 2.0, 9.0], [2.0, 4.0, 4.0], 5.0, {}, "|4 − 9|"),
        expected={"range": "at least 0, lower is better"},
        notes=(HELD,),
    ),
)
SPEARMAN = Metric(
    "spearman",
    "Spearman rank correlation",
    ("regression",),
    VALUES,
    (Form("item", "values", _both, no_slope),),
    finish=_spearman,
    reduction=Pooled(joint=True),
    counts=("prediction", "target"),
    higher_is_better=True,
    needs="values",
    whole=True,
    bounds=(-1.0, 1.0),
    undefined=_undefined_spearman,
    page=metric_page(
        "Spearman rank correlation: Pearson correlation of the ranks of predictions and targets",
        "corr(rank p, rank t), equal values sharing the mean of their ranks",
        use_when=("only the order of the predictions matters",),
        avoid_when=("predictions are used as numbers: r2 or rmse",),
        reference=Reference(
            "SciPy, stats.spearmanr",
            "https://docs.scipy.org/doc/scipy/reference/generated/scipy.stats.spearmanr.html",
        ),
        example=Example([1.0, 3.0, 2.0, 4.0], [10.0, 20.0, 30.0, 40.0], 0.8, {}, "1 − 6·2/(4·15)"),
        expected={"chance": "0", "range": "−1 to 1, higher is better"},
        also_called=("rank correlation", "Spearman's rho"),
        notes=(HELD,),
    ),
)
