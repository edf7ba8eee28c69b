"""CORAL: rank-consistent ordinal regression."""

from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.losses.builders.ordered_classes import (
    LOGITS_OF_THRESHOLDS,
    ORDERED_CLASSES,
    THRESHOLD,
    THRESHOLDS,
    class_faults,
    sample,
    threshold_nll,
    threshold_slopes,
)
from lossctl.losses.builders.records import record_loss


def value(predictions: Array, targets: Array) -> Array:
    """Sum of the log losses of all thresholds."""
    return threshold_nll(predictions, targets).sum(axis=1)


def slopes(predictions: Array, targets: Array) -> dict[str, Array]:
    """−σ(−z) for the thresholds below the class, σ(z) for the others."""
    return {"predictions": threshold_slopes(predictions, targets)}


CORAL = record_loss(
    "coral",
    title="CORAL (ordinal regression)",
    tasks=("multiclass", "ordinal"),
    inputs=(THRESHOLDS, ORDERED_CLASSES),
    value=value,
    slopes=slopes,
    faults=class_faults,
    sample=sample,
    page=Page(
        summary="CORAL: Σ over thresholds of the log loss of class > k, for ordered classes",
        also_called=(
            "consistent rank logits",
            "ordinal regression",
            "extended binary classification of ranks",
        ),
        curve=THRESHOLD,
        formula="Σ_k [y > k]·log(1 + e^(−z_k)) + [y ≤ k]·log(1 + e^(z_k))",
        use_when=(
            "classes have an order: grades, ages, stages of a disease, stars",
            "errors by one class should count less than errors by several",
        ),
        avoid_when=(
            "classes have no order (use cross_entropy)",
            "the thresholds' logits are independent and may contradict each other (use corn)",
            "a likelihood of the class is wanted (use cumulative_logits)",
        ),
        expected={
            "perfect": "0: every threshold is far on the right side",
            "chance": "(K − 1)·log 2 for logits of 0",
        },
        references=(
            Reference(
                "Cao, Mirjalili & Raschka, Rank consistent ordinal regression for neural networks "
                "with application to age estimation (2019)",
                "arXiv:1901.07884",
            ),
            Reference(
                "Niu et al., Ordinal regression with multiple output CNN for age estimation (2016)",
                "doi:10.1109/CVPR.2016.532",
            ),
        ),
        examples=(
            Example.of(
                0.9808292530117262,
                "class 1 of 3 with z = log 3 and 0: log(1 + ⅓) + log 2 = log 8/3",
                predictions=[[1.0986122886681098, 0.0]],
                targets=[1],
            ),
        ),
        notes=LOGITS_OF_THRESHOLDS,
    ),
)
