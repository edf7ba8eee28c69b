"""What kind of targets these are: codes, texts, grades and counts, zeros, outliers, scales."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

import lossctl
from lossctl.core.errors import UsageError
from lossctl.recommender.recommend import recommend
from lossctl.recommender.recommendation import Recommendation
from lossctl.recommender.robust_scale import far_share, robust_scale
from lossctl.recommender.task_of_targets import log_count

N = 2000


def facts(targets: Any, predictions: Any = None, **answers: Any) -> Recommendation:
    return recommend(targets=targets, predictions=predictions, no_input=True, **answers)


def uneven(codes: list[float], seed: int = 0) -> np.ndarray:
    """Draw codes with shares that neither rise and fall nor thin out."""
    shares = np.resize([5.0, 2.0, 4.0, 1.0, 3.0], len(codes))
    return np.random.default_rng(seed).choice(codes, N, p=shares / shares.sum())


CODES = {
    "from 0": [0, 1, 2, 3],
    "from 1": [1, 2, 3],
    "from 1, many": list(range(1, 12)),
    "tens": [10, 20, 30],
    "gaps": [1, 2, 3, 5, 6, 7],
    "grey": [0, 85, 170, 255],
    "around 0": [-2, -1, 0, 1],
    "hundreds": [100, 200, 404],
}


@pytest.mark.parametrize("name", CODES)
def test_codes_are_classes(name: str) -> None:
    found = facts(uneven(CODES[name]))
    assert found.path.answers["task"] == "classification"
    assert found.path.answers["classes"] == "multiclass"
    assert len(found.measured.facts["class_counts"]) == len(CODES[name])


@pytest.mark.parametrize("words", [["red", "green", "blue"], ["no", "yes"], ["a", "b", "c", "d"]])
def test_texts_are_classes(words: list[str]) -> None:
    shares = np.array([8.0, 4.0, 2.0, 1.0][: len(words)])  # they thin out as counts may
    targets = np.random.default_rng(0).choice(words, N, p=shares / shares.sum())
    assert facts(targets).path.answers["task"] == "classification"


COUNTS = {
    "few children": np.minimum(np.random.default_rng(0).poisson(0.8, N), 3),
    "household": 1 + np.minimum(np.random.default_rng(1).poisson(1.1, N), 4),
    "visits": np.minimum(np.random.default_rng(2).negative_binomial(1, 0.5, N), 4),
    # by chance some values are commoner than the one below
    "children of 500": np.repeat(np.arange(11), [125, 109, 89, 54, 54, 29, 18, 5, 11, 4, 2]),
}


@pytest.mark.parametrize("name", COUNTS)
def test_counts_of_few_values_ask(name: str) -> None:
    with pytest.raises(UsageError, match="could be classes or counts"):
        recommend(targets=COUNTS[name])
    assert facts(COUNTS[name], task="regression").path.answers["support"] == "counts"


def test_amounts_with_a_gap_ask() -> None:
    arrests = np.repeat([0, 1, 2, 3, 4, 5, 6, 12], [359, 102, 23, 6, 3, 4, 2, 1])
    with pytest.raises(UsageError, match="could be classes or amounts"):
        facts(arrests)


def test_values_whose_gaps_widen_ask() -> None:
    """How often in a year, as a survey asks it; the shares rise at the end."""
    times = np.repeat([0, 1, 2, 3, 7, 12], [451, 34, 17, 19, 42, 38])
    with pytest.raises(UsageError, match="could be classes or amounts"):
        facts(times)
    assert facts(times, task="regression").path.answers["task"] == "regression"


def test_grades_are_a_kind_of_their_own() -> None:
    grades = np.repeat([3, 4, 5, 6, 7, 8], [10, 53, 681, 638, 199, 18])
    grades = np.random.default_rng(0).permutation(grades)
    with pytest.raises(UsageError, match="could be ordered grades or counts"):
        recommend(targets=grades)
    found = facts(grades, task="classification")
    assert found.path.answers["classes"] == "ordinal"
    assert found.leaf.id == "ce_ordinal"
    scores = np.random.default_rng(0).normal(size=(len(grades), 6))
    assert facts(grades, scores).path.answers["classes"] == "ordinal"
    assert facts(grades, scores, classes="multiclass").leaf.id != "ce_ordinal"
    assert facts(uneven([0, 1, 2, 3, 4, 5])).path.answers["classes"] == "multiclass"


def test_codes_are_numbered_for_the_loss() -> None:
    """The prepared targets, by the expression that the note prints, give the value by hand."""
    rng = np.random.default_rng(0)
    labels = rng.choice(3, 300, p=[0.5, 0.2, 0.3])
    scores = rng.normal(size=(300, 3)) + 2 * np.eye(3)[labels]
    targets = np.array([10, 20, 40])[labels]
    found = facts(targets, scores, metric="log_loss")
    (change,) = found.prepare
    assert change.expression == "np.searchsorted([10, 20, 40], targets)"
    assert np.array_equal(change.apply(targets), labels)
    assert np.array_equal(eval(change.expression, {"np": np, "targets": targets}), labels)  # noqa: S307
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    value = lossctl.compute(found.loss, scores, change.apply(targets), **found.options).value
    assert value == pytest.approx(-log_p[np.arange(300), labels].mean())
    assert found.measured.facts["error_rate"] == pytest.approx(
        np.mean(scores.argmax(axis=1) != labels), rel=1e-5
    )


ZEROS = {
    "Poisson 1": (lambda r: r.poisson(1, N), "counts"),
    "Poisson 0.1": (lambda r: r.poisson(0.1, N), "counts"),
    "Poisson 4": (lambda r: r.poisson(4, N), "counts"),
    "negative binomial": (lambda r: r.negative_binomial(2, 0.3, N), "counts"),
    "one in ten more": (lambda r: r.poisson(3, N) * (r.uniform(size=N) < 0.9), "zero_inflated"),
    "half": (lambda r: r.poisson(6, N) * (r.uniform(size=N) < 0.5), "zero_inflated"),
    "amounts, 3 % zeros": (
        lambda r: r.gamma(2, 9, N) * (r.uniform(size=N) > 0.03), "zero_inflated"),
    "rounded amounts": (lambda r: np.round(r.exponential(1, N), 1), "real"),
}  # fmt: skip


@pytest.mark.parametrize("name", ZEROS)
@pytest.mark.parametrize("seed", range(5))
def test_zero_inflation_at_any_rate(name: str, seed: int) -> None:
    draw, support = ZEROS[name]
    found = facts(draw(np.random.default_rng(seed)), task="regression")
    assert found.path.answers["support"] == support


def test_the_distribution_of_counts_is_that_of_scipy() -> None:
    for k in range(6):
        assert log_count(k, 1.7, np.inf) == pytest.approx(stats.poisson.logpmf(k, 1.7))
        assert log_count(k, 1.7, 0.6) == pytest.approx(
            stats.nbinom.logpmf(k, 0.6, 0.6 / (0.6 + 1.7))
        )


NOISE = {
    "Gaussian": lambda r, n: r.normal(size=n),
    "Laplace": lambda r, n: r.laplace(size=n),
    "skewed": lambda r, n: r.exponential(size=n),
    "uniform": lambda r, n: r.uniform(-1, 1, n),
}


@pytest.mark.parametrize("name", NOISE)
@pytest.mark.parametrize("growing", [False, True])
def test_ordinary_noise_has_no_outliers(name: str, growing: bool) -> None:
    """Also where it grows with the prediction a hundredfold."""
    rng = np.random.default_rng(0)
    level = np.exp(rng.uniform(0, np.log(100), N)) if growing else np.ones(N)
    targets = 5 * level + level * NOISE[name](rng, N)
    assert (
        facts(targets, 5 * level + 1e-9 * rng.normal(size=N), task="regression").path.answers[
            "outliers"
        ]
        == "none"
    )
    hit = rng.uniform(size=N) < 0.05
    far = np.where(hit, targets + level * rng.choice([-40, 40], N), targets)
    assert facts(far, 5 * level, task="regression").path.answers["outliers"] == "some"


def test_zero_heavy_targets_have_no_outliers() -> None:
    rng = np.random.default_rng(0)
    gifts = rng.gamma(1, 20, N) * (rng.uniform(size=N) < 0.4)
    found = facts(gifts, gifts.mean() + rng.normal(size=N), task="regression")
    assert "outliers" not in found.path.answers
    assert "outlier_share" not in found.measured.facts


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e5])
@pytest.mark.parametrize("kind", ["targets", "residuals", "skewed"])
def test_thresholds_have_the_unit_of_the_targets(unit: float, kind: str) -> None:
    """Half the robust standard deviation, in the leaf, the guides' block and the alternatives."""
    rng = np.random.default_rng(0)
    targets = np.exp(rng.normal(size=N)) if kind == "skewed" else rng.normal(3, 2, N)
    predictions = targets + 0.2 * rng.standard_t(2, N) if kind == "residuals" else None
    measured = targets if predictions is None else targets - predictions
    expected = 0.5 * unit * stats.median_abs_deviation(measured, scale="normal")
    scaled = None if predictions is None else unit * predictions
    for answers in (
        {"goal": "robust"},
        {"outliers": "some"},
        {"metric": "rmse", "outliers": "some"},
    ):
        found = facts(unit * targets, scaled, task="regression", **answers)
        others = [choice for choice, _ in found.alternatives]
        thresholds = [
            value
            for choice in (found.choice, found.guide, *others)
            for name, value in choice.params.items()
            if name in {"delta", "beta", "scale"}
        ]
        assert thresholds
        assert thresholds == pytest.approx([expected] * len(thresholds), rel=6e-3)
        assert not any("divided by" in note for note in found.measured.notes)


def test_without_data_the_unit_is_said() -> None:
    found = recommend(task="regression", outliers="some", no_input=True)
    assert found.params == {"delta": 0.5}
    _, note = found.measured.notes
    assert note.startswith("delta 0.5 is for targets divided by their robust standard deviation")


def test_scales_are_those_of_scipy() -> None:
    values = np.random.default_rng(0).normal(size=999)
    assert robust_scale(values) == pytest.approx(
        stats.median_abs_deviation(values) * 1.4826, rel=1e-12
    )
    assert robust_scale(np.ones(5)) == 0.0
    assert robust_scale(np.array([])) == 0.0
    assert far_share(np.ones(5), None) is None
