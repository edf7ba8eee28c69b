"""Metrics of numbers that are functions of sums: R², explained variance, correlation, concordance.

Sums of squares are about a value among the targets (``centres``), so that variances keep their
digits where the mean is large beside them.
"""

import math
from typing import Any

import numpy as np

from lossctl.core.domain import Choice, Param
from lossctl.core.loss import Array, Example, Form, Input, Pooled, Reference, Statistics
from lossctl.core.metric import Metric, metric_page, no_slope
from lossctl.metrics.counts import ratio
from lossctl.metrics.overlap import MANUAL

VALUES = (
    Input("predictions", "item", "value", "predicted numbers, any shape", differentiable=True),
    Input("targets", "item", "value", "true numbers, of the same shape"),
)
HIGHER = {"perfect": "1", "range": "up to 1, higher is better; 0 for predicting the mean"}
TEN = ([2.0, 4.0, 6.0, 8.0], [1.0, 4.0, 7.0, 8.0])
COLUMNS = "of predictions (N, K) each of the K outputs has a value, and these are averaged"
MULTIOUTPUT = Param(
    "multioutput",
    "uniform_average",
    Choice(("uniform_average", "variance_weighted")),
    "How outputs (columns of predictions (N, K)) are averaged: all alike, or by the variance of "
    "their targets, so that one that does not vary has no part.",
)


def _wide(values: Array) -> Array:
    return values.astype(np.float64, copy=False)


def mean_over_outputs(values: Any, is_column: Any) -> Any:
    """Average over outputs, which are the last axis of values where there are columns."""
    return np.mean(values, axis=-1) if is_column else values


def _averaged(values: Any, variances: Any, multioutput: str, *, is_column: bool) -> Any:
    """Average values over outputs as `multioutput` says; where no output varies all count alike."""
    if not is_column or multioutput == "uniform_average":
        return mean_over_outputs(values, is_column)
    all_alike = ~np.any(variances > 0.0, axis=-1, keepdims=True)
    weights = np.where(all_alike, 1.0, variances)
    weights = weights / np.max(weights, axis=-1, keepdims=True)
    has_part = weights > 0.0
    sums = np.sum(np.where(has_part, weights * values, 0.0), axis=-1)
    return sums / np.sum(weights, axis=-1)


def _spread(predictions: Array, targets: Array, *, centres: Any, **_: Any) -> Statistics:
    """Sums of the targets and the residuals, and of their squares."""
    t, p = _wide(targets) - centres[1], _wide(predictions) - centres[0]
    residual = _wide(targets) - _wide(predictions)
    shifted = t - p
    ones = np.ones(t.shape)
    return {
        "square": residual * residual,
        "residual": shifted,
        "residual_square": shifted * shifted,
        "target": t,
        "target_square": t * t,
        "weight": ones,
        "items": ones,
    }


def _share(unexplained: Any, total: Any) -> Any:
    """Return 1 − unexplained/total; of targets that do not vary 1 where nothing is left, else 0.

    Of sums that overflow it is NaN.
    """
    varies = total > 0.0
    share = 1.0 - unexplained / np.where(varies, total, 1.0)
    share = np.where(varies, share, np.where(unexplained > 0.0, 0.0, 1.0))
    return np.where(np.isfinite(total) & np.isfinite(unexplained), share, math.nan)


def variance_sum(square: Any, first: Any, weight: Any) -> Any:
    """Return Σ w·(x − mean)² from sums about any centre; never below 0."""
    return np.maximum(square - first * ratio(first, weight), 0.0)


def _r2(
    *,
    square: Any,
    target: Any,
    target_square: Any,
    weight: Any,
    items: Any,
    columns: bool,
    multioutput: str,
    **_: Any,
) -> Any:
    """One minus the squared residuals over the squared deviations from the mean."""
    varies = variance_sum(target_square, target, weight)
    share = np.where(np.asarray(items) < 2.0, math.nan, _share(square, varies))
    return _averaged(share, varies, multioutput, is_column=columns)


def _of_item(*, square: Array, columns: bool, **_: Any) -> Array:
    """Minus the squared residual of each item, of several outputs their mean."""
    return -np.asarray(mean_over_outputs(square, columns))


