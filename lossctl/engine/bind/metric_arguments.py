"""What the functions of a metric are given beside its parameters: the reading, and what follows."""

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.loss import Array, Loss
from lossctl.core.metric import Metric
from lossctl.core.spelling import option
from lossctl.engine.bind.layout import Fit
from lossctl.engine.sources import Source

READINGS = {"binary": "binary", "multilabel": "multilabel", "multiclass": "multiclass"}
LOOK = 1_024  # rows from whose values a centre is taken


def metric_arguments(
    metric: Loss, params: Mapping[str, Any], fit: Fit, sources: Mapping[str, Source]
) -> dict[str, Any]:
    """Return the arguments: parameters with what they stand for on these data.

    Raises
    ------
    UsageError
        For a parameter that has no meaning in this reading of the labels.
    """
    assert isinstance(metric, Metric)  # noqa: S101 - asked of metrics only
    arguments = dict(params)
    if metric.needs == "values":
        arguments["columns"] = fit.layout.columns > 0
        arguments["centres"] = tuple(
            _centre(sources[name], fit) for name in ("predictions", "targets")
        )
        return arguments
    arguments["reading"] = READINGS[fit.task]
    arguments["positive"] = 1 if fit.positive is None else fit.positive
    if "threshold" in params and params["threshold"] != metric.defaults["threshold"]:
        _require_scores(metric, fit)
    if metric.averages:
        arguments["average"] = _average(metric, params["average"], fit)
    return arguments


def _require_scores(metric: Metric, fit: Fit) -> None:
    if fit.task == "multiclass" or fit.labels is not None:
        what = "labels" if fit.labels is not None else "scores of several classes"
        raise UsageError(
            f"{metric.id}: threshold is for one score per item; predictions hold {what}"
        )


def _average(metric: Metric, average: str | int, fit: Fit) -> str | int:
    """Return what ``auto`` stands for; refuse what has no meaning here."""
    binary = fit.task == "binary"
    classes = fit.layout.columns or 2
    if isinstance(average, int):
        if not 0 <= average < classes:
            raise UsageError(f"{metric.id}: average {average} is not one of {classes} classes")
        return average
    if average == "auto":
        average = "binary" if binary else "macro"
    if average == "binary" and not binary:
        raise UsageError(
            f"{metric.id}: average binary is for two classes, but labels are {fit.task}; take "
            "macro, micro, weighted or the index of a class"
        )
    if average == "binary" and fit.positive is None:
        names = [name for name in fit.names or () if name]
        raise UsageError(
            f"{metric.id}: which label is positive, {' or '.join(names)}? Set "
            f"{option('positive', names[-1])}, or average macro"
        )
    return average


def _centre(source: Source, fit: Fit) -> Any:
    """Return a value that sums of squares are taken about: the middle one of the first rows.

    It is one of the values, so that what does not vary has sums of exactly 0.
    """
    columns = max(fit.layout.columns, 1)
    count = min(prod(source.shape), LOOK * columns)
    rows: Array = source.read(0, count - count % columns).astype(np.float64).reshape(-1, columns)
    centres = [_middle(column[np.isfinite(column)]) for column in rows.T]
    return np.array(centres) if fit.layout.columns else centres[0]


def _middle(values: Array) -> float:
    if not values.size:
        return 0.0
    return float(np.partition(values, (values.size - 1) // 2)[(values.size - 1) // 2])
