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


@pytest.mark.parametrize("loss", ["linear_penalty", "hinge_penalty", "log_barrier"])
def test_penalties(loss: str, ledger: Ledger, rng: np.random.Generator, seed: int) -> None:
    shape = any_shape(rng)
    values = normal(rng, shape, ledger.dtype)
    thresholds = normal(rng, shape, ledger.dtype)
    weights = some_weights(rng, shape, ledger.dtype)
    penalty, margin, sharpness = (float(rng.uniform(0.1, 5)) for _ in range(3))
    inputs = (values, thresholds) if seed % 2 else (values,)
    limit = tensor(thresholds) if seed % 2 else torch.tensor(0.0)

    def barrier(gap: Any) -> Any:
        inside = gap <= -(sharpness**-2)
        logarithm = -torch.log(torch.where(inside, -gap, 1.0)) / sharpness
        tangent = sharpness * gap - np.log(sharpness**-2) / sharpness + 1 / sharpness
        return torch.where(inside, logarithm, tangent)

    items = {
        "linear_penalty": torch.relu,
        "hinge_penalty": lambda gap: torch.relu(gap + margin),
        "log_barrier": barrier,
    }
    params = {"hinge_penalty": {"margin": margin}, "log_barrier": {"sharpness": sharpness}}

    def reference(constraints: Any, reduction: str) -> Any:
        return reduced(penalty * items[loss](constraints - limit), weights, reduction)

    agree(
        ledger,
        loss,
        inputs,
        reference,
        weights=weights,
        penalty_weight=penalty,
        **params.get(loss, {}),
    )


@pytest.mark.parametrize("loss", ["forall_rule", "exists_rule", "log_product_rule"])
def test_quantified_rules(loss: str, ledger: Ledger, rng: np.random.Generator, seed: int) -> None:
    shape = any_shape(rng)
    truth = rng.uniform(0.05, 0.6, size=shape).astype(ledger.dtype)
    wanted = rng.uniform(0.9, 1, size=shape).astype(ledger.dtype)
    weights = some_weights(rng, shape, ledger.dtype)
    temperature, p = float(rng.uniform(0.1, 5)), float(rng.uniform(1, 6))
    inputs = (truth, wanted) if seed % 2 else (truth,)

    def mean(items: Any) -> Any:
        return reduced(items, weights, "mean")

    def reference(values: Any, _: str) -> Any:
        values = values.double()  # a level less a truth cancels
        truths = {
            "forall_rule": lambda: 1 - mean((1 - values) ** p) ** (1 / p),
            "exists_rule": lambda: mean(values**p) ** (1 / p),
            "log_product_rule": lambda: torch.exp(mean(torch.log(values))),
        }
        level = mean(tensor(wanted)) if seed % 2 else 1.0
        return ((level - truths[loss]()) / temperature) ** 2

    params = {} if loss == "log_product_rule" else {"p": p}
    params |= {"temperature": temperature}
    agree(ledger, loss, inputs, reference, reductions=("mean",), weights=weights, **params)
