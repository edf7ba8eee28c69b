"""Cross-entropy over mutually exclusive classes."""

from typing import Any

import numpy as np

from lossctl.core.domain import Interval, Param
from lossctl.core.loss import Array, Example, Form, Loss, Page, Reference, Statistics
from lossctl.kernels.numeric.block_cache import least
from lossctl.kernels.numeric.loss_totals import nothing_in_parts, parted
from lossctl.kernels.numeric.pointwise import zero_safe_product
from lossctl.kernels.numeric.rows import (
    class_by_class,
    distribution,
    is_index,
    pick,
    put,
    row_sums,
    smoothed_distribution,
)
from lossctl.kernels.probability.logistic import (
    clipped_inverse,
    clipped_nll,
    log_epsilon,
    rows_clipped,
    true_class_clipped_nll_total,
)
from lossctl.kernels.probability.softmax import (
    negative_log_softmax,
    true_class_nll,
    true_class_nll_total,
    true_class_slope,
    weighted_nll_vjp,
)
from lossctl.losses.builders.class_rows import (
    CLASS_SCORES,
    CLASS_TARGETS,
    MARGIN,
    per_row,
    row_weight,
)
from lossctl.losses.builders.elementwise import EPSILON, clipped_note, mean_totals, times


def target_weights(
    targets: Array, like: Array, class_weights: Any, label_smoothing: float
) -> Array:
    """Return the weight of −log p of each class: smoothed target times class weight, (n, C)."""
    smoothed_targets = smoothed_distribution(distribution(targets, like), label_smoothing)
    return smoothed_targets if class_weights is None else smoothed_targets * class_weights


def terms_of_logits(
    predictions: Array, targets: Array, *, class_weights: Any, label_smoothing: float, **_: Any
) -> Statistics:
    """Weigh −log softmax(z) of the true class, or of every class for soft targets."""
    weight = row_weight(targets, class_weights)
    if is_index(targets) and label_smoothing == 0.0:
        return {"loss": times(weight, true_class_nll(predictions, targets)), "weight": weight}
    scores = class_by_class(predictions)
    weights_of_nll = target_weights(targets, scores, class_weights, label_smoothing)
    return {
        "loss": row_sums(zero_safe_product(weights_of_nll, negative_log_softmax(scores))),
        "weight": weight,
    }


def total_of_logits(
    predictions: Array, targets: Array, *, label_smoothing: float, **_: Any
) -> float | None:
    """Sum of −log softmax(z) of the true classes."""
    by_index = is_index(targets) and label_smoothing == 0.0
    return true_class_nll_total(predictions, targets) if by_index else None


def vjp_of_logits(
    predictions: Array,
    targets: Array,
    *,
    slopes: Any,
    class_weights: Any,
    label_smoothing: float,
    **_: Any,
) -> dict[str, Array]:
    """softmax(z) − target, its own class as −(1−p) so that confident rows keep their bits."""
    if is_index(targets) and label_smoothing == 0.0:
        slope = true_class_slope(predictions, targets)
        return {"predictions": per_row(slopes["loss"] * row_weight(targets, class_weights)) * slope}
    scores = class_by_class(predictions)
    weights_of_nll = target_weights(targets, scores, class_weights, label_smoothing)
    return {"predictions": per_row(slopes["loss"]) * weighted_nll_vjp(scores, weights_of_nll)}


def terms_of_probabilities(
    predictions: Array,
    targets: Array,
    *,
    class_weights: Any,
    label_smoothing: float,
    epsilon: float,
) -> Statistics:
    """Weigh −log max(p, ε) of the true class, or of every class for soft targets."""
    weight = row_weight(targets, class_weights)
    if is_index(targets) and label_smoothing == 0.0:
        true_p = pick(predictions, targets)
        loss = weight * clipped_nll(true_p, epsilon)
        return {"loss": loss, "weight": weight, "clipped": true_p < epsilon}
    weights_of_nll = target_weights(targets, predictions, class_weights, label_smoothing)
    loss = row_sums(zero_safe_product(weights_of_nll, clipped_nll(predictions, epsilon)))
    return {
        "loss": loss,
        "weight": weight,
        "clipped": rows_clipped(predictions, weights_of_nll, epsilon),
    }


