"""Steps after training: against scikit-learn, and on data where the gain is known."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    log_loss,
    matthews_corrcoef,
)

from lossctl.engine.sources import ArraySource
from lossctl.recommender.data_summary import summarize
from lossctl.recommender.post_hoc import (
    best_threshold,
    class_improvements,
    folds,
    mask_improvements,
    platt,
    score,
)


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
    labels, logits = rare
    model = LogisticRegression(C=np.inf, tol=1e-10).fit(logits[:, None], labels)
    slope, shift = platt(labels, logits)
    assert slope == pytest.approx(model.coef_[0, 0], rel=1e-4)
    assert shift == pytest.approx(model.intercept_[0], rel=1e-4)


@pytest.mark.parametrize("metric", [*PEERS, "f1_macro"])
def test_the_threshold_is_the_best(metric: str, rare: tuple[np.ndarray, np.ndarray]) -> None:
    """Against every cut, tried one by one with scikit-learn."""
    labels, logits = rare[0][:1500], rare[1][:1500]

    def theirs(cut: float) -> float:
        decided = (logits > cut).astype(int)
        if metric == "f1_macro":
            return float(f1_score(labels, decided, average="macro"))
        return float(PEERS[metric](labels, decided))

    best = max(theirs(cut) for cut in np.quantile(logits, np.linspace(0.5, 0.998, 250)))
    assert theirs(best_threshold(metric, labels, logits)) >= best - 0.02


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
    (gain,) = class_improvements(labels, logits, None, "balanced_accuracy")
    assert gain.better
    assert gain.after - gain.before > 0.1


def test_a_ranking_cannot_be_improved(rare: tuple[np.ndarray, np.ndarray]) -> None:
    assert class_improvements(*rare, None, "roc_auc") == []


def test_folds_part_the_rows_and_keep_groups_whole() -> None:
    judged = np.concatenate([judge for _, judge in folds(103)])
    assert sorted(judged) == list(range(103))
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
