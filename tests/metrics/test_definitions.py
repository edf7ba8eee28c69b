"""Metrics beside scikit-learn and SciPy, on random data and on awkward data."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.stats
from numpy.typing import NDArray
from sklearn import metrics as sk

import lossctl

CLOSE = {"rel": 1e-12, "abs": 1e-12}
Arrays = tuple[NDArray[Any], NDArray[Any]]


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def binary_scores(rows: int = 500) -> Arrays:
    rng = generator()
    targets = rng.integers(0, 2, rows)
    return np.round(np.clip(0.3 * targets + 0.7 * rng.random(rows), 0.0, 1.0), 2), targets


def class_scores(rows: int = 600, classes: int = 6, used: int = 4) -> Arrays:
    """Return scores of classes of which some are never true and one is never predicted."""
    rng = generator(1)
    targets = rng.integers(0, used, rows)
    scores = rng.random((rows, classes))
    scores[np.arange(rows), targets] += 0.4
    scores[:, -1] = -1.0
    return scores, targets


def label_rows(rows: int = 300, labels: int = 5) -> Arrays:
    rng = generator(2)
    targets = rng.integers(0, 2, (rows, labels))
    targets[:, -1] = 0
    return np.clip(0.3 * targets + 0.7 * rng.random((rows, labels)), 0.0, 1.0), targets


def specificity(targets: Any, labels: Any, sample_weight: Any = None) -> float:
    return float(sk.recall_score(1 - targets, 1 - labels, sample_weight=sample_weight))


BINARY: dict[str, Callable[..., Any]] = {
    "accuracy": sk.accuracy_score,
    "error_rate": sk.zero_one_loss,
    "hamming": sk.hamming_loss,
    "balanced_accuracy": sk.balanced_accuracy_score,
    "precision": sk.precision_score,
    "recall": sk.recall_score,
    "specificity": specificity,
    "f1": sk.f1_score,
    "dice_score": sk.f1_score,
    "jaccard_score": sk.jaccard_score,
    "mcc": sk.matthews_corrcoef,
    "cohen_kappa": sk.cohen_kappa_score,
}
AVERAGED: dict[str, Callable[..., Any]] = {
    "precision": sk.precision_score,
    "recall": sk.recall_score,
    "f1": sk.f1_score,
    "jaccard_score": sk.jaccard_score,
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", BINARY)
def test_binary_labels(name: str, weighted: bool) -> None:
    scores, targets = binary_scores()
    weights = generator(3).random(len(targets)) if weighted else None
    ours = lossctl.metric(name, scores, targets, weights=weights)
    expected = BINARY[name](targets, (scores > 0.5).astype(int), sample_weight=weights)
    assert ours.value == pytest.approx(expected, **CLOSE)
    assert (ours.input.task, ours.kind) == ("binary", "metric")


@pytest.mark.parametrize("average", ["macro", "micro", "weighted", 2])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", AVERAGED)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_averages_over_classes(name: str, weighted: bool, average: Any) -> None:
    scores, targets = class_scores()
    weights = generator(4).random(len(targets)) if weighted else None
    ours = lossctl.metric(name, scores, targets, weights=weights, average=average)
    expected = AVERAGED[name](
        targets,
        scores.argmax(axis=1),
        sample_weight=weights,
        average=average if isinstance(average, str) else None,
        labels=[average] if isinstance(average, int) else None,
    )
    assert ours.value == pytest.approx(np.ravel(expected)[0], **CLOSE)


@pytest.mark.parametrize("name", AVERAGED)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_values_of_each_class(name: str) -> None:
    scores, targets = class_scores()
    ours = lossctl.metric(name, scores, targets)
    labels = scores.argmax(axis=1)
    expected = AVERAGED[name](targets, labels, average=None)
    assert [one.index for one in ours.classes] == np.union1d(targets, labels).tolist()
    assert [one.value for one in ours.classes] == pytest.approx(expected.tolist(), **CLOSE)
    assert ours.value == pytest.approx(expected.mean(), **CLOSE)  # macro where nothing is said


@pytest.mark.parametrize("average", ["macro", "micro", "weighted", 1])
@pytest.mark.parametrize("name", AVERAGED)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_averages_over_labels_that_overlap(name: str, average: Any) -> None:
    scores, targets = label_rows()
    ours = lossctl.metric(name, scores, targets, average=average)
    how = average if isinstance(average, str) else None
    expected = AVERAGED[name](targets, scores > 0.5, average=how)
    wanted = expected if isinstance(average, str) else expected[average]
    assert ours.value == pytest.approx(wanted, **CLOSE)
    assert ours.input.task == "multilabel"


def test_rows_of_labels_as_a_whole_and_each_by_itself() -> None:
    scores, targets = label_rows()
    labels = scores > 0.5
    weights = generator(5).random(len(targets))
    assert lossctl.metric("accuracy", scores, targets, weights=weights).value == pytest.approx(
        sk.accuracy_score(targets, labels, sample_weight=weights), **CLOSE
    )
    assert lossctl.metric("error_rate", scores, targets).value == pytest.approx(
        sk.zero_one_loss(targets, labels), **CLOSE
    )
    assert lossctl.metric("hamming", scores, targets, weights=weights).value == pytest.approx(
        sk.hamming_loss(targets, labels, sample_weight=weights), **CLOSE
    )
    for name in ("mcc", "balanced_accuracy", "cohen_kappa"):
        columns = [BINARY[name](t, p) for t, p in zip(targets.T[:-1], labels.T[:-1], strict=True)]
        ours = lossctl.metric(name, scores[:, :-1], targets[:, :-1]).value
        assert ours == pytest.approx(np.mean(columns), **CLOSE)


@pytest.mark.parametrize("name", ["accuracy", "error_rate", "balanced_accuracy", "mcc"])
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
def test_exclusive_classes(name: str) -> None:
    scores, targets = class_scores()
    weights = generator(6).random(len(targets))
    ours = lossctl.metric(name, scores, targets, weights=weights).value
    expected = BINARY[name](targets, scores.argmax(axis=1), sample_weight=weights)
    assert ours == pytest.approx(expected, **CLOSE)


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
def test_balanced_accuracy_above_chance() -> None:
    scores, targets = class_scores()
    ours = lossctl.metric("balanced_accuracy", scores, targets, adjusted=True).value
    expected = sk.balanced_accuracy_score(targets, scores.argmax(axis=1), adjusted=True)
    assert ours == pytest.approx(expected, **CLOSE)


@pytest.mark.parametrize("weighting", ["none", "linear", "quadratic"])
def test_kappa_of_grades(weighting: str) -> None:
    rng = generator(7)
    targets = rng.integers(1, 8, 400)
    labels = np.clip(targets + rng.integers(-2, 3, 400), 1, 9)
    weights = rng.random(400)
    ours = lossctl.metric("cohen_kappa", labels, targets, weights=weights, weighting=weighting)
    expected = sk.cohen_kappa_score(
        targets,
        labels,
        weights=None if weighting == "none" else weighting,
        sample_weight=weights,
    )
    assert ours.value == pytest.approx(expected, **CLOSE)


@pytest.mark.parametrize("beta", [0.0, 0.5, 2.0])
def test_f_beta(beta: float) -> None:
    scores, targets = binary_scores()
    ours = lossctl.metric("fbeta", scores, targets, beta=beta).value
    assert ours == pytest.approx(sk.fbeta_score(targets, scores > 0.5, beta=beta), **CLOSE)


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_top_k_with_ties(k: int) -> None:
    rng = generator(8)
    scores, targets = rng.integers(0, 3, (500, 6)) / 2.0, rng.integers(0, 6, 500)
    weights = rng.random(500)
    ours = lossctl.metric("top_k_accuracy", scores, targets, k=k, weights=weights).value
    expected = sk.top_k_accuracy_score(
        targets, scores, k=k, sample_weight=weights, labels=np.arange(6)
    )
    assert ours == pytest.approx(expected, **CLOSE)


def test_thresholds_of_probabilities_and_logits() -> None:
    scores, targets = binary_scores()
    for threshold in (0.0, 0.3, 0.71, 1.0):
        ours = lossctl.metric("f1", scores, targets, threshold=threshold).value
        assert ours == pytest.approx(sk.f1_score(targets, scores > threshold), **CLOSE)
    logits = generator(9).normal(size=500) * 3.0
    ours = lossctl.metric("recall", logits, targets, threshold=0.3).value
    expected = sk.recall_score(targets, 1.0 / (1.0 + np.exp(-logits)) > 0.3)
    assert ours == pytest.approx(expected, **CLOSE)
    ours = lossctl.metric("recall", logits, targets).value
    assert ours == pytest.approx(sk.recall_score(targets, logits > 0.0), **CLOSE)


WORDS = np.array(["cat", "dog", "eel", "newt", "fox"])
CODES: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "integers": lambda codes: codes,
    "floats": lambda codes: codes.astype(np.float64),
    "with gaps": lambda codes: np.array([3, 17, 17000, -4, 60])[codes],
    "text": lambda codes: WORDS[codes],
}


@pytest.mark.parametrize("as_given", CODES)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
def test_predictions_that_are_labels(as_given: str) -> None:
    rng = generator(10)
    targets = CODES[as_given](rng.integers(0, 4, 300))
    labels = CODES[as_given](rng.integers(0, 5, 300))
    for name in ("accuracy", "balanced_accuracy", "mcc", "cohen_kappa", "hamming"):
        ours = lossctl.metric(name, labels, targets)
        assert ours.value == pytest.approx(BINARY[name](targets, labels), **CLOSE), name
        assert ours.input.kind == "labels"
    for name, theirs in AVERAGED.items():
        for average in ("macro", "micro", "weighted"):
            ours = lossctl.metric(name, labels, targets, average=average)
            assert ours.value == pytest.approx(theirs(targets, labels, average=average), **CLOSE)
    named = lossctl.metric("f1", labels, targets).classes
    assert [one.name for one in named] == [
        str(label) if as_given == "text" else f"{label:g}" for label in np.union1d(targets, labels)
    ]


@pytest.mark.parametrize("pair", [(0, 1), (-1, 1)])
def test_two_labels(pair: tuple[int, int]) -> None:
    rng = generator(11)
    targets, labels = (np.array(pair)[rng.integers(0, 2, 200)] for _ in range(2))
    for name in ("precision", "recall", "f1", "jaccard_score", "mcc", "accuracy"):
        ours = lossctl.metric(name, labels, targets).value
        assert ours == pytest.approx(BINARY[name](targets, labels), **CLOSE)


def test_two_texts_need_the_positive_one() -> None:
    rng = generator(12)
    targets, labels = (np.array(["no", "yes"])[rng.integers(0, 2, 200)] for _ in range(2))
    with pytest.raises(lossctl.UsageError, match="which label is positive, no or yes"):
        lossctl.metric("f1", labels, targets)
    for positive in ("no", "yes"):
        ours = lossctl.metric("f1", labels, targets, positive=positive).value
        assert ours == pytest.approx(sk.f1_score(targets, labels, pos_label=positive), **CLOSE)
    assert lossctl.metric("accuracy", labels, targets).value == np.mean(labels == targets)


def test_labels_to_ignore_count_nowhere() -> None:
    rng = generator(13)
    targets, labels = rng.integers(0, 4, 400), rng.integers(0, 4, 400)
    for ignored in (0, 2, 3):
        kept = targets != ignored
        ours = lossctl.metric("f1", labels, targets, ignore_index=ignored)
        expected = sk.f1_score(targets[kept], labels[kept], average="macro", zero_division=0.0)
        assert ours.value == pytest.approx(expected, **CLOSE)
        assert ours.ignored == np.count_nonzero(~kept)


def test_masks_pixel_by_pixel_and_image_by_image() -> None:
    rng = generator(14)
    masks, scores = rng.integers(0, 2, (6, 8, 9)), rng.random((6, 8, 9))
    flat = (masks.ravel(), scores.ravel() > 0.5)
    assert lossctl.metric("iou", scores, masks).value == pytest.approx(
        sk.jaccard_score(*flat), **CLOSE
    )
    each = [sk.f1_score(t.ravel(), p.ravel() > 0.5) for t, p in zip(masks, scores, strict=True)]
    ours = lossctl.metric("dice_score", scores, masks, pooling="sample").value
    assert ours == pytest.approx(np.mean(each), **CLOSE)
    maps, guesses = rng.integers(0, 4, (5, 7, 7)), rng.integers(0, 4, (5, 7, 7))
    ours = lossctl.metric("mean_iou", guesses, maps).value
    expected = sk.jaccard_score(maps.ravel(), guesses.ravel(), average="macro")
    assert ours == pytest.approx(expected, **CLOSE)


# Numbers

NUMBERS: dict[str, Callable[..., Any]] = {
    "r2": sk.r2_score,
    "explained_variance": sk.explained_variance_score,
}


@pytest.mark.parametrize("outputs", [(), (3,)])
@pytest.mark.parametrize("offset", [0.0, 1e6])
@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(name: str, offset: float, outputs: tuple[int, ...]) -> None:
    rng = generator(15)
    targets = offset + rng.normal(size=(400, *outputs))
    predictions = targets + rng.normal(size=targets.shape) * 0.5
    weights = rng.random(400)
    for given in (None, weights):
        ours = lossctl.metric(name, predictions, targets, weights=given).value
        expected = NUMBERS[name](targets, predictions, sample_weight=given)
        assert ours == pytest.approx(expected, rel=1e-12 if offset == 0.0 else 1e-9)


@pytest.mark.parametrize("name", NUMBERS)
def test_outputs_weighted_by_their_variance(name: str) -> None:
    rng = generator(18)
    targets = rng.normal(size=(60, 3)) * (1.0, 3.0, 0.0)  # the last does not vary
    predictions = targets + rng.normal(size=targets.shape)
    flat = np.zeros_like(targets)
    for given in (None, rng.random(60)):
        for truth in (targets, flat):
            spec = f"{name}:multioutput=variance_weighted"
            ours = lossctl.metric(spec, predictions, truth, weights=given).value
            expected = NUMBERS[name](
                truth, predictions, sample_weight=given, multioutput="variance_weighted"
            )
            assert ours == pytest.approx(expected, **CLOSE)


def test_a_metric_that_is_a_loss_is_that_loss() -> None:
    rng = generator(15)
    targets, predictions, weights = rng.normal(size=(3, 400)) ** 2
    ours = lossctl.metric("root_mean_squared_error", predictions, targets, weights=weights)
    expected = sk.root_mean_squared_error(targets, predictions, sample_weight=weights)
    assert (ours.loss, ours.kind) == ("rmse", "loss")
    assert ours.value == pytest.approx(expected, rel=1e-12)


def test_variances_keep_their_digits_beside_a_large_mean() -> None:
    rng = generator(16)
    steps = rng.integers(0, 1000, 500)
    small, large = steps / 1024.0, 2.0**30 + steps / 1024.0  # exact in both
    wrong = rng.integers(0, 1000, 500) / 1024.0
    expected = sk.r2_score(small, wrong)
    assert lossctl.metric("r2", 2.0**30 + wrong, large).value == pytest.approx(expected, rel=1e-12)


def test_correlation() -> None:
    rng = generator(17)
    targets = rng.normal(size=300)
    predictions = 3.0 * targets + rng.normal(size=300) + 1e5
    ours = lossctl.metric("pearson", predictions, targets).value
    assert ours == pytest.approx(scipy.stats.pearsonr(predictions, targets).statistic, rel=1e-11)


def test_concordance() -> None:
    """By Lin's formula, of each output and about a large mean."""
    rng = generator(19)
    steps = rng.integers(0, 1000, (2, 300, 2)) / 1024.0
    weights = rng.random(300)

    def lin(p: Any, t: Any) -> float:
        (vp, both), (_, vt) = np.cov(p, t, ddof=0, aweights=weights)
        shift = np.average(p, weights=weights) - np.average(t, weights=weights)
        return float(2.0 * both / (vp + vt + shift**2))

    expected = np.mean([lin(steps[0, :, k] - 0.5 * k, steps[1, :, k]) for k in (0, 1)])
    p, t = 2.0**20 + steps
    ours = lossctl.metric("ccc", p - [0.0, 0.5], t, weights=weights).value
    assert ours == pytest.approx(expected, rel=1e-9)
    assert lossctl.metric("ccc", [1.0, 2.0, 4.0], [-1.0, -2.0, -4.0]).value < 0.0


