"""Counts of labels: how often each class is hit, predicted and true.

Every reading of labels becomes the same statistics per item, (n, C): ``hits``, ``predicted`` and
``target_mass``, each 0 or 1. One score per item has the two classes 0 and 1; rows of labels have a
column a label, of which only the positive side is counted, beside ``total``.
"""

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from lossctl.core.domain import UNIT, Param
from lossctl.core.loss import Array, Form, FormAxes, Input, Statistics
from lossctl.core.metric import no_slope
from lossctl.kernels.numeric.block_cache import once_a_block

Terms: TypeAlias = Callable[..., Statistics]

PREDICTED = Input(
    "predictions",
    "item [class]",
    "score",
    "labels, as numbers or text; probabilities or logits, one per item or one of each class",
    differentiable=True,
)
LABELS = Input(
    "targets",
    "item | item class",
    "label",
    "labels, as numbers or text; or rows of 0 and 1",
    UNIT,
)
INPUTS = (PREDICTED, LABELS)
THRESHOLD = Param(
    "threshold",
    0.5,
    UNIT,
    "Probability over which the score of one item is the positive label; of class scores the "
    "highest decides.",
)


@once_a_block
def positive_side(predictions: Array, threshold: float, kind: str) -> Array:
    """Return 1 where a score is over the threshold, and 0 elsewhere."""
    if kind == "logits":
        with np.errstate(divide="ignore"):
            threshold = float(np.log(threshold) - np.log1p(-threshold))
    return (predictions > threshold).astype(np.float64)


@once_a_block
def top_class(predictions: Array) -> Array:
    """Return the class of the highest score of each row, of equal ones the first."""
    return predictions.argmax(axis=1)


def classes_of(targets: Array) -> Array:
    """Return the class of each row, given as such or as a row of 0 and 1."""
    return targets if targets.ndim == 1 else targets.argmax(axis=1)


@once_a_block
def one_hot(codes: Array, classes: int) -> Array:
    """Return rows of 0 with a 1 at the class of each, (n, C)."""
    rows = np.zeros((len(codes), classes))
    rows[np.arange(len(codes)), codes] = 1.0
    return rows


@once_a_block
def _both(labels: Array) -> Array:
    return np.stack([1.0 - labels, labels], axis=-1)


def of_items(predictions: Array, targets: Array, kind: str, threshold: float) -> Statistics:
    """Count labels of which each has a score: (n,), whose two classes are 0 and 1, or (n, L)."""
    decided = positive_side(predictions, threshold, kind)
    if predictions.ndim == 1:
        decided, targets = _both(decided), _both(targets)
    return {"hits": decided * targets, "predicted": decided, "target_mass": targets}


def of_classes(predictions: Array, targets: Array) -> Statistics:
    """Count exclusive classes, of which each has a score, (n, C)."""
    classes = predictions.shape[1]
    decided, true = one_hot(top_class(predictions), classes), one_hot(classes_of(targets), classes)
    return {"hits": decided * true, "predicted": decided, "target_mass": true}


def is_right(axes: FormAxes, kind: str) -> Terms:
    """Build the terms of a mean of labels that are right: 1 or 0 an item."""

    def terms(
        predictions: Array, targets: Array, *, threshold: float = 0.5, **_: Any
    ) -> Statistics:
        if axes == "item class":
            right = top_class(predictions) == classes_of(targets)
        else:
            right = positive_side(predictions, threshold, kind) == targets
        return {"loss": right.astype(np.float64), "weight": 1.0}

    return terms


def counts(axes: FormAxes, kind: str, *, total: bool = False) -> Terms:
    """Build the terms of a function of counts; with ``total``, 1 in every column."""

    def terms(
        predictions: Array, targets: Array, *, threshold: float = 0.5, **_: Any
    ) -> Statistics:
        if axes == "item class":
            found = dict(of_classes(predictions, targets))
        else:
            found = dict(of_items(predictions, targets, kind, threshold))
        if total:
            found["total"] = np.ones(found["hits"].shape)
        return found

    return terms


def label_forms(
    build: Callable[[FormAxes, str], Terms], axes: tuple[FormAxes, ...] = ("item", "item class")
) -> tuple[Form, ...]:
    """Build every form of a metric of labels: of probabilities and logits, in readings of axes."""
    return tuple(
        Form(read_as, kind, build(read_as, kind), no_slope)
        for kind in ("probabilities", "logits")
        for read_as in axes
    )


def share_right(
    *, hits: Array, predicted: Array, target_mass: Array, reading: str, **_: Any
) -> Array:
    """Return the share of the labels of each item that are right, (n,)."""
    if reading == "multilabel":
        return 1.0 - np.mean(predicted + target_mass - 2.0 * hits, axis=-1)
    return ratio(hits.sum(axis=-1), target_mass.sum(axis=-1))


def ratio(above: Any, below: Any) -> Array:
    """Divide; 0 where nothing is below, which is scikit-learn's convention."""
    below = np.asarray(below, np.float64)
    return np.where(below == 0.0, 0.0, above / np.where(below == 0.0, 1.0, below))


def finite_mean(values: Array, kept: Array) -> Array:
    """Average along the last axis what is kept; NaN where nothing is."""
    count = kept.sum(axis=-1)
    total = np.where(kept, values, 0.0).sum(axis=-1)
    return np.where(count == 0, math.nan, total / np.where(count == 0, 1, count))
