"""Binary and multi-label cross-entropy beside PyTorch's."""

from typing import Any

import numpy as np
import pytest

from tests.peers._agreement import agree, per_weight, tensor
from tests.peers._inputs import any_shape, binary_targets, normal, probabilities, some_weights
from tests.peers._ledger import Ledger

torch = pytest.importorskip("torch")
functional = torch.nn.functional

pytestmark = pytest.mark.peers


def test_bce_of_probabilities(
    ledger: Ledger, rng: np.random.Generator, seed: int, dtype: str
) -> None:
    shape = any_shape(rng)
    inputs = probabilities(rng, shape, dtype), binary_targets(rng, shape, dtype, soft=seed % 2 == 0)
    weights = some_weights(rng, shape, dtype)

    def reference(predictions: Any, reduction: str) -> Any:
        value = functional.binary_cross_entropy(
            predictions, tensor(inputs[1]), weight=tensor(weights), reduction=reduction
        )
        return per_weight(value, weights, reduction)

    reading = "auto" if seed % 3 == 0 else "probabilities"
    agree(ledger, "bce", inputs, reference, input=reading, weights=weights)


def test_bce_of_logits(ledger: Ledger, rng: np.random.Generator, seed: int, dtype: str) -> None:
    shape = any_shape(rng)
    targets = binary_targets(rng, shape, dtype, soft=seed % 2 == 0)
    inputs = normal(rng, shape, dtype, scale=3), targets
    weights = some_weights(rng, shape, dtype)

    def reference(predictions: Any, reduction: str) -> Any:
        value = functional.binary_cross_entropy_with_logits(
            predictions, tensor(targets), weight=tensor(weights), reduction=reduction
        )
        return per_weight(value, weights, reduction)

    agree(ledger, "bce", inputs, reference, reading="logits", input="logits", weights=weights)


def logit_reference(
    targets: np.ndarray,
    weights: np.ndarray | None,
    pos_weight: Any,
    smoothing: float,
) -> Any:
    """PyTorch's loss of smoothed targets, averaged over the weights."""
    smoothed = tensor(targets) * (1 - smoothing) + smoothing / 2

    def reference(predictions: Any, reduction: str) -> Any:
        value = functional.binary_cross_entropy_with_logits(
            predictions,
            smoothed,
            weight=tensor(weights),
            pos_weight=tensor(pos_weight, targets.dtype),
            reduction=reduction,
        )
        return per_weight(value, weights, reduction)

    return reference


def test_bce_with_logits(ledger: Ledger, rng: np.random.Generator, seed: int, dtype: str) -> None:
    shape = any_shape(rng)
    targets = binary_targets(rng, shape, dtype, soft=seed % 2 == 0)
    inputs = normal(rng, shape, dtype, scale=3), targets
    weights = some_weights(rng, shape, dtype)
    pos_weight = float(rng.choice([1.0, rng.uniform(0.1, 20)]))
    smoothing = float(rng.choice([0.0, rng.uniform(0, 1)]))
    reference = logit_reference(targets, weights, [pos_weight], smoothing)
    agree(
        ledger,
        "bce_with_logits",
        inputs,
        reference,
        input="auto" if seed % 3 == 0 else "logits",
        weights=weights,
        pos_weight=pos_weight,
        label_smoothing=smoothing,
    )


def test_bce_with_logits_and_a_weight_per_label(
    ledger: Ledger, rng: np.random.Generator, dtype: str
) -> None:
    shape = int(rng.integers(1, 60)), int(rng.integers(2, 8))
    targets = binary_targets(rng, shape, dtype)
    inputs = normal(rng, shape, dtype, scale=3), targets
    weights = some_weights(rng, shape, dtype)
    pos_weight = rng.uniform(0.1, 20, size=shape[1]).tolist()
    smoothing = float(rng.choice([0.0, rng.uniform(0, 1)]))
    reference = logit_reference(targets, weights, pos_weight, smoothing)
    agree(
        ledger,
        "bce_with_logits",
        inputs,
        reference,
        reading="pos_weight per label",
        input="logits",
        weights=weights,
        pos_weight=pos_weight,
        label_smoothing=smoothing,
    )
