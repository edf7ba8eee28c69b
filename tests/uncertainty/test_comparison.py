"""Verdicts, gates, and the rows that would decide, against SciPy and by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from lossctl.uncertainty.comparison import (
    Comparison,
    compared,
    detectable_difference,
    one_sided_gate,
    rows_needed,
    verdict,
)
from lossctl.uncertainty.paired import Difference, PairCounts
from tests.uncertainty._pairs import compare_means

RNG = np.random.default_rng(1717171)


def difference_of(
    value: float, error: float, n: int = 101, p_value: float | None = 0.0
) -> Difference:
    """Return a difference whose interval is value ∓ 2·error at 95 %, ∓ error at 90 %."""

    def limits(confidence: float) -> tuple[float, float]:
        half = {0.95: 2.0, 0.9: 1.0}[round(confidence, 9)] * error
        return value - half, value + half

    return Difference(10.0, 10.0 + value, value, error, n - 1.0, n, p_value, limits, "t")


@pytest.mark.parametrize(
    ("value", "margin", "expected"),
    [
        (2.1, 0.0, "worse"), (1.9, 0.0, "undecided"), (-2.1, 0.0, "better"),
        (2.5, 0.4, "worse"), (2.3, 0.4, "undecided"), (-2.5, 0.4, "better"),
        (0.9, 3.0, "equivalent"), (-0.9, 3.0, "equivalent"), (1.1, 3.0, "undecided"),
        (5.1, 3.0, "worse"), (4.9, 3.0, "undecided"),
    ],
)  # fmt: skip
def test_verdict_is_where_the_interval_lies(value: float, margin: float, expected: str) -> None:
    assert verdict(difference_of(value, 1.0), 0.95, margin) == expected


@pytest.mark.parametrize(
    ("value", "margin", "expected"),
    [
        (-1.1, 0.0, "worse"), (-0.9, 0.0, "undecided"), (1.1, 0.0, "not worse"),
        (-1.6, 0.5, "worse"), (-1.4, 0.5, "undecided"), (0.6, 0.5, "not worse"),
        (0.4, 0.5, "undecided"),
    ],
)  # fmt: skip
def test_the_gate_of_scores_asks_whether_the_model_has_less(
    value: float, margin: float, expected: str
) -> None:
    """Bounds of scores, of which more is better, lie 1 from the difference."""
    difference = difference_of(value, 1.0)
    assert one_sided_gate(difference, 0.95, margin, higher_is_better=True) == expected
    mirrored = difference_of(-value, 1.0)
    assert one_sided_gate(mirrored, 0.95, margin) == expected


def test_verdict_never_contradicts_the_p_value() -> None:
    assert verdict(difference_of(2.1, 1.0, p_value=0.06)) == "undecided"
    assert verdict(difference_of(2.1, 1.0, p_value=None)) == "undecided"
    assert verdict(difference_of(0.5, 1.0, p_value=0.06), 0.95, 3.0) == "equivalent"


def test_identical_models_are_equivalent_and_pass_the_gate() -> None:
    losses = RNG.normal(size=30)
    difference, *_ = compare_means(losses, losses)
    assert verdict(difference) == "equivalent"
    assert one_sided_gate(difference) == "not worse"
    comparison = compared(difference, loss="mse", names=("old", "new"))
    assert (comparison.p_value, comparison.verdict, comparison.interval) == (
        None, "equivalent", (0.0, 0.0),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "margin", "expected"),
    [
        (1.1, 0.0, "worse"), (0.9, 0.0, "undecided"), (-0.9, 0.0, "undecided"),
        (-1.1, 0.0, "not worse"), (1.4, 0.5, "undecided"), (1.6, 0.5, "worse"),
        (-0.5, 0.5, "not worse"), (-0.4, 0.5, "undecided"),
    ],
)  # fmt: skip
def test_gate_is_one_sided(value: float, margin: float, expected: str) -> None:
    """At 95 % one-sided, each bound is that of the two-sided interval at 90 %."""
    assert one_sided_gate(difference_of(value, 1.0), 0.95, margin) == expected


@pytest.mark.parametrize("margin", [0.0, 0.01])
def test_gate_is_scipys_one_sided_t_test(margin: float) -> None:
    worse = 0
    for _ in range(200):
        baseline = RNG.exponential(size=30)
        model = baseline + 0.1 * RNG.normal(size=30) + 0.03
        difference, *_ = compare_means(baseline, model)
        p_value = stats.ttest_rel(model - margin, baseline, alternative="greater").pvalue
        gate = one_sided_gate(difference, 0.95, margin)
        assert (gate == "worse") == (p_value < 0.05)
        assert (gate == "not worse") == (p_value > 0.95)
        worse += gate == "worse"
    assert 20 < worse < 180


@pytest.mark.parametrize("margin", [0.0, 0.05, 0.5])
def test_rows_needed_is_the_first_number_that_decides(margin: float) -> None:
    baseline = RNG.exponential(size=200)
    model = baseline + 0.8 * RNG.normal(size=200) + 0.1
    difference, *_ = compare_means(baseline, model)
    rows = rows_needed(difference, 0.95, margin)
    spread = np.std(model - baseline, ddof=1)
    distance = abs(abs(np.mean(model - baseline)) - margin)

    def half_width(n: int) -> float:
        return stats.t(n - 1).ppf(0.975) * spread / math.sqrt(n)

    assert rows is not None
    assert half_width(rows) < distance <= half_width(rows - 1)


def test_rows_needed_is_none_where_no_number_decides() -> None:
    assert rows_needed(difference_of(0.0, 1.0)) is None
    assert rows_needed(difference_of(0.5, 1.0), 0.95, 0.5) is None
    assert rows_needed(difference_of(1e-12, 1.0)) is None
    assert rows_needed(difference_of(1.0, math.nan)) is None
    assert rows_needed(difference_of(0.0, 1.0), 0.95, 0.5) is not None


def test_rows_of_clusters_grow_with_the_clusters() -> None:
    """100 rows in 10 clusters: 4 times the clusters halve the error, and t has 39 degrees."""
    difference = replace(difference_of(1.0, 1.0, n=100), df=9.0)
    rows = rows_needed(difference)
    assert rows is not None
    clusters = rows / 10
    assert stats.t(clusters - 1).ppf(0.975) / math.sqrt(clusters / 10) == pytest.approx(1, rel=0.02)


@pytest.mark.parametrize("n", [8, 50, 5000])
def test_detectable_difference_is_found_with_a_power_of_80_percent(n: int) -> None:
    error = 0.02
    detectable = detectable_difference(difference_of(0.0, error, n=n))
    critical = stats.t(n - 1).ppf(0.975)
    power = stats.nct(n - 1, detectable / error).sf(critical)
    assert power == pytest.approx(0.8, abs=0.02)
    assert detectable_difference(difference_of(0.0, error, n=n), 0.95, 1.0) == detectable + 1.0
    assert detectable_difference(difference_of(0.0, math.nan)) is None


def test_comparison_has_the_fields_of_its_json() -> None:
    baseline = np.array([0.5, 0.5, 1.0, 0.0])
    model = np.array([0.25, 0.5, 0.5, 0.25])
    difference, *_ = compare_means(baseline, model)
    counts = PairCounts.of(baseline, model)
    comparison = compared(difference, loss="mse", names=("old", "new"), margin=0.01, counts=counts)
    fields = comparison.to_dict()
    assert list(fields)[:19] == [
        "loss", "baseline", "model", "baseline_value", "value", "difference", "relative",
        "interval", "confidence", "p_value", "p_adjusted", "method", "n", "wins", "ties", "losses",
        "detectable", "rows_needed", "verdict",
    ]  # fmt: skip
    answer = stats.ttest_rel(model, baseline)
    assert fields["p_value"] == pytest.approx(answer.pvalue, rel=1e-12)
    assert fields["interval"] == pytest.approx(list(answer.confidence_interval()), rel=1e-12)
    assert isinstance(fields["interval"], list)
    assert (fields["baseline_value"], fields["value"], fields["difference"]) == (0.5, 0.375, -0.125)
    assert fields["relative"] == -0.25
    assert (fields["wins"], fields["ties"], fields["losses"], fields["n"]) == (2, 1, 1, 4)
    assert fields["verdict"] == "undecided"


def test_relative_difference_of_a_negative_or_zero_baseline() -> None:
    negative = compared(
        replace(difference_of(1.0, 1.0), baseline=-4.0), loss="nll", names=("a", "b")
    )
    assert negative.relative == 0.25
    zero = compared(replace(difference_of(1.0, 1.0), baseline=0.0), loss="nll", names=("a", "b"))
    assert zero.relative is None
    assert isinstance(zero, Comparison)
    assert zero.wins is None


def test_a_constant_difference_needs_no_further_rows() -> None:
    """Every pair differs by the same: nothing is left to be decided, not even at the margin."""
    sure = replace(difference_of(0.5, 0.0), identical=False)
    assert rows_needed(sure) == sure.n
    assert rows_needed(sure, 0.95, 0.5) == sure.n
