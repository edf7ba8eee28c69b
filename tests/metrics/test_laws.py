"""Laws of every metric: threads, weights, order, slices, comparisons, intervals."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import t as student
from sklearn.metrics import f1_score

import lossctl
from lossctl.core.metric import Metric
from lossctl.metrics.known_metrics import METRICS as KNOWN
from lossctl.metrics.known_metrics import every_metric, find, key

METRICS = list(every_metric())
IDS = [metric.id for metric in METRICS]
ROWS = 700


def data_of(metric: Metric, seed: int = 0, rows: int = ROWS) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return predictions and targets of the kind that a metric reads."""
    rng = np.random.default_rng(seed)
    if metric.needs == "values":
        targets = rng.normal(size=rows)
        return targets + 0.7 * np.round(rng.normal(size=rows), 1), targets
    if "binary" not in metric.tasks:
        targets = rng.integers(0, 4, rows)
        scores = rng.random((rows, 4))
        scores[np.arange(rows), targets] += 0.4
        return scores, targets
    targets = rng.integers(0, 2, rows)
    return np.round(np.clip(0.3 * targets + 0.7 * rng.random(rows), 0.0, 1.0), 2), targets


def test_names_are_of_one_metric_each() -> None:
    meant: dict[str, set[str]] = {}
    for metric_id, entry in KNOWN.items():
        for name in (metric_id, *entry.aliases, *entry.presets):
            meant.setdefault(key(name), set()).add(metric_id)
            assert find(f"sklearn.metrics.{name}") == find(name)
    assert [name for name, ids in meant.items() if len(ids) > 1] == []


@pytest.mark.parametrize("metric", METRICS, ids=IDS)
def test_the_example_was_computed_by_hand(metric: Metric) -> None:
    (example,) = metric.page.examples
    found = lossctl.metric(metric.id, example.predictions, example.targets, **example.params)
    assert found.value == pytest.approx(example.value, rel=1e-12)
    assert metric.page.references
    assert metric.page.use_when


@pytest.mark.parametrize("metric", METRICS, ids=IDS)
def test_threads_change_no_bit(metric: Metric) -> None:
    predictions, targets = data_of(metric, rows=600_000)
    weights = np.random.default_rng(1).random(len(targets))
    values = {
        lossctl.metric(metric.id, predictions, targets, weights=weights, threads=threads).value
        for threads in (1, 3)
    }
    assert len(values) == 1


@pytest.mark.parametrize("metric", METRICS, ids=IDS)
def test_a_weight_of_two_is_the_item_twice(metric: Metric) -> None:
    predictions, targets = data_of(metric)
    times = np.random.default_rng(2).integers(0, 4, ROWS)
    weighed = lossctl.metric(metric.id, predictions, targets, weights=times)
    repeated = lossctl.metric(
        metric.id, np.repeat(predictions, times, axis=0), np.repeat(targets, times, axis=0)
    )
    assert weighed.value == pytest.approx(repeated.value, rel=1e-12)


@pytest.mark.parametrize("metric", METRICS, ids=IDS)
def test_the_order_of_items_does_not_matter(metric: Metric) -> None:
    predictions, targets = data_of(metric)
    order = np.random.default_rng(3).permutation(ROWS)
    one = lossctl.metric(metric.id, predictions, targets).value
    other = lossctl.metric(metric.id, predictions[order], targets[order]).value
    assert one == pytest.approx(other, rel=1e-13)


@pytest.mark.parametrize("metric", METRICS, ids=IDS)
def test_perfect_predictions_are_best(metric: Metric) -> None:
    predictions, targets = data_of(metric)
    perfect: Any = targets.astype(float)
    if metric.needs == "scores":
        perfect = np.eye(4)[targets]
    best = lossctl.metric(metric.id, perfect, targets)
    worse = lossctl.metric(metric.id, predictions, targets)
    assert best.value == pytest.approx(1.0 if metric.higher_is_better else 0.0, abs=1e-15)
    assert (best.value > worse.value) == metric.higher_is_better
    assert best.direction == ("higher" if metric.higher_is_better else "lower")


@pytest.mark.parametrize("metric", METRICS, ids=IDS)
def test_slices_are_the_values_of_their_rows(metric: Metric) -> None:
    predictions, targets = data_of(metric)
    regions = np.array(["n", "e", "s"])[np.random.default_rng(4).integers(0, 3, ROWS)]
    whole = lossctl.evaluate([], predictions, targets, metrics=metric.id, by={"region": regions})
    assert {one.name for one in whole[0].slices} == {"n", "e", "s"}
    for one in whole[0].slices:
        rows = regions == one.name
        alone = lossctl.metric(metric.id, predictions[rows], targets[rows])
        assert one.value == pytest.approx(alone.value, rel=1e-12)
    ordered = [one.value for one in whole[0].slices]  # the worst first
    assert ordered == sorted(ordered, reverse=not metric.higher_is_better)


