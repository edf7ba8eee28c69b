"""Logic losses beside a few lines of PyTorch."""

from typing import Any

import numpy as np
import pytest

from tests.peers._agreement import agree, reduced, tensor
from tests.peers._inputs import any_shape, normal, some_weights
from tests.peers._ledger import Ledger

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.peers


def test_rule_satisfaction(ledger: Ledger, rng: np.random.Generator, seed: int) -> None:
    shape = any_shape(rng)
    truth = rng.uniform(size=shape).astype(ledger.dtype)
    wanted = rng.uniform(0.5, 1, size=shape).astype(ledger.dtype)
    weights = some_weights(rng, shape, ledger.dtype)
    temperature = float(rng.uniform(0.1, 5))
    inputs = (truth, wanted) if seed % 2 else (truth,)
    level = tensor(wanted) if seed % 2 else 1.0

    def reference(values: Any, reduction: str) -> Any:
        return reduced(((level - values) / temperature) ** 2, weights, reduction)

    agree(ledger, "rule_satisfaction", inputs, reference, weights=weights, temperature=temperature)


def test_constraint_violation(ledger: Ledger, rng: np.random.Generator, seed: int) -> None:
    shape = any_shape(rng)
    values = normal(rng, shape, ledger.dtype)
    thresholds = normal(rng, shape, ledger.dtype)
    weights = some_weights(rng, shape, ledger.dtype)
    penalty = float(rng.uniform(0.1, 50))
    inputs = (values, thresholds) if seed % 2 else (values,)
    limit = tensor(thresholds) if seed % 2 else torch.tensor(0.0)

    def reference(constraints: Any, reduction: str) -> Any:
        items = penalty * torch.relu(constraints - limit) ** 2
        return reduced(items, weights, reduction)

    agree(
        ledger, "constraint_violation", inputs, reference, weights=weights, penalty_weight=penalty
    )
