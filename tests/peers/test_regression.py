"""Regression losses beside PyTorch's."""

from typing import Any

import numpy as np
import pytest

from tests.peers._agreement import agree, per_weight, reduced, tensor
from tests.peers._inputs import any_shape, normal, some_weights
from tests.peers._ledger import Ledger

torch = pytest.importorskip("torch")
functional = torch.nn.functional

pytestmark = pytest.mark.peers


@pytest.fixture
def pairs(rng: np.random.Generator, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Draw predictions and targets, some of them equal."""
    shape = any_shape(rng)
    predictions, targets = normal(rng, shape, dtype, scale=3), normal(rng, shape, dtype, scale=3)
    targets[rng.uniform(size=shape) < 0.1] = 0.5
    predictions[targets == 0.5] = 0.5
    predictions.flat[0], targets.flat[0] = 1.75, -2.5
    return predictions, targets


@pytest.fixture
def weights(rng: np.random.Generator, pairs: Any, dtype: str) -> np.ndarray | None:
    """Draw weights of the elements, or none."""
    return some_weights(rng, pairs[0].shape, dtype)


def test_mse(ledger: Ledger, pairs: Any, weights: Any) -> None:
    target, weight = tensor(pairs[1]), tensor(weights)

    def reference(predictions: Any, reduction: str) -> Any:
        return functional.mse_loss(predictions, target, reduction=reduction, weight=weight)

    agree(ledger, "mse", pairs, reference, weights=weights)


def test_mae(ledger: Ledger, pairs: Any, weights: Any) -> None:
    target, weight = tensor(pairs[1]), tensor(weights)

    def reference(predictions: Any, reduction: str) -> Any:
        return functional.l1_loss(predictions, target, reduction=reduction, weight=weight)

    agree(ledger, "mae", pairs, reference, weights=weights)


def test_huber(ledger: Ledger, rng: np.random.Generator, pairs: Any, weights: Any) -> None:
    target, weight = tensor(pairs[1]), tensor(weights)
    delta = float(rng.choice([1.0, rng.uniform(0.05, 5)]))

    def reference(predictions: Any, reduction: str) -> Any:
        value = functional.huber_loss(
            predictions, target, reduction=reduction, delta=delta, weight=weight
        )
        return per_weight(value, weights, reduction)

    agree(ledger, "huber", pairs, reference, weights=weights, delta=delta)


def test_smooth_l1(ledger: Ledger, rng: np.random.Generator, pairs: Any, weights: Any) -> None:
    target = tensor(pairs[1])
    beta = float(rng.choice([0.0, 1.0, rng.uniform(0.05, 5)]))

    def reference(predictions: Any, reduction: str) -> Any:
        items = functional.smooth_l1_loss(predictions, target, reduction="none", beta=beta)
        return reduced(items, weights, reduction)

    agree(ledger, "smooth_l1", pairs, reference, weights=weights, beta=beta)


@pytest.mark.parametrize("loss", ["mse", "mae", "huber", "smooth_l1"])
def test_plain_reductions(ledger: Ledger, pairs: Any, loss: str) -> None:
    """Without weights or parameters, everything is PyTorch's own, its reductions included."""
    function = {"mse": "mse_loss", "mae": "l1_loss"}.get(loss, f"{loss}_loss")
    target = tensor(pairs[1])

    def reference(predictions: Any, reduction: str) -> Any:
        return getattr(functional, function)(predictions, target, reduction=reduction)

    agree(ledger, loss, pairs, reference)
