"""Perplexity beside PyTorch's cross-entropy, as Hugging Face's models and guides compute it."""

from typing import Any

import numpy as np
import pytest

from tests.peers._agreement import agree, tensor
from tests.peers._inputs import normal
from tests.peers._ledger import Ledger

torch = pytest.importorskip("torch")
functional = torch.nn.functional

pytestmark = pytest.mark.peers


def drawn(rng: np.random.Generator, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Draw logits (N, T, V) and ids, some of them ignored at the end of their sequence."""
    sequences, length, vocabulary = (int(rng.integers(2, most)) for most in (6, 9, 14))
    logits = normal(rng, (sequences, length, vocabulary), dtype)
    ids = rng.integers(vocabulary, size=(sequences, length))
    real = rng.integers(2, length + 1, size=(sequences, 1))
    return logits, np.where(np.arange(length) < real, ids, -100)


def nll(logits: Any, ids: np.ndarray, *, shift: bool) -> Any:
    """Return −log p of every token, 0 where ignored, and how many count, by sequence."""
    labels = tensor(ids)
    if shift:  # as the models of transformers shift scores and labels
        logits, labels = logits[:, :-1], labels[:, 1:]
    items = functional.cross_entropy(logits.transpose(1, 2), labels, reduction="none")
    return items, (labels != -100).sum(dim=1)


@pytest.mark.parametrize("shift", [False, True])
def test_by_token(ledger: Ledger, rng: np.random.Generator, *, shift: bool) -> None:
    logits, ids = drawn(rng, ledger.dtype)

    def theirs(leaf: Any, _: str) -> Any:
        items, counts = nll(leaf, ids, shift=shift)
        return torch.exp(items.sum() / counts.sum())

    options = {"shift": True} if shift else {}
    axis = {"input": "logits", "class_axis": 2}
    agree(ledger, "perplexity", (logits, ids), theirs, reductions=("mean",), **axis, **options)


@pytest.mark.parametrize("shift", [False, True])
def test_by_sequence(ledger: Ledger, rng: np.random.Generator, *, shift: bool) -> None:
    """As the metric ``perplexity`` of evaluate: the mean of exp of the mean of each sequence."""
    logits, ids = drawn(rng, ledger.dtype)

    def theirs(leaf: Any, reduction: str) -> Any:
        items, counts = nll(leaf, ids, shift=shift)
        each = torch.exp(items.sum(dim=1) / counts)
        return {"mean": each.mean, "sum": each.sum, "none": each.clone}[reduction]()

    options: dict[str, Any] = {"pooling": "sample", "shift": shift}
    agree(
        ledger, "perplexity", (logits, ids), theirs, reading="by sequence",
        input="logits", class_axis=2, **options,
    )  # fmt: skip
