"""Rows of labels that may be true at once: the input that several losses share."""

from typing import Any

from lossctl.core.domain import UNIT
from lossctl.core.loss import Array, Input

LABEL_SCORES = Input(
    "predictions",
    "item label",
    "logit",
    "scores of every label, one row an item: (N, L)",
    differentiable=True,
)
LABEL_ROWS = Input(
    "targets", "item label", "label", "rows of labels 0 or 1, shaped like the predictions", UNIT
)


def label_weight(class_weights: Array | None) -> tuple[Any, Any]:
    """Return the weight of each label, and that of a row: their mean, so equal weights cancel."""
    return (1.0, 1.0) if class_weights is None else (class_weights, float(class_weights.mean()))
