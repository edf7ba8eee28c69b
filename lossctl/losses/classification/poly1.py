"""Poly-1 loss, binary, multi-label and multi-class."""

from lossctl.core.domain import Interval, Param
from lossctl.core.loss import Array, Example, Loss, Page, Reference
from lossctl.kernels.numeric.chebyshev import tangent_excess
from lossctl.kernels.probability.logistic import clipped_nll_pair, expected, nll_pair, sigmoid_pair
from lossctl.losses.builders.class_rows import (
    LABELS_OR_CLASSES,
    SCORES_OR_CLASSES,
    nll_forms,
    one_minus_p_of,
)
from lossctl.losses.builders.elementwise import PROBABILITY, binary_form


def poly(nll: Array, epsilon: float) -> Array:
    """ℓ + ε·(1 − e^−ℓ); for ε < 0 as two summands of which neither is negative."""
    if epsilon >= 0.0:
        return nll + epsilon * one_minus_p_of(nll)
    return tangent_excess(nll) + (1.0 + epsilon) * one_minus_p_of(nll)


def grad_p(probability: Array, epsilon: float) -> Array:
    """−1/p − ε, the slope with respect to p; as −(1 − p)/p − (1 + ε) nothing cancels."""
    return -((1.0 - probability) / probability + (1.0 + epsilon))


def grad_nll(nll: Array, share: Array, epsilon: float) -> Array:
    """1 + ε·p, the slope with respect to ℓ."""
    return one_minus_p_of(nll) + (1.0 + epsilon) * share


def value(predictions: Array, targets: Array, *, epsilon: float) -> Array:
    """Evaluate from probabilities; a sure miss costs inf."""
    positive_nll, negative_nll = clipped_nll_pair(predictions, 0.0)
    return expected(targets, poly(positive_nll, epsilon), poly(negative_nll, epsilon))


def slope(predictions: Array, targets: Array, *, epsilon: float) -> Array:
    """Derivative of :func:`value`."""
    negative_slope = predictions / (1.0 - predictions) + (1.0 + epsilon)
    return expected(targets, grad_p(predictions, epsilon), negative_slope)


def value_of_logits(predictions: Array, targets: Array, *, epsilon: float) -> Array:
    """Evaluate from logits."""
    positive_nll, negative_nll = nll_pair(predictions)
    return expected(targets, poly(positive_nll, epsilon), poly(negative_nll, epsilon))


def slope_of_logits(predictions: Array, targets: Array, *, epsilon: float) -> Array:
    """∓(1 + ε·p_t) times the probability of being wrong."""
    p, q = sigmoid_pair(predictions)
    return expected(targets, -q * (q + (1.0 + epsilon) * p), p * (p + (1.0 + epsilon) * q))


POLY1 = Loss(
    "poly1",
    "Poly-1 loss",
    ("binary", "multilabel", "multiclass"),
    (SCORES_OR_CLASSES, LABELS_OR_CLASSES),
    (
        binary_form("logits", value_of_logits, slope_of_logits, order="memory"),
        binary_form("probabilities", value, slope, order="memory"),
        *nll_forms(poly, grad_nll, grad_p),
    ),
    params=(
        Param(
            "epsilon",
            1.0,
            Interval(-1.0, float("inf"), "left"),
            "Weight added to the first term of the series, 1 − p_t; 0 is cross-entropy.",
        ),
    ),
    strict=True,
    context="log",
    proper=lambda epsilon: epsilon == 0.0,
    page=Page(
        summary="Poly-1 loss: cross-entropy + ε·(1 − p_t), its first polynomial term reweighted",
        also_called=("polynomial loss",),
        curve=PROBABILITY,
        formula="−log p_t + ε·(1 − p_t),  p_t the probability of the true label",
        use_when=(
            "cross-entropy is nearly right and one parameter can be tuned",
            "the model is overconfident (ε < 0) or not confident enough (ε > 0)",
        ),
        avoid_when=(
            "calibrated probabilities are needed: only ε = 0 is a proper score",
            "labels are wrong: it is as unbounded as cross-entropy",
        ),
        expected={
            "perfect": "0",
            "chance": "log C + ε·(1 − 1/C) for C classes; log 2 + ε/2 for binary labels",
            "bad": "> twice chance",
        },
        references=(
            Reference(
                "Leng et al., PolyLoss: A Polynomial Expansion Perspective (2022)",
                "arXiv:2204.12511",
            ),
        ),
        examples=(
            Example([0.0, 0.0], [1.0, 0.0], 1.19314718055994531, {}, "log 2 + ½ each"),
            Example([[0.5, 0.25, 0.25]], [0], 1.69314718055994531, {"epsilon": 2.0}, "log 2 + 2·½"),
        ),
        notes=("epsilon is the paper's ε₁, not a clip: p_t = 0 gives inf",),
    ),
)
