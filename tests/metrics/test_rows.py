"""Metrics that need all rows at once, beside scikit-learn and SciPy; DeLong's intervals by hand."""

from typing import Any

import numpy as np
import pytest
import scipy.special
import scipy.stats
from numpy.typing import NDArray
from sklearn import metrics as sk

import lossctl
from tests.metrics.test_definitions import CLOSE, binary_scores, class_scores, label_rows

LABELS = [1, 0, 0, 0]


def probabilities(rows: int = 500) -> tuple[NDArray[Any], NDArray[Any]]:
    scores, targets = class_scores(rows, classes=4, used=4)
    scores = np.round(np.exp(2.0 * scores), 1)
    return scores / scores.sum(axis=1, keepdims=True), targets


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("name", "theirs"),
    [("roc_auc", sk.roc_auc_score), ("average_precision", sk.average_precision_score)],
)
def test_order_of_scores(name: str, theirs: Any, weighted: bool) -> None:
    scores, targets = binary_scores()  # two decimals: there are many ties
    weights = np.random.default_rng(0).random(len(targets)) if weighted else None
    ours = lossctl.metric(name, scores, targets, weights=weights)
    assert ours.value == pytest.approx(theirs(targets, scores, sample_weight=weights), **CLOSE)
    logits = np.round(np.random.default_rng(1).normal(size=500) * 3.0)  # any scores at all
    ours = lossctl.metric(name, logits, targets, weights=weights)
    assert ours.value == pytest.approx(theirs(targets, logits, sample_weight=weights), **CLOSE)
    whole = lossctl.metric(name, logits.astype(int) + 50, targets, weights=weights)
    assert whole.value == pytest.approx(ours.value, **CLOSE)


@pytest.mark.parametrize("average", ["macro", "weighted", "micro"])
def test_order_of_scores_of_classes_and_labels(average: str) -> None:
    scores, targets = probabilities()
    expected = sk.roc_auc_score(targets, scores, average=average, multi_class="ovr")
    ours = lossctl.metric("roc_auc", scores, targets, average=average)
    assert ours.value == pytest.approx(expected, **CLOSE)
    logits = 2.0 * np.random.default_rng(5).normal(size=scores.shape) + np.eye(4)[targets]
    as_probabilities = scipy.special.softmax(logits, axis=1)
    expected = sk.roc_auc_score(targets, as_probabilities, average=average, multi_class="ovr")
    from_logits = lossctl.metric("roc_auc", logits, targets, average=average)
    assert from_logits.value == pytest.approx(expected, **CLOSE)
    binary = np.eye(4, dtype=int)[targets]
    ours = lossctl.metric("average_precision", scores, targets, average=average)
    expected = sk.average_precision_score(binary, scores, average=average)
    assert ours.value == pytest.approx(expected, **CLOSE)
    rows, labels = label_rows()
    rows, labels = np.round(rows[:, :-1], 2), labels[:, :-1]
    for name, theirs in (
        ("roc_auc", sk.roc_auc_score),
        ("average_precision", sk.average_precision_score),
    ):
        ours = lossctl.metric(name, rows, labels, average=average)
        assert ours.value == pytest.approx(theirs(labels, rows, average=average), **CLOSE)


def test_text_targets_and_labels_to_ignore() -> None:
    scores, targets = binary_scores()
    words = np.array(["no", "yes"])[targets]
    expected = sk.roc_auc_score(targets, scores)
    assert lossctl.metric("roc_auc", scores, words, positive="yes").value == pytest.approx(expected)
    targets = targets.copy()
    targets[::3] = -1
    kept = targets >= 0
    ours = lossctl.metric("roc_auc", scores, targets, ignore_index=-1)
    assert ours.value == pytest.approx(sk.roc_auc_score(targets[kept], scores[kept]), **CLOSE)
    rows, labels = label_rows()
    labels = labels.copy()
    labels[::4, 0] = -1
    kept = labels[:, 0] >= 0
    columns = [sk.roc_auc_score(labels[kept, 0], rows[kept, 0])]
    columns += [sk.roc_auc_score(labels[:, c], rows[:, c]) for c in (1, 2, 3)]
    ours = lossctl.metric("roc_auc", rows[:, :4], labels[:, :4], ignore_index=-1)
    assert ours.value == pytest.approx(np.mean(columns), **CLOSE)


def test_one_class_has_no_area() -> None:
    ours = lossctl.metric("roc_auc", [0.2, 0.4, 0.9], [1, 1, 1], interval=True)
    assert ours.status == "nonfinite"
    assert ours.to_dict()["value"] is None
    assert any("no value" in note for note in ours.notes)
    assert ours.interval is None
    precision = lossctl.metric("average_precision", [0.2, 0.4], [0, 0])
    assert precision.value == 0.0
    assert any("no positives" in note for note in precision.notes)


