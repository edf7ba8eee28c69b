"""Focal loss, binary, multi-label and multi-class: (1 − p)^γ·(−log p) of the true label."""

from dataclasses import replace
from typing import Any

import numpy as np

from lossctl.core.domain import (
    NONNEGATIVE,
    POSITIVE,
    UNIT,
    Choice,
    Interval,
    Nullable,
    Param,
    ScalarOrList,
)
from lossctl.core.loss import Array, Example, Form, Loss, Page, Reference
from lossctl.kernels.numeric.loss_totals import total_of
from lossctl.kernels.numeric.pointwise import fast_power, zero_safe_product
from lossctl.kernels.numeric.primitives import exp, expm1, log1p, primitive
from lossctl.kernels.numeric.rows import distribution, is_index, pick, smoothed_distribution
from lossctl.kernels.probability.logistic import (
    clipped_inverse,
    clipped_inverse_pair,
    clipped_nll,
    clipped_nll_pair,
    expected,
    focal_weighted,
    focal_weighted_slope,
    has_odds,
    items_clipped,
    nll_over_complement,
    nll_pair,
    odds_against,
    sigmoid_pair,
    smoothed_labels,
)
from lossctl.kernels.probability.softmax import (
    negative_log_softmax,
    true_class_nll,
    true_class_slope,
    weighted_nll_vjp,
)
from lossctl.losses.builders.class_rows import LABELS_OR_CLASSES, SCORES_OR_CLASSES, row_form
from lossctl.losses.builders.elementwise import PROBABILITY, binary_form, clipped_note

GAMMA = replace(NONNEGATIVE, tried=(1.0, 4.0))  # powers that are products


def focal_forms() -> tuple[Form, ...]:
    """Every form of the focal loss; the declared kind is probabilities."""
    return (
        binary_form("probabilities", binary_value, binary_slope, count_clipped),
        binary_form(
            "logits",
            binary_value_of_logits,
            binary_slope_of_logits,
            total=binary_total_of_logits,
            has_slopes=True,
        ),
        row_form("probabilities", row_value, row_slope),
        row_form("logits", row_value_of_logits, row_slope_of_logits),
    )


def balance(alpha: Any, pos_weight: Any, columns: bool) -> tuple[Any, Any]:  # noqa: FBT001
    """Return the weights (positive, negative) that `alpha` and `pos_weight` stand for."""
    if alpha is None:
        return pos_weight, 1.0
    if np.ndim(alpha) == 1 and not columns:
        return pos_weight * alpha[1], alpha[0]
    return pos_weight * alpha, 1.0 - alpha


def weighted(weight: Any, costs: Array) -> Array:
    """Return weight · costs, 0 for a weight of 0."""
    return weight * costs if np.all(weight) else zero_safe_product(np.asarray(weight), costs)


def label_weighted(targets: Array, positive: Any, negative: Any, values: Array) -> Array:
    """Return values times the weight of each hard label, in new memory."""
    weight = 1.0 - targets
    weight *= negative
    weight += positive * targets
    weight *= values
    return weight


def class_balance(alpha: Any, pos_weight: Any, classes: Array | None = None) -> Any:
    """Return the weight of every class, or of the given classes."""
    weight = pos_weight if alpha is None else pos_weight * alpha
    return weight[classes] if np.ndim(weight) == 1 and classes is not None else weight


# Elements: a probability p of the positive label, or its logit.


def count_clipped(predictions: Array, targets: Array, *, epsilon: float, **_: Any) -> Any:
    """Mark the items whose probability was clipped."""
    return items_clipped(predictions, targets, epsilon)


def binary_value(
    predictions: Array,
    targets: Array,
    *,
    gamma: float,
    alpha: Any,
    pos_weight: Any,
    label_smoothing: float,
    epsilon: float,
    **_: Any,
) -> Array:
    """t·α·(1−p)^γ·(−log p) + (1−t)·(1−α)·p^γ·(−log(1−p))."""
    positive, negative = balance(alpha, pos_weight, predictions.ndim == 2)
    targets = smoothed_labels(targets, label_smoothing)
    positive_nll, negative_nll = clipped_nll_pair(predictions, epsilon)
    return expected(
        targets,
        weighted(positive, focal_weighted(1.0 - predictions, positive_nll, gamma)),
        weighted(negative, focal_weighted(predictions, negative_nll, gamma)),
    )


