"""Overlap losses and clDice beside PyTorch formulas."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from tests.peers._agreement import agree, tensor
from tests.peers._inputs import binary_targets, normal, probabilities
from tests.peers._ledger import Ledger
from tests.peers._masks import OFF_DEFAULT, POOLED, class_scores, each_kind, each_pooling

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.peers

AVERAGED = [
    (loss, average)
    for loss in POOLED
    for average in ("micro", "macro", "weighted", 2)
    if average == "micro" or loss != "generalized_dice"
]


def overlap(loss: str, share: Any, goal: Any, total: Callable[[Any], Any], **p: float) -> Any:
    """The pooled losses of single masks as PyTorch expressions; `total` sums a pool."""
    hits, alarms, misses = total(share * goal), total(share * (1 - goal)), total((1 - share) * goal)
    if loss == "jaccard":
        return 1 - (hits + p["smooth"]) / (hits + alarms + misses + p["smooth"])
    if loss == "focal_tversky":
        whole = hits + p["alpha"] * alarms + p["beta"] * misses + p["smooth"]
        return (1 - (hits + p["smooth"]) / whole) ** p["gamma"]
    if loss == "generalized_dice":
        front, back = 1 / total(goal) ** 2, 1 / total(1 - goal) ** 2
        both = front * hits + back * total((1 - share) * (1 - goal))
        sizes = front * total(share + goal) + back * total(2 - share - goal)
        return 1 - (2 * both + p["smooth"]) / (sizes + p["smooth"])
    dice = 1 - (2 * hits + p["smooth"]) / (2 * hits + alarms + misses + p["smooth"])
    surprise = -(goal * torch.log(share) + (1 - goal) * torch.log(1 - share))
    entropy = total(surprise) / total(torch.ones_like(share))
    return p["dice_weight"] * dice + p["cross_entropy_weight"] * entropy


@each_kind
@each_pooling
@pytest.mark.parametrize("loss", POOLED)
def test_masks(
    ledger: Ledger, rng: np.random.Generator, loss: str, kind: str, pooling: str
) -> None:
    shape = tuple(int(size) for size in rng.integers(2, 7, size=3))
    targets = binary_targets(rng, shape, ledger.dtype)
    targets[:, 0, 0], targets[:, -1, -1] = 1, 0
    scores = (normal if kind == "logits" else probabilities)(rng, shape, ledger.dtype)

    def reference(predictions: Any, reduction: str) -> Any:
        share = torch.sigmoid(predictions) if kind == "logits" else predictions
        total = torch.sum if pooling == "batch" else partial(torch.sum, dim=(1, 2))
        losses = overlap(loss, share, tensor(targets), total, **OFF_DEFAULT[loss])
        return losses.mean() if reduction == "mean" else losses

    agree(
        ledger,
        loss,
        (scores, targets),
        reference,
        reading=f"{kind}, per {pooling}",
        reductions=("mean",) if pooling == "batch" else ("mean", "none"),
        input=kind,
        task="binary",
        pooling=pooling,
        **OFF_DEFAULT[loss],
    )


def class_loss(loss: str, share: Any, goal: Any, average: Any, **p: float) -> Any:
    """Rows of classes, (C, n) each, as PyTorch expressions."""
    if loss == "generalized_dice":
        size = goal.sum(dim=1)
        weight = torch.where(size > 0, 1 / torch.clamp(size, min=1e-9) ** 2, torch.zeros(()))
        weight = torch.where(size > 0, weight, weight.max())
        both = 2 * (weight * (share * goal).sum(dim=1)).sum() + p["smooth"]
        return 1 - both / ((weight * (share + goal).sum(dim=1)).sum() + p["smooth"])
    if average == "micro" and loss == "dice_cross_entropy":
        entropy = -(goal * torch.log(share)).sum() / goal.sum()
        halves = overlap(loss, share, goal, torch.sum, **{**p, "cross_entropy_weight": 0.0})
        return halves + p["cross_entropy_weight"] * entropy
    if average == "micro":
        return overlap(loss, share, goal, torch.sum, **p)
    total = partial(torch.sum, dim=1)
    if loss == "dice_cross_entropy":
        entropy = -total(goal * torch.log(share)) / torch.clamp(total(goal), min=1e-9)
        halves = overlap(loss, share, goal, total, **{**p, "cross_entropy_weight": 0.0})
        losses = halves + p["cross_entropy_weight"] * entropy
    else:
        losses = overlap(loss, share, goal, total, **p)
    if isinstance(average, int):
        return losses[average]
    return losses.mean() if average == "macro" else (losses * total(goal)).sum() / goal.sum()


@each_kind
@each_pooling
@pytest.mark.parametrize(("loss", "average"), AVERAGED)
def test_classes(
    ledger: Ledger,
    rng: np.random.Generator,
    loss: str,
    average: Any,
    *,
    kind: str,
    pooling: str,
) -> None:
    scores = class_scores(rng, kind, ledger.dtype)
    labels = rng.integers(0, 4, size=(3, 5))
    labels[:, 0] = 2

    def reference(predictions: Any, reduction: str) -> Any:
        share = predictions.softmax(dim=1) if kind == "logits" else predictions
        goal = torch.nn.functional.one_hot(tensor(labels), 4).movedim(-1, 1).to(share.dtype)
        if pooling == "batch":
            pools = [(share.movedim(1, 0).reshape(4, -1), goal.movedim(1, 0).reshape(4, -1))]
        else:
            pools = list(zip(share, goal, strict=True))
        return torch.stack(
            [class_loss(loss, *pool, average, **OFF_DEFAULT[loss]) for pool in pools]
        ).mean()

    agree(
        ledger,
        loss,
        (scores, labels),
        reference,
        reading=f"{kind}, {average} per {pooling}",
        reductions=("mean",),
        input=kind,
        class_axis=1,
        pooling=pooling,
        average=average,
        **OFF_DEFAULT[loss],
    )


def pool(image: Any, size: tuple[int, int], sign: int) -> Any:
    """Greatest (sign 1) or least (sign -1) neighbours in a window."""
    half = (size[0] // 2, size[1] // 2)
    pooled = torch.nn.functional.max_pool2d(sign * image[:, None], size, stride=1, padding=half)
    return sign * pooled[:, 0]


def soft_skeleton(image: Any, iterations: int) -> Any:
    """What openings lose, collected over the erosions."""
    found = torch.zeros_like(image)
    for _ in range(iterations + 1):
        eroded = torch.minimum(pool(image, (3, 1), -1), pool(image, (1, 3), -1))
        lost = torch.relu(image - pool(eroded, (3, 3), 1))
        found, image = found + (1 - found) * lost, eroded
    return found


@each_kind
def test_cldice(ledger: Ledger, rng: np.random.Generator, kind: str) -> None:
    images, height, width = (int(size) for size in rng.integers((1, 3, 3), (4, 9, 9)))
    shape, iterations = (images, height, width), int(rng.integers(0, 4))
    smooth = float(rng.choice([0.25, 1.0]))
    scores = (normal if kind == "logits" else probabilities)(rng, shape, ledger.dtype)
    targets = binary_targets(rng, shape, ledger.dtype, soft=bool(rng.integers(2)))

    def reference(predictions: Any, reduction: str) -> Any:
        share = torch.sigmoid(predictions) if kind == "logits" else predictions
        goal = tensor(targets)
        line, true_line = soft_skeleton(share, iterations), soft_skeleton(goal, iterations)
        total = partial(torch.sum, dim=(1, 2))
        precision = (total(line * goal) + smooth) / (total(line) + smooth)
        recall = (total(true_line * share) + smooth) / (total(true_line) + smooth)
        losses = 1 - 2 * precision * recall / (precision + recall)
        return losses if reduction == "none" else getattr(losses, reduction)()

    given = {"iterations": iterations, "smooth": smooth}
    agree(ledger, "cldice", (scores, targets), reference, reading=kind, input=kind, **given)
