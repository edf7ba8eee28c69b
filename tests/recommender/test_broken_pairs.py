"""What cannot be: predictions worse than chance, ids as targets, losses that refuse the targets."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import log_loss, roc_auc_score

from lossctl.calibration.nll_fits import platt
from lossctl.core.errors import DataError
from lossctl.recommender.post_hoc import class_improvements
from lossctl.recommender.recommend import recommend
from lossctl.recommender.recommendation import Recommendation
from lossctl.report.advice import render_advice
from tests.recommender.files import sigmoid, softmax

N = 400


def advise(targets: Any, predictions: Any, **answers: Any) -> Recommendation:
    return recommend(targets=targets, predictions=predictions, no_input=True, **answers)


def binary() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = (rng.uniform(size=N) < 0.4).astype(int)
    return labels, 3 * (2.0 * labels - 1 + rng.normal(size=N))


def several() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 4, N)
    return labels, rng.normal(size=(N, 4)) + 3 * np.eye(4)[labels]


def masks() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    shapes = (rng.uniform(size=(12, 8, 8)) < 0.3).astype(int)
    return shapes, 4 * (2 * shapes - 1 + rng.normal(size=shapes.shape))


def values() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    targets = rng.normal(size=N)
    return targets, targets + 0.3 * rng.normal(size=N)


PAIRS = {
    "logits": (*binary(), "classification"),
    "probabilities": (binary()[0], sigmoid(binary()[1]), "classification"),
    "classes": (*several(), "classification"),
    "class probabilities": (several()[0], softmax(several()[1]), "classification"),
    "one-hot": (np.eye(4, dtype=int)[several()[0]], several()[1], "classification"),
    "masks": (*masks(), "segmentation"),
    "values": (*values(), "regression"),
}


@pytest.mark.parametrize("name", PAIRS)
def test_rows_in_another_order_are_said_before_any_advice(name: str) -> None:
    targets, predictions, task = PAIRS[name]
    whole = advise(targets, predictions, task=task)
    assert not whole.measured.faults
    assert whole.to_dict()["post_hoc"]
    order = np.roll(np.arange(len(targets)), 5)  # each targets' own predictions elsewhere
    broken = advise(targets, predictions[order], task=task)
    (fault,) = broken.measured.faults
    (found,) = broken.to_dict()["findings"]
    assert found["code"] == ("LC201" if name == "masks" else "LC202")  # of 12 masks none is sure
    assert found["code"] in fault
    assert "lag" not in found["evidence"] or abs(found["evidence"]["lag"]) == 5
    assert broken.to_dict()["post_hoc"] == []
    assert broken.to_dict()["notes"][0] == fault
    assert render_advice(broken, "table").startswith("the predictions fit ")
    assert render_advice(broken, "plain").startswith("Fault: ")
    assert fault.split(":")[0] in render_advice(broken, "markdown").partition("#")[0]
    assert "held out" not in render_advice(broken, "table")


def test_exchanged_labels_are_told_from_another_order() -> None:
    labels, logits = binary()
    (fault,) = advise(labels, -logits, task="classification").measured.faults
    assert "LC204 positive-class-inverted" in fault
    area = roc_auc_score(labels, -logits)
    assert f"AUC {area:.2f}" in fault
    classes, scores = several()
    (fault,) = advise(classes, np.roll(scores, 1, axis=1)).measured.faults
    assert "LC203 classes-permuted" in fault


@pytest.mark.parametrize("lag", [-3, 1])
def test_rows_off_by_a_few_are_told_though_they_are_no_worse_than_chance(lag: int) -> None:
    rng = np.random.default_rng(5)
    logits = 0.9 * rng.normal(size=4000)
    labels = (rng.uniform(size=4000) < sigmoid(logits)).astype(int)
    (fault,) = advise(np.roll(labels, lag), 0.2 * logits).measured.faults
    side = "after" if lag > 0 else "before"
    assert f"fit the targets {abs(lag)} row{'s' if abs(lag) > 1 else ''} {side} them" in fault
    assert "LC202 rows-shifted" in fault
    assert advise(labels, 0.2 * logits).measured.faults == []


def test_forecasts_that_follow_the_last_value_are_no_fault() -> None:
    targets = np.cumsum(np.random.default_rng(6).normal(size=500))
    assert advise(targets[1:], targets[:-1], task="regression").measured.faults == []


def test_values_that_go_the_other_way() -> None:
    targets, predictions = values()
    (fault,) = advise(targets, -predictions).measured.faults
    assert f"rank correlation {spearmanr(targets, -predictions).statistic:.2f}" in fault
    assert "LC505 sign-flipped" in fault


@pytest.mark.parametrize("name", ["overconfident", "rates as logs", "no signal"])
def test_what_orders_the_items_is_no_fault(name: str) -> None:
    rng = np.random.default_rng(4)
    if name == "overconfident":  # a temperature is what helps
        labels, logits = binary()
        found = advise(labels, 40 * logits)
        assert found.improvements
    elif name == "rates as logs":
        rates = rng.gamma(2, 2, N) + 0.1
        found = advise(rng.poisson(rates), np.log(rates), task="regression")
    else:  # useless, but honest
        labels = rng.integers(0, 2, N)
        found = advise(labels, 0.5 + 0.01 * rng.normal(size=N).clip(-1, 1))
    assert found.measured.faults == []


@pytest.mark.parametrize("name", ["leaked", "constant", "not finite", "scaled", "percent"])
def test_what_check_finds_is_named_and_not_polished(name: str) -> None:
    labels, logits = binary()
    targets, predictions = values()
    chances = sigmoid(logits)
    changed = predictions.copy()
    changed[7] = np.nan
    code, data = {
        "leaked": ("LC503", (targets, targets.copy())),
        "constant": ("LC502", (labels, np.full(len(labels), 0.3))),
        "not finite": ("LC501", (targets, changed)),
        "scaled": ("LC504", (targets, 1000 * predictions)),
        "percent": ("LC107", (labels, 100 * chances)),
    }[name]
    found = advise(*data)
    assert [each.code for each in found.measured.findings] == [code]
    assert found.improvements == []
    assert found.to_dict()["post_hoc"] == []


def test_predictions_without_rank_say_nothing_about_noise() -> None:
    """Confident nonsense would look like wrong labels."""
    labels, scores = several()
    found = advise(labels, 9 * scores[np.random.default_rng(1).permutation(N)])
    assert found.measured.faults
    assert found.path.answers.get("scheme") != "noisy_labels"


@pytest.mark.parametrize(
    "ids",
    [
        np.arange(N),
        np.arange(1, N + 1),
        np.arange(N)[::-1],
        np.random.default_rng(0).permutation(N) + 1000,
        np.cumsum(np.random.default_rng(0).integers(1, 9, N)),
        np.arange(300_000),  # more than are counted one by one, in several blocks
    ],
)
def test_ids_are_no_targets(ids: np.ndarray) -> None:
    with pytest.raises(DataError, match=r"row ids, not targets: name the column"):
        recommend(targets=ids, no_input=True, metric="unknown", task=None)
    stated = recommend(targets=ids, no_input=True, task="regression")
    assert any("look like ids" in note for note in stated.measured.notes)
    # predictions that go up with them speak for targets
    recommend(targets=ids, predictions=ids + 0.5, no_input=True)


def test_a_column_called_id_is_no_target(tmp_path: Any) -> None:
    rng = np.random.default_rng(0)
    rows = [f"{one},{rng.normal():.3f}" for one in rng.choice(10**6, 50, replace=False)]
    (tmp_path / "t.csv").write_text("user_id,y\n" + "\n".join(rows) + "\n")
    with pytest.raises(DataError, match="row ids"):
        recommend(targets=f"{tmp_path}/t.csv::user_id", no_input=True)
    assert recommend(targets=f"{tmp_path}/t.csv::y", no_input=True).loss == "mse"


@pytest.mark.parametrize("targets", [[3, 1, 4, 1, 5] * 10, [0, 1, 2, 3], np.arange(40) % 7])
def test_other_whole_numbers_are_targets(targets: Any) -> None:
    recommend(targets=targets, no_input=True, task="regression")


@pytest.mark.parametrize("mark", [255, -1, 99, -999])
@pytest.mark.parametrize("classes", [2, 4, 21])
def test_marks_beside_gapless_classes_are_ignored(mark: int, classes: int) -> None:
    labels = np.random.default_rng(0).integers(0, classes, 500)
    labels[:classes] = np.arange(classes)
    labels[30:60] = mark
    found = recommend(targets=labels, no_input=True)
    assert found.path.answers["task"] == "classification"
    assert found.measured.facts["ignored"] == 30
    counts = np.bincount(labels[labels != mark] if mark < 0 else np.delete(labels, range(30, 60)))
    assert found.measured.facts["class_counts"] == counts[:classes].tolist()
    assert f"--ignore-index {mark}" in found.command
    masks = recommend(targets=labels[:490].reshape(10, 7, 7), no_input=True)
    assert masks.path.answers["task"] == "segmentation"
    assert f"--ignore-index {mark}" in masks.command


@pytest.mark.parametrize("labels", [[0, 2, 5, 255], [0, 255], [-1, 1], [-1, 0], [3, 4, 5, 99]])
def test_no_mark_stands_beside_other_numbers(labels: list[int]) -> None:
    targets = np.array(labels * 20)
    found = recommend(targets=targets, no_input=True, task="regression")
    assert "ignored" not in found.measured.facts
    try:
        found = recommend(targets=targets, no_input=True)
    except Exception:  # noqa: BLE001 - classes or counts: it asks
        return
    assert "ignored_label" not in found.measured.facts


REFUSED = [
    ("gamma_deviance", "zero", "poisson_nll"),
    ("gamma_deviance", "negative", "mse"),
    ("poisson_deviance", "negative", "mse"),
    ("tweedie_deviance", "negative", "mse"),
    ("rmsle", "negative", "mae"),
    ("gamma_deviance", "positive", "gamma_deviance"),
]


@pytest.mark.parametrize(("metric", "kind", "loss"), REFUSED)
def test_a_metric_whose_loss_refuses_the_targets(metric: str, kind: str, loss: str) -> None:
    rng = np.random.default_rng(0)
    targets = rng.gamma(2, 2, N)
    targets[:3] = {"zero": 0.0, "negative": -2.0, "positive": 1.0}[kind]
    found = advise(targets, np.abs(targets) + rng.uniform(0.1, 1, N), metric=metric)
    assert found.loss == loss
    refused = [note for note in found.measured.notes if "reads targets in" in note]
    assert bool(refused) == (kind != "positive")


def test_the_headline_is_of_the_predictions_at_hand() -> None:
    labels, logits = binary()
    assert str(advise(labels, logits)).startswith("bce_with_logits (")
    found = advise(labels, sigmoid(logits))
    assert str(found).startswith("bce --input probabilities (")
    assert "bce" not in [alternative.loss for alternative, _ in found.alternatives]
    assert "binary_cross_entropy_with_logits" in found.snippet("pytorch")


def test_equal_scores_are_not_recalibrated() -> None:
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 2, N), np.full(N, 2.0)
    assert platt(labels, scores) is None
    found = class_improvements(labels, scores, None, "log_loss")
    step = next(one for one in found if one.step == "recalibration")
    assert (step.better, step.setting, step.to_dict()["after"]) == (False, "not fitted", None)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 30.0, 1e6, 1e12])
@pytest.mark.parametrize("shift", [0.0, 50.0, -1e4])
def test_a_recalibration_is_never_worse_than_a_constant(scale: float, shift: float) -> None:
    """On the rows fitted; Newton's steps alone went to 10⁷ from far."""
    rng = np.random.default_rng(1)
    logits = rng.standard_t(2, size=N)
    labels = (rng.uniform(size=N) < sigmoid(logits)).astype(int)
    line = platt(labels, scale * (logits + shift))
    assert line is not None
    fitted = log_loss(labels, sigmoid(line[0] * scale * (logits + shift) + line[1]))
    plain = platt(labels, logits)
    assert plain is not None
    assert fitted == pytest.approx(
        log_loss(labels, sigmoid(plain[0] * logits + plain[1])), rel=1e-4
    )
    share = labels.mean()
    assert fitted <= -(share * np.log(share) + (1 - share) * np.log(1 - share)) + 1e-12