# Where scikit-learn has a convention


def test_nothing_below_the_line_is_0_with_a_note() -> None:
    for name in ("precision", "recall", "f1", "iou"):
        ours = lossctl.metric(name, [0.1, 0.2, 0.3], [0, 0, 0])
        assert ours.value == 0.0
        assert any("0 by convention" in note for note in ours.notes)


def test_one_class_alone() -> None:
    ours = lossctl.metric("mcc", [1, 1, 1], [1, 0, 1])
    assert ours.value == sk.matthews_corrcoef([1, 0, 1], [1, 1, 1]) == 0.0
    assert any("no correlation" in note for note in ours.notes)
    kappa = lossctl.metric("cohen_kappa", [1, 1, 1], [1, 1, 1])
    assert np.isnan(kappa.value)
    assert kappa.to_dict()["value"] is None
    assert any("chance agrees" in note for note in kappa.notes)


def test_targets_that_do_not_vary() -> None:
    assert lossctl.metric("r2", [2.5, 2.5], [2.5, 2.5]).value == 1.0
    assert lossctl.metric("r2", [2.5, 2.6], [2.5, 2.5]).value == 0.0
    assert lossctl.metric("explained_variance", [2.5, 2.6], [2.5, 2.5]).value == 0.0
    assert np.isnan(lossctl.metric("r2", [1.0], [2.0]).value)
    assert np.isnan(lossctl.metric("pearson", [1.0, 2.0], [2.0, 2.0]).value)
    assert lossctl.metric("ccc", [1.0, 2.0], [2.0, 2.0]).value == 0.0
    same = lossctl.metric("ccc", [2.0, 2.0], [2.0, 2.0])
    assert np.isnan(same.value)
    assert any("same constant" in note for note in same.notes)


@pytest.mark.parametrize("name", ["r2", "explained_variance"])
def test_sums_that_overflow_have_no_share(name: str) -> None:
    """The variance of such targets is beyond float64: neither 1 nor 0 would be right."""
    result = lossctl.metric(name, [0.1, 0.2, 0.3], [1e200, 3e200, 0.0])
    assert np.isnan(result.value)
