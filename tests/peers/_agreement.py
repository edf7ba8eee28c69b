"""One comparison with PyTorch, or a peer that runs on it: value, items and gradient of a loss."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lossctl
from tests.peers._ledger import Ledger

torch = pytest.importorskip("torch")

torch.set_num_threads(1)  # waking threads costs milliseconds, these arrays microseconds

Tensor = Any
Reference = Callable[[Tensor, str], Tensor]


def agree(
    ledger: Ledger,
    loss: str,
    inputs: tuple[np.ndarray, ...],
    reference: Reference,
    *,
    reading: str = "",
    peer: str = "torch",
    reductions: tuple[str, ...] = ("mean", "sum", "none"),
    **options: Any,
) -> None:
    """Hold a loss against `reference(predictions, reduction)` in every reduction.

    The gradient of the mean and of the sum are held against autograd's.
    """
    label = f"{loss} ({reading})" if reading else loss
    for reduction in reductions:
        leaf = torch.tensor(inputs[0], requires_grad=True)
        theirs = reference(leaf, reduction)
        result = lossctl.compute(loss, *inputs, reduction=reduction, **options)
        what = "items" if reduction == "none" else "value"
        ledger.compare(label, peer, what, result.value, theirs.detach().numpy())
        if reduction != "none":
            theirs.backward()
            slopes = lossctl.gradient(loss, *inputs, reduction=reduction, **options)
            ledger.compare(label, peer, "gradient", slopes["predictions"], leaf.grad.numpy())


def tensor(array: np.ndarray | list[float] | None, dtype: str | None = None) -> Tensor:
    """Hand an array over to PyTorch; nothing stays nothing."""
    if array is None:
        return None
    return torch.tensor(np.asarray(array, dtype=dtype))


def reduced(items: Tensor, weights: np.ndarray | None, reduction: str) -> Tensor:
    """Reduce item losses the way lossctl promises: the mean divides by the weights' sum."""
    if weights is None:
        weights = np.ones(tuple(items.shape), dtype=items.detach().numpy().dtype)
    weighted = items * tensor(weights)
    if reduction == "none":
        return weighted
    total = weighted.sum()
    return total if reduction == "sum" else total / tensor(weights).sum()


def per_weight(value: Tensor, weights: np.ndarray | None, reduction: str) -> Tensor:
    """Turn a mean over the number of items into the mean over the sum of their weights."""
    if weights is None or reduction != "mean":
        return value
    return value * (weights.size / tensor(weights).sum())
