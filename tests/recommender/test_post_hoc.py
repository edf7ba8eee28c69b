"""Steps after training: against scikit-learn, and on data where the gain is known."""

import numpy as np
import pytest
from sklearn.calibration import _sigmoid_calibration
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    log_loss,
    matthews_corrcoef,
)

from lossctl.calibration.nll_fits import platt, temperature
from lossctl.engine.sources import ArraySource
from lossctl.recommender.data_summary import summarize
from lossctl.recommender.decision_fits import best_offsets, best_threshold, expected_threshold
from lossctl.recommender.post_hoc import (
    Fitted,
    class_improvements,
    folds,
    improvement_of,
    mask_improvements,
    score,
)
from lossctl.report.advice import improvement_text


@pytest.fixture
def rare() -> tuple[np.ndarray, np.ndarray]:
    """Give honest logits of labels of which one in twenty is positive."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=8000) * 2
    logits = features - 4.5
    labels = (rng.uniform(size=8000) < 1 / (1 + np.exp(-logits))).astype(np.int64)
    return labels, logits


PEERS = {
    "accuracy": accuracy_score,
    "balanced_accuracy": balanced_accuracy_score,
    "f1": f1_score,
    "mcc": matthews_corrcoef,
}


@pytest.mark.parametrize("metric", PEERS)
def test_scores_of_decisions(metric: str, rare: tuple[np.ndarray, np.ndarray]) -> None:
    labels, logits = rare
    theirs = PEERS[metric](labels, (logits > 0).astype(int))
    assert score(metric, labels, logits) == pytest.approx(theirs, rel=1e-12)


def test_scores_of_probabilities(rare: tuple[np.ndarray, np.ndarray]) -> None:
    labels, logits = rare
    chances = 1 / (1 + np.exp(-logits))
    assert score("log_loss", labels, logits) == pytest.approx(log_loss(labels, chances), rel=1e-9)
    assert score("brier", labels, logits) == pytest.approx(brier_score_loss(labels, chances))
    rows = np.random.default_rng(1).normal(size=(500, 4))
    classes = np.random.default_rng(2).integers(0, 4, 500)
    soft = np.exp(rows) / np.exp(rows).sum(axis=1, keepdims=True)
    assert score("log_loss", classes, rows) == pytest.approx(log_loss(classes, soft))
    macro = f1_score(classes, rows.argmax(axis=1), average="macro")
    assert score("f1_macro", classes, rows) == pytest.approx(macro)


def test_recalibration_is_logistic_regression(rare: tuple[np.ndarray, np.ndarray]) -> None:
    """On Platt's targets: each row once with either label, weighted by its target."""
    labels, logits = rare
    ones = labels.sum()
    goals = np.where(labels == 1, (ones + 1) / (ones + 2), 1 / (len(labels) - ones + 2))
    model = LogisticRegression(C=np.inf, tol=1e-10).fit(
        np.tile(logits, 2)[:, None],
        np.repeat([1, 0], len(labels)),
        sample_weight=np.append(goals, 1 - goals),
    )
    slope, shift = platt(labels, logits)
    assert slope == pytest.approx(model.coef_[0, 0], rel=1e-4)
    assert shift == pytest.approx(model.intercept_[0], rel=1e-4)


def test_a_recalibration_of_separated_classes_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=300)
    labels = (logits > 0.3).astype(int)
    slope, shift = platt(labels, logits)
    theirs, offset = _sigmoid_calibration(logits, labels)
    # 1 / (1 + exp(a·z + b)) there
    assert (slope, shift) == pytest.approx((-theirs, -offset), rel=1e-2)


def test_a_temperature_at_the_end_of_its_range_is_not_fitted() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=1000)
    separated = (logits > 0).astype(int)  # wants a temperature of 0
    unrelated = rng.integers(0, 2, 1000)  # wants an infinite one
    for labels in (separated, unrelated):
        assert temperature(labels, 10.0 * logits) is None
        (first, _) = class_improvements(labels, 10.0 * logits, None, "log_loss")
        assert (first.step, first.fitted, first.better) == ("temperature", False, False)
        said = improvement_text(first)
        assert said == "temperature was not fitted: the best is beyond its range, 0.05 to 20"
    drawn = (rng.uniform(size=1000) < 1 / (1 + np.exp(-logits))).astype(int)
    assert temperature(drawn, 3.0 * logits) == pytest.approx(3.0, rel=0.1)


