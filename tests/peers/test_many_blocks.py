"""Arrays of several blocks, read by two threads, beside PyTorch."""

from typing import Any

import numpy as np
import pytest

from tests.peers._agreement import agree, reduced, tensor
from tests.peers._inputs import binary_targets, class_indices, normal, probabilities
from tests.peers._ledger import Ledger

torch = pytest.importorskip("torch")
functional = torch.nn.functional

pytestmark = pytest.mark.peers

THREADS = 2


@pytest.fixture(params=[0, 1])
def seed(request: pytest.FixtureRequest) -> int:
    """Name the random case."""
    return int(request.param)


@pytest.mark.parametrize("shape", [(600_001,), (3, 210_000), (5, 400, 311)])
def test_huber_with_a_weight_a_sample(
    ledger: Ledger, rng: np.random.Generator, shape: tuple[int, ...]
) -> None:
    """Weights of the first axis count for every element of their sample."""
    inputs = tuple(normal(rng, shape, ledger.dtype, scale=2) for _ in range(2))
    weights = rng.uniform(0.1, 2, size=shape[0]).astype(ledger.dtype)
    spread = np.broadcast_to(weights.reshape(-1, *[1] * (len(shape) - 1)), shape).copy()

    def reference(predictions: Any, reduction: str) -> Any:
        items = functional.huber_loss(predictions, tensor(inputs[1]), reduction="none", delta=0.7)
        return reduced(items, spread, reduction)

    agree(
        ledger,
        "huber",
        inputs,
        reference,
        reading="blocks",
        weights=weights,
        delta=0.7,
        threads=THREADS,
    )


@pytest.mark.parametrize("labels", [3, 300])
def test_bce_with_logits(ledger: Ledger, rng: np.random.Generator, labels: int) -> None:
    shape = 630_000 // labels + 1, labels
    targets = binary_targets(rng, shape, ledger.dtype, soft=True)
    pos_weight = rng.uniform(0.1, 5, size=labels).tolist()

    def reference(logits: Any, reduction: str) -> Any:
        return functional.binary_cross_entropy_with_logits(
            logits,
            tensor(targets),
            pos_weight=tensor(pos_weight, ledger.dtype),
            reduction=reduction,
        )

    agree(
        ledger,
        "bce_with_logits",
        (normal(rng, shape, ledger.dtype, scale=2), targets),
        reference,
        reading="blocks",
        input="logits",
        task="multilabel",
        pos_weight=pos_weight,
        threads=THREADS,
    )


@pytest.mark.parametrize(
    "shape",
    [(30_001, 7), (700, 300), (9, 5, 61, 67), (2, 5, 200, 201), (2, 3, 270_001)],
    ids=str,
)
def test_cross_entropy(ledger: Ledger, rng: np.random.Generator, shape: tuple[int, ...]) -> None:
    """Classes in the second axis, contiguous or far apart."""
    classes = shape[1]
    targets = class_indices(rng, (shape[0], *shape[2:]), classes, -100)
    class_weights = rng.uniform(0.1, 4, size=classes).tolist()

    def reference(scores: Any, reduction: str) -> Any:
        return functional.cross_entropy(
            scores,
            tensor(targets),
            weight=tensor(class_weights, ledger.dtype),
            reduction=reduction,
            label_smoothing=0.1,
        )

    agree(
        ledger,
        "cross_entropy",
        (normal(rng, shape, ledger.dtype, scale=2), targets),
        reference,
        reading="blocks",
        input="logits",
        class_axis=1,
        class_weights=class_weights,
        label_smoothing=0.1,
        threads=THREADS,
    )


@pytest.mark.parametrize("pooling", ["batch", "sample"])
def test_dice(ledger: Ledger, rng: np.random.Generator, pooling: str) -> None:
    shape = 4, 190, 211
    targets = binary_targets(rng, shape, ledger.dtype)

    def reference(share: Any, _: str) -> Any:
        parts = [slice(None)] if pooling == "batch" else list(range(shape[0]))
        goal = tensor(targets)
        losses = [
            1 - (2 * (share[part] * goal[part]).sum() + 1) / ((share + goal)[part].sum() + 1)
            for part in parts
        ]
        return torch.stack(losses).mean()

    agree(
        ledger,
        "dice",
        (probabilities(rng, shape, ledger.dtype), targets),
        reference,
        reading="blocks",
        reductions=("mean",),
        input="probabilities",
        task="binary",
        pooling=pooling,
        smooth=1.0,
        threads=THREADS,
    )
