"""Simulated models that are right: labels are drawn from the very probabilities they predict."""

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Predicted:
    """Logits of a model, the probabilities they mean, and labels drawn from these."""

    logits: Array
    probabilities: Array
    labels: Array


def softmax(logits: Array, axis: int = -1) -> Array:
    raised = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return raised / raised.sum(axis=axis, keepdims=True)


def sigmoid(logits: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-logits))


def classes(rng: np.random.Generator, shape: tuple[int, ...], count: int, sd: float) -> Predicted:
    """Exclusive classes: logits (…, C) and labels (…)."""
    logits = rng.normal(0.0, sd, (*shape, count))
    probabilities = softmax(logits)
    cumulated = probabilities.cumsum(axis=-1)
    labels = (rng.random((*shape, 1)) > cumulated).sum(axis=-1)
    return Predicted(logits, probabilities, np.minimum(labels, count - 1))


def labels(rng: np.random.Generator, shape: tuple[int, ...], sd: float, shift: float) -> Predicted:
    """Labels 0 and 1, each by itself."""
    logits = rng.normal(shift, sd, shape)
    probabilities = sigmoid(logits)
    return Predicted(logits, probabilities, (rng.random(shape) < probabilities).astype(np.int64))


def regression(
    rng: np.random.Generator, shape: tuple[int, ...], noise: float, *, tails: bool = False
) -> tuple[Array, Array]:
    """Predictions and targets, signal of standard deviation 1 and noise, at some level and unit."""
    signal = rng.normal(size=shape)
    errors = rng.standard_t(3, size=shape) if tails else rng.normal(size=shape)
    unit, level = 10.0 ** rng.uniform(-3, 3), rng.uniform(-5, 5)
    return unit * (signal + level), unit * (signal + level + noise * errors)
