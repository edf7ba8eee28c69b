"""Agreement of predicted and true labels: accuracies, correlation, kappa."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lossctl.core.domain import Choice, Flag, IntegerRange, Param
from lossctl.core.loss import Array, Example, Form, FormAxes, Pooled, Reference, Statistics
from lossctl.core.metric import Metric, metric_page, no_slope, share_of_items
from lossctl.metrics.counts import (
    INPUTS,
    THRESHOLD,
    Terms,
    classes_of,
    counts,
    finite_mean,
    is_right,
    label_forms,
    ratio,
    share_right,
)
from lossctl.metrics.overlap import MANUAL

TASKS = ("binary", "multilabel", "multiclass", "segmentation")
ZERO_TO_ONE = {"range": "0 to 1, higher is better"}


def _whole_rows(axes: FormAxes, kind: str) -> Terms:
    """Build the terms of accuracy: a row of several labels is right where all of them are."""
    each = is_right(axes, kind)

    def terms(predictions: Array, targets: Array, **params: Any) -> Statistics:
        right = each(predictions, targets, **params)
        if axes == "item" and predictions.ndim > 1:
            return {**right, "loss": right["loss"].min(axis=1)}
        return right

    return terms


def _some_wrong(axes: FormAxes, kind: str) -> Terms:
    """Build the terms of the error rate: a row of labels is wrong where any of them is."""
    return _opposite(_whole_rows(axes, kind))


def _wrong(axes: FormAxes, kind: str) -> Terms:
    return _opposite(is_right(axes, kind))


def _opposite(right: Terms) -> Terms:
    def terms(predictions: Array, targets: Array, **params: Any) -> Statistics:
        found = right(predictions, targets, **params)
        return {**found, "loss": 1.0 - found["loss"]}

    return terms


ACCURACY = Metric(
    "accuracy",
    "Accuracy",
    TASKS,
    INPUTS,
    label_forms(_whole_rows),
    params=(THRESHOLD,),
    hard_masks=True,
    higher_is_better=True,
    per_row=True,
    share=share_of_items,
    page=metric_page(
        "Accuracy: share of the items whose label is right; of rows of labels, all of them",
        "mean of [ŷ = y]",
        use_when=("classes are about as frequent as each other",),
        avoid_when=("one class is rare: always predicting the other is accurate",),
        reference=Reference("scikit-learn, accuracy_score", f"{MANUAL}accuracy_score.html"),
        example=Example([0.9, 0.2, 0.6, 0.4], [1, 0, 0, 0], 0.75, {}, "3 of 4 are right"),
        expected={"chance": "the share of the most frequent class", **ZERO_TO_ONE},
        also_called=("pixel accuracy", "subset accuracy", "exact match"),
    ),
)
HAMMING = Metric(
    "hamming",
    "Hamming distance",
    TASKS,
    INPUTS,
    label_forms(_wrong),
    params=(THRESHOLD,),
    hard_masks=True,
    share=share_of_items,
    page=metric_page(
        "Hamming distance: share of the labels that are wrong, each label of a row by itself",
        "mean of [ŷ ≠ y] over labels",
        use_when=("rows have several labels, and one wrong label costs little",),
        avoid_when=("most labels are negative: it is then small for every model",),
        reference=Reference("scikit-learn, hamming_loss", f"{MANUAL}hamming_loss.html"),
        example=Example([[0.9, 0.2], [0.6, 0.4]], [[1, 0], [0, 0]], 0.25, {}, "1 of 4 is wrong"),
        expected={"range": "0 to 1, lower is better"},
        also_called=("Hamming loss",),
    ),
)
ERROR_RATE = Metric(
    "error_rate",
    "Error rate",
    TASKS,
    INPUTS,
    label_forms(_some_wrong),
    params=(THRESHOLD,),
    hard_masks=True,
    per_row=True,
    share=share_of_items,
    page=metric_page(
        "Error rate: share of the items whose label is wrong; of rows of labels, any of them",
        "mean of [ŷ ≠ y]",
        use_when=("mistakes are counted rather than successes",),
        avoid_when=("one class is rare: always predicting the other errs seldom",),
        reference=Reference("scikit-learn, zero_one_loss", f"{MANUAL}zero_one_loss.html"),
        example=Example([0.9, 0.2, 0.6, 0.4], [1, 0, 0, 0], 0.25, {}, "1 of 4 is wrong"),
        expected={"range": "0 to 1, lower is better"},
        also_called=("zero-one loss", "misclassification rate"),
    ),
)


def _top_k(predictions: Array, targets: Array, *, k: int, **_: Any) -> Statistics:
    """Mark rows whose class is one of the k highest; of equal scores the last class is higher."""
    codes = classes_of(targets)
    own = predictions[np.arange(len(codes)), codes][:, None]
    later = np.arange(predictions.shape[1]) > codes[:, None]
    above = (predictions > own) | ((predictions == own) & later)
    return {"loss": (above.sum(axis=1) < k).astype(np.float64), "weight": 1.0}


TOP_K_ACCURACY = Metric(
    "top_k_accuracy",
    "Top-k accuracy",
    ("multiclass",),
    INPUTS,
    tuple(Form("item class", kind, _top_k, no_slope) for kind in ("probabilities", "logits")),
    params=(Param("k", 2, IntegerRange(1), "How many of the highest classes count."),),
    higher_is_better=True,
    needs="scores",
    share=share_of_items,
    page=metric_page(
        "Top-k accuracy: share of the items whose true class has one of the k highest scores",
        "mean of [rank of the true class ≤ k]",
        use_when=("several guesses are shown, or classes overlap in meaning",),
        avoid_when=("there are few classes: k of them are nearly all",),
        reference=Reference(
            "scikit-learn, top_k_accuracy_score", f"{MANUAL}top_k_accuracy_score.html"
        ),
        example=Example(
            [[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]],
            [1, 2],
            0.5,
            {"k": 2},
            "class 1 is second, class 2 is third",
        ),
        expected={"chance": "k/C", **ZERO_TO_ONE},
        notes=("of equal scores the class with the higher index comes first, as in scikit-learn",),
    ),
)


def _with_total(axes: FormAxes, kind: str) -> Terms:
    return counts(axes, kind, total=True)


def _sides(hits: Array, predicted: Array, true: Array, total: Array) -> tuple[Array, Array, Array]:
    """Return the counts of both sides of every label, along an axis behind those of labels."""
    return (
        np.stack([total - predicted - true + hits, hits], axis=-1),
        np.stack([total - predicted, predicted], axis=-1),
        np.stack([total - true, true], axis=-1),
    )


def _of_labels(
    value: Callable[..., Array], reading: str, *sums: Array, total: Array, **params: Any
) -> Any:
    """Return a value of all classes; of rows of labels the mean of those of every label."""
    if reading != "multilabel":
        return value(*sums, **params)
    hits, predicted, true = sums
    return np.mean(value(*_sides(hits, predicted, true, total), **params), axis=-1)


def _balanced(hits: Array, _predicted: Array, true: Array, *, adjusted: bool) -> Array:
    kept = true > 0.0
    mean = finite_mean(ratio(hits, true), kept)
    if not adjusted:
        return mean
    count = kept.sum(axis=-1)
    chance = 1.0 / np.where(count == 0, 1, count)
    return ratio(mean - chance, 1.0 - chance)


def _finish_balanced(
    *, hits: Array, predicted: Array, target_mass: Array, total: Array, reading: str, **params: Any
) -> Any:
    """Mean of the recalls of the classes that are among the targets."""
    adjusted = params["adjusted"]
    sums = (hits, predicted, target_mass)
    return _of_labels(_balanced, reading, *sums, total=total, adjusted=adjusted)


BALANCED_ACCURACY = Metric(
    "balanced_accuracy",
    "Balanced accuracy",
    TASKS,
    INPUTS,
    label_forms(_with_total),
    params=(
        Param("adjusted", default=False, domain=Flag(), help="Scale so that chance is 0."),
        THRESHOLD,
    ),
    finish=_finish_balanced,
    reduction=Pooled(joint=True),
    of_unit=share_right,
    hard_masks=True,
    higher_is_better=True,
    page=metric_page(
        "Balanced accuracy: mean over classes of the share of their items that is found",
        "mean over classes of TP / (TP + FN)",
        use_when=("classes differ in frequency and count alike",),
        avoid_when=("rare classes have a few items: their recall is noise",),
        reference=Reference(
            "scikit-learn, balanced_accuracy_score", f"{MANUAL}balanced_accuracy_score.html"
        ),
        example=Example([1, 1, 0, 0], [1, 0, 0, 0], 5 / 6, {}, "(1 + 2/3) / 2"),
        expected={"chance": "1/C", **ZERO_TO_ONE},
        also_called=("macro recall", "unweighted average recall", "UAR"),
    ),
)


def _mcc(hits: Array, predicted: Array, true: Array) -> Array:
    total = true.sum(axis=-1, keepdims=True)
    p, t = ratio(predicted, total), ratio(true, total)
    right = ratio(hits, total).sum(axis=-1)
    both = right - (p * t).sum(axis=-1)
    spread = (1.0 - (p * p).sum(axis=-1)) * (1.0 - (t * t).sum(axis=-1))
    defined = ~(_one_class(predicted) | _one_class(true))
    return np.where(defined, both / np.sqrt(np.where(defined, spread, 1.0)), 0.0)


def _one_class(mass: Array) -> Array:
    """Whether there is at most one class: sums of squares of shares would say so inexactly."""
    return np.count_nonzero(mass, axis=-1) < 2


def _finish_mcc(
    *, hits: Array, predicted: Array, target_mass: Array, total: Array, reading: str, **_: Any
) -> Any:
    """Correlation of predicted and true labels."""
    return _of_labels(_mcc, reading, hits, predicted, target_mass, total=total)


def _undefined_mcc(*, predicted: Array, target_mass: Array, reading: str, **_: Any) -> str:
    for name, mass in (("predictions", predicted), ("targets", target_mass)):
        if reading != "multilabel" and bool(np.all(_one_class(mass))):
            return f"all {name} are of one class, so there is no correlation: 0 by convention"
    return ""


MCC = Metric(
    "mcc",
    "Matthews correlation coefficient",
    TASKS,
    INPUTS,
    label_forms(_with_total),
    params=(THRESHOLD,),
    finish=_finish_mcc,
    reduction=Pooled(joint=True),
    of_unit=share_right,
    hard_masks=True,
    higher_is_better=True,
    bounds=(-1.0, 1.0),
    undefined=_undefined_mcc,
    page=metric_page(
        "Matthews correlation coefficient: correlation of predicted and true labels, −1 to 1",
        "(TP·TN − FP·FN) / √((TP + FP)(TP + FN)(TN + FP)(TN + FN)); of classes that of Gorodkin",
        use_when=("one number is wanted that all four counts decide",),
        avoid_when=("readers do not know it: precision and recall say more to them",),
        reference=Reference("scikit-learn, matthews_corrcoef", f"{MANUAL}matthews_corrcoef.html"),
        example=Example([1, 1, 1, 0, 0, 0], [1, 1, 0, 1, 0, 0], 1 / 3, {}, "(2·2 − 1·1) / 9"),
        expected={"chance": "0", "range": "−1 to 1, higher is better"},
        also_called=("phi coefficient", "R_K"),
    ),
)


def _with_cost(axes: FormAxes, kind: str) -> Terms:
    """Build the terms of kappa: counts, and how far the predicted class is from the true one."""
    counted = counts(axes, kind, total=True)

    def terms(predictions: Array, targets: Array, *, weighting: str, **params: Any) -> Statistics:
        found: dict[str, Any] = dict(counted(predictions, targets, **params))
        predicted, true = found["predicted"], found["target_mass"]
        if params["reading"] == "multilabel":  # two classes a label: every weighting is the same
            return {**found, "cost": predicted + true - 2.0 * found["hits"]}
        away = _distances(true.shape[-1], weighting)
        cost = away[true.argmax(axis=-1), predicted.argmax(axis=-1)]
        return {**found, "cost": true * cost[..., None]}

    return terms


def _distances(classes: int, weighting: str) -> Array:
    """Return what a mistake costs, from true to predicted class, (C, C)."""
    places = np.arange(classes)
    away = np.abs(places[:, None] - places).astype(np.float64)
    if weighting == "none":
        return np.minimum(away, 1.0)
    return away if weighting == "linear" else away * away


def _kappa(predicted: Array, true: Array, cost: Array, *, weighting: str) -> Array:
    total = true.sum(axis=-1)
    away = _distances(true.shape[-1], weighting)
    by_chance = ratio(np.sum((true @ away) * predicted, axis=-1), total)
    paid = cost.sum(axis=-1)
    defined = by_chance > 0.0
    return np.where(defined, 1.0 - paid / np.where(defined, by_chance, 1.0), math.nan)


def _finish_kappa(
    *,
    hits: Array,
    predicted: Array,
    target_mass: Array,
    total: Array,
    cost: Array,
    reading: str,
    weighting: str,
    **_: Any,
) -> Any:
    """One minus the cost of the mistakes over that of a chance agreement."""
    if reading != "multilabel":
        return _kappa(predicted, target_mass, cost, weighting=weighting)
    _hits, both, truth = _sides(hits, predicted, target_mass, total)
    costs = np.stack([cost, np.zeros(cost.shape)], axis=-1)
    return np.mean(_kappa(both, truth, costs, weighting="none"), axis=-1)


def _undefined_kappa(*, predicted: Array, target_mass: Array, reading: str, **_: Any) -> str:
    if reading == "multilabel":
        return ""
    one = _one_class(predicted) & _one_class(target_mass)
    alike = np.all((predicted > 0.0) == (target_mass > 0.0), axis=-1)
    if bool(np.any(one & alike)):
        return "predictions and targets are all of one class, so chance agrees wholly: no value"
    return ""


COHEN_KAPPA = Metric(
    "cohen_kappa",
    "Cohen's kappa",
    TASKS,
    INPUTS,
    label_forms(_with_cost),
    params=(
        Param(
            "weighting",
            "none",
            Choice(("none", "linear", "quadratic")),
            "What a mistake costs: 1, or the distance of the classes in their order, or its "
            "square.",
        ),
        THRESHOLD,
    ),
    finish=_finish_kappa,
    reduction=Pooled(joint=True),
    of_unit=share_right,
    hard_masks=True,
    higher_is_better=True,
    bounds=(-math.inf, 1.0),
    undefined=_undefined_kappa,
    page=metric_page(
        "Cohen's kappa: agreement beyond that of chance, 1 − cost of mistakes / cost by chance",
        "1 − Σ w·O / Σ w·E,  O the table of true and predicted labels, E that of their margins",
        use_when=(
            "two annotators, or a model and one, are compared",
            "grades are predicted: a mistake of one grade costs less (weighting quadratic)",
        ),
        avoid_when=("classes are very unequal in size: kappa is then low for good models",),
        reference=Reference("scikit-learn, cohen_kappa_score", f"{MANUAL}cohen_kappa_score.html"),
        example=Example(
            [1, 1, 1, 0, 0, 0], [1, 1, 0, 1, 0, 0], 1 / 3, {}, "1 − (2/6) / (1/2): chance is ½"
        ),
        expected={"chance": "0", "range": "up to 1, higher is better"},
        also_called=("quadratic weighted kappa", "QWK"),
        notes=(
            (
                "weighting linear or quadratic takes the classes in their order: of class scores "
                "their indices, of labels the sorted labels there are"
            ),
        ),
    ),
)
