"""Asymmetric loss for multi-label classification (Ridnik et al. 2021)."""

from typing import Any

import numpy as np

from lossctl.core.domain import NONNEGATIVE, Interval, Param
from lossctl.core.loss import Array, Example, Form, Loss, Page, Reference
from lossctl.kernels.numeric.pointwise import relu
from lossctl.kernels.numeric.primitives import log1p
from lossctl.kernels.probability.logistic import (
    clipped_inverse,
    clipped_nll,
    expected,
    focal_weighted,
    focal_weighted_slope,
    log_epsilon,
    sigmoid_pair,
    softplus,
)
from lossctl.losses.builders.elementwise import (
    BINARY_TARGETS,
    PREDICTED_PROBABILITIES,
    PROBABILITY,
    binary_form,
    clipped_note,
)


def asymmetric_forms() -> tuple[Form, ...]:
    """Every form of the asymmetric loss; the declared kind is probabilities."""
    return (
        binary_form("probabilities", value, slope, count_clipped),
        binary_form("logits", value_of_logits, slope_of_logits),
    )


def negative_terms(
    p: Array, one_minus_p: Array, clip: float, epsilon: float
) -> tuple[Array, Array]:
    """Return p_m = max(p − c, 0) and −log max(1 − p_m, ε), from p and 1 − p."""
    shifted = relu(p - clip)
    nll = log1p(shifted / (one_minus_p + clip))  # 1 − p_m is 1 − p + c wherever p_m > 0
    return shifted, np.minimum(nll, -log_epsilon(epsilon))


def value(
    predictions: Array,
    targets: Array,
    *,
    gamma_neg: float,
    gamma_pos: float,
    clip: float,
    epsilon: float,
) -> Array:
    """Evaluate from probabilities."""
    one_minus_p = 1.0 - predictions
    shifted, nll = negative_terms(predictions, one_minus_p, clip, epsilon)
    positive = focal_weighted(one_minus_p, clipped_nll(predictions, epsilon), gamma_pos)
    return expected(targets, positive, focal_weighted(shifted, nll, gamma_neg))


def slope(
    predictions: Array,
    targets: Array,
    *,
    gamma_neg: float,
    gamma_pos: float,
    clip: float,
    epsilon: float,
) -> Array:
    """Derivative of :func:`value`; 0 for negatives below the clip."""
    one_minus_p = 1.0 - predictions
    shifted, nll = negative_terms(predictions, one_minus_p, clip, epsilon)
    inverse, positive_nll = clipped_inverse(predictions, epsilon), clipped_nll(predictions, epsilon)
    negative_slope = focal_weighted_slope(
        shifted, nll, clipped_inverse(1.0 - shifted, epsilon), gamma_neg
    )
    return expected(
        targets,
        -focal_weighted_slope(one_minus_p, positive_nll, inverse, gamma_pos),
        negative_slope * (shifted > 0.0),
    )


def count_clipped(
    predictions: Array, targets: Array, *, clip: float, epsilon: float, **_: Any
) -> Array:
    """Mark the items whose logarithm was clipped."""
    high = (1.0 - predictions) + clip < epsilon
    return ((predictions < epsilon) & (targets > 0.0)) | (high & (targets < 1.0))


def value_of_logits(
    predictions: Array,
    targets: Array,
    *,
    gamma_neg: float,
    gamma_pos: float,
    clip: float,
    epsilon: float,  # noqa: ARG001 - logits need no clipping
) -> Array:
    """Evaluate from logits."""
    p, one_minus_p = sigmoid_pair(predictions)
    shifted, nll = negative_terms_of_logits(predictions, p, one_minus_p, clip)
    positive = focal_weighted(one_minus_p, softplus(-predictions), gamma_pos)
    return expected(targets, positive, focal_weighted(shifted, nll, gamma_neg))


