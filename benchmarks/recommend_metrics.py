"""Metrics that models are judged by, of scores and values, as scikit-learn defines them."""

from collections.abc import Callable

import numpy as np

from benchmarks.recommend_data import Array
from benchmarks.recommend_models import LEVEL

OF_CLASSES = (
    "log_loss", "brier", "accuracy", "balanced_accuracy", "f1_macro", "roc_auc",
    "average_precision",
)  # fmt: skip
OF_VALUES = ("rmse", "mae", "pinball", "poisson_deviance", "gamma_deviance", "mape")
OF_DECISIONS = ("accuracy", "balanced_accuracy", "f1_macro")
LEAST = 1e-6  # a rate or an amount that is predicted as less, or below 0


def chances(scores: Array) -> Array:
    """Return the softmax of rows."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def cost_of_classes(metric: str, labels: Array, scores: Array) -> float:
    """Return a metric of scores (n, C) as a cost: what is better when greater is negated."""
    from sklearn import metrics

    classes = np.arange(scores.shape[1])
    p = np.clip(chances(scores), 1e-15, 1.0)
    p /= p.sum(axis=1, keepdims=True)
    if metric == "log_loss":
        return float(-np.mean(np.log(p[np.arange(len(labels)), labels])))
    one_hot = labels[:, None] == classes
    if metric == "brier":
        return float(np.mean(np.sum((p - one_hot) ** 2, axis=1)))
    if metric in OF_DECISIONS:
        return cost_of_decisions(metric, labels, scores.argmax(axis=1))
    seen = [k for k in classes if 0 < one_hot[:, k].sum() < len(labels)]
    seen = seen[-1:] if len(classes) == 2 else seen
    of: Callable[..., float] = (
        metrics.roc_auc_score if metric == "roc_auc" else metrics.average_precision_score
    )
    return -float(np.mean([of(one_hot[:, k], p[:, k]) for k in seen]))


def cost_of_decisions(metric: str, labels: Array, decided: Array) -> float:
    """Return a metric of decisions, negated."""
    from sklearn import metrics

    if metric == "accuracy":
        return -float(np.mean(labels == decided))
    if metric == "f1_macro":
        return -float(metrics.f1_score(labels, decided, average="macro", zero_division=0))
    recalls = [np.mean(decided[labels == k] == k) for k in np.unique(labels)]
    return -float(np.mean(recalls))


def cost_of_values(metric: str, targets: Array, predicted: Array) -> float:
    """Return a metric of predicted values, all of which are costs."""
    error = targets - predicted
    if metric == "rmse":
        return float(np.sqrt(np.mean(error**2)))
    if metric == "mae":
        return float(np.mean(np.abs(error)))
    if metric == "pinball":
        return float(np.mean(np.maximum(LEVEL * error, (LEVEL - 1) * error)))
    if metric == "mape":
        return float(np.mean(np.abs(error) / targets))
    means = np.maximum(predicted, LEAST * max(float(targets.mean()), 1e-12))
    if metric == "gamma_deviance":
        return 2 * float(np.mean(targets / means - 1 - np.log(targets / means)))
    ratio = np.where(targets > 0, targets, 1.0) / means
    return 2 * float(np.mean(targets * np.log(ratio) - targets + means))


def takes(metric: str, targets: Array) -> bool:
    """Whether a metric of values is defined for these targets."""
    if metric == "poisson_deviance":
        return bool(targets.min() >= 0)
    return bool(targets.min() > 0) if metric in {"gamma_deviance", "mape"} else True
