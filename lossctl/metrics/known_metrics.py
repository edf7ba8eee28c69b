"""The catalogue of metrics: every one by its id, with its module and what else it is called.

``"f1": Entry("overlap", …)`` means ``F1`` in ``lossctl/metrics/overlap.py``. Nothing is imported
before a metric is asked for. The names are those of scikit-learn and torchmetrics; what is a loss
here is looked up among the losses.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from lossctl.core.metric import Metric


NEEDS: Mapping[str, str] = {  # what a metric reads of predictions
    "labels": "labels; of probabilities and logits the class of the highest, or those over a "
    "threshold",
    "scores": "a score of each class",
    "ranks": "probabilities, logits or other scores, of which the order counts",
    "values": "numbers",
}


class Entry(NamedTuple):
    """Where a metric lives, and the names that stand for it, with what they set."""

    module: str
    aliases: tuple[str, ...] = ()
    presets: Mapping[str, Mapping[str, Any]] = {}


MACRO: Mapping[str, Any] = {"average": "macro"}
METRICS: dict[str, Entry] = {
    "accuracy": Entry(
        "label_agreement",
        (
            "accuracy_score",
            "acc",
            "pixel_accuracy",
            "binary_accuracy",
            "categorical_accuracy",
            "sparse_categorical_accuracy",
            "multilabel_exact_match",
        ),
    ),
    "balanced_accuracy": Entry("label_agreement", ("balanced_accuracy_score",)),
    "top_k_accuracy": Entry(
        "label_agreement", ("top_k_accuracy_score", "top_k_categorical_accuracy")
    ),
    "hamming": Entry(
        "label_agreement",
        (
            "hamming_loss",
            "hamming_distance",
            "binary_hamming_distance",
            "multilabel_hamming_distance",
        ),
    ),
    "error_rate": Entry(
        "label_agreement", ("zero_one_loss", "error", "merror", "binary_error", "multi_error")
    ),
    "precision": Entry(
        "overlap",
        ("precision_score", "ppv", "binary_precision"),
        {"multiclass_precision": MACRO, "precision_macro": MACRO},
    ),
    "recall": Entry(
        "overlap",
        ("recall_score", "sensitivity", "tpr", "binary_recall"),
        {"multiclass_recall": MACRO, "recall_macro": MACRO},
    ),
    "specificity": Entry("overlap", ("tnr", "binary_specificity", "selectivity")),
    "f1": Entry(
        "overlap",
        ("f1_score", "binary_f1_score", "f_score", "f_measure"),
        {
            "f1_macro": MACRO,
            "macro_f1": MACRO,
            "multiclass_f1_score": MACRO,
            "f1_micro": {"average": "micro"},
            "f1_weighted": {"average": "weighted"},
        },
    ),
    "fbeta": Entry("overlap", ("fbeta_score", "f_beta", "binary_fbeta_score")),
    "dice_score": Entry("overlap", ("dice", "dice_coefficient")),
    "jaccard_score": Entry(
        "overlap",
        ("iou", "jaccard", "jaccard_index", "binary_jaccard_index", "binary_iou"),
        {"mean_iou": MACRO, "miou": MACRO, "multiclass_jaccard_index": MACRO},
    ),
    "mcc": Entry(
        "label_agreement",
        ("matthews_corrcoef", "matthews_corr_coef", "matthews", "matthews_correlation_coefficient"),
    ),
    "cohen_kappa": Entry(
        "label_agreement",
        ("cohen_kappa_score", "kappa"),
        {"quadratic_weighted_kappa": {"weighting": "quadratic"}, "qwk": {"weighting": "quadratic"}},
    ),
    "roc_auc": Entry(
        "ranking",
        ("roc_auc_score", "auc", "auroc", "binary_auroc", "concordance"),
        {"multiclass_auroc": {"average": "macro"}, "multilabel_auroc": {"average": "macro"}},
    ),
    "average_precision": Entry(
        "ranking",
        ("average_precision_score", "aucpr", "pr_auc", "auprc", "binary_average_precision"),
    ),
    "r2": Entry("regression", ("r2_score", "r_squared")),
    "median_absolute_error": Entry("order", ("medae", "med_ae")),
    "max_error": Entry("order", ("maximum_error",)),
    "spearman": Entry("order", ("spearmanr", "spearman_corr_coef", "spearman_correlation")),
    "explained_variance": Entry("regression", ("explained_variance_score",)),
    "pearson": Entry(
        "regression", ("pearsonr", "pearson_r", "pearson_corr_coef", "pearson_correlation")
    ),
    "concordance_correlation": Entry(
        "regression",
        ("ccc", "concordance_corr_coef", "concordance_correlation_coefficient", "lins_ccc"),
    ),
}


def key(name: str) -> str:
    """Return a name without case, hyphens, underscores and other marks."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@cache
def names() -> Mapping[str, tuple[str, Mapping[str, Any]]]:
    """Return what every name means, by its key: the id and what the name sets."""
    known: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for metric_id, entry in METRICS.items():
        known |= {key(name): (metric_id, {}) for name in (metric_id, *entry.aliases)}
        known |= {key(name): (metric_id, params) for name, params in entry.presets.items()}
    return known


def find(name: str) -> tuple[str, Mapping[str, Any]] | None:
    """Return the id of a metric and what the name sets; None for a name of no metric."""
    last = name.strip().rpartition(".")[2]  # sklearn.metrics.f1_score
    return names().get(key(last))


def spelled_names() -> list[str]:
    """Return every name, as it is spelled."""
    return [
        name
        for metric_id, entry in METRICS.items()
        for name in (metric_id, *entry.aliases, *entry.presets)
    ]


@cache
def load(metric_id: str) -> "Metric":
    """Return the declaration of a metric."""
    module = import_module(f"lossctl.metrics.{METRICS[metric_id].module}")
    metric: Metric = getattr(module, metric_id.upper())
    return metric


def every_metric() -> "Iterator[Metric]":
    """Yield every metric in catalogue order."""
    yield from (load(metric_id) for metric_id in METRICS)
