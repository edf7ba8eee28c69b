"""Comparisons of two models against SciPy, and against derivatives taken in another way."""

import math

import numpy as np
import pytest
from scipy import stats

from lossctl.uncertainty.clusters import block_cluster_sums, merge_cluster_sums
from lossctl.uncertainty.comparison import one_sided_gate, rows_needed, verdict
from lossctl.uncertainty.intervals import interval_of_mean
from lossctl.uncertainty.paired import (
    FunctionOfSums,
    PairCounts,
    clustered_difference,
    function_contrast,
    mcnemar_difference,
    mean_contrast,
    paired_columns,
    paired_difference,
    serial_difference,
    unpaired_difference,
    weighted_mean_contrast,
)
from tests.uncertainty._pairs import compare_means, moments_of

RNG = np.random.default_rng(1717)

DICE = FunctionOfSums(
    lambda sums: 1.0 - 2.0 * sums[..., 0] / sums[..., 1],
    lambda sums: np.array([-2.0 / sums[1], 2.0 * sums[0] / sums[1] ** 2]),
)
ROOT_MEAN = FunctionOfSums(  # of the columns squared error and 1
    lambda sums: np.sqrt(sums[..., 0] / sums[..., 1]),
    lambda sums: np.array([0.5, -0.5 * sums[0] / sums[1]]) / np.sqrt(sums[0] * sums[1]),
)


@pytest.mark.parametrize("n", [2, 3, 30, 1000])
@pytest.mark.parametrize(("level", "spread"), [(0.0, 1.0), (1e6, 1e-3), (1e-8, 1e-9)])
def test_paired_t_is_scipys(n: int, level: float, spread: float) -> None:
    baseline = level + spread * RNG.normal(size=n)
    model = baseline + spread * (0.1 * RNG.normal(size=n) + 0.05)
    difference, *_ = compare_means(baseline, model)
    answer = stats.ttest_rel(model, baseline)
    assert difference.p_value == pytest.approx(answer.pvalue, rel=1e-10, abs=1e-300)
    for confidence in (0.8, 0.95):
        limits = answer.confidence_interval(confidence)
        assert difference.limits(confidence) == pytest.approx(tuple(limits), rel=1e-10)
    assert difference.value == pytest.approx(np.mean(model - baseline), rel=1e-13)
    assert difference.baseline == pytest.approx(baseline.mean(), rel=1e-15)
    assert difference.model == pytest.approx(model.mean(), rel=1e-15)


def test_tiny_p_values_keep_their_digits() -> None:
    baseline = RNG.normal(size=500)
    model = baseline + 1.0 + 0.3 * RNG.normal(size=500)
    difference, *_ = compare_means(baseline, model)
    expected = stats.ttest_rel(model, baseline).pvalue
    assert expected < 1e-200
    assert difference.p_value == pytest.approx(expected, rel=1e-10, abs=0.0)


def test_blocks_in_any_order_give_the_same_bits() -> None:
    baseline, change = RNG.normal(size=1000), RNG.normal(size=1000)
    one, *_ = compare_means(baseline, baseline + change)
    order = np.arange(1000).reshape(-1, 100)[::-1].ravel()  # whole blocks, the last first
    first, *_ = compare_means(baseline, baseline + change, size=100)
    second, *_ = compare_means(baseline[order], (baseline + change)[order], size=100)
    assert first.p_value == second.p_value
    assert first.limits(0.95) == second.limits(0.95)
    assert one.p_value == pytest.approx(first.p_value, rel=1e-12)


def test_identical_models_have_no_p_value() -> None:
    losses = RNG.normal(size=20)
    difference, *_ = compare_means(losses, losses)
    assert difference.identical
    assert difference.p_value is None
    assert difference.limits(0.95) == (0.0, 0.0)


