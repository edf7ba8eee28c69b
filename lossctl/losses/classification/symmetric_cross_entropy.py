"""Symmetric cross-entropy."""

import math
from typing import Any

import numpy as np

from lossctl.core.domain import NONNEGATIVE, Interval, Param
from lossctl.core.loss import Array, Example, Loss, Page, Reference
from lossctl.kernels.numeric.pointwise import zero_safe_product
from lossctl.kernels.numeric.primitives import log
from lossctl.kernels.numeric.rows import distribution
from lossctl.kernels.probability.logistic import clipped_inverse, clipped_nll, rows_clipped
from lossctl.kernels.probability.softmax import (
    negative_log_softmax,
    softmax,
    softmax_vjp,
    weighted_nll_vjp,
)
from lossctl.losses.builders.class_rows import CLASS_SCORES, CLASS_TARGETS, MARGIN, row_form
from lossctl.losses.builders.elementwise import EPSILON, clipped_note


def reverse_costs(truth: Array, floor: float) -> Array:
    """−log t of every class, with log t held from below at `floor`."""
    return -np.maximum(log(truth), floor)


def value(
    predictions: Array, targets: Array, *, alpha: float, beta: float, **clipped_p: Any
) -> Array:
    """α·(−Σ t·log p) + β·(−Σ p·log t) for p = softmax(z)."""
    truth = distribution(targets, predictions)
    forward = zero_safe_product(truth, negative_log_softmax(predictions)).sum(axis=1)
    reverse = (softmax(predictions) * reverse_costs(truth, clipped_p["A"])).sum(axis=1)
    return alpha * forward + beta * reverse


def slope(
    predictions: Array, targets: Array, *, alpha: float, beta: float, **clipped_p: Any
) -> Array:
    """Derivative of both summands."""
    truth = distribution(targets, predictions)
    reverse = softmax_vjp(softmax(predictions), reverse_costs(truth, clipped_p["A"]))
    return alpha * weighted_nll_vjp(predictions, truth) + beta * reverse


def value_of_probabilities(
    predictions: Array,
    targets: Array,
    *,
    alpha: float,
    beta: float,
    epsilon: float,
    **clipped_p: Any,
) -> Array:
    """Evaluate from probabilities, p inside the logarithm held at ε."""
    truth = distribution(targets, predictions)
    forward = zero_safe_product(truth, clipped_nll(predictions, epsilon)).sum(axis=1)
    reverse = (predictions * reverse_costs(truth, clipped_p["A"])).sum(axis=1)
    return alpha * forward + beta * reverse


def slope_of_probabilities(
    predictions: Array,
    targets: Array,
    *,
    alpha: float,
    beta: float,
    epsilon: float,
    **clipped_p: Any,
) -> Array:
    """−α·t/p − β·log t."""
    truth = distribution(targets, predictions)
    reverse = reverse_costs(truth, clipped_p["A"])
    return beta * reverse - alpha * zero_safe_product(truth, clipped_inverse(predictions, epsilon))


def count_clipped(predictions: Array, targets: Array, *, epsilon: float, **_: Any) -> Array:
    """Mark the rows whose true class was clipped."""
    return rows_clipped(predictions, distribution(targets, predictions), epsilon)


SYMMETRIC_CROSS_ENTROPY = Loss(
    "symmetric_cross_entropy",
    "Symmetric cross-entropy",
    ("multiclass",),
    (CLASS_SCORES, CLASS_TARGETS),
    (
        row_form("logits", value, slope),
        row_form("probabilities", value_of_probabilities, slope_of_probabilities, count_clipped),
    ),
    params=(
        Param("alpha", 0.1, NONNEGATIVE, "Weight of the cross-entropy −Σ t·log p."),
        Param("beta", 1.0, NONNEGATIVE, "Weight of the reverse cross-entropy −Σ p·log t."),
        Param("A", -4.0, Interval(-math.inf, 0.0, "neither"), "What log 0 is replaced by."),
        EPSILON,
    ),
    counts=("clipped",),
    strict=True,
    proper=False,
    notes=clipped_note,
    page=Page(
        summary="Symmetric cross-entropy: −α·Σ t·log p − β·Σ p·log t, robust to label noise",
        also_called=("reverse cross-entropy",),
        curve=MARGIN,
        formula="−α·Σ t·log p − β·Σ p·max(log t, A);   index: −α·log p_y − β·A·(1 − p_y)",
        use_when=(
            "some class labels are wrong (label noise)",
            "hard classes are learnt slowly while easy ones overfit",
        ),
        avoid_when=(
            "labels are clean (use cross_entropy, which is proper)",
            "no data is available to tune alpha and beta",
        ),
        expected={
            "perfect": "0 for class indices; the entropy of soft targets otherwise",
            "chance": "α·log C − β·A·(1 − 1/C) for C classes",
        },
        references=(
            Reference(
                "Wang et al., Symmetric Cross Entropy for Robust Learning (2019)",
                "arXiv:1908.06112",
            ),
        ),
        examples=(
            Example([[2.0, 2.0]], [0], 2.06931471805599453, {}, "0.1·log 2 + 4·½"),
            Example(
                [[0.5, 0.25, 0.25]],
                [0],
                1.34657359027997265,
                {"alpha": 0.5, "A": -2.0},
                "½·log 2 + 2·½",
            ),
        ),
        notes=(
            "the paper tunes alpha and beta: 0.1 and 1 for CIFAR-10, 6 and 0.1 for CIFAR-100",
            "the authors' code clips one-hot labels at 1e-4 instead, which is A ≈ −9.21",
        ),
        kinks="p = ε, where the clipping begins",
    ),
)
