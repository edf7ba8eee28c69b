"""Overlap losses beside a few lines of PyTorch."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.peers._agreement import agree, tensor
from tests.peers._inputs import binary_targets, normal, probabilities
from tests.peers._ledger import Ledger

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.peers

Masks = tuple[np.ndarray, np.ndarray]
SAMPLE_AXES = (1, 2)


@pytest.fixture(params=["logits", "probabilities"])
def kind(request: pytest.FixtureRequest) -> str:
    """Choose what the predictions are."""
    return str(request.param)


@pytest.fixture(params=["batch", "sample"])
def pooling(request: pytest.FixtureRequest) -> str:
    """Choose over what the overlap is counted."""
    return str(request.param)


@pytest.fixture
def masks(rng: np.random.Generator, seed: int, kind: str, dtype: str) -> Masks:
    """Draw predicted and true masks; no true mask is empty."""
    shape = tuple(int(size) for size in rng.integers(2, 9, size=3))
    targets = binary_targets(rng, shape, dtype, soft=seed % 5 == 0)
    targets[:, 0, 0] = 1
    draw = normal if kind == "logits" else probabilities
    return draw(rng, shape, dtype), targets


@pytest.fixture
def smooth(rng: np.random.Generator) -> float:
    """Draw what is added to both sides of the ratio."""
    return float(rng.choice([0.0, 1e-6, 1.0]))


def pooled(
    ratio: Callable[[Any, Any, Any], Any], targets: np.ndarray, kind: str, pooling: str
) -> Any:
    """One minus a ratio of sums, over everything or averaged over samples."""
    goal = tensor(targets)

    def total(array: Any) -> Any:
        return array.sum() if pooling == "batch" else array.sum(dim=SAMPLE_AXES)

    def reference(predictions: Any, reduction: str) -> Any:
        share = torch.sigmoid(predictions) if kind == "logits" else predictions
        losses = 1 - ratio(share, goal, total)
        if pooling == "batch" or reduction == "none":
            return losses
        return losses.sum() if reduction == "sum" else losses.mean()

    return reference


def check(
    ledger: Ledger,
    loss: str,
    masks: Masks,
    reference: Any,
    *,
    kind: str,
    pooling: str,
    **params: Any,
) -> None:
    """Compare the readings a pooled loss has: a batch has but one value."""
    agree(
        ledger,
        loss,
        masks,
        reference,
        reading=f"{kind}, per {pooling}",
        reductions=("mean",) if pooling == "batch" else ("mean", "sum", "none"),
        input=kind,
        task="binary",
        pooling=pooling,
        **params,
    )


def test_dice(
    ledger: Ledger,
    rng: np.random.Generator,
    masks: Masks,
    *,
    kind: str,
    pooling: str,
    smooth: float,
) -> None:
    squared = bool(rng.integers(2))
    power = 2 if squared else 1

    def ratio(share: Any, goal: Any, total: Any) -> Any:
        size = total(share**power) + total(goal**power)
        return (2 * total(share * goal) + smooth) / (size + smooth)

    reference = pooled(ratio, masks[1], kind, pooling)
    params = {"smooth": smooth, "squared": squared}
    check(ledger, "dice", masks, reference, kind=kind, pooling=pooling, **params)


def test_tversky(
    ledger: Ledger,
    rng: np.random.Generator,
    masks: Masks,
    *,
    kind: str,
    pooling: str,
    smooth: float,
) -> None:
    alpha, beta = (float(price) for price in rng.uniform(0.05, 1, size=2))

    def ratio(share: Any, goal: Any, total: Any) -> Any:
        hits = total(share * goal)
        alarms, misses = total(share * (1 - goal)), total((1 - share) * goal)
        return (hits + smooth) / (hits + alpha * alarms + beta * misses + smooth)

    reference = pooled(ratio, masks[1], kind, pooling)
    params = {"alpha": alpha, "beta": beta, "smooth": smooth}
    check(ledger, "tversky", masks, reference, kind=kind, pooling=pooling, **params)


@pytest.mark.parametrize("squared", [False, True], ids=["plain", "squared"])
def test_weighted_dice(
    ledger: Ledger,
    rng: np.random.Generator,
    masks: Masks,
    *,
    pooling: str,
    squared: bool,
    kind: str,
) -> None:
    """A weight multiplies what its element adds to every sum."""
    weights = rng.uniform(0.1, 2, size=masks[1].shape).astype(ledger.dtype)
    weight, power = tensor(weights), 2 if squared else 1

    def ratio(share: Any, goal: Any, total: Any) -> Any:
        size = total(weight * share**power) + total(weight * goal**power)
        return (2 * total(weight * share * goal) + 1) / (size + 1)

    reference = pooled(ratio, masks[1], kind, pooling)
    params = {"smooth": 1.0, "squared": squared, "weights": weights}
    check(ledger, "dice", masks, reference, kind=kind, pooling=pooling, **params)


@pytest.mark.parametrize("loss", ["dice", "tversky"])
def test_classes(ledger: Ledger, rng: np.random.Generator, loss: str, *, pooling: str) -> None:
    """Class scores with an index mask: the sums run over the classes too."""
    items, classes, height, width = (int(size) for size in rng.integers(2, 6, size=4))
    scores = normal(rng, (items, classes, height, width), ledger.dtype)
    labels = rng.integers(0, classes, size=(items, height, width))
    axes = (0, 1, 2, 3) if pooling == "batch" else (1, 2, 3)

    def reference(logits: Any, reduction: str) -> Any:
        share = logits.softmax(dim=1)
        goal = torch.nn.functional.one_hot(tensor(labels), classes).movedim(-1, 1)
        hits, alarms = (share * goal).sum(dim=axes), (share * (1 - goal)).sum(dim=axes)
        misses = ((1 - share) * goal).sum(dim=axes)
        whole = 2 * hits + alarms + misses if loss == "dice" else hits + 0.3 * alarms + 0.7 * misses
        losses = 1 - ((2 if loss == "dice" else 1) * hits + 1) / (whole + 1)
        return losses.mean() if reduction == "mean" else losses

    agree(
        ledger,
        loss,
        (scores, labels),
        reference,
        reading=f"classes, per {pooling}",
        reductions=("mean",) if pooling == "batch" else ("mean", "none"),
        input="logits",
        class_axis=1,
        pooling=pooling,
        smooth=1.0,
    )