@pytest.mark.parametrize("n", [2, 5, 6, 8, 40])
def test_a_constant_difference_is_as_sure_as_a_sign_test(n: int) -> None:
    losses = np.arange(float(n))
    difference, *_ = compare_means(losses, losses + 0.5)
    assert not difference.identical
    exact = stats.binomtest(n, n).pvalue
    assert difference.p_value == pytest.approx(exact, rel=1e-12)
    assert difference.limits(0.95) == (0.5, 0.5)
    assert verdict(difference) == ("worse" if exact <= 0.05 else "undecided")
    assert verdict(difference, margin=1.0) == ("equivalent" if exact <= 0.05 else "undecided")
    one_sided = stats.binomtest(n, n, alternative="greater").pvalue
    assert one_sided_gate(difference) == ("worse" if one_sided <= 0.05 else "undecided")
    assert rows_needed(difference) == max(n, 6), "of 6 rows p is 0.03, of 5 it is 0.06"


def test_one_pair_says_nothing() -> None:
    difference, *_ = compare_means(np.array([1.0]), np.array([2.0]))
    assert difference.p_value is None
    assert difference.limits(0.95) == (-math.inf, math.inf)
    assert difference.value == 1.0


def test_welch_is_scipys() -> None:
    baseline, model = RNG.exponential(size=40), RNG.exponential(1.4, size=75)
    difference = unpaired_difference(
        interval_of_mean(moments_of([baseline])), interval_of_mean(moments_of([model]))
    )
    answer = stats.ttest_ind(model, baseline, equal_var=False)
    assert difference.p_value == pytest.approx(answer.pvalue, rel=1e-10)
    assert difference.limits(0.9) == pytest.approx(
        tuple(answer.confidence_interval(0.9)), rel=1e-10
    )
    assert (difference.n, difference.method) == (115, "welch")


def test_weights_of_one_change_nothing() -> None:
    baseline, model = RNG.exponential(size=(2, 60))
    columns = [baseline, model - baseline, np.ones(60)]
    moments = moments_of(columns)
    weighted = paired_difference(weighted_mean_contrast(moments.sums), moments)
    plain, *_ = compare_means(baseline, model)
    assert weighted.p_value == pytest.approx(plain.p_value, rel=1e-12)
    assert weighted.limits(0.95) == pytest.approx(plain.limits(0.95), rel=1e-12)


def test_weighted_means_are_compared_by_the_variance_of_a_ratio() -> None:
    baseline, model = RNG.exponential(size=(2, 60))
    weights = RNG.uniform(0.2, 4.0, 60)
    columns = [weights * baseline, weights * (model - baseline), weights]
    moments = moments_of(columns)
    difference = paired_difference(weighted_mean_contrast(moments.sums), moments)
    value = np.average(model, weights=weights) - np.average(baseline, weights=weights)
    rest = weights * (model - baseline - value)
    error = np.sqrt(60 / 59 * np.sum(rest**2)) / weights.sum()
    assert difference.value == pytest.approx(value, rel=1e-12)
    assert difference.standard_error == pytest.approx(error, rel=1e-12)
    assert difference.p_value == pytest.approx(2 * stats.t(59).sf(abs(value / error)), rel=1e-9)


@pytest.mark.parametrize("function", [DICE, ROOT_MEAN], ids=["dice", "rmse"])
def test_functions_of_sums_have_the_error_of_the_infinitesimal_jackknife(
    function: FunctionOfSums,
) -> None:
    baseline = np.array([RNG.uniform(1, 50, 40), RNG.uniform(60, 200, 40)])
    model = baseline * RNG.uniform(0.9, 1.2, (2, 40))

    def difference_at(weight: np.ndarray) -> float:
        return float(function.value(model @ weight) - function.value(baseline @ weight))

    step = 1e-4
    ones = np.ones(40)
    influence = np.array(
        [
            (difference_at(ones + step * unit) - difference_at(ones - step * unit)) / (2 * step)
            for unit in np.eye(40)
        ]
    )
    columns = paired_columns(list(baseline), list(model))
    moments = moments_of(columns)
    contrast = function_contrast(moments.sums, function)
    difference = paired_difference(contrast, moments)
    assert difference.value == pytest.approx(difference_at(ones), rel=1e-9)
    assert difference.standard_error == pytest.approx(
        np.sqrt(40 / 39 * np.sum(influence**2)), rel=1e-6
    )
    assert contrast.influence(columns) == pytest.approx(influence, rel=1e-5, abs=1e-9)


