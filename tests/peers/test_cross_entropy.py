"""Cross-entropy beside PyTorch's, in every layout."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from tests.peers._agreement import agree, reduced, tensor
from tests.peers._inputs import class_indices, normal, simplex, some_weights
from tests.peers._ledger import Ledger

torch = pytest.importorskip("torch")
functional = torch.nn.functional

pytestmark = pytest.mark.peers

LAYOUTS = {"rows": (), "image": (4, 5), "volume": (2, 3, 2)}


@pytest.fixture
def classes(rng: np.random.Generator) -> int:
    """Draw how many classes there are."""
    return int(rng.integers(2, 12))


@pytest.fixture
def class_weights(rng: np.random.Generator, classes: int) -> list[float] | None:
    """Draw weights of the classes, or none."""
    if rng.uniform() < 0.4:
        return None
    return list(rng.uniform(0.1, 4, size=classes))


@pytest.fixture
def ignored(rng: np.random.Generator, classes: int) -> int:
    """Draw the label that does not count: outside the classes, or one of them."""
    return int(rng.choice([-100, 255, int(rng.integers(classes))]))


@pytest.fixture
def smoothing(rng: np.random.Generator) -> float:
    """Draw how much of the target is spread over the classes."""
    return float(rng.choice([0.0, rng.uniform(0, 1)]))


@pytest.fixture
def theirs(class_weights: list[float] | None, smoothing: float, dtype: str) -> Callable[..., Any]:
    """Give PyTorch's function with the weights and the smoothing of the case."""
    weight = tensor(class_weights, dtype)
    return partial(functional.cross_entropy, weight=weight, label_smoothing=smoothing)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_index_targets(
    ledger: Ledger,
    rng: np.random.Generator,
    *,
    layout: str,
    classes: int,
    class_weights: list[float] | None,
    ignored: int,
    smoothing: float,
    theirs: Callable[..., Any],
) -> None:
    items = int(rng.integers(1, 80))
    predictions = normal(rng, (items, classes, *LAYOUTS[layout]), ledger.dtype, scale=2)
    targets = class_indices(rng, (items, *LAYOUTS[layout]), classes, ignored)

    def reference(scores: Any, reduction: str) -> Any:
        return theirs(scores, tensor(targets), ignore_index=ignored, reduction=reduction)

    agree(
        ledger,
        "cross_entropy",
        (predictions, targets),
        reference,
        reading=layout,
        input="logits",
        class_weights=class_weights,
        ignore_index=ignored,
        label_smoothing=smoothing,
        class_axis=1 if layout == "volume" else None,
    )


@pytest.mark.parametrize("given", [True, False], ids=["axis given", "axis inferred"])
def test_sequences(
    ledger: Ledger,
    rng: np.random.Generator,
    *,
    given: bool,
    classes: int,
    class_weights: list[float] | None,
    smoothing: float,
    theirs: Callable[..., Any],
) -> None:
    """The class axis is last, as language models write it."""
    items, steps = int(rng.integers(1, 20)), classes + int(not given)
    predictions = normal(rng, (items, steps, classes), ledger.dtype, scale=2)
    targets = class_indices(rng, (items, steps), classes, -100)

    def reference(scores: Any, reduction: str) -> Any:
        return theirs(scores.transpose(1, 2), tensor(targets), reduction=reduction)

    agree(
        ledger,
        "cross_entropy",
        (predictions, targets),
        reference,
        reading="sequences",
        input="logits",
        class_weights=class_weights,
        label_smoothing=smoothing,
        class_axis=-1 if given else None,
    )


@pytest.mark.parametrize("layout", ["rows", "image"])
def test_soft_targets(
    ledger: Ledger,
    rng: np.random.Generator,
    *,
    layout: str,
    classes: int,
    class_weights: list[float] | None,
    smoothing: float,
    theirs: Callable[..., Any],
) -> None:
    """PyTorch divides by the number of rows; the mean here is over their target weight."""
    items, inner = int(rng.integers(1, 40)), LAYOUTS[layout]
    shape = (items, classes, *inner)
    predictions = normal(rng, shape, ledger.dtype, scale=2)
    rows = simplex(rng, items * int(np.prod(inner, dtype=int)), classes, ledger.dtype)
    targets = np.ascontiguousarray(np.moveaxis(rows.reshape(items, *inner, classes), -1, 1))
    per_class = np.ones(classes) if class_weights is None else np.asarray(class_weights)
    mass = float((np.moveaxis(targets, 1, -1).astype(float) @ per_class).sum())

    def reference(scores: Any, reduction: str) -> Any:
        value = theirs(scores, tensor(targets), reduction=reduction)
        return value * (len(rows) / mass) if reduction == "mean" else value

    agree(
        ledger,
        "cross_entropy",
        (predictions, targets),
        reference,
        reading=f"soft {layout}",
        input="logits",
        class_weights=class_weights,
        label_smoothing=smoothing,
        class_axis=1,
    )


def test_item_weights(
    ledger: Ledger,
    rng: np.random.Generator,
    classes: int,
    class_weights: list[float] | None,
) -> None:
    """Weights of rows and of classes multiply, in the sum and in what the mean divides by."""
    items = int(rng.integers(1, 80))
    predictions = normal(rng, (items, classes), ledger.dtype, scale=2)
    targets = class_indices(rng, (items,), classes, None)
    weights = some_weights(rng, (items,), ledger.dtype)
    of_rows = np.ones(items, dtype=ledger.dtype) if weights is None else weights
    of_classes = np.ones(classes) if class_weights is None else np.asarray(class_weights)
    product = (of_rows * of_classes[targets]).astype(ledger.dtype)

    def reference(scores: Any, reduction: str) -> Any:
        plain = functional.cross_entropy(scores, tensor(targets), reduction="none")
        return reduced(plain, product, reduction)

    agree(
        ledger,
        "cross_entropy",
        (predictions, targets),
        reference,
        reading="item weights",
        input="logits",
        weights=weights,
        class_weights=class_weights,
    )


def test_probabilities(
    ledger: Ledger,
    rng: np.random.Generator,
    classes: int,
    class_weights: list[float] | None,
) -> None:
    items = int(rng.integers(1, 80))
    predictions = simplex(rng, items, classes, ledger.dtype)
    targets = class_indices(rng, (items,), classes, -100)

    def reference(shares: Any, reduction: str) -> Any:
        return functional.nll_loss(
            shares.log(),
            tensor(targets),
            weight=tensor(class_weights, ledger.dtype),
            reduction=reduction,
        )

    agree(
        ledger,
        "cross_entropy",
        (predictions, targets),
        reference,
        reading="probabilities",
        input="probabilities",
        class_weights=class_weights,
    )
