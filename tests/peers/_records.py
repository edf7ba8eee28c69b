"""One comparison of a loss whose inputs have names of their own."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

import lossctl
from tests.peers._ledger import Ledger

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

Formula = Callable[..., Any]


def agree_on_records(
    ledger: Ledger,
    loss: str,
    inputs: Mapping[str, np.ndarray],
    formula: Formula,
    *,
    moving: tuple[str, ...] = ("predictions",),
    reading: str = "",
    **options: Any,
) -> None:
    """Hold items, mean and gradients against `formula(**tensors)`, which gives the items.

    Means are judged by the size of the items: those of both signs may cancel. `moving` are the
    inputs with a gradient.
    """
    label = f"{loss} ({reading})" if reading else loss
    leaves = {name: torch.tensor(array) for name, array in inputs.items()}
    for name in moving:
        leaves[name].requires_grad_()
    items = formula(**leaves)
    theirs = items.mean()
    theirs.backward()
    own = lossctl.compute(loss, **inputs, reduction="none", **options).value
    ledger.compare(label, "torch", "items", own, items.detach().numpy())
    value, size = (
        lossctl.compute(loss, **inputs, **options).value,
        float(items.detach().abs().mean()),
    )
    ledger.compare(label, "torch", "value", [value, size], [theirs.item(), size])
    slopes = lossctl.gradient(loss, **inputs, **options)
    for name in moving:
        ledger.compare(label, "torch", "gradient", slopes[name], leaves[name].grad.numpy())
