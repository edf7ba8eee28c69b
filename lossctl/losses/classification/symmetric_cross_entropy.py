"""Symmetric cross-entropy."""

import math
from typing import Any

import numpy as np

from lossctl.core.build import per_row, row_weight
from lossctl.core.curves import LEAD
from lossctl.core.domain import NONNEGATIVE, Interval
from lossctl.core.inputs import CLASS_SCORES, CLASS_TARGETS
from lossctl.core.loss import Array, Example, Form, Loss, Page, Reference, Statistics
from lossctl.core.param import Param
from lossctl.kernels.clipping import clipped_note, clipped_rate, clipped_surprise, rows_clipped
from lossctl.kernels.softmax import charges_pullback, row_surprise, softmax, softmax_pullback
from lossctl.kernels.targets import charged, distribution


def reverse_costs(truth: Array, floor: float) -> Array:
    """−log t of every class, with log t held from below at `floor`."""
    return -np.maximum(np.log(truth), floor)


def terms_of_logits(
    predictions: Array,
    targets: Array,
    *,
    class_weights: Any,
    alpha: float,
    beta: float,
    **given: Any,
) -> Statistics:
    """α·(−Σ t·log p) + β·(−Σ p·log t) for p = softmax(z)."""
    truth, weight = distribution(targets, predictions), row_weight(targets, class_weights)
    forward = charged(truth, row_surprise(predictions)).sum(axis=1)
    reverse = (softmax(predictions) * reverse_costs(truth, given["A"])).sum(axis=1)
    return {"loss": weight * (alpha * forward + beta * reverse), "weight": weight}


def pull_logits(
    predictions: Array,
    targets: Array,
    *,
    slopes: Any,
    class_weights: Any,
    alpha: float,
    beta: float,
    **given: Any,
) -> dict[str, Array]:
    """Derivative of both summands."""
    truth = distribution(targets, predictions)
    share = softmax(predictions)
    slope = alpha * charges_pullback(predictions, truth)
    slope += beta * softmax_pullback(share, reverse_costs(truth, given["A"]))
    return {"predictions": per_row(slopes["loss"] * row_weight(targets, class_weights)) * slope}


def terms_of_probabilities(
    predictions: Array,
    targets: Array,
    *,
    class_weights: Any,
    alpha: float,
    beta: float,
    epsilon: float,
    **given: Any,
) -> Statistics:
    """Evaluate from probabilities, p inside the logarithm held at ε."""
    truth, weight = distribution(targets, predictions), row_weight(targets, class_weights)
    forward = charged(truth, clipped_surprise(predictions, epsilon)).sum(axis=1)
    reverse = (predictions * reverse_costs(truth, given["A"])).sum(axis=1)
    loss = weight * (alpha * forward + beta * reverse)
    return {"loss": loss, "weight": weight, "clipped": rows_clipped(predictions, truth, epsilon)}


def pull_probabilities(
    predictions: Array,
    targets: Array,
    *,
    slopes: Any,
    class_weights: Any,
    alpha: float,
    beta: float,
    epsilon: float,
    **given: Any,
) -> dict[str, Array]:
    """−α·t/p − β·log t."""
    truth = distribution(targets, predictions)
    slope = beta * reverse_costs(truth, given["A"])
    slope -= alpha * charged(truth, clipped_rate(predictions, epsilon))
    return {"predictions": per_row(slopes["loss"] * row_weight(targets, class_weights)) * slope}


SYMMETRIC_CROSS_ENTROPY = Loss(
    "symmetric_cross_entropy",
    "Symmetric cross-entropy",
    ("multiclass",),
    (CLASS_SCORES, CLASS_TARGETS),
    (
        Form("row", "logits", terms_of_logits, pull_logits),
        Form("row", "probabilities", terms_of_probabilities, pull_probabilities),
    ),
    params=(
        Param("alpha", 0.1, NONNEGATIVE, "Weight of the cross-entropy −Σ t·log p."),
        Param("beta", 1.0, NONNEGATIVE, "Weight of the reverse cross-entropy −Σ p·log t."),
        Param("A", -4.0, Interval(-math.inf, 0.0, "neither"), "What log 0 is taken as."),
        Param(
            "epsilon",
            1e-10,
            Interval(0.0, 0.5, "left"),
            "Least probability inside log p, when probabilities are given.",
        ),
    ),
    counts=("clipped",),
    strict=True,
    notes=clipped_note,
    page=Page(
        summary="Cross-entropy plus its reverse, whose bounded pull withstands wrong labels.",
        curve=LEAD,
        formula="−α·Σ t·log p − β·Σ p·max(log t, A);   index: −α·log p_y − β·A·(1 − p_y)",
        use_when=(
            "some class labels are wrong",
            "hard classes lag behind while easy ones overfit",
        ),
        avoid_when=(
            "labels are clean (use cross_entropy, which is proper)",
            "no data is at hand to tune alpha and beta",
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
