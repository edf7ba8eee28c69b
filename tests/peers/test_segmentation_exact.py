"""Segmentation losses beside loops over their definitions and finite differences, without seeds."""

from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import DataError, UsageError
from tests.exhaustive import rest
from tests.oracles.segmentation import (
    boundary,
    cldice,
    dice_cross_entropy,
    focal_tversky,
    generalized_dice,
    hausdorff,
    jaccard,
    lovasz_hinge,
    lovasz_softmax,
)
from tests.peers._inputs import binary_targets, normal, probabilities
from tests.peers._masks import OFF_DEFAULT, POOLED, class_scores, each_kind, each_pooling

pytestmark = pytest.mark.peers

Array = np.ndarray

IMAGES: dict[str, dict[str, Any]] = {
    "boundary": {},
    "hausdorff": {"alpha": 1.3},
    "cldice": {"iterations": 2, "smooth": 0.5},
}
ORACLES = {
    "jaccard": jaccard,
    "focal_tversky": focal_tversky,
    "generalized_dice": generalized_dice,
    "dice_cross_entropy": dice_cross_entropy,
    "lovasz_hinge": lovasz_hinge,
    "lovasz_softmax": lovasz_softmax,
    "boundary": boundary,
    "hausdorff": hausdorff,
    "cldice": cldice,
}


def exact(loss: str, predictions: Array, targets: Array, **given: Any) -> float:
    """Evaluate the oracle."""
    return float(ORACLES[loss].value(predictions.tolist(), targets.tolist(), **given))  # type: ignore[attr-defined]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


@each_kind
@pytest.mark.parametrize("loss", POOLED)
def test_oracles_of_masks(rng: np.random.Generator, loss: str, kind: str) -> None:
    scores = (normal if kind == "logits" else probabilities)(rng, (9,), "float64")
    for targets in (binary_targets(rng, (9,), "float64", soft=True), np.zeros(9), np.ones(9)):
        found = lossctl.compute(
            loss, scores, targets, input=kind, task="binary", **OFF_DEFAULT[loss]
        )
        wanted = exact(loss, scores, targets, kind=kind, **OFF_DEFAULT[loss])
        assert found.value == pytest.approx(wanted, rel=1e-14)


@each_kind
@pytest.mark.parametrize("loss", ["generalized_dice", "dice_cross_entropy"])
def test_oracles_of_classes(rng: np.random.Generator, loss: str, kind: str) -> None:
    scores = class_scores(rng, kind)[0].T
    for labels in ([0, 1, 2, 3, 3], [1, 1, 1, 3, 1]):
        found = lossctl.compute(
            loss, scores, labels, input=kind, task="multiclass", **OFF_DEFAULT[loss]
        )
        wanted = exact(loss, scores, np.array(labels), kind=kind, **OFF_DEFAULT[loss])
        assert found.value == pytest.approx(wanted, rel=1e-14)


@each_kind
@each_pooling
@pytest.mark.parametrize("loss", POOLED)
def test_ignored_items_do_not_count(
    rng: np.random.Generator, loss: str, kind: str, pooling: str
) -> None:
    scores = class_scores(rng, kind)
    labels = rng.integers(0, 4, size=(3, 5))
    labels[:, 3] = -100
    left = [scores[:, :, [0, 1, 2, 4]], labels[:, [0, 1, 2, 4]]]
    options = {"input": kind, "class_axis": 1, "pooling": pooling, **OFF_DEFAULT[loss]}
    joint = loss == "generalized_dice"  # takes all classes at once, so there is no average
    for average in ("micro",) if joint else ("micro", "macro"):
        given = {**options, "average": average}
        assert lossctl.compute(loss, scores, labels, **given).value == pytest.approx(
            lossctl.compute(loss, *left, **given).value, rel=1e-14
        )
        slopes = lossctl.gradient(loss, scores, labels, **given)["predictions"]
        few = lossctl.gradient(loss, *left, **given)["predictions"]
        np.testing.assert_allclose(slopes[:, :, [0, 1, 2, 4]], few, rtol=1e-12, atol=1e-15)
        assert not slopes[:, :, 3].any()


@each_kind
def test_labels_of_their_own_columns(rng: np.random.Generator, kind: str) -> None:
    """Several labels at once: each column has its own sigmoid and its own overlap."""
    scores = (normal if kind == "logits" else probabilities)(rng, (6, 3), "float64")
    targets = binary_targets(rng, (6, 3), "float64")
    for loss in ("jaccard", "focal_tversky", "dice_cross_entropy"):
        options = {"input": kind, **OFF_DEFAULT[loss]}
        alone = [
            lossctl.compute(loss, scores[:, c], targets[:, c], task="binary", **options).value
            for c in range(3)
        ]
        together = lossctl.compute(
            loss, scores, targets, task="multilabel", average="macro", **options
        )
        assert together.value == pytest.approx(np.mean(alone), rel=1e-14)


def test_the_halves_of_dice_cross_entropy(rng: np.random.Generator) -> None:
    scores = class_scores(rng, "logits")
    labels = rng.integers(0, 4, size=(3, 5))
    options: dict[str, Any] = {"input": "logits", "class_axis": 1}
    both = lossctl.compute("dice_cross_entropy", scores, labels, **options).value
    parts = [lossctl.compute(p, scores, labels, **options).value for p in ("dice", "ce")]
    assert both == pytest.approx(sum(parts) / 2, rel=1e-14)


