"""What a weighted mean divides by: the weights, or the items, as the frameworks that count do."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.testing.weights import ITEMS, weigh
from tests.conformance.cases import Case, draw, each_case, run, slopes, with_measured

RNG = np.random.default_rng(31)
P, T = RNG.uniform(0.05, 0.95, size=9), (RNG.uniform(size=9) < 0.5).astype(float)
W = np.array([0.0, 1.0, 2.0, 0.5, 0.0, 3.0, 1.0, 1.0, 0.25])
BCE = -(T * np.log(P) + (1.0 - T) * np.log(1.0 - P))
LOGITS, CLASSES = RNG.normal(size=(7, 3)), np.array([0, 1, 2, 2, 1, 0, 2])
NLL = np.log(np.exp(LOGITS).sum(axis=1)) - LOGITS[np.arange(7), CLASSES]
OF_CLASS = np.array([1.0, 2.0, 5.0])


def test_weights_over_items() -> None:
    result = lossctl.compute("bce", P, T, weights=W, mean_by="items")
    assert result.value == pytest.approx((W * BCE).sum() / 9, rel=1e-13)
    assert "mean_by:items" in result.signature
    slope = lossctl.gradient("bce", P, T, weights=W, mean_by="items")["predictions"]
    np.testing.assert_allclose(slope, W * (P - T) / (P * (1.0 - P)) / 9, rtol=1e-12)


def test_a_column_of_weights_and_one_for_all() -> None:
    """As Keras takes them: the weights of rows as (N, 1), and a number."""
    rows = LOGITS - LOGITS[:1]
    squares, weights = rows**2, np.arange(1.0, 8.0)
    column = lossctl.compute("mse", rows, np.zeros((7, 3)), weights=weights[:, None])
    mean = (weights[:, None] * squares).sum() / (3 * weights.sum())
    assert column.value == pytest.approx(mean, rel=1e-13)
    assert "weights are per sample and were repeated for each of its items" in column.notes
    one_each = lossctl.compute("mse", rows[:, 0], np.zeros(7), weights=weights[:, None])
    assert one_each.value == pytest.approx(np.average(squares[:, 0], weights=weights), rel=1e-13)
    assert not one_each.notes
    scaled = lossctl.compute("mse", rows, np.zeros((7, 3)), weights=2.5, mean_by="items")
    assert scaled.value == pytest.approx(2.5 * squares.mean(), rel=1e-13)
    assert "one weight is given for all items" in scaled.notes


@pytest.mark.parametrize("shape", [(1,), (1, 3), (3,), (3, 1), (6, 1), (7, 3, 2), (7, 1, 2)])
def test_other_shapes_of_weights_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(lossctl.DataError, match="do not match items of shape"):
        lossctl.compute("mse", LOGITS, np.zeros((7, 3)), weights=np.ones(shape))


def test_a_wrong_weight_of_a_column_is_named() -> None:
    weights = np.ones((7, 1))
    weights[4] = -1.0
    with pytest.raises(lossctl.DataError, match=r"got -1 at item \[4, 0\]"):
        lossctl.compute("mse", LOGITS, np.zeros((7, 3)), weights=weights)


def test_weights_of_classes_over_items() -> None:
    value = lossctl.compute(
        "cross_entropy", LOGITS, CLASSES, class_weights=OF_CLASS, mean_by="items"
    ).value
    assert value == pytest.approx((OF_CLASS[CLASSES] * NLL).sum() / 7, rel=1e-13)


@pytest.mark.parametrize("threads", [1, 3])
def test_what_is_ignored_or_omitted_is_no_item(threads: int) -> None:
    labels = np.where(np.arange(7) == 3, -100, CLASSES)
    scores = np.where((np.arange(7) == 5)[:, None], np.nan, LOGITS)
    weights = np.array([0.0, 1.0, 2.0, 0.0, 1.0, 1.0, 3.0])
    result = lossctl.compute(
        "cross_entropy", scores, labels, weights=weights, mean_by="items", nan="omit",
        threads=threads,
    )  # fmt: skip
    kept = ~np.isin(np.arange(7), (3, 5))
    assert result.value == pytest.approx((weights * NLL)[kept].sum() / 5, rel=1e-13)


def test_losses_that_take_items_out_count_them_too() -> None:
    first, second = RNG.normal(size=(2, 5, 4))
    weights = np.array([1.0, 0.0, 2.0, 0.0, 1.0])
    cosines = (
        (first * second).sum(1) / np.linalg.norm(first, axis=1) / np.linalg.norm(second, axis=1)
    )
    value = lossctl.compute(
        "cosine_distance", first, second, weights=weights, mean_by="items"
    ).value
    assert value == pytest.approx((weights * (1.0 - cosines)).sum() / 5, rel=1e-12)


def test_it_changes_no_sum_and_no_signature_without_weights() -> None:
    plain = lossctl.compute("bce", P, T)
    assert lossctl.compute("bce", P, T, mean_by="items").signature == plain.signature
    summed = lossctl.compute("bce", P, T, weights=W, mean_by="items", reduction="sum")
    assert summed == lossctl.compute("bce", P, T, weights=W, reduction="sum")


def test_huge_weights_of_classes() -> None:
    value = lossctl.compute("bce", P, T, class_weights=[0.0, 1e307], mean_by="items").value
    assert value == pytest.approx((T * 1e307 / 9 * BCE).sum(), rel=1e-12)


@each_case("items", "record", defaults=True)
def test_without_weights_both_are_one(case: Case) -> None:
    if case.loss.id == "corn":
        pytest.skip("its items have weights: the number of thresholds they reach")
    case = with_measured(case)
    arrays = draw(case, ITEMS)
    assert run(case, arrays, mean_by="items").value == run(case, arrays).value


@each_case("items", defaults=True, brief=True)
def test_gradients(case: Case) -> None:
    case = with_measured(case)
    arrays, weights = draw(case, ITEMS), weigh(case, 3.0)
    for by_items, by_weights in zip(
        slopes(case, arrays, weights=weights, mean_by="items").values(),
        slopes(case, arrays, weights=weights).values(),
        strict=True,
    ):
        np.testing.assert_allclose(by_items * weights.size, by_weights * weights.sum(), rtol=1e-6)


def test_a_mask_of_run_leaves_out_what_a_weight_of_0_does_not(tmp_path: Path) -> None:
    mask = (np.arange(9) % 3 > 0).astype(float)
    document: dict[str, Any] = {
        "version": 1,
        "data": {"p": P, "t": T, "w": W, "m": mask},
        "supervised": [
            {"loss": "bce", "predictions": "p", "targets": "t", "weights": "w", "mask": "m",
             "reading": {"mean_by": "items"}},
            {"loss": "bce", "predictions": "p", "targets": "t", "mask": "m",
             "reading": {"mean_by": "items"}},
        ],
    }  # fmt: skip
    (answer,) = lossctl.run(document)
    both, masked = (component.raw for component in answer.components)
    assert both == pytest.approx((mask * W * BCE).sum() / 6, rel=1e-13)
    assert masked == pytest.approx((mask * BCE).sum() / 6, rel=1e-13)
