"""Asymmetric focusing of labels (Ridnik et al. 2021), from probabilities and from logits."""

from typing import Any

import numpy as np

from lossctl.core.build import binary_form
from lossctl.core.loss import Array, Form
from lossctl.kernels.clipping import clipped_inverse, clipped_nll, log_epsilon
from lossctl.kernels.focusing import focal_weighted, focal_weighted_slope
from lossctl.kernels.logistic import expected, sigmoid_pair, softplus
from lossctl.kernels.piecewise_linear import relu


def asymmetric_forms() -> tuple[Form, ...]:
    """Every form of the asymmetric loss; the declared kind is probabilities."""
    return (
        binary_form("probabilities", value, slope, count_clipped),
        binary_form("logits", value_of_logits, slope_of_logits),
    )


def negative_terms(hit: Array, miss: Array, clip: float, epsilon: float) -> tuple[Array, Array]:
    """Return p_m = max(p − c, 0) and −log max(1 − p_m, ε), from p and 1 − p."""
    shifted = relu(hit - clip)
    surprise = np.log1p(shifted / (miss + clip))  # (1 − p_m) is 1 − p + c wherever p_m > 0
    return shifted, np.minimum(surprise, -log_epsilon(epsilon))


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
    miss = 1.0 - predictions
    shifted, surprise = negative_terms(predictions, miss, clip, epsilon)
    positive = focal_weighted(miss, clipped_nll(predictions, epsilon), gamma_pos)
    return expected(targets, positive, focal_weighted(shifted, surprise, gamma_neg))


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
    miss = 1.0 - predictions
    shifted, surprise = negative_terms(predictions, miss, clip, epsilon)
    rate, own = clipped_inverse(predictions, epsilon), clipped_nll(predictions, epsilon)
    rise = focal_weighted_slope(
        shifted, surprise, clipped_inverse(1.0 - shifted, epsilon), gamma_neg
    )
    return expected(
        targets, -focal_weighted_slope(miss, own, rate, gamma_pos), rise * (shifted > 0.0)
    )


def count_clipped(
    predictions: Array, targets: Array, *, clip: float, epsilon: float, **_: Any
) -> Array:
    """Mark the items whose logarithm was clipped."""
    sure = (1.0 - predictions) + clip < epsilon
    return ((predictions < epsilon) & (targets > 0.0)) | (sure & (targets < 1.0))


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
    hit, miss = sigmoid_pair(predictions)
    shifted, surprise = negative_terms_of_logits(predictions, hit, miss, clip)
    positive = focal_weighted(miss, softplus(-predictions), gamma_pos)
    return expected(targets, positive, focal_weighted(shifted, surprise, gamma_neg))


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
    hit, miss = sigmoid_pair(predictions)
    shifted, surprise = negative_terms_of_logits(predictions, hit, miss, clip)
    fall = focal_weighted_slope(miss, hit * softplus(-predictions), 1.0, gamma_pos)
    share = miss / (miss + clip) if clip > 0.0 else 1.0
    rise = focal_weighted_slope(shifted, miss * surprise, share, gamma_neg)
    return expected(targets, -miss * fall, hit * rise * (shifted > 0.0))


def negative_terms_of_logits(
    logits: Array, hit: Array, miss: Array, clip: float
) -> tuple[Array, Array]:
    """Return p_m and −log(1 − p_m), which is softplus(z) where nothing is clipped."""
    if clip == 0.0:
        return hit, softplus(logits)
    return negative_terms(hit, miss, clip, 0.0)