def binary_slope(
    predictions: Array,
    targets: Array,
    *,
    gamma: float,
    alpha: Any,
    pos_weight: Any,
    label_smoothing: float,
    epsilon: float,
    **_: Any,
) -> Array:
    """Derivative of :func:`binary_value`."""
    positive, negative = balance(alpha, pos_weight, predictions.ndim == 2)
    targets = smoothed_labels(targets, label_smoothing)
    positive_nll, negative_nll = clipped_nll_pair(predictions, epsilon)
    inverse_p, inverse_q = clipped_inverse_pair(predictions, epsilon)
    return expected(
        targets,
        -weighted(
            positive, focal_weighted_slope(1.0 - predictions, positive_nll, inverse_p, gamma)
        ),
        weighted(negative, focal_weighted_slope(predictions, negative_nll, inverse_q, gamma)),
    )


def binary_value_of_logits(predictions: Array, targets: Array, **params: Any) -> Array:
    """Evaluate from logits: nothing is clipped."""
    return focal_nll(*focal_arguments(predictions, targets, **params))


def binary_total_of_logits(predictions: Array, targets: Array, **params: Any) -> float:
    """Sum of :func:`binary_value_of_logits`."""
    return focal_nll_total(*focal_arguments(predictions, targets, **params))


def focal_arguments(
    predictions: Array,
    targets: Array,
    *,
    gamma: float,
    alpha: Any,
    pos_weight: Any,
    label_smoothing: float,
    **_: Any,
) -> tuple[Any, ...]:
    """Return the arguments of :func:`focal_nll`."""
    weights = balance(alpha, pos_weight, predictions.ndim == 2)
    positive, negative = (np.asarray(each, predictions.dtype) for each in weights)
    return smoothed_labels(targets, label_smoothing), predictions, gamma, positive, negative


@primitive
def focal_nll(
    targets: Array, predictions: Array, gamma: float, positive: Array, negative: Array
) -> Array:
    """Weigh both outcomes of logits, each in its weight; infinite logits are allowed."""
    if has_odds(targets, predictions):
        # Labels are hard: only one of the two outcomes is computed, from one exponential.
        odds = odds_against(targets, predictions)
        loss = label_weighted(targets, positive, negative, fast_power(odds / (1.0 + odds), gamma))
        loss *= log1p(odds)
        return loss
    (positive_nll, negative_nll), (p, q) = nll_pair(predictions), sigmoid_pair(predictions)
    return expected(
        targets,
        positive * focal_weighted(q, positive_nll, gamma),
        negative * focal_weighted(p, negative_nll, gamma),
    )


def binary_slope_of_logits(predictions: Array, targets: Array, **params: Any) -> Array:
    """Derivative of :func:`binary_value_of_logits`."""
    return focal_slope(*focal_arguments(predictions, targets, **params))


@primitive
def focal_slope(
    targets: Array, predictions: Array, gamma: float, positive: Array, negative: Array
) -> Array:
    """∓q^γ·(q + γ·p·ℓ), for q the probability of being wrong and ℓ = −log(1 − q)."""
    if has_odds(targets, predictions):
        odds = odds_against(targets, predictions)
        p = 1.0 / (1.0 + odds)
        q = odds * p
        slope = gamma * log1p(odds)
        slope *= p
        slope += q
        slope *= label_weighted(targets, -positive, negative, fast_power(q, gamma))
        return slope
    (positive_nll, negative_nll), (p, q) = nll_pair(predictions), sigmoid_pair(predictions)
    return expected(
        targets,
        -positive * fast_power(q, gamma) * (q + gamma * zero_safe_product(p, positive_nll)),
        negative * fast_power(p, gamma) * (p + gamma * zero_safe_product(q, negative_nll)),
    )