def test_models_that_nearly_agree_keep_the_digits_of_their_difference() -> None:
    """Summed for each model alone, squares of 10⁶ would hide differences of 10⁻³ squared."""
    from mpmath import mp, mpf, sqrt

    errors = RNG.normal(size=50) * 1e-3
    baseline = [1e6 + RNG.normal(size=50), np.ones(50)]
    model = [baseline[0] + errors, np.ones(50)]
    moments = moments_of(paired_columns(baseline, model))
    difference = paired_difference(function_contrast(moments.sums, ROOT_MEAN), moments)
    with mp.workdps(50):
        a, b = ([mpf(float(v)) for v in column] for column in (baseline[0], model[0]))
        root_a, root_b = sqrt(sum(a) / 50), sqrt(sum(b) / 50)
        influence = [
            (y / root_b - x / root_a) / 100 - (root_b - root_a) / 100
            for x, y in zip(a, b, strict=True)
        ]
        error = float(sqrt(mpf(50) / 49 * sum(v * v for v in influence)))
    assert difference.standard_error == pytest.approx(error, rel=1e-7)


def test_clustered_difference_is_a_t_test_of_equal_clusters() -> None:
    baseline, model = RNG.exponential(size=(2, 25, 4))
    columns = [baseline.ravel(), (model - baseline).ravel()]
    clusters = merge_cluster_sums([block_cluster_sums(columns, np.repeat(np.arange(25), 4))], 25)
    difference = clustered_difference(mean_contrast(clusters.n, clusters.totals), clusters)
    answer = stats.ttest_rel(model.mean(axis=1), baseline.mean(axis=1))
    assert difference.p_value == pytest.approx(answer.pvalue, rel=1e-10)
    assert difference.method == "cluster"
    same = merge_cluster_sums(
        [block_cluster_sums([columns[0], np.zeros(100)], np.arange(100))], 100
    )
    assert clustered_difference(mean_contrast(100, same.totals), same).identical


def test_serial_difference_of_independent_items_is_near_the_paired_one() -> None:
    baseline, model = RNG.exponential(size=(2, 5000))
    plain, contrast, _ = compare_means(baseline, model)
    difference = serial_difference(contrast, contrast.influence([baseline, model - baseline]))
    assert difference.value == plain.value
    assert difference.standard_error == pytest.approx(plain.standard_error, rel=0.15)


@pytest.mark.parametrize(("wins", "losses"), [(0, 1), (3, 12), (8, 8), (0, 0), (5000, 5200)])
def test_mcnemar_is_the_binomial_test_of_the_items_that_differ(wins: int, losses: int) -> None:
    baseline = np.concatenate([np.ones(wins), np.zeros(losses), np.zeros(5), np.ones(5)])
    model = np.concatenate([np.zeros(wins), np.ones(losses), np.zeros(5), np.ones(5)])
    paired, *_ = compare_means(baseline, model)
    counts = PairCounts.of(baseline[:3], model[:3]) + PairCounts.of(baseline[3:], model[3:])
    assert counts == (wins, 10, losses)
    p_value = mcnemar_difference(paired, counts).p_value
    if wins + losses == 0:
        assert p_value is None
    else:
        assert p_value == pytest.approx(stats.binomtest(wins, wins + losses).pvalue, rel=1e-10)


def test_values_without_any_spread_differ_for_sure_or_not() -> None:
    """Two constants of 3 and 4 items have n − 1 degrees of freedom each."""
    first, second = (interval_of_mean(moments_of([np.full(n, 2.0)])) for n in (3, 4))
    same = unpaired_difference(first, second)
    assert (same.value, same.df, same.standard_error) == (0.0, 5.0, 0.0)
    other = unpaired_difference(first, interval_of_mean(moments_of([np.full(4, 2.5)])))
    assert other.limits(0.95) == (0.5, 0.5)
    assert other.p_value == pytest.approx(2.0**-5, rel=1e-12)