def placements(scores: NDArray[Any], targets: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """DeLong's components: of each positive the share of negatives below, and the reverse."""
    positive, negative = scores[targets == 1], scores[targets == 0]
    pairs = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    return pairs.mean(axis=1), pairs.mean(axis=0)


def test_intervals_are_delongs() -> None:
    scores, targets = binary_scores()
    v10, v01 = placements(scores, targets)
    error = np.sqrt(v10.var(ddof=1) / len(v10) + v01.var(ddof=1) / len(v01))
    ours = lossctl.metric("roc_auc", scores, targets, interval=True)
    assert ours.interval is not None
    assert ours.interval.method == "delong"
    half = scipy.stats.t.ppf(0.975, len(targets) - 1) * error
    assert (ours.interval.high - ours.interval.low) / 2 == pytest.approx(half, rel=1e-9)


def test_two_models_are_compared_by_delong() -> None:
    scores, targets = binary_scores()
    other = np.clip(scores + 0.1 * np.random.default_rng(2).normal(size=len(scores)), 0.0, 1.0)
    parts = [placements(one, targets) for one in (scores, other)]
    (a10, a01), (b10, b01) = parts
    variance = (b10 - a10).var(ddof=1) / len(a10) + (b01 - a01).var(ddof=1) / len(a01)
    found = lossctl.compare(scores, other, targets=targets, metric="roc_auc").comparisons[0]
    low, high = found.interval
    half = scipy.stats.t.ppf(0.975, len(targets) - 1) * np.sqrt(variance)
    assert (high - low) / 2 == pytest.approx(half, rel=1e-9)
    assert found.method == "delong"
    assert found.difference == pytest.approx(b10.mean() - a10.mean(), abs=1e-12)
    with pytest.raises(lossctl.UsageError, match="take auto"):
        lossctl.compare(scores, other, targets=targets, metric="roc_auc", method="bootstrap")


@pytest.mark.parametrize("outputs", [(), (3,)])
def test_medians_maxima_and_ranks(outputs: tuple[int, ...]) -> None:
    rng = np.random.default_rng(3)
    targets = np.round(rng.normal(size=(300, *outputs)), 1)
    predictions = np.round(targets + rng.normal(size=targets.shape), 1)
    weights = rng.integers(0, 3, 300).astype(float)
    for given in (None, weights):
        ours = lossctl.metric("median_absolute_error", predictions, targets, weights=given).value
        expected = sk.median_absolute_error(targets, predictions, sample_weight=given)
        assert ours == pytest.approx(expected, **CLOSE)
    columns = list(zip(predictions.reshape(300, -1).T, targets.reshape(300, -1).T, strict=True))
    ours = lossctl.metric("max_error", predictions, targets).value
    assert ours == pytest.approx(np.mean([sk.max_error(t, p) for p, t in columns]), **CLOSE)
    ours = lossctl.metric("spearman", predictions, targets).value
    expected = np.mean([scipy.stats.spearmanr(p, t).statistic for p, t in columns])
    assert ours == pytest.approx(expected, **CLOSE)


def test_what_has_no_interval_says_so() -> None:
    for name in ("average_precision", "spearman", "max_error", "median_absolute_error"):
        ours = lossctl.metric(name, [0.2, 0.4, 0.9, 0.6], [0, 1, 1, 0], interval=True)
        assert ours.interval is None
        assert any(note.startswith("no interval: ") for note in ours.notes)
        with pytest.raises(lossctl.UsageError, match="nothing to compare"):
            lossctl.compare([0.2, 0.4], [0.1, 0.5], targets=[0, 1], metric=name)
    with pytest.raises(lossctl.UsageError, match="has no worst"):
        lossctl.metric("roc_auc", [0.2, 0.4], [0, 1], worst=1)


@pytest.mark.parametrize(
    ("name", "predictions", "wrong"),
    [("accuracy", [1, 0, 1, 0], [2]), ("r2", [1.0, 0.0, 0.5, 2.0], [3, 2]), ("f1", LABELS, [])],
)
def test_rows_that_are_right_are_not_the_worst(
    name: str, predictions: Any, wrong: list[int]
) -> None:
    found = lossctl.metric(name, predictions, LABELS, worst=3)
    assert [one.index for one in found.worst] == wrong


def test_images_are_units_of_their_pixels() -> None:
    rng = np.random.default_rng(4)
    masks, scores = rng.integers(0, 2, (30, 4, 5)), rng.random((30, 4, 5))
    ours = lossctl.metric("roc_auc", scores, masks, interval=True)
    assert ours.value == pytest.approx(sk.roc_auc_score(masks.ravel(), scores.ravel()), **CLOSE)
    assert ours.interval is not None
    assert ours.interval.units == 30