focal_nll_total = total_of(focal_nll, focal_slope)


# Rows: class probabilities or logits; `classes` says whose terms count.


def row_value(predictions: Array, targets: Array, *, classes: str, **params: Any) -> Array:
    """Evaluate from class probabilities."""
    targets, params = smoothed_rows(predictions, targets, **params)
    if classes == "one_vs_rest":
        truth = distribution(targets, predictions)
        return binary_value(predictions, truth, **params).sum(axis=1)
    gamma, epsilon = params["gamma"], params["epsilon"]
    true_p, weight = true_class_of(predictions, targets, params["alpha"], params["pos_weight"])
    losses = weight * focal_weighted(1.0 - true_p, clipped_nll(true_p, epsilon), gamma)
    return losses if is_index(targets) else zero_safe_product(targets, losses).sum(axis=1)


def row_slope(predictions: Array, targets: Array, *, classes: str, **params: Any) -> Array:
    """Derivative of :func:`row_value`."""
    targets, params = smoothed_rows(predictions, targets, **params)
    truth = distribution(targets, predictions)
    if classes == "one_vs_rest":
        return binary_slope(predictions, truth, **params)
    gamma, epsilon = params["gamma"], params["epsilon"]
    weight = class_balance(params["alpha"], params["pos_weight"])
    inverse = clipped_inverse(predictions, epsilon)
    nll = clipped_nll(predictions, epsilon)
    losses = -weight * focal_weighted_slope(1.0 - predictions, nll, inverse, gamma)
    return zero_safe_product(truth, losses)


def row_value_of_logits(
    predictions: Array, targets: Array, *, classes: str, **params: Any
) -> Array:
    """Evaluate from class logits: softmax for the true class, sigmoid for one against the rest."""
    targets, params = smoothed_rows(predictions, targets, **params)
    if classes == "one_vs_rest":
        truth = distribution(targets, predictions)
        return binary_value_of_logits(predictions, truth, **params).sum(axis=1)
    gamma, weights = params["gamma"], (params["alpha"], params["pos_weight"])
    if is_index(targets):
        nll = true_class_nll(predictions, targets)
        return class_balance(*weights, targets) * focal_weighted(-expm1(-nll), nll, gamma)
    nll = negative_log_softmax(predictions)
    losses = class_balance(*weights) * focal_weighted(-expm1(-nll), nll, gamma)
    return zero_safe_product(targets, losses).sum(axis=1)


def row_slope_of_logits(
    predictions: Array, targets: Array, *, classes: str, **params: Any
) -> Array:
    """Σ_c g_c·(softmax(z) − onehot_c), g_c the slope with respect to the nll of class c."""
    targets, params = smoothed_rows(predictions, targets, **params)
    if classes == "one_vs_rest":
        truth = distribution(targets, predictions)
        return binary_slope_of_logits(predictions, truth, **params)
    gamma, weights = params["gamma"], (params["alpha"], params["pos_weight"])
    if is_index(targets):
        nll = true_class_nll(predictions, targets)
        grad_nll = class_balance(*weights, targets) * focal_grad_nll(nll, gamma)
        return grad_nll[:, None] * true_class_slope(predictions, targets)
    grad_nll = (
        targets * class_balance(*weights) * focal_grad_nll(negative_log_softmax(predictions), gamma)
    )
    return weighted_nll_vjp(predictions, grad_nll)


def focal_grad_nll(nll: Array, gamma: float) -> Array:
    """∂(q^γ·ℓ)/∂ℓ = q^γ·(1 + γ·p·ℓ/q) for p = e^−ℓ and q = 1 − p."""
    one_minus_p = -expm1(-nll)
    return fast_power(one_minus_p, gamma) * (
        1.0 + gamma * exp(-nll) * nll_over_complement(nll, one_minus_p)
    )


def true_class_of(
    predictions: Array, targets: Array, alpha: Any, pos_weight: Any
) -> tuple[Array, Any]:
    """Return the probabilities whose terms count, and their weights."""
    if is_index(targets):
        return pick(predictions, targets), class_balance(alpha, pos_weight, targets)
    return predictions, class_balance(alpha, pos_weight)


