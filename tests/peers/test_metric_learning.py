"""Triplets of a batch beside pytorch-metric-learning, by its own name, under autograd."""

from typing import Any

import numpy as np
import pytest

import lossctl

torch = pytest.importorskip("torch")
losses = pytest.importorskip("pytorch_metric_learning.losses")
distances = pytest.importorskip("pytorch_metric_learning.distances")

pytestmark = pytest.mark.peers


def of_batch(embeddings: np.ndarray, labels: np.ndarray, loss: Any, **more: Any) -> tuple[Any, Any]:
    """Return the value of a loss of PyTorch and its gradient with respect to the embeddings."""
    given = torch.tensor(embeddings, requires_grad=True)
    value = loss(given, torch.tensor(labels), **more)
    value.backward()
    return value.item(), given.grad.numpy()


@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("with_reference", [False, True])
def test_triplets(rng: np.random.Generator, smooth: bool, power: int, with_reference: bool) -> None:
    """Distances of embeddings of length 1 are taken there; the mean is over terms above 0."""
    embeddings, labels = rng.normal(size=(18, 4)), rng.integers(0, 4, size=18)
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    loss = losses.TripletMarginLoss(
        margin=0.3,
        smooth_loss=smooth,
        distance=distances.LpDistance(normalize_embeddings=False, power=power),
    )
    given = {"margin": 0.3, "smooth_loss": smooth}
    given["distance"] = "squared" if power == 2 else "norm"
    arrays, cut = (embeddings, labels), 18
    if with_reference:
        cut = 7
        arrays = (embeddings, labels, (np.arange(18) >= cut).astype(float))
        beside = {
            "ref_emb": torch.tensor(embeddings[cut:]),
            "ref_labels": torch.tensor(labels[cut:]),
        }
        value, slope = of_batch(embeddings[:cut], labels[:cut], loss, **beside)
    else:
        value, slope = of_batch(embeddings, labels, loss)
    own = lossctl.compute("pml.TripletMarginLoss", *arrays, **given)
    assert own.value == pytest.approx(value, rel=1e-12)
    gradient = lossctl.gradient("pml.TripletMarginLoss", *arrays, **given)["embeddings"]
    np.testing.assert_allclose(gradient[:cut], slope, rtol=1e-9, atol=1e-13)


def test_a_batch_without_a_triplet_above_zero_is_perfect() -> None:
    embeddings = np.array([[0.0], [0.1], [5.0], [5.1]])
    labels = np.array([0, 0, 1, 1])
    found = lossctl.compute("triplet", embeddings, labels, mean_over="nonzero")
    assert found.value == 0.0
    value, _ = of_batch(
        embeddings,
        labels,
        losses.TripletMarginLoss(
            margin=1.0, distance=distances.LpDistance(normalize_embeddings=False)
        ),
    )
    assert value == 0.0


@pytest.mark.parametrize("power", [1, 2])
def test_pairs_of_labels(rng: np.random.Generator, power: int) -> None:
    embeddings, labels = rng.normal(size=(14, 4)), rng.integers(0, 4, size=14)
    embeddings[1], labels[1] = embeddings[0], labels[0]  # a pair of loss 0
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    distance = distances.LpDistance(normalize_embeddings=False, power=power)
    loss = losses.ContrastiveLoss(neg_margin=1.2, distance=distance)
    value, slope = of_batch(embeddings, labels, loss)
    given = {"neg_margin": 1.2, "distance": "squared" if power == 2 else "norm"}
    found = lossctl.compute("pml.ContrastiveLoss", embeddings, labels, **given)
    assert found.value == pytest.approx(value, rel=1e-12)
    gradient = lossctl.gradient("pml.ContrastiveLoss", embeddings, labels, **given)["embeddings"]
    np.testing.assert_allclose(gradient, slope, rtol=1e-9, atol=1e-12)
