"""Negative log-likelihood of log-probabilities."""

from typing import Any

import numpy as np

from lossctl.core.loss import Array, Curve, Example, Form, Input, Loss, Page, Reference, Statistics
from lossctl.kernels.numeric.block_cache import least
from lossctl.kernels.numeric.loss_totals import nothing_in_parts, parted
from lossctl.kernels.numeric.pointwise import zero_safe_product
from lossctl.kernels.numeric.primitives import exp
from lossctl.kernels.numeric.rows import (
    are_near_one,
    is_index,
    pick,
    put,
    row_sums,
    true_class_score_total,
)
from lossctl.losses.builders.class_rows import CLASS_TARGETS, per_row, row_weight
from lossctl.losses.builders.elementwise import number_of, times

NORMALIZED = 1e-3  # how far e^z may sum from 1 before it is said
SAMPLE = 128  # rows of a block that are looked at for that
TOGETHER = 16  # of them lie side by side: to fetch one from memory takes as long as to fetch a few


def terms(predictions: Array, targets: Array, *, class_weights: Any) -> Statistics:
    """−log p of the true class; also mark the rows whose probabilities do not sum to 1."""
    weight = row_weight(targets, class_weights)
    if is_index(targets):
        cost = -pick(predictions, targets)
    else:
        cost = -zero_safe_product(targets, predictions).sum(axis=1)
    return {
        "loss": times(weight, cost),
        "weight": weight,
        "unnormalized": unnormalized(predictions),
    }


def totals(predictions: Array, targets: Array, *, class_weights: Any) -> dict[str, float] | None:
    """Sum −log p of the true classes, where a sample of rows sums to 1."""
    if not is_index(targets) or class_weights is not None or not samples_sum(predictions):
        return None
    return {
        "loss": -true_class_score_total(predictions, targets),
        "weight": float(len(targets)),
        "unnormalized": nothing_in_parts(),
    }


def samples_sum(predictions: Array) -> bool:
    """Whether the probabilities of many rows sum to 1, by some of them in every part."""
    parts = parted(predictions)
    rows, classes = parts.shape[-2:]
    if rows < 2 * SAMPLE:
        return False
    places = np.arange(0, SAMPLE, TOGETHER) * (rows // SAMPLE)
    sample = (places[:, None] + np.arange(TOGETHER)).ravel()
    return not np.any(sums_differ(parts[..., sample, :].reshape(-1, classes)))


def unnormalized(predictions: Array) -> Any:
    """Mark the rows whose probabilities do not sum to 1; none where a sample of many rows does.

    To take the exponential of every score would be ten times the work of the loss.
    """
    return 0.0 if samples_sum(predictions) else sums_differ(predictions)


def sums_differ(predictions: Array) -> Any:
    """Mark the rows of which e^z does not sum to about 1; 0 for none."""
    sums = row_sums(exp(predictions))
    return 0.0 if are_near_one(sums, NORMALIZED) else np.abs(sums - 1.0) > NORMALIZED


def vjp(predictions: Array, targets: Array, *, slopes: Any, class_weights: Any) -> dict[str, Array]:
    """Minus the target; NaN stays NaN."""
    scale = slopes["loss"] * row_weight(targets, class_weights)
    if is_index(targets):
        slope = np.zeros_like(predictions)
        put(slope, targets, -scale)
    else:
        slope = times(per_row(scale), -targets)
    if np.isnan(least(predictions)):
        slope = np.where(np.isnan(predictions), predictions, slope)
    return {"predictions": slope}


def unnormalized_note(*, unnormalized: Any = 0.0, **_: Any) -> tuple[str, ...]:
    """Say how many rows were no log-probabilities."""
    count = number_of(unnormalized)
    if not count:
        return ()
    rows = "1 row does" if count == 1 else f"{count} rows do"
    return (f"e^predictions of {rows} not sum to 1; for logits use cross_entropy",)


NLL = Loss(
    "nll",
    "Negative log-likelihood",
    ("multiclass", "segmentation", "language"),
    (
        Input(
            "predictions",
            "item class",
            "log-probability",
            "log-probabilities of classes: (N, C), (N, C, H, W) or (N, T, C)",
            differentiable=True,
        ),
        CLASS_TARGETS,
    ),
    (
        Form(
            "item class",
            "log_probabilities",
            terms,
            vjp,
            order="memory",
            totals=totals,
        ),
    ),
    counts=("unnormalized",),
    context="log",
    proper=True,
    bad_above=("chance", 2.0),
    notes=unnormalized_note,
    page=Page(
        summary="Negative log-likelihood: −log p of the true class, from log-probabilities",
        also_called=("log-likelihood loss",),
        curve=Curve(
            "log p of the true class", -5.0, 0.0, lambda x: ([[x, -0.5]], [0]), "log_probabilities"
        ),
        formula="−log p_y;   soft targets: −Σ_c t_c·log p_c",
        use_when=(
            "the model's outputs are log-probabilities (log-softmax has been taken)",
            "log-probabilities of only some classes were kept, such as the top k",
        ),
        avoid_when=(
            "the outputs are logits or probabilities (use cross_entropy)",
            "the last digits of confident rows matter: log p near 0 has been rounded already",
        ),
        expected={
            "perfect": "0",
            "chance": "log C for C classes",
            "bad": "> 2·log C",
        },
        references=(
            Reference(
                "Goodfellow, Bengio & Courville, Deep Learning (2016), §5.5",
                "https://www.deeplearningbook.org",
            ),
        ),
        examples=(Example([[-0.5, -1.0], [-2.0, -0.25]], [0, 1], 0.375, {}, "(0.5 + 0.25) / 2"),),
        notes=("nothing is normalised: rows whose e^z do not sum to 1 are counted in a note",),
    ),
)
