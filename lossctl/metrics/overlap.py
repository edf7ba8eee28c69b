"""Ratios of counts of each class: precision, recall, F-scores, overlap."""

from typing import Any

from lossctl.core.domain import NONNEGATIVE, Param
from lossctl.core.loss import Array, Example, Reference
from lossctl.metrics.class_averages import ratio_metric

MANUAL = "https://scikit-learn.org/stable/modules/generated/sklearn.metrics."
SIX = ([1, 1, 1, 0, 0, 0], [1, 1, 0, 1, 0, 0])  # two hits, a false positive, a miss
COUNTED = "2 true positives, 1 false positive, 1 false negative"


def _precision(hits: Array, predicted: Array, _true: Array, _total: Any) -> tuple[Array, Array]:
    return hits, predicted


def _recall(hits: Array, _predicted: Array, true: Array, _total: Any) -> tuple[Array, Array]:
    return hits, true


def _specificity(hits: Array, predicted: Array, true: Array, total: Any) -> tuple[Array, Array]:
    return total - predicted - true + hits, total - true


def _f1(hits: Array, predicted: Array, true: Array, _total: Any) -> tuple[Array, Array]:
    return 2.0 * hits, predicted + true


def _fbeta(
    hits: Array, predicted: Array, true: Array, _total: Any, *, beta: float
) -> tuple[Array, Array]:
    square = beta * beta
    return (1.0 + square) * hits, predicted + square * true


def _jaccard(hits: Array, predicted: Array, true: Array, _total: Any) -> tuple[Array, Array]:
    return hits, predicted + true - hits


PRECISION = ratio_metric(
    "precision",
    "Precision",
    _precision,
    summary="Precision: share of the predicted positives that are true, TP / (TP + FP)",
    formula="TP / (TP + FP)",
    use_when=("a false positive costs much",),
    avoid_when=("misses cost as much: give recall beside it, or f1",),
    is_share=True,
    reference=Reference("scikit-learn, precision_score", f"{MANUAL}precision_score.html"),
    example=Example(*SIX, 2 / 3, {}, f"2/(2 + 1): {COUNTED}"),
    also_called=("positive predictive value", "PPV"),
)
RECALL = ratio_metric(
    "recall",
    "Recall",
    _recall,
    summary="Recall: share of the true positives that are found, TP / (TP + FN)",
    formula="TP / (TP + FN)",
    use_when=("a miss costs much",),
    avoid_when=("false positives cost as much: give precision beside it, or f1",),
    is_share=True,
    reference=Reference("scikit-learn, recall_score", f"{MANUAL}recall_score.html"),
    example=Example(*SIX, 2 / 3, {}, f"2/(2 + 1): {COUNTED}"),
    also_called=("true positive rate", "TPR", "hit rate"),
)
SPECIFICITY = ratio_metric(
    "specificity",
    "Specificity",
    _specificity,
    summary="Specificity: share of the true negatives that are found, TN / (TN + FP)",
    formula="TN / (TN + FP)",
    use_when=("negatives matter for themselves, as healthy patients do",),
    avoid_when=("negatives are many and easy: it is then near 1 for every model",),
    reference=Reference(
        "Altman & Bland, Sensitivity and specificity (1994)", "doi:10.1136/bmj.308.6943.1552"
    ),
    example=Example(*SIX, 2 / 3, {}, "2 true negatives of 3: 2/(2 + 1)"),
    total=True,
    is_share=True,
    also_called=("true negative rate", "TNR", "selectivity"),
)
F1 = ratio_metric(
    "f1",
    "F1 score",
    _f1,
    summary="F1: harmonic mean of precision and recall, 2·TP / (2·TP + FP + FN)",
    formula="2·TP / (2·TP + FP + FN)",
    use_when=("positives are rare and both mistakes cost alike",),
    avoid_when=("true negatives matter: mcc counts them",),
    reference=Reference("scikit-learn, f1_score", f"{MANUAL}f1_score.html"),
    example=Example(*SIX, 2 / 3, {}, f"2·2/(2·2 + 1 + 1): {COUNTED}"),
    also_called=("F-measure", "F-score"),
)
FBETA = ratio_metric(
    "fbeta",
    "F-beta score",
    _fbeta,
    summary="F-beta: mean of precision and recall, which counts beta times as much",
    formula="(1 + β²)·TP / ((1 + β²)·TP + FP + β²·FN)",
    use_when=("recall matters β times as much as precision",),
    avoid_when=("the weighing is not known: f1 is its middle",),
    reference=Reference("scikit-learn, fbeta_score", f"{MANUAL}fbeta_score.html"),
    example=Example(
        [1, 1, 0, 0], [1, 0, 1, 1], 5 / 14, {"beta": 2.0}, "5·1/(5·1 + 1 + 4·2): 1 hit of 3"
    ),
    params=(Param("beta", 1.0, NONNEGATIVE, "How much more recall counts than precision."),),
)
DICE_SCORE = ratio_metric(
    "dice_score",
    "Dice score",
    _f1,
    summary="Dice score: overlap of two masks, 2·|P∩T| / (|P| + |T|); F1 of their pixels",
    formula="2·|P∩T| / (|P| + |T|)",
    use_when=("masks are compared, all pixels together or each image by itself (pooling sample)",),
    avoid_when=("many images are empty and each has a value of its own: those are 0",),
    reference=Reference("Dice, Measures of ecologic association (1945)", "doi:10.2307/1932409"),
    example=Example(*SIX, 2 / 3, {}, "2·2/(3 + 3)"),
    also_called=("Sørensen-Dice coefficient", "DSC"),
    notes=("of thresholded masks; the loss dice is of soft ones, and is 1 less that",),
)
JACCARD_SCORE = ratio_metric(
    "jaccard_score",
    "Intersection over union",
    _jaccard,
    summary="Intersection over union: overlap of predicted and true, TP / (TP + FP + FN)",
    formula="|P∩T| / |P∪T|",
    use_when=("masks or sets of labels are compared",),
    avoid_when=("predictions are boxes: the loss box_iou reads those",),
    reference=Reference("scikit-learn, jaccard_score", f"{MANUAL}jaccard_score.html"),
    example=Example(*SIX, 0.5, {}, "2/(2 + 1 + 1)"),
    also_called=("Jaccard index", "mean IoU", "mIoU"),
    notes=("of thresholded masks; the loss jaccard is of soft ones, and is 1 less that",),
)
