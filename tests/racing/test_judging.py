"""Folds, metrics by fold, steps after training, and differences, against scikit-learn and SciPy."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import optimize, special, stats
from sklearn import metrics

import lossctl
from lossctl.core.errors import DataError, UsageError
from lossctl.racing.drawings import Drawing, drawn, given
from lossctl.report.race import sentences
from lossctl.uncertainty.resampled import resampled_difference

ROWS = 300
RNG = np.random.default_rng(7)
LABELS = (RNG.random(ROWS) < 0.3).astype(np.int64)
LOGITS = 3.0 * (LABELS - 0.6) + 2.5 * RNG.normal(size=ROWS)
WEAK = 2.0 * (LABELS - 0.6) + 2.5 * RNG.normal(size=ROWS)
of_fold = np.arange(ROWS) % 5
PAIR = {"weak": WEAK, "good": LOGITS}


def sigmoid(logits: Any) -> Any:
    return 1 / (1 + np.exp(-logits))


def entry(race: Any, name: str, step: str = "") -> Any:
    return next(one for one in race.candidates if (one.candidate, one.step) == (name, step))


BY_SCIKIT_LEARN = {
    "accuracy": lambda y, z: metrics.accuracy_score(y, z > 0),
    "balanced_accuracy": lambda y, z: metrics.balanced_accuracy_score(y, z > 0),
    "f1": lambda y, z: metrics.f1_score(y, z > 0),
    "f1_macro": lambda y, z: metrics.f1_score(y, z > 0, average="macro"),
    "mcc": lambda y, z: metrics.matthews_corrcoef(y, z > 0),
    "roc_auc": metrics.roc_auc_score,
    "average_precision": metrics.average_precision_score,
    "log_loss": lambda y, z: metrics.log_loss(y, sigmoid(z)),
    "brier": lambda y, z: metrics.brier_score_loss(y, sigmoid(z)),
}


@pytest.mark.parametrize("metric", BY_SCIKIT_LEARN)
@pytest.mark.parametrize("form", ["logits", "probabilities", "two columns"])
def test_each_fold_has_the_metric_of_scikit_learn(metric: str, form: str) -> None:
    make = {
        "logits": lambda z: z,
        "probabilities": sigmoid,
        "two columns": lambda z: np.stack([1 - sigmoid(z), sigmoid(z)], axis=1),
    }[form]
    candidates = {name: make(z) for name, z in PAIR.items()}
    race = lossctl.race(candidates, targets=LABELS, metric=metric, folds=of_fold, steps=False)
    for name, z in PAIR.items():
        wanted = [BY_SCIKIT_LEARN[metric](LABELS[of_fold == k], z[of_fold == k]) for k in range(5)]
        assert entry(race, name).scores == pytest.approx(wanted, rel=1e-9)
        assert entry(race, name).value == pytest.approx(np.mean(wanted), rel=1e-9)
    assert race.winner.candidate == "good"


@pytest.mark.parametrize("columns", [2, 3])
def test_logits_between_0_and_1_are_read_as_said(columns: int) -> None:
    classes = RNG.integers(0, columns, ROWS)
    noise = RNG.uniform(0.0, 0.5, (2, ROWS, columns))
    scores = noise + 0.3 * (classes[:, None] == np.arange(columns))
    pair = {"a": scores[0], "b": scores[1]}
    if columns == 3:
        with pytest.raises(DataError, match=r"rows-not-normalized.*input='logits'"):
            lossctl.race(pair, targets=classes, metric="log_loss")
    race = lossctl.race(
        pair, targets=classes, metric="log_loss", folds=of_fold, steps=False, input="logits"
    )
    chances = special.softmax(scores, axis=-1)
    for at, name in enumerate(pair):
        wanted = [
            metrics.log_loss(classes[of_fold == k], chances[at][of_fold == k]) for k in range(5)
        ]
        assert entry(race, name).scores == pytest.approx(wanted, rel=1e-9)


OF_VALUES = {
    "rmse": metrics.root_mean_squared_error,
    "mae": metrics.mean_absolute_error,
    "medae": metrics.median_absolute_error,
    "r2": metrics.r2_score,
    "mape": metrics.mean_absolute_percentage_error,
    "pinball:q=0.9": lambda t, p: metrics.mean_pinball_loss(t, p, alpha=0.9),
    "poisson_deviance": metrics.mean_poisson_deviance,
    "gamma_deviance": metrics.mean_gamma_deviance,
}


@pytest.mark.parametrize("metric", OF_VALUES)
def test_metrics_of_values(metric: str) -> None:
    targets = RNG.gamma(3.0, size=ROWS)
    near = targets * np.exp(0.1 * RNG.normal(size=ROWS))
    far = targets * np.exp(0.9 * RNG.normal(size=ROWS))
    race = lossctl.race(
        {"far": far, "near": near}, targets=targets, metric=metric, folds=of_fold, steps=False
    )
    wanted = [OF_VALUES[metric](targets[of_fold == k], far[of_fold == k]) for k in range(5)]
    assert entry(race, "far").scores == pytest.approx(wanted, rel=1e-9)
    assert race.winner.candidate == "near"


def test_the_difference_is_the_corrected_resampled_t_test() -> None:
    race = lossctl.race(PAIR, targets=LABELS, metric="log_loss", folds=of_fold, steps=False)
    change = np.subtract(entry(race, "weak").scores, entry(race, "good").scores)
    error = np.sqrt(change.var(ddof=1) * (1 / 5 + 1 / 4))
    p = 2 * stats.t.sf(change.mean() / error, 4)
    low, high = stats.t.interval(0.95, 4, change.mean(), error)
    found = entry(race, "weak")
    assert found.difference == pytest.approx(change.mean())
    assert found.p_value == pytest.approx(p, rel=1e-9)
    assert found.p_adjusted == pytest.approx(p, rel=1e-9)  # one comparison
    assert found.interval == pytest.approx((low, high), rel=1e-9)
    assert found.verdict == "worse"


def test_several_comparisons_are_corrected_by_holm() -> None:
    models = {f"m{at}": LOGITS + at * RNG.normal(size=ROWS) for at in range(4)}
    race = lossctl.race(models, targets=LABELS, metric="log_loss", folds=of_fold, steps=False)
    others = sorted(
        (one for one in race.candidates if one.p_value is not None), key=lambda one: one.p_value
    )
    largest = 0.0
    for rank, one in enumerate(others):
        largest = max(largest, min((len(others) - rank) * one.p_value, 1.0))
        assert one.p_adjusted == pytest.approx(largest)


def test_identical_folds_have_no_test() -> None:
    same = resampled_difference(np.array([0.1, 0.3]), np.array([0.1, 0.3]), 0.25)
    assert same.identical
    assert same.p_value is None
    apart = resampled_difference(np.array([0.0, 0.0]), np.array([1.0, 1.0]), 0.25)
    assert apart.p_value == 0.0


def test_a_tie_goes_to_the_first_named() -> None:
    noisy = LOGITS + 1e-3 * RNG.normal(size=ROWS)
    for first, second in (("a", "b"), ("b", "a")):
        models = dict(zip((first, second), (LOGITS, noisy), strict=True))
        race = lossctl.race(models, targets=LABELS, metric="accuracy", folds=of_fold, steps=False)
        assert race.winner.candidate == first
        assert [one.candidate for one in race.tied] == [second]


def test_a_temperature_is_fitted_on_the_other_folds() -> None:
    race = lossctl.race(PAIR, targets=LABELS, metric="log_loss", folds=of_fold)
    found = entry(race, "weak", "temperature")
    wanted = []
    for fold in range(5):
        fit, judged = of_fold != fold, of_fold == fold
        best = optimize.minimize_scalar(
            lambda heat, fit=fit: metrics.log_loss(LABELS[fit], sigmoid(WEAK[fit] / heat)),
            bounds=(0.05, 20), method="bounded", options={"xatol": 1e-9},
        )  # fmt: skip
        wanted.append(metrics.log_loss(LABELS[judged], sigmoid(WEAK[judged] / best.x)))
    assert found.scores == pytest.approx(wanted, rel=1e-5)


def test_a_shift_is_the_median_error_of_other_folds() -> None:
    targets = RNG.normal(size=ROWS)
    off = targets + 2.0 + 0.3 * RNG.normal(size=ROWS)
    other = targets + 1.0 * RNG.normal(size=ROWS)
    race = lossctl.race({"off": off, "other": other}, targets=targets, metric="mae", folds=of_fold)
    wanted = []
    for fold in range(5):
        fit, judged = of_fold != fold, of_fold == fold
        shift = np.median(targets[fit] - off[fit])
        wanted.append(np.abs(targets[judged] - off[judged] - shift).mean())
    assert entry(race, "off", "bias").scores == pytest.approx(wanted, rel=1e-9)
    assert (race.winner.candidate, race.winner.step) == ("off", "bias")


def test_rankings_have_no_steps() -> None:
    race = lossctl.race(PAIR, targets=LABELS, metric="roc_auc")
    assert {one.step for one in race.candidates} == {""}


def test_a_step_that_changes_no_fold_is_no_entry() -> None:
    # no cut is better than 0, and there are as many labels below as above it
    labels = np.tile([0, 1], ROWS // 2)
    scores = np.where(labels == 1, 1.0, -1.0) + 0.01 * RNG.normal(size=ROWS)
    pair = {"sure": 5.0 * scores, "less": scores}
    race = lossctl.race(pair, targets=labels, metric="accuracy", folds=of_fold)
    assert [one.step for one in race.candidates] == ["", ""]
    assert race.unchanged == ("sure, then threshold 0.5", "less, then threshold 0.5")


def test_classes_under_other_names() -> None:
    names = np.array(["no", "yes"])[LABELS]
    race = lossctl.race(PAIR, targets=names, metric="balanced_accuracy", folds=of_fold)
    plain = lossctl.race(PAIR, targets=LABELS, metric="balanced_accuracy", folds=of_fold)
    assert race.candidates == plain.candidates
    assert "no, yes" in race.notes[0]


def test_time_is_never_turned_round() -> None:
    (drawing,) = drawn(100, 3, serial=True, folds=4)
    assert drawing.folds == [0, 1, 2, 3]
    for fold in drawing.folds:
        assert drawing.trains(fold).max() < drawing.judges(fold).min()
    assert drawing.trains(0).size == 20


def test_groups_stay_whole() -> None:
    groups = RNG.integers(12, size=200)
    for serial in (False, True):
        for drawing in drawn(200, 2, groups=groups, serial=serial, folds=3):
            for group in np.unique(groups):
                assert len(np.unique(drawing.numbers[groups == group])) == 1


def test_classes_are_spread_evenly() -> None:
    labels = np.repeat([0, 1], [90, 10])
    for drawing in drawn(100, 3, labels=labels):
        assert [labels[drawing.judges(fold)].sum() for fold in drawing.folds] == [2] * 5
    first, second, _ = drawn(100, 3, labels=labels)
    assert not np.array_equal(first.numbers, second.numbers)


def test_rows_in_no_fold_are_trained_on() -> None:
    drawing = given(np.array([-1, -1, 0, 1, 0, 1]), 6)
    assert drawing.trains(0).tolist() == [0, 1, 3, 5]
    assert drawing.judges(0).tolist() == [2, 4]
    assert drawing.share == pytest.approx(0.5)
    assert isinstance(drawing, Drawing)


@pytest.mark.parametrize(
    ("numbers", "serial", "said"),
    [
        ([0, 0, 0], False, "holds 1 folds"),
        ([0, 1], False, "there are 3 rows"),
        ([0.5, 1, 0], False, "whole numbers"),
        ([-3, 1, 0], False, "−1 is none"),
        ([0, 1, 1], True, "no row comes before fold 0"),
    ],
)
def test_folds_that_are_none(numbers: list[float], serial: bool, said: str) -> None:
    with pytest.raises(DataError, match=said):
        given(np.array(numbers), 3, serial=serial)


def test_a_candidate_that_cannot_be_judged_is_left_out() -> None:
    odd = {**PAIR, "broken": np.where(np.arange(ROWS) == 5, np.nan, LOGITS)}
    race = lossctl.race(odd, targets=LABELS, metric="log_loss", folds=of_fold, steps=False)
    assert set(race.failures) == {"broken"}
    assert race.winner.candidate == "good"


def test_one_candidate_that_is_left_wins_nothing() -> None:
    odd = {"good": LOGITS, "broken": np.where(np.arange(ROWS) == 5, np.nan, LOGITS)}
    race = lossctl.race(odd, targets=LABELS, metric="log_loss", folds=of_fold, steps=False)
    lines = sentences(race)
    assert lines[0] == "good alone is left: there is no other to compare it with."
    assert not any("comparison" in line or "wins" in line for line in lines)


def test_a_row_of_a_table_is_named_by_its_number_there(tmp_path: Path) -> None:
    scores = np.where(np.arange(ROWS) == 207, np.nan, LOGITS)
    lines = ["p,t", *(f"{p},{t}" for p, t in zip(scores, LABELS, strict=True))]
    table = tmp_path / "t.csv"
    table.write_text("\n".join(lines), encoding="utf-8")
    fold = np.where(np.arange(ROWS) < 100, -1, of_fold)  # the first are not judged
    for place, said in (
        (f"{table}::p", "1 NaN in data row 208 ("),
        (scores, "1 NaN in row 207 ("),
    ):
        race = lossctl.race(
            {"odd": place, "good": LOGITS},
            targets=f"{table}::t", metric="log_loss", folds=fold, steps=False,
        )  # fmt: skip
        assert said in race.failures["odd"]
    of_table = lossctl.check(table=table, column={"predictions": "p", "targets": "t"})
    of_arrays = lossctl.check(scores, LABELS)
    for found, said in ((of_table, "data row 208"), (of_arrays, "item 207")):
        (finding,) = [one for one in found.findings if one.code == "LC501"]
        assert finding.message == f"predictions: 1 NaN in {said}"
        assert finding.to_dict()["rows"] == [207]


def test_predictions_of_other_rows_are_no_candidates() -> None:
    shuffled = RNG.permutation(LOGITS)
    race = lossctl.race({**PAIR, "odd": shuffled}, targets=LABELS, metric="log_loss")
    assert "LC" in race.failures["odd"]
    assert race.winner.candidate == "good"
    for broken in (shuffled, -LOGITS):
        with pytest.raises(DataError, match=r"LC\d+ .*; the same of b"):
            lossctl.race({"a": broken, "b": broken}, targets=LABELS, metric="f1")
    targets = 3.0 * LOGITS + RNG.normal(size=ROWS)
    with pytest.raises(DataError, match="LC"):
        lossctl.race({"a": -targets, "b": -LOGITS}, targets=targets, metric="mae")


@pytest.mark.parametrize(
    ("keywords", "error", "said"),
    [
        ({"metric": "acuracy"}, UsageError, "accuracy"),
        ({"candidates": {"one": LOGITS}}, UsageError, "two candidates"),
        ({"features": np.eye(ROWS)}, UsageError, "one of"),
        ({"model": "network"}, UsageError, "features"),
        ({"folds": 1}, UsageError, "from 2"),
        ({"input": "scores"}, UsageError, "logits, probabilities or labels"),
        ({"input": "logits", "metric": "mae"}, UsageError, "mae takes none"),
        ({"input": "probabilities"}, DataError, "probabilit"),
        ({"input": "logits", "candidates": None, "features": LOGITS}, UsageError, "trained here"),
        ({"targets": LABELS[:5]}, DataError, "rows"),
        ({"targets": np.ones(ROWS)}, DataError, "all the same"),
        ({"metric": "mae", "targets": np.full(ROWS, np.nan)}, DataError, "not finite"),
    ],
)
def test_what_cannot_be_raced(keywords: dict[str, Any], error: type[Exception], said: str) -> None:
    given_words = {"candidates": PAIR, "targets": LABELS, "metric": "accuracy", **keywords}
    with pytest.raises(error, match=said):
        lossctl.race(**given_words)


def test_a_fold_of_one_class_is_left_out_where_a_metric_has_no_value() -> None:
    folds = np.where(LABELS == 1, np.arange(ROWS) % 3, np.arange(ROWS) % 4)
    race = lossctl.race(PAIR, targets=LABELS, metric="roc_auc", folds=folds)
    assert len(race.candidates[0].scores) == 3
    assert any("left out fold 3" in note for note in race.notes)
