"""Crammer–Singer multi-class hinge loss."""

import numpy as np

from lossctl.core.domain import NONNEGATIVE, Param
from lossctl.core.loss import Array, Example, Loss, Page, Reference
from lossctl.kernels.numeric.rows import pick, put
from lossctl.losses.builders.class_rows import (
    CLASS_SCORES,
    CLASS_TARGETS,
    MARGIN,
    class_hinges,
    expectation,
    row_form,
)


def largest_hinge(scores: Array, classes: Array, *, margin: float) -> Array:
    """Return max(0, m + max_{j≠y} z_j − z_y)."""
    return class_hinges(scores, classes, margin).max(axis=1)


def largest_hinge_slope(scores: Array, classes: Array, *, margin: float) -> Array:
    """+1 for the worst other class (the first of several), −1 for the true one, if it is short."""
    hinges = class_hinges(scores, classes, margin)
    worst = hinges.argmax(axis=1)
    slope = np.zeros_like(hinges)
    active = np.sign(pick(hinges, worst))
    put(slope, worst, active)
    put(slope, classes, -active)
    return slope


def value(predictions: Array, targets: Array, *, margin: float) -> Array:
    """Return the largest hinge of the true class against another one."""
    return expectation(largest_hinge, predictions, targets, margin=margin)


def slope(predictions: Array, targets: Array, *, margin: float) -> Array:
    """Derivative of :func:`value`."""
    return expectation(largest_hinge_slope, predictions, targets, margin=margin)


MULTICLASS_HINGE = Loss(
    "multiclass_hinge",
    "Multi-class hinge loss",
    ("multiclass",),
    (CLASS_SCORES, CLASS_TARGETS),
    (row_form("logits", value, slope),),
    params=(
        Param("margin", 1.0, NONNEGATIVE, "Margin: difference of scores from which the loss is 0."),
    ),
    page=Page(
        summary="Crammer–Singer multi-class hinge (SVM): max(0, margin − z_y + best other score)",
        also_called=("Crammer-Singer", "multi-class SVM", "categorical hinge"),
        curve=MARGIN,
        formula="max(0, m + max_{j≠y} z_j − z_y)",
        use_when=(
            "a decision among classes is wanted and only the strongest other class matters",
            "a linear multi-class support vector machine is evaluated",
        ),
        avoid_when=(
            "probabilities are wanted (use cross_entropy)",
            "every other class should count (use multi_margin)",
        ),
        expected={
            "perfect": "0: the true class is ahead by the margin",
            "chance": "the margin, for equal scores",
            "bad": "> the margin",
        },
        references=(
            Reference(
                "Crammer & Singer, On the algorithmic implementation of multiclass kernel-based "
                "vector machines (2001)",
                "https://www.jmlr.org/papers/v2/crammer01a.html",
            ),
        ),
        examples=(
            Example([[1.0, 0.5, -1.0]], [0], 0.5, {}, "1 + ½ − 1"),
            Example([[0.0, 2.0], [3.0, 0.0]], [0, 0], 2.0, {"margin": 2.0}, "(4 + 0) / 2"),
        ),
        notes=("soft targets take the expectation of the loss over the class",),
        kinks="a hinge of exactly 0 (slope 0); a tie of other classes (the first has the slope)",
    ),
)