def _explained(
    *,
    residual: Any,
    residual_square: Any,
    target: Any,
    target_square: Any,
    weight: Any,
    columns: bool,
    multioutput: str,
    **_: Any,
) -> Any:
    """One minus the variance of the residuals over that of the targets."""
    left = variance_sum(residual_square, residual, weight)
    varies = variance_sum(target_square, target, weight)
    return _averaged(_share(left, varies), varies, multioutput, is_column=columns)


def _undefined_r2(*, target: Any, target_square: Any, weight: Any, items: Any, **_: Any) -> str:
    if np.any(np.asarray(items) < 2.0):
        return "there is one item, so nothing varies: no value"
    if np.any(variance_sum(target_square, target, weight) == 0.0):
        return "the targets do not vary: 1 where predictions equal them and 0 elsewhere"
    return ""


R2 = Metric(
    "r2",
    "Coefficient of determination",
    ("regression",),
    VALUES,
    (Form("item", "values", _spread, no_slope),),
    params=(MULTIOUTPUT,),
    finish=_r2,
    reduction=Pooled(joint=True),
    counts=("items",),
    of_unit=_of_item,
    best_of_unit=0.0,
    higher_is_better=True,
    needs="values",
    bounds=(-math.inf, 1.0),
    undefined=_undefined_r2,
    page=metric_page(
        "R²: share of the variance of the targets that predictions explain",
        "1 − Σ(t − p)² / Σ(t − mean t)²",
        use_when=("errors are to be read beside the spread of the targets",),
        avoid_when=("data sets are compared: the spread of each decides its R²",),
        reference=Reference("scikit-learn, r2_score", f"{MANUAL}r2_score.html"),
        example=Example(*TEN, 1.0 - 2.0 / 30.0, {}, "1 − 2/30: deviations from 5 are 16, 1, 4, 9"),
        expected=HIGHER,
        also_called=("R squared", "R2 score"),
        notes=(COLUMNS,),
    ),
)
EXPLAINED_VARIANCE = Metric(
    "explained_variance",
    "Explained variance",
    ("regression",),
    VALUES,
    (Form("item", "values", _spread, no_slope),),
    params=(MULTIOUTPUT,),
    finish=_explained,
    reduction=Pooled(joint=True),
    counts=("items",),
    of_unit=_of_item,
    best_of_unit=0.0,
    higher_is_better=True,
    needs="values",
    bounds=(-math.inf, 1.0),
    undefined=_undefined_r2,
    page=metric_page(
        "Explained variance: R² that overlooks a constant error, 1 − Var(t − p) / Var(t)",
        "1 − Var(t − p) / Var(t)",
        use_when=("a constant error is known and will be corrected",),
        avoid_when=("a constant error matters: r2",),
        reference=Reference(
            "scikit-learn, explained_variance_score", f"{MANUAL}explained_variance_score.html"
        ),
        example=Example(*TEN, 1.0 - 2.0 / 30.0, {}, "the mean residual is 0, so it is R²"),
        expected=HIGHER,
        notes=(COLUMNS,),
    ),
)


def _products(predictions: Array, targets: Array, *, centres: Any, **_: Any) -> Statistics:
    """Sums of both, of their squares and of their product, about the centres."""
    p, t = _wide(predictions) - centres[0], _wide(targets) - centres[1]
    return {
        "prediction": p,
        "prediction_square": p * p,
        "target": t,
        "target_square": t * t,
        "product": p * t,
        "weight": np.ones(t.shape),
    }


def _of_pair(*, product: Array, columns: bool, **_: Any) -> Array:
    """Product of both deviations of each item, of which the covariance is made."""
    return np.asarray(mean_over_outputs(product, columns))


def _pearson(
    *,
    prediction: Any,
    prediction_square: Any,
    target: Any,
    target_square: Any,
    product: Any,
    weight: Any,
    columns: bool,
    **_: Any,
) -> Any:
    """Covariance over the product of the standard deviations; NaN where one of them is 0."""
    both = product - prediction * ratio(target, weight)
    spread = np.sqrt(variance_sum(prediction_square, prediction, weight)) * np.sqrt(
        variance_sum(target_square, target, weight)
    )
    varies = spread > 0.0
    found = np.where(varies, both / np.where(varies, spread, 1.0), math.nan)
    return mean_over_outputs(np.clip(found, -1.0, 1.0), columns)