@pytest.mark.parametrize("metric", METRICS, ids=IDS)
def test_intervals_are_as_wide_as_bootstrap_replicates_spread(metric: Metric) -> None:
    predictions, targets = data_of(metric)
    found = lossctl.metric(metric.id, predictions, targets, interval=True)
    if found.interval is None:
        assert any(note.startswith("no interval:") for note in found.notes)
        return
    rng = np.random.default_rng(5)
    replicates = []
    for _ in range(300):
        rows = rng.integers(0, ROWS, ROWS)
        replicates.append(lossctl.metric(metric.id, predictions[rows], targets[rows]).value)
    low, high = found.interval.low, found.interval.high
    assert low < found.value < high
    spread = np.std(replicates)
    assert (high - low) / (2 * 1.96) == pytest.approx(spread, rel=0.2)


@pytest.mark.parametrize("metric", METRICS, ids=IDS)
def test_comparisons_follow_the_direction(metric: Metric) -> None:
    predictions, targets = data_of(metric)
    rng = np.random.default_rng(6)
    better = predictions.astype(float).copy()
    rows = rng.random(ROWS) < 0.6
    perfect: Any = targets.astype(float)
    if metric.needs == "scores":
        perfect = np.eye(4)[targets]
    better[rows] = perfect[rows]
    if metric.needs_rows and metric.influence is None:
        pytest.skip("has no interval, and is not compared")
    answer = lossctl.compare(predictions, better, targets=targets, metric=metric.id)
    (found,) = answer.comparisons
    assert found.verdict == "better"
    assert (found.difference > 0.0) == metric.higher_is_better
    values = [lossctl.metric(metric.id, one, targets).value for one in (predictions, better)]
    assert found.difference == pytest.approx(values[1] - values[0], rel=1e-9)
    back = lossctl.compare(better, predictions, targets=targets, metric=metric.id).comparisons[0]
    assert back.verdict == "worse"
    if not metric.needs_rows:
        assert (back.wins, back.losses) == (found.losses, found.wins)
        assert found.wins >= found.losses


def test_wins_are_items_on_which_the_model_is_better() -> None:
    targets = [1, 1, 0, 0, 1, 0]
    old, new = [0.9, 0.1, 0.2, 0.9, 0.1, 0.8], [0.8, 0.9, 0.9, 0.1, 0.9, 0.1]
    for name in ("accuracy", "error_rate"):
        found = lossctl.compare(old, new, targets=targets, metric=name).comparisons[0]
        assert (found.wins, found.ties, found.losses) == (4, 1, 1)


def test_differences_are_those_of_paired_contributions() -> None:
    """The delta method by hand: F1 is 2·TP/(P + T), so its gradient is known."""
    rng = np.random.default_rng(7)
    targets = rng.integers(0, 2, 400)
    models = [np.clip(0.3 * targets + 0.7 * rng.random(400), 0.0, 1.0) for _ in range(2)]
    influences = []
    for scores in models:
        p = scores > 0.5
        hits, mass = np.sum(p * targets), np.sum(p) + np.sum(targets)
        influences.append(2.0 * p * targets / mass - 2.0 * hits * (p + targets) / mass**2)
    difference = influences[1] - influences[0]
    error = np.sqrt(400 / 399 * np.sum((difference - difference.mean()) ** 2))
    found = lossctl.compare(*models, targets=targets, metric="f1").comparisons[0]
    low, high = found.interval
    assert (high - low) / 2 == pytest.approx(student.ppf(0.975, 399) * error, rel=1e-6)


def test_labels_of_models_that_predict_different_classes_are_compared() -> None:
    targets = np.array(["b", "c", "d", "b"] * 10)
    old, new = np.array(["b", "c", "b", "b"] * 10), np.array(["b", "a", "d", "e"] * 10)
    for numbers in (False, True):
        t, one, two = (np.array([ord(c) for c in x]) if numbers else x for x in (targets, old, new))
        found = lossctl.compare(one, two, targets=t, metric="f1:average=weighted").comparisons[0]
        expected = [
            f1_score(targets, labels, average="weighted", zero_division=0.0)
            for labels in (old, new)
        ]
        assert [found.baseline_value, found.value] == pytest.approx(expected, rel=1e-12)
        replicates = []
        rng = np.random.default_rng(8)
        for _ in range(300):
            rows = rng.integers(0, 40, 40)
            values = [
                f1_score(targets[rows], labels[rows], average="weighted", zero_division=0.0)
                for labels in (old, new)
            ]
            replicates.append(values[1] - values[0])
        low, high = found.interval
        assert (high - low) / (2 * 2.02) == pytest.approx(np.std(replicates), rel=0.2)


def test_labels_and_scores_are_not_compared() -> None:
    with pytest.raises(lossctl.DataError, match="some models predict labels and others scores"):
        lossctl.compare(
            ["a", "b", "c"],
            ["a", "c", "c"],
            [[0.9, 0.1, 0.0]] * 3,
            targets=["a", "b", "c"],
            metric="accuracy",
        )