def smoothed_rows(
    predictions: Array, targets: Array, *, label_smoothing: float, **params: Any
) -> tuple[Array, dict[str, Any]]:
    """Smooth the labels of rows, and return the parameters of labels that are smooth already."""
    done = {**params, "label_smoothing": 0.0}
    if label_smoothing == 0.0:
        return targets, done
    return smoothed_distribution(distribution(targets, predictions), label_smoothing), done


FOCAL = Loss(
    "focal",
    "Focal loss",
    ("binary", "multilabel", "multiclass", "segmentation", "detection"),
    (SCORES_OR_CLASSES, LABELS_OR_CLASSES),
    focal_forms(),
    params=(
        Param("gamma", 2.0, GAMMA, "Focusing exponent; 0 is cross-entropy."),
        Param(
            "alpha",
            0.25,
            Nullable(ScalarOrList(UNIT, pair=True)),
            (
                "Weight of positives (negatives have 1 − alpha); of every class when multi-class;"
                " or a list: [negative, positive], one per label, or one per class."
            ),
        ),
        Param(
            "classes",
            "categorical",
            Choice(("categorical", "one_vs_rest")),
            "Multi-class only: the true class's term, or a binary term for every class, summed.",
        ),
        Param(
            "pos_weight",
            1.0,
            ScalarOrList(POSITIVE),
            "Weight of positive labels (of the true class): one number, or one per label or class.",
        ),
        Param(
            "label_smoothing",
            0.0,
            Interval(0.0, 1.0, "left"),
            "Label smoothing: moves this share of each label to ½, or evenly to the classes.",
        ),
        Param(
            "epsilon",
            1e-10,
            Interval(0.0, 0.5, "left"),
            "Lower clip of probabilities inside the logarithm, when probabilities are given.",
        ),
    ),
    counts=("clipped",),
    notes=clipped_note,
    context="log",
    label_weights={"alpha": "share"},
    proper=lambda gamma, alpha, **_: bool(np.all(gamma == 0.0)) and alpha is None,
    page=Page(
        summary="Focal loss: −α·(1 − p_t)^γ·log p_t, cross-entropy that down-weights easy items",
        also_called=("RetinaNet loss",),
        curve=PROBABILITY,
        formula="−α_t·(1 − p_t)^γ·log p_t,  p_t the probability of the true label",
        use_when=(
            "easy items are so many that they dominate the loss (dense detection)",
            "imbalance is severe and hard items matter more than calibration",
        ),
        avoid_when=(
            "calibrated probabilities are needed: focal loss is not a proper score",
            (
                "a decision threshold or class weights with cross-entropy suffice; on tables they"
                " often do"
            ),
            "alpha 0.25 should help rare positives: it down-weights them (tuned with gamma 2)",
        ),
        expected={
            "perfect": "0",
            "chance": "about (log 2)/8 ≈ 0.087 at p = ½ with gamma 2 and mean α_t ½",
        },
        references=(
            Reference(
                "Lin et al., Focal Loss for Dense Object Detection (2017)", "arXiv:1708.02002"
            ),
        ),
        examples=(
            Example([0.9], [1.0], 0.000263401289144566, {}, "0.25 · 0.1² · −log 0.9"),
            Example([0.5, 0.5], [1.0, 0.0], 0.173286795139986, {"alpha": None}, "½² · log 2 each"),
            Example(
                [0.5, 0.5],
                [1.0, 0.0],
                0.3465735902799726,
                {"alpha": None, "pos_weight": 3.0},
                "(3 · ½² · log 2 + ½² · log 2) / 2",
            ),
        ),
        notes=(
            (
                "soft and smoothed labels take the expectation over the label; torchvision and "
                "Keras take one factor (1 − p_t)^γ with p_t between the two"
            ),
            "pos_weight weights the value and not the mean; class_weights weight both",
        ),
        kinks="p = ε, where the clipping begins",
    ),
)