@pytest.mark.parametrize("metric", [*PEERS, "f1_macro"])
def test_the_threshold_is_near_the_best(metric: str) -> None:
    """Against every cut, tried one by one with scikit-learn, of scores that are no probabilities.

    The cut that they would have as probabilities is far off, so that only a tuned one can be near.
    """
    rng = np.random.default_rng(4)
    labels = (rng.uniform(size=3000) < 0.1).astype(int)
    logits = rng.normal(3 * labels - 6, 1)

    def theirs(cut: float) -> float:
        decided = (logits > cut).astype(int)
        if metric == "f1_macro":
            return float(f1_score(labels, decided, average="macro"))
        return float(PEERS[metric](labels, decided))

    best = max(theirs(cut) for cut in np.quantile(logits, np.linspace(0.5, 0.998, 250)))
    assert theirs(best_threshold(metric, labels, logits)) >= best - 0.02
    assert theirs(expected_threshold(metric, labels, logits)) < best - 0.02 or metric == "accuracy"


def test_of_probabilities_the_best_threshold_is_half_of_the_f1_there() -> None:
    """Lipton, Elkan and Naryanaswamy 2014, arXiv:1402.1892: F1 expected of what is decided."""
    logits = np.random.default_rng(5).normal(-2, 1.5, 20_000)
    chances = 1 / (1 + np.exp(-logits))
    share = 1 / (1 + np.exp(-expected_threshold("f1", np.zeros(20_000, dtype=int), logits)))
    decided = chances > share
    f1 = 2 * chances[decided].sum() / (chances.sum() + np.count_nonzero(decided))
    assert share == pytest.approx(f1 / 2, abs=0.01)


def test_of_few_rows_the_threshold_is_that_of_the_probabilities() -> None:
    """The cut that is best on 100 rows gains less on others, which the true chances know."""
    rng = np.random.default_rng(6)
    many = rng.normal(-1.5, 1.5, 50_000)
    others = (rng.uniform(size=many.size) < 1 / (1 + np.exp(-many))).astype(int)
    taken, tuned = [], []
    for _ in range(40):
        logits = rng.normal(-1.5, 1.5, 100)
        labels = (rng.uniform(size=100) < 1 / (1 + np.exp(-logits))).astype(int)
        cut = best_threshold("f1", labels, logits)
        best = max(np.unique(logits), key=lambda each: f1_score(labels, logits > each))
        taken.append(f1_score(others, many > cut))
        tuned.append(f1_score(others, many > best))
    assert np.mean(taken) > np.mean(tuned) + 0.01
    assert min(taken) > max(taken) - 0.05


def test_a_threshold_helps_where_positives_are_rare(rare: tuple[np.ndarray, np.ndarray]) -> None:
    labels, logits = rare
    (gain,) = class_improvements(labels, logits, None, "balanced_accuracy")
    assert gain.better
    at_prior = balanced_accuracy_score(labels, logits > np.log(labels.mean() / (1 - labels.mean())))
    assert gain.after == pytest.approx(at_prior, abs=0.02)
    assert gain.after > gain.before + 0.1


def test_a_temperature_helps_where_logits_are_too_large() -> None:
    rng = np.random.default_rng(0)
    true = rng.normal(size=(4000, 3)) * 1.5
    chances = np.exp(true) / np.exp(true).sum(axis=1, keepdims=True)
    labels = np.array([rng.choice(3, p=row) for row in chances])
    (gain,) = class_improvements(labels, true * 3, None, "log_loss")
    assert gain.better
    assert float(gain.setting.split()[-1]) == pytest.approx(3, rel=0.1)
    (none,) = class_improvements(labels, true, None, "log_loss")
    assert not none.better


def test_priors_correct_a_long_tail() -> None:
    rng = np.random.default_rng(0)
    shares = np.array([0.9, 0.08, 0.02])
    labels = rng.choice(3, p=shares, size=6000)
    features = rng.normal(size=(6000, 3)) + 1.2 * np.eye(3)[labels]
    logits = 1.2 * features + np.log(shares)  # Bayes' rule, for these means
    found = class_improvements(labels, logits, None, "balanced_accuracy")
    assert [gain.step for gain in found] == ["prior_correction", "class_weights"]
    for gain in found:
        assert gain.better
        assert gain.after - gain.before > 0.1
    tuned = np.argmax(logits + np.log(found[1].values), axis=1)
    plain = np.argmax(logits, axis=1)
    assert balanced_accuracy_score(labels, tuned) > balanced_accuracy_score(labels, plain) + 0.1


