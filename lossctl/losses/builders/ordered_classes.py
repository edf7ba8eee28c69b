"""Build losses of ordered classes, from one logit for each threshold between two of them.

Of K classes 0 to K − 1 there are K − 1 thresholds; the logit of threshold k is that of the
probability that the class is above k.
"""

from typing import Any

import numpy as np

from lossctl.core.loss import Array, Curve, Input
from lossctl.kernels.probability.logistic import sigmoid_of_any, softplus

THRESHOLDS = Input(
    "predictions",
    "item threshold",
    "logit",
    "logits of class > k for each of the K − 1 thresholds k = 0, 1, …: (N, K − 1)",
    differentiable=True,
)
ORDERED_CLASSES = Input("targets", "item", "class", "the class of each item: 0 to K − 1, in order")
THRESHOLD = Curve(
    "logit of the first of two thresholds, for class 1",
    -5.0,
    5.0,
    lambda x: ([[x, -6.0]], [1]),
)
LOGITS_OF_THRESHOLDS = (
    "the class that is predicted is the number of logits above 0",
    "thresholds are one less than classes: cross_entropy has a column for each class",
)


def class_faults(predictions: Array, targets: Array, **_: Any) -> list[tuple[str, Array, str]]:
    """Report classes beyond the last threshold."""
    last = predictions.shape[1]
    beyond = (targets < 0) | (targets > last)
    return [("targets", beyond, f"{{where}} is no class from 0 to {last} ({last} thresholds)")]


def sample(rng: np.random.Generator, items: int, _: Any) -> tuple[Array, Array]:
    """Draw falling logits of four thresholds, and one of five classes."""
    logits = -np.sort(-rng.normal(scale=2.0, size=(items, 4)), axis=1)
    return logits, rng.integers(5, size=items)


def passed(predictions: Array, targets: Array) -> Array:
    """Return which thresholds lie below the class of each item, (n, K − 1)."""
    return np.arange(predictions.shape[1]) < targets[:, None]


def threshold_nll(predictions: Array, targets: Array) -> Array:
    """Return the log loss of class > k for each threshold, (n, K − 1)."""
    return softplus(np.where(passed(predictions, targets), -predictions, predictions))


def threshold_slopes(predictions: Array, targets: Array) -> Array:
    """Return its slopes: −σ(−z) for the thresholds below the class, σ(z) for the others."""
    above = passed(predictions, targets)
    sides = sigmoid_of_any(np.where(above, -predictions, predictions))
    return np.where(above, -sides, sides)
