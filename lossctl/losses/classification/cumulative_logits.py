"""Cumulative logits: the likelihood of ordered classes."""

import numpy as np

from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.matmul import plain
from lossctl.kernels.numeric.primitives import exp, expm1, log
from lossctl.kernels.probability.logistic import sigmoid_of_any, softplus
from lossctl.losses.builders.ordered_classes import (
    LOGITS_OF_THRESHOLDS,
    ORDERED_CLASSES,
    THRESHOLD,
    THRESHOLDS,
    class_faults,
    sample,
)
from lossctl.losses.builders.records import record_loss


def both_sides(predictions: Array, targets: Array) -> tuple[Array, Array]:
    """Return the logits of the thresholds below and above each class, (n,): ±inf at the ends."""
    ends = np.full((len(predictions), 1), np.inf, predictions.dtype)
    padded = np.concatenate([ends, predictions, -ends], axis=1)
    rows = np.arange(len(predictions))
    return padded[rows, targets], padded[rows, targets + 1]


def value(predictions: Array, targets: Array) -> Array:
    """−log[σ(a) − σ(b)] = log(1 + e^(−a)) + log(1 + e^b) − log(1 − e^(b − a))."""
    below, above = both_sides(predictions, targets)
    gap = plain(below - above)
    return softplus(-below) + softplus(above) - log(-expm1(-gap))


def slopes(predictions: Array, targets: Array) -> dict[str, Array]:
    """−σ(−a) − 1/(e^(a − b) − 1) below the class, σ(b) + 1/(e^(a − b) − 1) above it."""
    below, above = both_sides(predictions, targets)
    gap = plain(below - above)
    common = exp(-gap) / -expm1(-gap)  # nothing overflows for far thresholds
    gradient = np.zeros((len(predictions), predictions.shape[1] + 2), predictions.dtype)
    rows = np.arange(len(predictions))
    gradient[rows, targets] = -sigmoid_of_any(-below) - common
    gradient[rows, targets + 1] = sigmoid_of_any(above) + common
    return {"predictions": gradient[:, 1:-1]}


def faults(predictions: Array, targets: Array) -> list[tuple[str, Array, str]]:
    """Report classes without thresholds, and logits that do not fall."""
    rising = np.asarray((predictions[:, 1:] >= predictions[:, :-1]).any(axis=1))
    message = (
        "the logits of the thresholds at {where} do not fall: P(class > k) must be less for each "
        "higher k (use coral, which takes any logits)"
    )
    return [*class_faults(predictions, targets), ("predictions", rising, message)]


CUMULATIVE_LOGITS = record_loss(
    "cumulative_logits",
    title="Cumulative logit likelihood",
    tasks=("multiclass", "ordinal"),
    inputs=(THRESHOLDS, ORDERED_CLASSES),
    value=value,
    slopes=slopes,
    faults=faults,
    sample=sample,
    page=Page(
        summary="Cumulative logits: −log[σ(z_(y−1)) − σ(z_y)], the likelihood of ordered classes",
        also_called=(
            "cumulative link",
            "ordinal logistic regression",
        ),
        curve=THRESHOLD,
        formula="−log P(y),  P(y) = σ(z_(y−1)) − σ(z_y),  z_(−1) = ∞, z_(K−1) = −∞",
        use_when=(
            "classes have an order, and probabilities of the classes are wanted",
            "one score and increasing cut points give the logits: z_k = score − cut_k",
        ),
        avoid_when=(
            "classes have no order (use cross_entropy)",
            "logits of the thresholds are independent and may rise (use coral)",
        ),
        expected={
            "perfect": "0: the class has the probability 1",
            "chance": "the entropy of the classes, for thresholds at their cumulative shares",
            "bad": "> log K",
        },
        references=(
            Reference(
                "McCullagh, Regression models for ordinal data (1980)",
                "doi:10.1111/j.2517-6161.1980.tb01109.x",
            ),
        ),
        examples=(
            Example.of(
                1.0397207708399179,
                "z = log 3 and 0: P = ¼, ¼, ½; (log 4 of class 1 and log 2 of class 2) / 2",
                predictions=[[1.0986122886681098, 0.0], [1.0986122886681098, 0.0]],
                targets=[1, 2],
            ),
        ),
        notes=LOGITS_OF_THRESHOLDS,
    ),
)