def slope_of_logits(
    predictions: Array,
    targets: Array,
    *,
    gamma_neg: float,
    gamma_pos: float,
    clip: float,
    epsilon: float,  # noqa: ARG001
) -> Array:
    """The slope with respect to p times p·(1 − p), in which 1/p and 1/(1 − p) cancel."""
    p, one_minus_p = sigmoid_pair(predictions)
    shifted, nll = negative_terms_of_logits(predictions, p, one_minus_p, clip)
    positive_slope = focal_weighted_slope(one_minus_p, p * softplus(-predictions), 1.0, gamma_pos)
    kept_share = one_minus_p / (one_minus_p + clip) if clip > 0.0 else 1.0
    negative_slope = focal_weighted_slope(shifted, one_minus_p * nll, kept_share, gamma_neg)
    return expected(targets, -one_minus_p * positive_slope, p * negative_slope * (shifted > 0.0))


def negative_terms_of_logits(
    logits: Array, p: Array, one_minus_p: Array, clip: float
) -> tuple[Array, Array]:
    """Return p_m and −log(1 − p_m), which is softplus(z) where nothing is clipped."""
    if clip == 0.0:
        return p, softplus(logits)
    return negative_terms(p, one_minus_p, clip, 0.0)


ASYMMETRIC = Loss(
    "asymmetric",
    "Asymmetric loss",
    ("binary", "multilabel"),
    (PREDICTED_PROBABILITIES, BINARY_TARGETS),
    asymmetric_forms(),
    params=(
        Param("gamma_neg", 4.0, NONNEGATIVE, "Focusing exponent of negatives, γ₋; 0 is none."),
        Param("gamma_pos", 1.0, NONNEGATIVE, "Focusing exponent of positives, γ₊; 0 is none."),
        Param(
            "clip",
            0.05,
            Interval(0.0, 0.5, "left"),
            (
                "Probability subtracted from negatives: those at or below it have loss 0; 0 is no"
                " shift."
            ),
        ),
        Param(
            "epsilon",
            1e-10,
            Interval(0.0, 0.5, "left"),
            "Lower clip of probabilities inside the logarithms, when probabilities are given.",
        ),
    ),
    counts=("clipped",),
    notes=clipped_note,
    context="log",
    proper=lambda gamma_neg, gamma_pos, clip, **_: gamma_neg == gamma_pos == clip == 0.0,
    page=Page(
        summary="Asymmetric loss (ASL): focal loss with γ₊ of positives, γ₋ and clip of negatives",
        also_called=("multi-label focal loss",),
        curve=PROBABILITY,
        formula="−t·(1−p)^γ₊·log p − (1−t)·p_m^γ₋·log(1 − p_m),  p_m = max(p − clip, 0)",
        use_when=(
            "several labels may be true at once and most are false for each item",
            "some negatives are unlabelled positives: clip discards the easiest negatives",
        ),
        avoid_when=(
            "labels are about balanced (use bce_with_logits)",
            "calibrated probabilities are needed: it is not a proper score",
        ),
        expected={
            "perfect": "0",
            "chance": "about 0.186 at p = ½ for balanced labels",
        },
        references=(
            Reference(
                "Ridnik et al., Asymmetric Loss For Multi-Label Classification (2021)",
                "arXiv:2009.14119",
            ),
        ),
        examples=(
            Example(
                [0.5, 0.5],
                [1.0, 0.0],
                0.185544321896103908,
                {},
                "(½·log 2 − 0.45⁴·log 0.55) / 2",
            ),
            Example(
                [0.5, 0.5],
                [1.0, 0.0],
                0.693147180559945309,
                {"gamma_neg": 0.0, "gamma_pos": 0.0, "clip": 0.0},
                "log 2 each: binary cross-entropy",
            ),
        ),
        notes=(
            "the authors' code can hold the focusing factors constant; here they have a gradient",
            "the mean is over labels; the authors' code sums over everything (reduction sum)",
        ),
        kinks="p = clip for negatives, where the slope is taken as 0; and where p is clipped at ε",
    ),
)
