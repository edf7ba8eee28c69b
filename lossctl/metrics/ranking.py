"""Metrics of the order of scores: areas under curves. They need all rows at once."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lossctl.core.domain import Choice, Param
from lossctl.core.loss import Array, Example, Form, Pooled, Reference, Statistics
from lossctl.core.metric import Metric, metric_page, no_slope
from lossctl.kernels.probability.softmax import softmax
from lossctl.metrics.counts import INPUTS, classes_of, one_hot
from lossctl.metrics.overlap import MANUAL

AVERAGE = Param(
    "average",
    "macro",
    Choice(("macro", "weighted", "micro")),
    "Of several classes or labels: mean of their areas, mean by number of targets, or the area of "
    "all pairs of score and label together.",
)


def _of_items(predictions: Array, targets: Array, **_: Any) -> Statistics:
    return {"score": predictions, "truth": targets}


def _of_probabilities(predictions: Array, targets: Array, **_: Any) -> Statistics:
    return {"score": predictions, "truth": one_hot(classes_of(targets), predictions.shape[1])}


def _of_logits(predictions: Array, targets: Array, **_: Any) -> Statistics:
    return _of_probabilities(softmax(predictions), targets)


FORMS = (
    Form("item", "probabilities", _of_items, no_slope),
    Form("item", "logits", _of_items, no_slope),
    Form("item class", "probabilities", _of_probabilities, no_slope),
    Form("item class", "logits", _of_logits, no_slope),
)


class _Ranks:
    """Scores in order: the place of each among the distinct ones, and masses up to them."""

    def __init__(self, score: Array, truth: Array, weight: Array) -> None:
        distinct, self.place = np.unique(score, return_inverse=True)
        self.place = self.place.reshape(-1)
        count = len(distinct)
        self.positive = np.bincount(self.place, weight * truth, count)
        self.negative = np.bincount(self.place, weight * (1.0 - truth), count)

    def halfway(self, mass: Array) -> Array:
        """Return the share of a mass that lies below each row, equal scores counting half."""
        below = np.cumsum(mass) - 0.5 * mass
        return below[self.place] / mass.sum()


def _auc(score: Array, truth: Array, weight: Array) -> float:
    """Return the share of pairs of a positive and a negative in the right order."""
    ranks = _Ranks(score, truth, weight)
    positive, negative = ranks.positive.sum(), ranks.negative.sum()
    if positive == 0.0 or negative == 0.0:
        return np.nan
    below = np.cumsum(ranks.negative) - 0.5 * ranks.negative
    return float((ranks.positive * below).sum() / positive / negative)


def _auc_influence(score: Array, truth: Array, weight: Array) -> Array:
    """Return what each row contributes to the area (DeLong et al., 1988).

    A positive contributes how far the share of negatives below it exceeds the area, a negative
    likewise; their spread is scaled so that the sums of squares have DeLong's divisors, one less
    than the number of positives and of negatives.
    """
    ranks = _Ranks(score, truth, weight)
    area = _auc(score, truth, weight)
    rows = np.count_nonzero(weight)
    influence = np.zeros(len(score))
    for side, mass, sign in ((truth, ranks.negative, 1.0), (1.0 - truth, ranks.positive, -1.0)):
        here = (side > 0.0) & (weight > 0.0)
        count = np.count_nonzero(here)
        share = ranks.halfway(mass)[here]
        share = share if sign > 0.0 else 1.0 - share
        scale = np.sqrt(count / (count - 1.0) * (rows - 1.0) / rows) if count > 1 else np.nan
        own = weight[here]
        influence[here] = scale * own * (share - area) / own.sum()
    return influence


def _average_precision(score: Array, truth: Array, weight: Array) -> float:
    """Return the sum of the steps of recall, each times the precision there."""
    ranks = _Ranks(-score, truth, weight)
    hits = np.cumsum(ranks.positive)
    if hits[-1] == 0.0:
        return 0.0
    found = hits + np.cumsum(ranks.negative)
    precision = hits / np.where(found == 0.0, 1.0, found)
    return float((ranks.positive * precision).sum() / hits[-1])


def _wide(weight: Array, like: Array) -> Array:
    """Return weights of rows as weights of their labels, (n, C)."""
    own = weight if weight.ndim == like.ndim else weight[:, None]
    return np.broadcast_to(own, like.shape)


def _both_sides(truth: Array, weight: Array) -> Array:
    """Whether each class has positives and negatives, (C,)."""
    wide = _wide(weight, truth)
    return ((wide * truth).sum(axis=0) > 0.0) & ((wide * (1.0 - truth)).sum(axis=0) > 0.0)


def _shares(truth: Array, weight: Array, kept: Array, average: str) -> Array:
    wide = _wide(weight, truth)
    mass = (wide * truth).sum(axis=0) if average == "weighted" else np.ones(len(kept))
    mass = np.where(kept, mass, 0.0)
    total = mass.sum()
    return mass / total if total > 0.0 else mass


def _combined(
    one: Callable[[Array, Array, Array], Any],
    score: Array,
    truth: Array,
    weight: Array,
    shares: Array,
) -> Any:
    """Add a value of each class, or a column of each, by its share of the average."""
    wide = _wide(weight, truth)
    parts = [
        share * one(score[:, column], truth[:, column], wide[:, column])
        for column, share in enumerate(shares.tolist())
        if share > 0.0
    ]
    return sum(parts) if parts else np.nan


def _roc_auc(*, score: Array, truth: Array, weight: Array, average: str, **_: Any) -> Any:
    """Area under the ROC curve, averaged over the classes that have both sides."""
    if score.ndim == 1:
        return _auc(score, truth, weight)
    if average == "micro":
        return _auc(score.ravel(), truth.ravel(), _wide(weight, score).ravel())
    kept = _both_sides(truth, weight)
    return _combined(_auc, score, truth, weight, _shares(truth, weight, kept, average))


def _roc_influence(*, score: Array, truth: Array, weight: Array, average: str, **_: Any) -> Any:
    """Return what each row contributes, (n,)."""
    if score.ndim == 1:
        return _auc_influence(score, truth, weight)
    if average == "micro":
        wide = _wide(weight, score).ravel()
        own = _auc_influence(score.ravel(), truth.ravel(), wide)
        return own.reshape(score.shape).sum(axis=1)
    kept = _both_sides(truth, weight)
    return _combined(_auc_influence, score, truth, weight, _shares(truth, weight, kept, average))


def _undefined_auc(*, truth: Array, weight: Array, **_: Any) -> str:
    kept = np.atleast_1d(_both_sides(truth, weight))
    if not kept.any():
        return "the targets are of one class, so there are no pairs to order: no value"
    if not kept.all():
        absent = int(np.sum(~kept))
        return f"{absent} of {len(kept)} classes have no positives or no negatives: left out"
    return ""


def _ap(*, score: Array, truth: Array, weight: Array, average: str, **_: Any) -> Any:
    """Average precision, averaged over classes."""
    if score.ndim == 1:
        return _average_precision(score, truth, weight)
    if average == "micro":
        wide = _wide(weight, score).ravel()
        return _average_precision(score.ravel(), truth.ravel(), wide)
    every = np.ones(score.shape[1], bool)
    return _combined(
        _average_precision, score, truth, weight, _shares(truth, weight, every, average)
    )


def _undefined_ap(*, truth: Array, weight: Array, **_: Any) -> str:
    mass = (_wide(weight, truth) * truth).sum(axis=0)
    if np.all(mass == 0.0):
        return "there are no positives: 0 by convention"
    if absent := int(np.sum(mass == 0.0)):
        return f"{absent} of {np.size(mass)} classes have no positives: 0 by convention"
    return ""


ROC_AUC = Metric(
    "roc_auc",
    "Area under the ROC curve",
    ("binary", "multilabel", "multiclass"),
    INPUTS,
    FORMS,
    params=(AVERAGE,),
    finish=_roc_auc,
    reduction=Pooled(joint=True),
    counts=("score", "truth"),
    higher_is_better=True,
    needs="ranks",
    influence=_roc_influence,
    interval_method="delong",
    undefined=_undefined_auc,
    page=metric_page(
        "ROC AUC: share of the pairs of a positive and a negative that are in the right order",
        "P(s⁺ > s⁻) + ½·P(s⁺ = s⁻); of classes, each against the others",
        use_when=("the threshold is chosen later, and both classes are frequent",),
        avoid_when=("positives are rare: average_precision looks at those found first",),
        reference=Reference(
            "DeLong, DeLong & Clarke-Pearson (1988); scikit-learn, roc_auc_score",
            f"{MANUAL}roc_auc_score.html",
        ),
        example=Example([0.9, 0.6, 0.6, 0.1], [1, 1, 0, 0], 0.875, {}, "(1 + 1 + ½ + 1)/4 pairs"),
        expected={"chance": "0.5", "range": "0 to 1, higher is better"},
        also_called=("area under the curve", "AUC", "concordance", "c-statistic"),
        notes=(
            "scores, labels and weights of all rows are held in memory",
            "classes without positives or without negatives are left out, with a note",
        ),
    ),
)
AVERAGE_PRECISION = Metric(
    "average_precision",
    "Average precision",
    ("binary", "multilabel", "multiclass"),
    INPUTS,
    FORMS,
    params=(AVERAGE,),
    finish=_ap,
    reduction=Pooled(joint=True),
    counts=("score", "truth"),
    higher_is_better=True,
    needs="ranks",
    undefined=_undefined_ap,
    page=metric_page(
        "Average precision: mean of the precision at each positive, best scores first",
        "Σ (R_k − R_{k−1})·P_k over thresholds, R recall and P precision",
        use_when=("positives are rare, and the best scores are looked at first",),
        avoid_when=("data sets are compared: the share of positives decides what chance gives",),
        reference=Reference(
            "scikit-learn, average_precision_score", f"{MANUAL}average_precision_score.html"
        ),
        example=Example(
            [0.9, 0.8, 0.7, 0.1], [1, 0, 1, 0], 5 / 6, {}, "½·1 + ½·2/3: positives are 1st and 3rd"
        ),
        expected={"chance": "the share of positives", "range": "0 to 1, higher is better"},
        also_called=("area under the precision-recall curve", "PR AUC"),
        notes=("scores, labels and weights of all rows are held in memory",),
    ),
)