def test_the_perfect_mask_has_no_slope() -> None:
    for gamma in (0.5, 1.5):
        arrays = ([1.0, 1.0, 0.0], [1.0, 1.0, 0.0])
        given = {"gamma": gamma, "smooth": 0.0, "input": "probabilities"}
        assert lossctl.compute("focal_tversky", *arrays, **given).value == 0.0
        assert not lossctl.gradient("focal_tversky", *arrays, **given)["predictions"].any()


@each_pooling
def test_lovasz_hinge(rng: np.random.Generator, pooling: str) -> None:
    scores = normal(rng, (3, 4, 5), "float64")
    targets = (rng.uniform(size=scores.shape) < 0.4).astype(float)
    targets[1] = 0.0
    targets[0, 1, 2] = -100
    pools = [slice(0, 3)] if pooling == "batch" else [slice(i, i + 1) for i in range(3)]
    kept = [targets[pool] != -100 for pool in pools]
    wanted = [
        exact("lovasz_hinge", scores[pool][keep], targets[pool][keep])
        for pool, keep in zip(pools, kept, strict=True)
    ]
    found = lossctl.compute("lovasz_hinge", scores, targets, pooling=pooling, reduction="none")
    np.testing.assert_allclose(found.value, wanted, rtol=1e-14)
    check_differences("lovasz_hinge", scores, targets, pooling=pooling)


@each_kind
@each_pooling
@pytest.mark.parametrize("classes", ["present", "all", [3, 1]])
def test_lovasz_softmax(rng: np.random.Generator, classes: Any, kind: str, pooling: str) -> None:
    scores = class_scores(rng, kind)
    labels = rng.integers(0, 3, size=(3, 5))  # class 3 never occurs
    labels[2, 4] = -100
    rows, flat = scores.transpose(0, 2, 1), labels != -100
    pools = [slice(0, 3)] if pooling == "batch" else [slice(i, i + 1) for i in range(3)]
    wanted = [
        exact(
            "lovasz_softmax",
            rows[pool][flat[pool]],
            labels[pool][flat[pool]],
            kind=kind,
            classes=classes,
        )
        for pool in pools
    ]
    options: dict[str, Any] = {
        "input": kind,
        "class_axis": 1,
        "pooling": pooling,
        "classes": classes,
    }
    found = lossctl.compute("lovasz_softmax", scores, labels, reduction="none", **options)
    np.testing.assert_allclose(found.value, wanted, rtol=1e-14)
    check_differences("lovasz_softmax", scores, labels, **options)


def test_hard_masks_give_the_jaccard_loss(rng: np.random.Generator) -> None:
    """On vertices of the cube the extension is the set function."""
    labels, predicted = rng.integers(0, 3, size=(2, 40))
    hard = np.eye(3)[predicted]
    ious = [
        ((labels == c) & (predicted == c)).sum() / ((labels == c) | (predicted == c)).sum()
        for c in range(3)
    ]
    found = lossctl.compute("lovasz_softmax", hard, labels, input="probabilities")
    assert found.value == pytest.approx(1 - np.mean(ious), rel=1e-14)


@each_kind
@pytest.mark.parametrize("loss", ["boundary", *map(rest, ("cldice", "hausdorff"))])
def test_images(rng: np.random.Generator, loss: str, kind: str) -> None:
    given = IMAGES[loss]
    scores = (normal if kind == "logits" else probabilities)(rng, (5, 6, 7), "float64")
    targets = (rng.uniform(size=scores.shape) < 0.3).astype(float)
    targets[1], targets[2], targets[3] = 0.0, 1.0, rng.uniform(size=(6, 7))
    found = lossctl.compute(loss, scores, targets, input=kind, reduction="none", **given)
    pairs = zip(scores, targets, strict=True)
    wanted = [exact(loss, *pair, kind=kind, **given) for pair in pairs]
    np.testing.assert_allclose(found.value, wanted, rtol=1e-12, atol=1e-15)
    for reduction in ("mean", "sum"):
        check_differences(loss, scores[:4], targets[:4], input=kind, reduction=reduction, **given)


def test_what_groups_refuse() -> None:
    image = np.array([[0.5, 0.25], [0.75, 0.5]])
    holes = np.array([[1.0, -100.0], [0.0, 1.0]])
    soft = np.array([[0.5, 0.5], [0.25, 0.75]])
    with pytest.raises(DataError, match="every pixel"):
        lossctl.compute("boundary", image, holes)
    with pytest.raises(DataError, match="2 axes"):
        lossctl.compute("hausdorff", image[0], holes[0])
    with pytest.raises(DataError, match="one true class"):
        lossctl.compute("lovasz_softmax", soft, soft)
    with pytest.raises(UsageError, match="no multi-label reading"):
        lossctl.compute("lovasz_hinge", 4 * image, 1 - holes % 2, task="multilabel")


def check_differences(loss: str, scores: Array, targets: Array, **options: Any) -> None:
    """Hold a gradient against central differences."""
    found = lossctl.gradient(loss, scores, targets, **options)["predictions"]
    wanted = np.zeros_like(scores)
    for index in np.ndindex(scores.shape):
        values = []
        for step in (1e-6, -1e-6):
            moved = scores.copy()
            moved[index] += step
            values.append(lossctl.compute(loss, moved, targets, **options).value)
        wanted[index] = (values[0] - values[1]) / 2e-6
    np.testing.assert_allclose(found, wanted, rtol=0, atol=3e-8 * max(1.0, abs(wanted).max()))
