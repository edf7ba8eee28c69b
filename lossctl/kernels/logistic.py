"""The logistic function and its logarithm, exact to a few ulp for every argument.

One-sided forms are used throughout: ``exp`` of a large positive number may become inf, and the
quotient that follows is then the correct 0.
"""

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.once import once_a_block
from lossctl.kernels.ramp import relu
from lossctl.kernels.targets import charged

GREATEST_LOGIT = 85.0  # e^85 is finite in float32, and so in float64


def sigmoid(logits: Array) -> Array:
    """Return 1 / (1 + e^−z); `sigmoid(-z)` is the complement without cancellation."""
    if (
        logits.size and logits.min() < -GREATEST_LOGIT
    ):  # e^−z overflows where 1/e^−z does not vanish
        return np.exp(np.clip(logits, -np.inf, 0.0)) / (1.0 + np.exp(-np.abs(logits)))
    return 1.0 / (1.0 + np.exp(-logits))


@once_a_block
def sigmoid_pair(logits: Array) -> tuple[Array, Array]:
    """Return (p, 1−p) for p = σ(z), with one exponential: p = e^z·(1−p)."""
    if logits.size and logits.max() > GREATEST_LOGIT:
        return sigmoid(logits), sigmoid(-logits)
    odds = np.exp(logits)
    miss = 1.0 + odds
    np.divide(1.0, miss, out=miss)
    odds *= miss
    return odds, miss


def label_pull(targets: Array, logits: Array) -> Array:
    """Return (1−t)·p − t·(1−p) for p = σ(z): the slope of the expected surprise.

    It is p − t without the cancellation.
    """
    hit, miss = sigmoid_pair(logits)
    slope = 1.0 - targets
    slope *= hit
    slope -= targets * miss
    return slope


def softplus(values: Array) -> Array:
    """Return log(1 + e^x), that is max(x, 0) + log(1 + e^−|x|)."""
    return relu(values) + np.log1p(np.exp(-np.abs(values)))


@once_a_block
def surprises(logits: Array) -> tuple[Array, Array]:
    """Return (−log p, −log(1−p)) for p = sigmoid(z), that is softplus(−z) and softplus(z)."""
    tail = np.log1p(np.exp(-np.abs(logits)))  # what both share
    rise = relu(logits)
    fall = rise - logits  # max(z, 0) − z is max(−z, 0), exactly
    fall += tail
    rise += tail
    return fall, rise


@once_a_block
def expected_surprise(targets: Array, logits: Array) -> Array:
    """Return t·softplus(−z) + (1−t)·softplus(z), whose shared part is added once."""
    rise = relu(logits)
    if np.isinf(logits.max(initial=0.0)) or np.isinf(logits.min(initial=0.0)):
        return expected(targets, *surprises(logits))
    cost = np.log1p(np.exp(-np.abs(logits)))
    cost += targets * (rise - logits)
    rise *= 1.0 - targets
    cost += rise
    return cost


def expected(targets: Array, if_positive: Array, if_negative: Array) -> Array:
    """Return t·a + (1−t)·b with 0·inf = 0, so an infinite cost that cannot occur costs nothing."""
    return charged(targets, if_positive) + charged(1.0 - targets, if_negative)


def smoothed(targets: Array, smoothing: float) -> Array:
    """Move a share of each 0/1 label to one half: (1−s)·t + s/2."""
    return targets if smoothing == 0.0 else (1.0 - smoothing) * targets + 0.5 * smoothing
