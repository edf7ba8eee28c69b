"""Focal loss beside its definition over PyTorch's cross-entropies."""

from typing import Any

import numpy as np
import pytest

from tests.peers._agreement import agree, reduced, tensor
from tests.peers._inputs import (
    binary_targets,
    class_indices,
    normal,
    probabilities,
    simplex,
    some_weights,
)
from tests.peers._ledger import Ledger

torch = pytest.importorskip("torch")
functional = torch.nn.functional

pytestmark = pytest.mark.peers


@pytest.fixture
def gamma(rng: np.random.Generator) -> float:
    """Draw the focusing exponent: none, less than one, the paper's, or any."""
    return float(rng.choice([0.0, 0.5, 2.0, rng.uniform(0, 5)]))


@pytest.fixture
def alpha(rng: np.random.Generator) -> float | None:
    """Draw the weight of the positive side, or none."""
    return None if rng.uniform() < 0.3 else float(rng.uniform(0.05, 0.95))


def binary_focal(entropy: Any, share: Any, targets: Any, gamma: float, alpha: float | None) -> Any:
    """alpha_t (1 - p_t)**gamma times a cross-entropy, for labels 0 and 1."""
    right = share * targets + (1 - share) * (1 - targets)
    items = entropy * (1 - right) ** gamma
    if alpha is None:
        return items
    return items * (alpha * targets + (1 - alpha) * (1 - targets))


def test_binary_logits(
    ledger: Ledger, rng: np.random.Generator, seed: int, gamma: float, alpha: float | None
) -> None:
    shape = (int(rng.integers(1, 300)),) if seed % 2 else (int(rng.integers(1, 60)), 4)
    targets = binary_targets(rng, shape, ledger.dtype)
    weights = some_weights(rng, shape, ledger.dtype)

    def reference(logits: Any, reduction: str) -> Any:
        goal = tensor(targets)
        entropy = functional.binary_cross_entropy_with_logits(logits, goal, reduction="none")
        items = binary_focal(entropy, torch.sigmoid(logits), goal, gamma, alpha)
        return reduced(items, weights, reduction)

    agree(
        ledger,
        "focal",
        (normal(rng, shape, ledger.dtype, scale=2), targets),
        reference,
        reading="binary logits",
        input="logits",
        task="binary" if seed % 2 else "multilabel",
        weights=weights,
        gamma=gamma,
        alpha=alpha,
    )


def test_binary_probabilities(
    ledger: Ledger, rng: np.random.Generator, gamma: float, alpha: float | None
) -> None:
    shape = (int(rng.integers(1, 300)),)
    targets = binary_targets(rng, shape, ledger.dtype)

    def reference(shares: Any, reduction: str) -> Any:
        goal = tensor(targets)
        entropy = functional.binary_cross_entropy(shares, goal, reduction="none")
        return reduced(binary_focal(entropy, shares, goal, gamma, alpha), None, reduction)

    agree(
        ledger,
        "focal",
        (probabilities(rng, shape, ledger.dtype), targets),
        reference,
        reading="binary probabilities",
        input="probabilities",
        task="binary",
        gamma=gamma,
        alpha=alpha,
    )


def test_soft_targets(
    ledger: Ledger, rng: np.random.Generator, gamma: float, alpha: float | None
) -> None:
    """Each side of a soft target has its own probability and its own focus."""
    shape = (int(rng.integers(1, 300)),)
    targets = binary_targets(rng, shape, ledger.dtype, soft=True)
    sides = (1, 1) if alpha is None else (alpha, 1 - alpha)

    def reference(logits: Any, reduction: str) -> Any:
        goal, share = tensor(targets), torch.sigmoid(logits)
        positive = -goal * sides[0] * (1 - share) ** gamma * functional.logsigmoid(logits)
        negative = -(1 - goal) * sides[1] * share**gamma * functional.logsigmoid(-logits)
        return reduced(positive + negative, None, reduction)

    agree(
        ledger,
        "focal",
        (normal(rng, shape, ledger.dtype, scale=2), targets),
        reference,
        reading="soft targets",
        input="logits",
        task="binary",
        gamma=gamma,
        alpha=alpha,
    )


