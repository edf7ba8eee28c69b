"""Values beside scikit-learn's metrics, sample weights included."""

from typing import Any

import numpy as np
import pytest

import lossctl
from tests.peers._inputs import binary_targets, class_indices, normal, probabilities, simplex
from tests.peers._ledger import Ledger

metrics = pytest.importorskip("sklearn.metrics")

pytestmark = pytest.mark.peers


@pytest.fixture
def size(rng: np.random.Generator) -> int:
    """Draw how many samples there are."""
    return int(rng.integers(5, 300))


@pytest.fixture
def weights(rng: np.random.Generator, seed: int, size: int, dtype: str) -> np.ndarray | None:
    """Draw weights of the samples, or none."""
    return rng.uniform(0.1, 3, size=size).astype(dtype) if seed % 2 else None


@pytest.mark.parametrize(
    ("loss", "metric"), [("mse", "mean_squared_error"), ("mae", "mean_absolute_error")]
)
@pytest.mark.parametrize("outputs", [1, 4])
def test_regression(
    ledger: Ledger,
    rng: np.random.Generator,
    size: int,
    weights: np.ndarray | None,
    *,
    loss: str,
    metric: str,
    outputs: int,
) -> None:
    """Every output of a sample carries the sample's weight."""
    shape = (size,) if outputs == 1 else (size, outputs)
    predictions, targets = normal(rng, shape, ledger.dtype), normal(rng, shape, ledger.dtype, 3)
    theirs = getattr(metrics, metric)(targets, predictions, sample_weight=weights)
    spread = weights
    if weights is not None and outputs > 1:
        spread = np.repeat(weights[:, np.newaxis], outputs, axis=1)
    ours = lossctl.compute(loss, predictions, targets, weights=spread)
    ledger.compare(loss, "scikit-learn", "value", ours.value, theirs)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_binary_log_loss(
    ledger: Ledger,
    rng: np.random.Generator,
    size: int,
    weights: np.ndarray | None,
    reduction: str,
) -> None:
    predictions = probabilities(rng, (size,), ledger.dtype)
    targets = binary_targets(rng, (size,), ledger.dtype)
    theirs = log_loss(targets, predictions, weights, reduction, labels=[0, 1])
    given = {"reduction": reduction, "weights": weights}
    ours = lossctl.compute("bce", predictions, targets, input="probabilities", **given)
    ledger.compare("bce", "scikit-learn", "value", ours.value, theirs)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_multiclass_log_loss(
    ledger: Ledger,
    rng: np.random.Generator,
    size: int,
    weights: np.ndarray | None,
    reduction: str,
) -> None:
    classes = int(rng.integers(3, 9))
    predictions = simplex(rng, size, classes, ledger.dtype)
    targets = class_indices(rng, (size,), classes, None)
    theirs = log_loss(targets, predictions, weights, reduction, labels=list(range(classes)))
    given = {"reduction": reduction, "weights": weights}
    ours = lossctl.compute("cross_entropy", predictions, targets, input="probabilities", **given)
    ledger.compare("cross_entropy", "scikit-learn", "value", ours.value, theirs)


def log_loss(
    targets: np.ndarray,
    predictions: np.ndarray,
    weights: np.ndarray | None,
    reduction: str,
    labels: list[int],
) -> Any:
    """Ask scikit-learn for the mean over the weights, or for the sum."""
    return metrics.log_loss(
        targets,
        predictions,
        normalize=reduction == "mean",
        sample_weight=weights,
        labels=labels,
    )
