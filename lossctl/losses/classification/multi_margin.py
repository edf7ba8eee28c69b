"""Multi-class margin loss."""

import numpy as np

from lossctl.core.domain import NONNEGATIVE, Interval, Param
from lossctl.core.loss import Array, Example, Loss, Page, Reference
from lossctl.kernels.numeric.loss_totals import total_of
from lossctl.kernels.numeric.pointwise import fast_power
from lossctl.kernels.numeric.primitives import primitive
from lossctl.kernels.numeric.rows import is_index, put, row_sums
from lossctl.losses.builders.class_rows import (
    CLASS_SCORES,
    CLASS_TARGETS,
    MARGIN,
    class_hinges,
    expectation,
    row_form,
)

PRODUCTS = {1.0, 2.0, 3.0, 4.0}  # powers that the loops make without a logarithm
POWER = Interval(1.0, float("inf"), "left", tried=(2.0,))  # the square is a product


def multi_margin(scores: Array, classes: Array, *, margin: float, p: float) -> Array:
    """Mean over all C classes of the shortfalls to the power p."""
    means = class_hinge_mean if p in PRODUCTS else hinge_mean
    return means(scores, classes, margin, p)


def hinge_mean(scores: Array, classes: Array, margin: float, p: float) -> Array:
    """Sum of the shortfalls of all classes but the true one to the power p, over all classes."""
    return row_sums(fast_power(class_hinges(scores, classes, margin), p)) / scores.shape[1]


@primitive
def class_hinge_mean(scores: Array, classes: Array, margin: float, p: float) -> Array:
    """Return :func:`hinge_mean`, for powers that are products."""
    return hinge_mean(scores, classes, margin, p)


class_hinge_mean_total = total_of(class_hinge_mean, of_rows=True)


def multi_margin_slope(scores: Array, classes: Array, *, margin: float, p: float) -> Array:
    """Derivative of :func:`multi_margin`: 0 where a shortfall is exactly 0."""
    slope = class_hinge_slope if p in PRODUCTS else hinge_slope
    return slope(scores, classes, margin, p)


@primitive
def class_hinge_slope(scores: Array, classes: Array, margin: float, p: float) -> Array:
    """Return :func:`hinge_slope`, for powers that are products."""
    return hinge_slope(scores, classes, margin, p)


def hinge_slope(scores: Array, classes: Array, margin: float, p: float) -> Array:
    """Derivative of the mean over classes of the shortfalls to the power p."""
    hinges = class_hinges(scores, classes, margin)
    gradient = np.sign(hinges)  # of NaN too
    gradient *= p / scores.shape[1]
    if p != 1.0:
        gradient *= fast_power(hinges, p - 1.0)
    put(gradient, classes, -row_sums(gradient))
    return gradient


def value(predictions: Array, targets: Array, *, margin: float, p: float) -> Array:
    """Sum of powers of the shortfalls over the number of classes."""
    return expectation(multi_margin, predictions, targets, margin=margin, p=p)


def total(predictions: Array, targets: Array, *, margin: float, p: float) -> float | None:
    """Sum of :func:`value` of class indices."""
    has_loop = is_index(targets) and p in PRODUCTS
    return class_hinge_mean_total(predictions, targets, margin, p) if has_loop else None


def slope(predictions: Array, targets: Array, *, margin: float, p: float) -> Array:
    """Derivative of :func:`value`."""
    return expectation(multi_margin_slope, predictions, targets, margin=margin, p=p)


MULTI_MARGIN = Loss(
    "multi_margin",
    "Multi-class margin loss",
    ("multiclass",),
    (CLASS_SCORES, CLASS_TARGETS),
    (row_form("logits", value, slope, order="memory", total=total),),
    params=(
        Param(
            "margin",
            1.0,
            NONNEGATIVE,
            "Margin: difference of scores from which another class has loss 0.",
        ),
        Param("p", 1.0, POWER, "Exponent of the hinges: 1 or 2."),
    ),
    page=Page(
        summary="Multi-class hinge: mean over other classes of max(0, margin − z_y + z_j)^p",
        also_called=("Weston-Watkins SVM", "multi-class SVM"),
        curve=MARGIN,
        formula="Σ_{j≠y} max(0, m − z_y + z_j)^p / C",
        use_when=(
            "a decision among classes is wanted rather than probabilities",
            "every class within the margin should count, not only the closest",
        ),
        avoid_when=(
            "probabilities are wanted (use cross_entropy)",
            "there are many classes: the sum is divided by C, and most terms are 0",
        ),
        expected={
            "perfect": "0: the true class is ahead of all others by the margin",
            "chance": "m^p·(C − 1)/C, for equal scores",
        },
        references=(
            Reference(
                "Weston & Watkins, Support vector machines for multi-class pattern recognition",
                "https://www.esann.org/sites/default/files/proceedings/legacy/es1999-461.pdf",
            ),
        ),
        examples=(
            Example([[1.0, 0.5, -1.0]], [0], 0.166666666666666667, {}, "(½ + 0) / 3"),
            Example([[0.0, 2.0], [3.0, 0.0]], [0, 0], 2.25, {"p": 2.0}, "(3² / 2 + 0) / 2"),
        ),
        notes=(
            "with class weights the mean divides by the weights of the rows; PyTorch's by N",
            "soft targets take the expectation of the loss over the class",
        ),
        kinks="z_y − z_j = m for some j (p = 1), where the slope is taken as 0",
    ),
)
