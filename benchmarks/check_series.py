"""Losses over epochs, fine and with a warning sign, for the rules 7xx."""

from collections.abc import Callable, Mapping

import numpy as np

from benchmarks.check_cases import Array, Random

Series = Mapping[str, Array]


def _falling(random: Random, epochs: int) -> Array:
    start, end = random.uniform(0.8, 4.0), random.uniform(0.05, 0.5)
    speed = random.uniform(0.05, 0.5) * 20.0 / epochs
    curve = end + (start - end) * np.exp(-speed * np.arange(epochs))
    return np.asarray(curve * np.exp(random.uniform(0.0, 0.03) * random.standard_normal(epochs)))


def fine(random: Random) -> Series:
    """Return training and validation losses that fall, and stay where they arrive."""
    epochs = int(random.choice([8, 12, 20, 50, 100, 300]))
    training = _falling(random, epochs)
    gap = random.uniform(0.0, 0.15) * (training[0] - training)
    noise = np.exp(random.uniform(0.0, 0.03) * random.standard_normal(epochs))
    return {"loss": training, "val_loss": (training + gap) * noise}


def not_finite(random: Random) -> Series:
    """LC701."""
    training = _falling(random, 30)
    training[int(random.integers(3, 29)) :] = random.choice([np.nan, np.inf])
    return {"loss": training}


def rising(random: Random) -> Series:
    """LC702."""
    epochs = int(random.choice([10, 30, 100]))
    training = _falling(random, epochs)
    turn = int(random.integers(0, epochs // 2))
    growth = np.maximum(np.arange(epochs) - turn, 0) / (epochs - turn)
    return {"loss": training + random.uniform(1.0, 5.0) * training[0] * growth**1.5}


def oscillating(random: Random) -> Series:
    """LC703."""
    epochs = int(random.choice([12, 30, 100]))
    swing = random.uniform(0.3, 0.8) * np.where(np.arange(epochs) % 2, 1.0, -1.0)
    return {"loss": _falling(random, epochs) * (1.0 + swing)}


def flat_early(random: Random) -> Series:
    """LC704."""
    epochs = int(random.choice([10, 30, 100]))
    drop = random.uniform(0.0, 0.05) * np.exp(-np.arange(epochs))
    return {"loss": 2.303 * (1.0 + drop + 0.002 * random.standard_normal(epochs))}


def gap(random: Random) -> Series:
    """LC705."""
    epochs = int(random.choice([15, 30, 100]))
    training = 2.0 * np.exp(-3.0 * np.arange(epochs) / epochs)
    turn = int(random.integers(epochs // 5, epochs // 2))
    growth = np.maximum(np.arange(epochs) - turn, 0) / (epochs - turn)
    validation = training[np.minimum(np.arange(epochs), turn)] + random.uniform(0.4, 2.0) * growth
    noise = 1.0 + 0.01 * random.standard_normal((2, epochs))
    return {"loss": training * noise[0], "val_loss": validation * noise[1]}


PLANTS: dict[str, Callable[[Random], Series]] = {
    "LC701": not_finite,
    "LC702": rising,
    "LC703": oscillating,
    "LC704": flat_early,
    "LC705": gap,
}
