"""Random shapes, targets and weights for a comparison."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]


def any_shape(rng: np.random.Generator) -> tuple[int, ...]:
    """Draw a shape of one to four axes; one axis alone may be long."""
    axes = int(rng.integers(1, 5))
    if axes == 1:
        return (int(rng.integers(1, 500)),)
    return tuple(int(size) for size in rng.integers(1, 7, size=axes))


def normal(
    rng: np.random.Generator, shape: tuple[int, ...], dtype: str, scale: float = 1
) -> Floats:
    """Draw normal values; the first is negative, so that nobody sees probabilities."""
    values = rng.normal(scale=scale, size=shape).astype(dtype)
    values.flat[0] = -1.25 * scale
    return values


def pair_of_either_sign(rng: np.random.Generator, dtype: str) -> tuple[Floats, Floats]:
    """Draw predictions and targets of any shape, of both signs whatever is drawn."""
    shape = any_shape(rng)
    predictions, targets = normal(rng, shape, dtype, scale=3), normal(rng, shape, dtype, scale=3)
    predictions.flat[0], targets.flat[0] = 1.75, -2.5
    return predictions, targets


def probabilities(rng: np.random.Generator, shape: tuple[int, ...], dtype: str) -> Floats:
    """Draw probabilities away from 0 and 1, where frameworks clip differently."""
    return rng.uniform(0.02, 0.98, size=shape).astype(dtype)


def simplex(rng: np.random.Generator, rows: int, classes: int, dtype: str) -> Floats:
    """Draw rows of class probabilities, none of them tiny, each summing to one."""
    raw = rng.uniform(0.05, 1.0, size=(rows, classes))
    return (raw / raw.sum(axis=1, keepdims=True)).astype(dtype)


def binary_targets(
    rng: np.random.Generator, shape: tuple[int, ...], dtype: str, *, soft: bool = False
) -> Floats:
    """Draw labels 0 and 1 with at least one 1, or soft targets between them."""
    if soft:
        return rng.uniform(size=shape).astype(dtype)
    targets = (rng.uniform(size=shape) < 0.4).astype(dtype)
    targets.flat[0] = 1
    return targets


def some_weights(rng: np.random.Generator, shape: tuple[int, ...], dtype: str) -> Floats | None:
    """Draw item weights, a few of them zero, in two cases of three."""
    if rng.uniform() < 1 / 3:
        return None
    weights = rng.uniform(0.1, 3.0, size=shape) * (rng.uniform(size=shape) > 0.1)
    weights.flat[0] = 1.5
    return weights.astype(dtype)


def class_indices(
    rng: np.random.Generator, shape: tuple[int, ...], classes: int, ignored: int | None
) -> Integers:
    """Draw class indices; about one in five is `ignored`, the first never."""
    targets = rng.integers(0, classes, size=shape)
    if ignored is not None:
        others = [number for number in range(classes) if number != ignored]
        targets[rng.uniform(size=shape) < 0.2] = ignored
        targets.flat[0] = others[0]
    return targets