def vjp_of_probabilities(
    predictions: Array,
    targets: Array,
    *,
    slopes: Any,
    class_weights: Any,
    label_smoothing: float,
    epsilon: float,
) -> dict[str, Array]:
    """−target/p, 0 where p is clipped."""
    if is_index(targets) and label_smoothing == 0.0:
        slope = np.zeros_like(predictions)
        inverse = clipped_inverse(pick(predictions, targets), epsilon)
        put(slope, targets, -slopes["loss"] * row_weight(targets, class_weights) * inverse)
        return {"predictions": slope}
    weights_of_nll = target_weights(targets, predictions, class_weights, label_smoothing)
    slope = zero_safe_product(weights_of_nll, -clipped_inverse(predictions, epsilon))
    return {"predictions": per_row(slopes["loss"]) * slope}


def totals_of_probabilities(
    predictions: Array,
    targets: Array,
    *,
    class_weights: Any,
    label_smoothing: float,
    epsilon: float,
) -> dict[str, Any] | None:
    """Sum −log max(p, ε) of the true classes; where some p is less, count those of them."""
    if not is_index(targets) or label_smoothing != 0.0 or class_weights is not None:
        return None
    loss = true_class_clipped_nll_total(predictions, targets, log_epsilon(epsilon))
    clipped = nothing_in_parts()
    if not least(predictions) >= epsilon:
        clipped = (parted(pick(predictions, targets)) < epsilon).sum(axis=-1, dtype=np.float64)
    return {"loss": loss, "weight": float(len(targets)), "clipped": clipped}


CROSS_ENTROPY = Loss(
    "cross_entropy",
    "Cross-entropy",
    ("multiclass", "segmentation", "language"),
    (CLASS_SCORES, CLASS_TARGETS),
    (
        Form(
            "item class",
            "logits",
            terms_of_logits,
            vjp_of_logits,
            order="memory",
            totals=mean_totals(total_of_logits),
            has_slopes=True,
        ),
        Form(
            "item class",
            "probabilities",
            terms_of_probabilities,
            vjp_of_probabilities,
            order="memory",
            totals=totals_of_probabilities,
        ),
    ),
    params=(
        Param(
            "label_smoothing",
            0.0,
            Interval(0.0, 1.0, "left"),
            "Label smoothing: share of each row's probability spread over all classes.",
        ),
        EPSILON,
    ),
    counts=("clipped",),
    strict=True,
    notes=clipped_note,
    context="log",
    proper=lambda label_smoothing, **_: not label_smoothing,
    bad_above=("chance", 2.0),
    page=Page(
        summary="Cross-entropy (log loss): −log p of the true class, from softmax or probabilities",
        also_called=(
            "log loss",
            "softmax loss",
            "logarithmic score",
            "multinomial logistic regression",
        ),
        curve=MARGIN,
        formula="logits: log Σ_j e^(z_j) − z_y;   probabilities: −Σ_c t_c·log max(p_c, ε)",
        use_when=(
            "exactly one of several classes is true",
            "calibrated class probabilities are wanted",
            "tokens are predicted: padding is marked with ignore_index",
        ),
        avoid_when=(
            "several labels may be true at once (use bce_with_logits)",
            "classes are very imbalanced and the rare ones matter most: add class weights",
        ),
        expected={
            "perfect": "0",
            "chance": "log C for C classes",
            "bad": "> 2·log C",
        },
        references=(
            Reference(
                "Goodfellow, Bengio & Courville, Deep Learning (2016), §6.2.2",
                "https://www.deeplearningbook.org",
            ),
            Reference(
                "Szegedy et al., Rethinking the Inception Architecture (2015): smoothing",
                "arXiv:1512.00567",
            ),
        ),
        examples=(
            Example([[2.0, 2.0, 2.0]], [1], 1.098612288668110, {}, "log 3: all classes alike"),
            Example(
                [[0.5, 0.25, 0.25], [0.25, 0.25, 0.5]], [0, 2], 0.693147180559945, {}, "−log ½ each"
            ),
        ),
    ),
)
