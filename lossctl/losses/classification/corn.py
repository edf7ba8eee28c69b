"""CORN: conditional ordinal regression."""

from collections.abc import Mapping

import numpy as np

from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.losses.builders.ordered_classes import (
    ORDERED_CLASSES,
    THRESHOLD,
    THRESHOLDS,
    class_faults,
    sample,
    threshold_nll,
    threshold_slopes,
)
from lossctl.losses.builders.records import record_loss


def reached(predictions: Array, targets: Array) -> Array:
    """Return which thresholds an item reaches: those up to that of its own class, (n, K − 1)."""
    return np.arange(predictions.shape[1]) <= targets[:, None]


def value(predictions: Array, targets: Array) -> Mapping[str, Array]:
    """Sum of the log losses of the thresholds that the item reaches, and how many they are."""
    conditions = reached(predictions, targets)
    nll = threshold_nll(predictions, targets) * conditions
    return {"loss": nll.sum(axis=1), "weight": conditions.sum(axis=1).astype(nll.dtype)}


def slopes(predictions: Array, targets: Array) -> dict[str, Array]:
    """−σ(−z) for the thresholds below the class, σ(z) for its own, 0 beyond."""
    return {"predictions": threshold_slopes(predictions, targets) * reached(predictions, targets)}


CORN = record_loss(
    "corn",
    title="CORN (conditional ordinal regression)",
    tasks=("multiclass", "ordinal"),
    inputs=(THRESHOLDS, ORDERED_CLASSES),
    value=value,
    slopes=slopes,
    faults=class_faults,
    sample=sample,
    page=Page(
        summary="CORN: log loss of class > k given class ≥ k, mean over the thresholds reached",
        also_called=("conditional ordinal regression for neural networks", "continuation ratio"),
        curve=THRESHOLD,
        formula="Σ_i Σ_{k ≤ y_i} [log loss of y_i > k from z_ik] / Σ_i (number of k ≤ y_i)",
        use_when=(
            "classes have an order and each threshold has weights of its own",
            "predictions should be consistent without shared weights: P(y > k) is a product",
        ),
        avoid_when=(
            "classes have no order (use cross_entropy)",
            "the thresholds share their weights and differ by a bias (use coral)",
        ),
        expected={
            "perfect": "0: every condition is far on the right side",
            "chance": "log 2 for logits of 0",
        },
        references=(
            Reference(
                "Shi, Cao & Raschka, Deep neural networks for rank-consistent ordinal regression "
                "based on conditional probabilities (2021)",
                "arXiv:2111.08851",
            ),
        ),
        examples=(
            Example.of(
                0.6931471805599453,
                "class 0 reaches one threshold, class 2 both: 3·log 2 over 3",
                predictions=[[0.0, 5.0], [0.0, 0.0]],
                targets=[0, 2],
            ),
            Example.of(
                0.4904146265058631,
                "class 1 with z = log 3 and 0: (log(1 + ⅓) + log 2) / 2",
                predictions=[[1.0986122886681098, 0.0]],
                targets=[1],
            ),
        ),
        notes=(
            "the mean is over thresholds reached, as in coral-pytorch: low classes reach few",
            (
                "P(y > k) is σ(z_0)·…·σ(z_k); the class that is predicted is the number of those "
                "above ½"
            ),
        ),
    ),
)
