"""Losses of signed scores, probabilities and rows of labels beside PyTorch and scikit-learn."""

from typing import Any

import numpy as np
import pytest

import lossctl
from tests.peers._agreement import agree, reduced, tensor
from tests.peers._inputs import any_shape, binary_targets, normal, probabilities, some_weights
from tests.peers._ledger import Ledger

torch = pytest.importorskip("torch")
functional = torch.nn.functional

pytestmark = pytest.mark.peers


@pytest.fixture
def signs(rng: np.random.Generator, seed: int, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Draw labels: as they are handed over (0/1 or ±1), and as −1 and +1."""
    labels = binary_targets(rng, any_shape(rng), dtype)
    ones = 2 * labels - 1
    return (labels if seed % 2 else ones), ones


@pytest.fixture
def margin(rng: np.random.Generator) -> float:
    """Draw a margin: the default, none, or any."""
    return float(rng.choice([1.0, 0.0, rng.uniform(0, 3)]))


@pytest.mark.parametrize(("loss", "power"), [("hinge", 1), ("squared_hinge", 2)])
def test_hinges(
    ledger: Ledger,
    rng: np.random.Generator,
    signs: tuple[np.ndarray, np.ndarray],
    *,
    margin: float,
    loss: str,
    power: int,
) -> None:
    given, ones = signs
    inputs = normal(rng, ones.shape, ledger.dtype, scale=2), given
    weights = some_weights(rng, ones.shape, ledger.dtype)

    def reference(scores: Any, reduction: str) -> Any:
        items = torch.clamp(margin - tensor(ones) * scores, min=0) ** power
        return reduced(items, weights, reduction)

    agree(ledger, loss, inputs, reference, weights=weights, margin=margin)


def test_soft_margin(
    ledger: Ledger, rng: np.random.Generator, signs: tuple[np.ndarray, np.ndarray]
) -> None:
    given, ones = signs
    inputs = normal(rng, ones.shape, ledger.dtype, scale=2), given

    def reference(scores: Any, reduction: str) -> Any:
        return functional.soft_margin_loss(scores, tensor(ones), reduction=reduction)

    agree(ledger, "soft_margin", inputs, reference)


def test_exponential(
    ledger: Ledger, rng: np.random.Generator, signs: tuple[np.ndarray, np.ndarray]
) -> None:
    given, ones = signs
    inputs = normal(rng, ones.shape, ledger.dtype), given
    weights = some_weights(rng, ones.shape, ledger.dtype)

    def reference(scores: Any, reduction: str) -> Any:
        return reduced(torch.exp(-tensor(ones) * scores), weights, reduction)

    agree(ledger, "exponential", inputs, reference, weights=weights)


@pytest.mark.parametrize("kind", ["logits", "probabilities"])
def test_brier(ledger: Ledger, rng: np.random.Generator, seed: int, dtype: str, kind: str) -> None:
    shape = any_shape(rng)
    draw = normal if kind == "logits" else probabilities
    targets = binary_targets(rng, shape, dtype, soft=seed % 2 == 0)
    inputs, weights = (draw(rng, shape, dtype), targets), some_weights(rng, shape, dtype)

    def reference(given: Any, reduction: str) -> Any:
        shares = torch.sigmoid(given) if kind == "logits" else given
        return reduced((shares - tensor(targets)) ** 2, weights, reduction)

    options = {"input": kind, "task": "binary", "weights": weights}
    agree(ledger, "brier", inputs, reference, reading=kind, **options)


@pytest.mark.parametrize("kind", ["logits", "probabilities"])
def test_asymmetric(
    ledger: Ledger, rng: np.random.Generator, seed: int, dtype: str, kind: str
) -> None:
    """The authors' code with a gradient through the focusing factor."""
    shape = any_shape(rng)
    draw = normal if kind == "logits" else probabilities
    inputs = draw(rng, shape, dtype), binary_targets(rng, shape, dtype)
    weights = some_weights(rng, shape, dtype)
    powers = {"gamma_neg": float(rng.choice([4.0, 0.0, 2.5])), "gamma_pos": float(seed % 3)}
    clip = float(rng.choice([0.05, 0.0, 0.2]))

    def reference(given: Any, reduction: str) -> Any:
        share, goal = torch.sigmoid(given) if kind == "logits" else given, tensor(inputs[1])
        left = (1 - share + clip).clamp(max=1)
        right = share * goal + left * (1 - goal)
        power = powers["gamma_pos"] * goal + powers["gamma_neg"] * (1 - goal)
        focus = torch.where(power > 0, (1 - right).clamp(min=1e-30) ** power, 1.0)
        return reduced(-focus * torch.log(right), weights, reduction)

    agree(
        ledger, "asymmetric", inputs, reference,
        reading=kind, input=kind, task="binary", weights=weights, clip=clip, **powers,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["logits", "probabilities"])
def test_poly1(ledger: Ledger, rng: np.random.Generator, seed: int, dtype: str, kind: str) -> None:
    shape = any_shape(rng)
    draw = normal if kind == "logits" else probabilities
    inputs = draw(rng, shape, dtype), binary_targets(rng, shape, dtype)
    weights = some_weights(rng, shape, dtype)
    epsilon = float(rng.choice([1.0, 0.0, -0.5, rng.uniform(0, 5)]))

    def reference(given: Any, reduction: str) -> Any:
        share, goal = torch.sigmoid(given) if kind == "logits" else given, tensor(inputs[1])
        right = share * goal + (1 - share) * (1 - goal)
        return reduced(-torch.log(right) + epsilon * (1 - right), weights, reduction)

    agree(
        ledger, "poly1", inputs, reference,
        reading=f"binary {kind}", input=kind, task="binary", weights=weights, epsilon=epsilon,
    )  # fmt: skip


def test_multilabel_soft_margin(ledger: Ledger, rng: np.random.Generator, dtype: str) -> None:
    """Class weights divide the mean here; PyTorch leaves them in."""
    shape = int(rng.integers(1, 60)), int(rng.integers(2, 9))
    inputs = normal(rng, shape, dtype, scale=2), binary_targets(rng, shape, dtype)
    classes = None if rng.uniform() < 0.5 else list(rng.uniform(0.1, 4, size=shape[1]))

    def reference(scores: Any, reduction: str) -> Any:
        value = functional.multilabel_soft_margin_loss(
            scores, tensor(inputs[1]), weight=tensor(classes, dtype), reduction=reduction
        )
        mean_weight = 1.0 if classes is None or reduction != "mean" else float(np.mean(classes))
        return value / mean_weight

    agree(ledger, "multilabel_soft_margin", inputs, reference, class_weights=classes)


def test_multilabel_margin(ledger: Ledger, rng: np.random.Generator, dtype: str) -> None:
    """PyTorch wants the indices of the true labels, closed by −1."""
    shape = int(rng.integers(1, 40)), int(rng.integers(2, 9))
    inputs = normal(rng, shape, dtype), binary_targets(rng, shape, dtype)
    weights = some_weights(rng, shape[:1], dtype)
    lists = np.full(shape, -1)
    for row, labels in zip(lists, inputs[1], strict=True):
        true = np.flatnonzero(labels)
        row[: len(true)] = true

    def reference(scores: Any, reduction: str) -> Any:
        items = functional.multilabel_margin_loss(scores, tensor(lists), reduction="none")
        return reduced(items, weights, reduction)

    agree(ledger, "multilabel_margin", inputs, reference, weights=weights)


def test_weights_of_the_signs_divide_the_mean(
    ledger: Ledger, rng: np.random.Generator, signs: tuple[np.ndarray, np.ndarray]
) -> None:
    given, ones = signs
    inputs = normal(rng, ones.shape, ledger.dtype, scale=2), given
    of_signs = [0.25, 1.75]
    weights = np.where(ones > 0, *of_signs[::-1]).astype(ledger.dtype)

    def reference(scores: Any, reduction: str) -> Any:
        items = functional.soft_margin_loss(scores, tensor(ones), reduction="none")
        return reduced(items, weights, reduction)

    agree(
        ledger, "soft_margin", inputs, reference,
        reading="class weights", task="binary", class_weights=of_signs,
    )  # fmt: skip


@pytest.mark.parametrize("loss", ["hinge", "brier"])
def test_scikit_learn(ledger: Ledger, rng: np.random.Generator, seed: int, loss: str) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    size = int(rng.integers(5, 300))
    weights = rng.uniform(0.1, 3, size=size).astype(ledger.dtype) if seed % 2 else None
    targets = binary_targets(rng, (size,), ledger.dtype)
    targets[1] = 0
    if loss == "hinge":
        predictions = normal(rng, (size,), ledger.dtype)
        theirs = metrics.hinge_loss(targets, predictions, sample_weight=weights)
        ours = lossctl.compute("hinge", predictions, targets, weights=weights)
    else:
        predictions = probabilities(rng, (size,), ledger.dtype)
        theirs = metrics.brier_score_loss(targets, predictions, sample_weight=weights)
        ours = lossctl.compute("brier", predictions, targets, weights=weights)
    ledger.compare(loss, "scikit-learn", "value", ours.value, theirs)