def test_alpha_of_each_label(ledger: Ledger, rng: np.random.Generator, gamma: float) -> None:
    shape = int(rng.integers(1, 60)), int(rng.integers(2, 7))
    targets = binary_targets(rng, shape, ledger.dtype)
    alphas = list(rng.uniform(0.05, 0.95, size=shape[1]))

    def reference(logits: Any, reduction: str) -> Any:
        goal = tensor(targets)
        entropy = functional.binary_cross_entropy_with_logits(logits, goal, reduction="none")
        per_label = tensor(alphas, ledger.dtype)
        items = binary_focal(entropy, torch.sigmoid(logits), goal, gamma, per_label)
        return reduced(items, None, reduction)

    agree(
        ledger,
        "focal",
        (normal(rng, shape, ledger.dtype, scale=2), targets),
        reference,
        reading="alpha per label",
        input="logits",
        task="multilabel",
        gamma=gamma,
        alpha=alphas,
    )


@pytest.mark.parametrize("listed", [True, False], ids=["alpha per class", "one alpha"])
@pytest.mark.parametrize("kind", ["logits", "probabilities"])
def test_categorical(
    ledger: Ledger,
    rng: np.random.Generator,
    *,
    gamma: float,
    alpha: float | None,
    kind: str,
    listed: bool,
) -> None:
    """alpha_y (1 - p_y)**gamma times the cross-entropy of the true class y."""
    items, classes = int(rng.integers(1, 80)), int(rng.integers(3, 9))
    targets = class_indices(rng, (items,), classes, -100)
    weights = some_weights(rng, (items,), ledger.dtype)
    chosen = list(rng.uniform(0.05, 0.95, size=classes)) if listed else alpha
    factors = np.broadcast_to(1.0 if chosen is None else np.asarray(chosen), (classes,))
    scores = normal(rng, (items, classes), ledger.dtype, scale=2)
    shares = simplex(rng, items, classes, ledger.dtype)
    counted = (targets >= 0).astype(ledger.dtype)
    product = counted if weights is None else counted * weights

    def reference(given: Any, reduction: str) -> Any:
        logs = given.log_softmax(dim=1) if kind == "logits" else given.log()
        rows = torch.arange(items)
        own = logs[rows, tensor(np.maximum(targets, 0))]
        factor = tensor(factors[np.maximum(targets, 0)], ledger.dtype)
        return reduced(-factor * (1 - own.exp()) ** gamma * own, product, reduction)

    agree(
        ledger,
        "focal",
        (scores if kind == "logits" else shares, targets),
        reference,
        reading=f"categorical {kind}",
        input=kind,
        task="multiclass",
        weights=weights,
        gamma=gamma,
        alpha=chosen,
        classes="categorical",
    )


@pytest.mark.parametrize("listed", [True, False], ids=["alpha per class", "one alpha"])
def test_one_vs_rest(
    ledger: Ledger,
    rng: np.random.Generator,
    *,
    gamma: float,
    alpha: float | None,
    listed: bool,
) -> None:
    """The binary loss of every class against the others, summed over a row."""
    items, classes = int(rng.integers(1, 80)), int(rng.integers(3, 9))
    targets = class_indices(rng, (items,), classes, None)
    chosen = list(rng.uniform(0.05, 0.95, size=classes)) if listed else alpha

    def reference(logits: Any, reduction: str) -> Any:
        goal = functional.one_hot(tensor(targets), classes).to(logits.dtype)
        entropy = functional.binary_cross_entropy_with_logits(logits, goal, reduction="none")
        sides = tensor(chosen, ledger.dtype) if listed else alpha
        items_of_class = binary_focal(entropy, torch.sigmoid(logits), goal, gamma, sides)
        return reduced(items_of_class.sum(dim=1), None, reduction)

    agree(
        ledger,
        "focal",
        (normal(rng, (items, classes), ledger.dtype, scale=2), targets),
        reference,
        reading="one vs rest",
        input="logits",
        task="multiclass",
        gamma=gamma,
        alpha=chosen,
        classes="one_vs_rest",
    )
