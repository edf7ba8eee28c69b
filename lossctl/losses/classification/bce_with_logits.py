"""Binary cross-entropy from logits."""

from typing import Any

import numpy as np

from lossctl.core.domain import POSITIVE, Interval, Param, ScalarOrList
from lossctl.core.loss import Array, Example, Loss, Page, Reference
from lossctl.kernels.probability.logistic import (
    binary_nll_slope,
    clipped_inverse_pair,
    clipped_nll_pair,
    expected,
    expected_nll,
    expected_nll_total,
    nll_pair,
    sigmoid_pair,
    sigmoid_residual,
    smoothed_labels,
)
from lossctl.losses.builders.elementwise import BINARY_TARGETS, LOGIT, PREDICTED_LOGITS, binary_form


def value(predictions: Array, targets: Array, *, pos_weight: Any, label_smoothing: float) -> Array:
    """Expected −log of the probability of the label; positives count `pos_weight` times."""
    goal = smoothed_labels(targets, label_smoothing)
    if is_one(pos_weight):
        return expected_nll(goal, predictions)
    positive_nll, negative_nll = nll_pair(predictions)
    return expected(goal, positive_nll * pos_weight, negative_nll)


def total(
    predictions: Array, targets: Array, *, pos_weight: Any, label_smoothing: float
) -> float | None:
    """Sum of :func:`value` where labels weigh alike."""
    goal = smoothed_labels(targets, label_smoothing)
    return expected_nll_total(goal, predictions) if is_one(pos_weight) else None


def slope(predictions: Array, targets: Array, *, pos_weight: Any, label_smoothing: float) -> Array:
    """(1−t)·σ(z) − w·t·σ(−z)."""
    goal = smoothed_labels(targets, label_smoothing)
    if is_one(pos_weight):
        return sigmoid_residual(goal, predictions)
    p, one_minus_p = sigmoid_pair(predictions)
    return expected(goal, -one_minus_p * pos_weight, p)


def value_of_probabilities(
    predictions: Array, targets: Array, *, pos_weight: Any, label_smoothing: float
) -> Array:
    """Evaluate from probabilities, without clipping: a sure miss costs inf."""
    positive_nll, negative_nll = clipped_nll_pair(predictions, 0.0)
    goal = smoothed_labels(targets, label_smoothing)
    return expected(goal, scaled(positive_nll, pos_weight), negative_nll)


def slope_of_probabilities(
    predictions: Array, targets: Array, *, pos_weight: Any, label_smoothing: float
) -> Array:
    """(1−t)/(1−p) − w·t/p."""
    goal = smoothed_labels(targets, label_smoothing)
    if is_one(pos_weight):
        return binary_nll_slope(goal, predictions, 0.0)
    inverse_p, inverse_q = clipped_inverse_pair(predictions, 0.0)
    return expected(goal, -pos_weight * inverse_p, inverse_q)


def negatives_over_positives(counts: Array) -> Array:
    """Return how many negatives there are for each positive, of every label."""
    return counts[0] / np.maximum(counts[1], 1.0)


def is_one(pos_weight: Any) -> bool:
    """Whether positive labels weigh as much as negative ones."""
    return getattr(pos_weight, "ndim", 0) == 0 and bool(pos_weight == 1.0)


def scaled(cost: Array, pos_weight: Any) -> Array:
    """Multiply by the weight of positive labels, unless it is one."""
    return cost if is_one(pos_weight) else cost * pos_weight


BCE_WITH_LOGITS = Loss(
    "bce_with_logits",
    "Binary cross-entropy with logits",
    ("binary", "multilabel", "segmentation"),
    (PREDICTED_LOGITS, BINARY_TARGETS),
    (
        binary_form("logits", value, slope, total=total, has_slopes=True),
        binary_form("probabilities", value_of_probabilities, slope_of_probabilities),
    ),
    params=(
        Param(
            "pos_weight",
            1.0,
            ScalarOrList(POSITIVE),
            (
                "Weight of positive labels: one number, a list with one per label, or balanced "
                "(negatives over positives, measured)."
            ),
            measured={"balanced": negatives_over_positives},
        ),
        Param(
            "label_smoothing",
            0.0,
            Interval(0.0, 1.0, "left"),
            "Label smoothing: moves each label by this share to ½, (1−s)·t + s/2.",
        ),
    ),
    context="log",
    label_weights={"pos_weight": "factor"},
    proper=lambda pos_weight, label_smoothing, **_: (
        not isinstance(pos_weight, str)  # balanced
        and bool(np.all(np.equal(pos_weight, 1.0)))
        and not label_smoothing
    ),
    bad_above=("chance", 2.0),
    page=Page(
        summary="Log loss of binary labels, from logits: log(1 + e^z) − t·z, without clipping",
        also_called=("log loss", "sigmoid cross-entropy", "logistic regression loss"),
        curve=LOGIT,
        formula="w·t·softplus(−z) + (1−t)·softplus(z)",
        use_when=(
            "two classes, or several labels that may be true at once",
            "the model's outputs are logits, before any sigmoid",
            "positives are rare: raise pos_weight",
        ),
        avoid_when=(
            "exactly one of several classes is true (use cross_entropy)",
            "the outputs went through a sigmoid already (use bce)",
        ),
        expected={
            "perfect": "0",
            "chance": "log 2 ≈ 0.693 for balanced labels; the entropy of the label rate otherwise",
            "bad": "> 2 log 2 ≈ 1.386",
        },
        references=(
            Reference(
                "Gneiting & Raftery, Strictly proper scoring rules (2007)",
                "doi:10.1198/016214506000001437",
            ),
        ),
        examples=(
            Example([2.0, -2.0], [1.0, 0.0], 0.126928011042972, {}, "log(1 + e^−2) each"),
            Example(
                [2.0, -2.0],
                [1.0, 0.0],
                0.253856022085945,
                {"pos_weight": 3.0},
                "(3 + 1)·log(1 + e^−2) / 2",
            ),
        ),
    ),
)