def _undefined_pearson(
    *,
    prediction: Any,
    prediction_square: Any,
    target: Any,
    target_square: Any,
    weight: Any,
    **_: Any,
) -> str:
    sides = (("predictions", prediction, prediction_square), ("targets", target, target_square))
    for name, first, square in sides:
        if np.any(variance_sum(square, first, weight) == 0.0):
            return f"the {name} do not vary: there is no correlation"
    return ""


PEARSON = Metric(
    "pearson",
    "Pearson correlation",
    ("regression",),
    VALUES,
    (Form("item", "values", _products, no_slope),),
    finish=_pearson,
    reduction=Pooled(joint=True),
    of_unit=_of_pair,
    higher_is_better=True,
    needs="values",
    bounds=(-1.0, 1.0),
    undefined=_undefined_pearson,
    page=metric_page(
        "Pearson correlation: how far predictions are a linear function of the targets",
        "Cov(p, t) / √(Var(p)·Var(t))",
        use_when=("the scale of the predictions is free",),
        avoid_when=("predictions are used as they are: r2 counts scale and offset",),
        reference=Reference(
            "SciPy, stats.pearsonr",
            "https://docs.scipy.org/doc/scipy/reference/generated/scipy.stats.pearsonr.html",
        ),
        example=Example(
            *TEN, 24.0 / math.sqrt(600.0), {}, "(12 + 1 + 2 + 9)/√(20·30): deviations from 5"
        ),
        expected={"chance": "0", "range": "−1 to 1, higher is better"},
        also_called=("correlation coefficient",),
        notes=(COLUMNS,),
    ),
)


def _agreement(predictions: Array, targets: Array, *, centres: Any, **_: Any) -> Statistics:
    """Sums of both, of their squares, of the residuals and of their squares."""
    sums = dict(_products(predictions, targets, centres=centres))
    residual = _wide(targets) - _wide(predictions)
    del sums["product"]
    return {**sums, "residual": residual, "square": residual * residual}


def _uncorrelated(
    *,
    prediction: Any,
    prediction_square: Any,
    target: Any,
    target_square: Any,
    residual: Any,
    weight: Any,
    **_: Any,
) -> Any:
    """Sum of squares of the residuals if both were uncorrelated."""
    return (
        variance_sum(prediction_square, prediction, weight)
        + variance_sum(target_square, target, weight)
        + residual * ratio(residual, weight)
    )


def _concordance(*, square: Any, columns: bool, **sums: Any) -> Any:
    """1 − Σ(t − p)² over what it would be without correlation; NaN where both are one constant."""
    without = _uncorrelated(**sums)
    varies = without > 0.0
    found = np.where(varies, 1.0 - square / np.where(varies, without, 1.0), math.nan)
    return mean_over_outputs(np.clip(found, -1.0, 1.0), columns)


def _undefined_concordance(**sums: Any) -> str:
    if np.any(_uncorrelated(**sums) == 0.0):
        return "predictions and targets are the same constant: there is no concordance"
    return ""


CONCORDANCE_CORRELATION = Metric(
    "concordance_correlation",
    "Concordance correlation",
    ("regression",),
    VALUES,
    (Form("item", "values", _agreement, no_slope),),
    finish=_concordance,
    reduction=Pooled(joint=True),
    of_unit=_of_item,
    best_of_unit=0.0,
    higher_is_better=True,
    needs="values",
    bounds=(-1.0, 1.0),
    undefined=_undefined_concordance,
    page=metric_page(
        "Concordance correlation (Lin's CCC): correlation about the line p = t",
        "2·Cov(p, t) / (Var(p) + Var(t) + (mean p − mean t)²)",
        use_when=("predictions must agree in scale and offset too: ratings, valence and arousal",),
        avoid_when=("the scale of the predictions is free: pearson",),
        reference=Reference(
            "Lin, A concordance correlation coefficient to evaluate reproducibility (1989)",
            "doi:10.2307/2532051",
        ),
        example=Example(*TEN, 48.0 / 50.0, {}, "2·24/(20 + 30): both means are 5"),
        expected={
            "perfect": "1",
            "chance": "0",
            "range": "−1 to 1, higher is better; at most |pearson|",
        },
        also_called=("CCC", "Lin's concordance correlation coefficient"),
        notes=(COLUMNS, "variances are over n, as in Lin's paper: n − 1 gives another value"),
    ),
)
