"""Wilson's intervals beside SciPy's, and values whose units are all alike.

`binomtest(…).proportion_ci(method="wilson")` is that of `statsmodels.proportion_confint` too.
"""

from typing import Any

import numpy as np
import pytest
from scipy import stats

import lossctl
from lossctl.core.result import Result
from lossctl.metrics.known_metrics import every_metric
from lossctl.uncertainty.shares import effective_size, may_differ, wilson_limits

GENERATOR = np.random.default_rng(17)
TARGETS = GENERATOR.integers(0, 2, 60)
PREDICTIONS = np.where(GENERATOR.random(60) < 0.1, 1 - TARGETS, TARGETS)


def wilson(hits: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    found = stats.binomtest(hits, n).proportion_ci(confidence, method="wilson")
    return float(found.low), float(found.high)


def limits(result: Result) -> tuple[float, float]:
    assert result.interval is not None, result.notes
    assert result.interval.method == "wilson"
    return result.interval.low, result.interval.high


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
@pytest.mark.parametrize(("hits", "n"), [(0, 1), (1, 1), (0, 7), (7, 7), (3, 7), (1, 10**6)])
def test_limits_are_those_of_scipy(hits: int, n: int, confidence: float) -> None:
    found = wilson_limits(hits / n, n, confidence)
    assert found == pytest.approx(wilson(hits, n, confidence), rel=1e-9, abs=1e-12)


def test_the_size_of_plain_observations_is_their_number() -> None:
    error = float(stats.sem([1.0] * 5 + [0.0] * 3))
    assert effective_size(5 / 8, error, 8) == pytest.approx(8.0, rel=1e-12)


def test_the_rule_of_three() -> None:
    for n in (1, 7, 300):
        exact = stats.binomtest(0, n, alternative="less").proportion_ci(0.95, method="exact")
        assert may_differ(n) == pytest.approx(exact.high, rel=1e-9)


def test_accuracies_have_wilsons_interval() -> None:
    right = int(np.count_nonzero(PREDICTIONS == TARGETS))
    found = lossctl.metric("accuracy", PREDICTIONS, TARGETS, interval=True)
    assert limits(found) == pytest.approx(wilson(right, 60), rel=1e-9)
    wrong = lossctl.metric("error_rate", PREDICTIONS, TARGETS, interval=True)
    assert limits(wrong) == pytest.approx(wilson(60 - right, 60), rel=1e-9)
    perfect = lossctl.metric("accuracy", TARGETS[:7], TARGETS[:7], interval=True)
    assert limits(perfect) == pytest.approx(wilson(7, 7), rel=1e-9)


def test_ratios_are_shares_of_what_is_below_their_line() -> None:
    hits = int(np.count_nonzero((PREDICTIONS == 1) & (TARGETS == 1)))
    for name, below in (("precision", PREDICTIONS), ("recall", TARGETS)):
        found = lossctl.metric(name, PREDICTIONS, TARGETS, interval=True)
        assert limits(found) == pytest.approx(wilson(hits, int(below.sum())), rel=1e-7)
        perfect = lossctl.metric(name, TARGETS, TARGETS, interval=True)
        ones = int(TARGETS.sum())
        assert limits(perfect) == pytest.approx(wilson(ones, ones), rel=1e-9)
    three = np.array([0, 1, 2, 0, 1, 2, 0, 1])
    said = np.array([0, 1, 2, 0, 1, 2, 0, 2])
    micro = lossctl.metric("precision", said, three, average="micro", interval=True)
    assert limits(micro) == pytest.approx(wilson(7, 8), rel=1e-7)


def test_slices_of_shares_too() -> None:
    side = np.repeat(["a", "b"], 30)
    found = lossctl.metric("accuracy", PREDICTIONS, TARGETS, by={"side": side})
    for one in found.slices:
        here = side == one.name
        right = int(np.count_nonzero((PREDICTIONS == TARGETS)[here]))
        assert one.interval == pytest.approx(wilson(right, 30), rel=1e-9)
    perfect = lossctl.metric("accuracy", TARGETS, TARGETS, by={"side": side})
    assert [one.interval for one in perfect.slices] == [pytest.approx(wilson(30, 30))] * 2


def test_weighted_shares_have_the_size_that_their_error_amounts_to() -> None:
    """Weights that are all 2 amount to none; unequal ones amount to fewer rows."""
    args: dict[str, Any] = {"interval": True}
    plain = limits(lossctl.metric("accuracy", PREDICTIONS, TARGETS, **args))
    double = lossctl.metric("accuracy", PREDICTIONS, TARGETS, weights=np.full(60, 2.0), **args)
    assert limits(double) == pytest.approx(plain, rel=1e-9)
    weights = np.where(np.arange(60) < 30, 9.0, 1.0)
    uneven = lossctl.metric("accuracy", PREDICTIONS, TARGETS, weights=weights, **args)
    low, high = limits(uneven)
    assert high - low > plain[1] - plain[0]
    perfect = lossctl.metric("accuracy", TARGETS, TARGETS, weights=weights, **args)
    assert perfect.interval is None
    assert perfect.alike == 60


@pytest.mark.parametrize("name", ["f1", "jaccard_score", "balanced_accuracy", "mcc", "roc_auc"])
def test_intervals_end_at_the_range(name: str) -> None:
    """One error in 24 rows: the delta method alone goes beyond 1."""
    targets = np.arange(24) % 2
    predictions = targets.astype(float)
    predictions[0], predictions[1] = (1.0, 1.0) if name != "roc_auc" else (0.5, 0.4)
    found = lossctl.metric(name, predictions, targets, interval=True)
    assert found.interval is not None
    assert found.interval.high == 1.0
    assert found.interval.low < float(found)
    assert any(note.startswith("the interval ends at the range of") for note in found.notes)


def test_the_range_in_words() -> None:
    said = {metric.id: metric.best_range for metric in every_metric()}
    assert said["f1"] == "0 to 1"
    assert said["mcc"] == "−1 to 1"
    assert said["r2"] == "up to 1"
    assert said["max_error"] == "at least 0"


@pytest.mark.parametrize("measure", ["mae", "rmse", "f1", "roc_auc"])
def test_units_that_are_all_alike_have_no_interval(measure: str) -> None:
    compute = lossctl.compute if measure in {"mae", "rmse"} else lossctl.metric
    targets = np.arange(8) % 2
    found = compute(measure, targets.astype(float), targets, interval=True)  # type: ignore[operator]
    assert found.interval is None
    assert found.alike == 8
    assert any("all 8 items are alike" in note for note in found.notes)


def test_a_few_units_that_are_all_alike_decide_nothing() -> None:
    few = lossctl.metric("f1", TARGETS, TARGETS, interval=True)
    strict = lossctl.judge(few, fail_under=0.9, undecided="fail")
    assert strict.exit_code == 4
    assert "all 60 are alike, of others 4.9 % may differ: undecided" in strict.failures[0]
    assert lossctl.judge(few, fail_under=0.9, undecided="pass").exit_code == 0
    assert lossctl.judge(few, fail_under=0.9).exit_code == 0, "the value alone"
    many = np.tile(TARGETS, 5)  # 300: at most 1 % may differ
    result = lossctl.metric("f1", many, many, interval=True)
    assert lossctl.judge(result, fail_under=0.9, undecided="fail").exit_code == 0
    wrong = lossctl.compute("mae", [2.0] * 7, [0.0] * 7, interval=True)
    assert lossctl.judge(wrong, fail_over=1.0, undecided="pass").exit_code == 1
    assert lossctl.judge(wrong, fail_over=2.0, undecided="fail").exit_code == 4


def test_a_perfect_slice_of_a_few_rows_is_undecided() -> None:
    side = np.repeat(["a", "b"], [12, 48])
    found = lossctl.metric("f1", TARGETS, TARGETS, by={"side": side})
    assert "side: no interval of a and b" in " ".join(found.notes)
    judged = lossctl.judge(found, fail_under="f1[side=a]=0.5", undecided="fail")
    assert judged.exit_code == 4
    right = lossctl.metric("accuracy", TARGETS, TARGETS, by={"side": side})
    low, _ = wilson(12, 12)
    assert lossctl.judge(right, fail_under=f"[side=a]={low - 1e-6}", undecided="fail")
    strict = lossctl.judge(right, fail_under=f"[side=a]={low + 1e-6}", undecided="fail")
    assert strict.exit_code == 4


def test_a_baseline_of_a_few_equal_rows_is_undecided() -> None:
    before = lossctl.compute("mae", [1.0] * 7, [0.0] * 7, interval=True, context=True)
    after = lossctl.compute("mae", [0.5] * 7, [0.0] * 7, interval=True, context=True)
    judged = lossctl.judge(after, baseline=before, undecided="fail")
    assert judged.exit_code == 4
    assert "all 7 are alike" in judged.failures[0]
    assert lossctl.judge(after, baseline=before).exit_code == 0