def test_offsets_of_classes_are_near_the_best_of_a_grid() -> None:
    """Against every pair of offsets of three classes, scored by scikit-learn."""
    rng = np.random.default_rng(3)
    shares = np.array([0.8, 0.15, 0.05])
    labels = rng.choice(3, p=shares, size=700)
    logits = rng.normal(size=(700, 3)) + 1.5 * np.eye(3)[labels] + np.log(shares)

    def theirs(offsets: np.ndarray) -> float:
        return float(f1_score(labels, np.argmax(logits + offsets, axis=1), average="macro"))

    grid = np.linspace(-4, 4, 33)
    best = max(theirs(np.array([0, one, other])) for one in grid for other in grid)
    assert theirs(best_offsets("f1_macro", labels, logits)) >= best - 0.01 > theirs(np.zeros(3))


def test_the_error_of_a_gain_is_corrected_for_shared_rows() -> None:
    """Nadeau and Bengio: (1/J + n_test/n_train)·variance, here of 5 folds by hand."""
    after = [0.1, 0.2, 0.3, 0.4, 0.5]  # variance 0.025 of the differences
    gain = improvement_of("threshold", "f1", [0.0] * 5, after, Fitted(np.negative, "threshold 0"))
    assert gain is not None
    assert gain.error == pytest.approx(np.sqrt((1 / 5 + 1 / 4) * 0.025))
    assert gain.better


@pytest.mark.parametrize("ratio", [1, 2, 3])
@pytest.mark.parametrize("metric", ["balanced_accuracy", "f1"])
def test_thresholds_are_tuned_at_any_imbalance(metric: str, ratio: int) -> None:
    """Scores that are shifted, so that the default threshold is far off."""
    rng = np.random.default_rng(ratio)
    labels = (rng.uniform(size=900) < 1 / (1 + ratio)).astype(int)
    (gain,) = class_improvements(labels, rng.normal(3 * labels - 4, 1), None, metric)
    assert gain.better
    assert gain.after > gain.before + 0.1


def test_a_ranking_cannot_be_improved(rare: tuple[np.ndarray, np.ndarray]) -> None:
    assert class_improvements(*rare, None, "roc_auc") == []


def test_folds_part_the_rows_and_keep_groups_whole() -> None:
    judged = np.concatenate([judge for _, judge in folds(103)])
    assert sorted(judged) == sorted([*range(103)] * 3)
    labels = np.repeat([0, 1], [480, 20])
    assert {int(labels[judge].sum()) for _, judge in folds(500, None, labels)} == {4}
    groups = np.repeat(np.arange(20), 7)
    for fit, judge in folds(140, groups):
        assert not set(groups[fit]) & set(groups[judge])
        assert len(fit) + len(judge) == 140


@pytest.mark.parametrize("metric", ["dice", "iou"])
@pytest.mark.parametrize("form", ["probabilities", "logits"])
def test_a_threshold_helps_masks_that_are_too_faint(metric: str, form: str) -> None:
    """Foreground predicted at 0.3 and background at 0.1: only a threshold between finds it."""
    rng = np.random.default_rng(0)
    masks = np.zeros((20, 16, 16), dtype=np.uint8)
    masks[:, 4:9, 4:9] = 1
    chances = np.where(masks == 1, 0.3, 0.1) + rng.uniform(-0.05, 0.05, masks.shape)
    scores = chances if form == "probabilities" else np.log(chances / (1 - chances))
    sources = {
        "targets": ArraySource(masks, "targets"),
        "predictions": ArraySource(scores, "predictions"),
    }
    (gain,) = mask_improvements(summarize(sources), metric)
    assert gain.better
    assert (gain.before, gain.after) == (0.0, 1.0)
    assert 0.15 <= float(gain.setting.split()[-1]) <= 0.25
    assert mask_improvements(summarize(sources), "hausdorff") == []
