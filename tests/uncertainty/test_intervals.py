"""Intervals of one value against SciPy, and against derivatives taken in another way."""

import math

import numpy as np
import pytest
from scipy import stats

from lossctl.uncertainty.clusters import (
    ClusterSums,
    block_cluster_sums,
    cluster_interval,
    merge_cluster_sums,
)
from lossctl.uncertainty.intervals import delta_interval, interval_of_mean
from lossctl.uncertainty.moments import Moments, block_moments, merge_moments
from lossctl.uncertainty.serial import serial_error, serial_interval

RNG = np.random.default_rng(171)


def moments_of(*columns: np.ndarray) -> Moments:
    n = len(columns[0])
    return merge_moments(
        [block_moments([c[at : at + 64] for c in columns]) for at in range(0, n, 64)]
    )


@pytest.mark.parametrize("n", [2, 5, 1000])
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_interval_of_a_mean_is_scipys(n: int, confidence: float) -> None:
    losses = 1e6 + 1e-3 * RNG.normal(size=n)
    interval = interval_of_mean(moments_of(losses), confidence)
    answer = stats.ttest_1samp(losses, 1e6).confidence_interval(confidence)
    assert interval.low - 1e6 == pytest.approx(answer.low - 1e6, abs=5e-10)  # 4 ulp
    assert interval.high - 1e6 == pytest.approx(answer.high - 1e6, abs=5e-10)
    assert interval.standard_error == pytest.approx(stats.sem(losses), rel=1e-12)
    assert (interval.n, interval.df, interval.method) == (n, n - 1, "t")


def test_one_item_says_nothing_of_the_mean() -> None:
    interval = interval_of_mean(moments_of(np.array([2.5])))
    assert (interval.value, interval.low, interval.high) == (2.5, -math.inf, math.inf)
    assert math.isnan(interval.standard_error)


def test_equal_losses_leave_no_doubt() -> None:
    interval = interval_of_mean(moments_of(np.full(10, 0.1)))
    assert (interval.low, interval.value, interval.high) == (0.1, 0.1, 0.1)


def test_a_value_that_is_not_a_number_has_no_interval() -> None:
    interval = interval_of_mean(moments_of(np.array([1.0, math.nan])))
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)


def test_a_mean_by_the_delta_method_is_students_t() -> None:
    losses = RNG.exponential(size=300)
    by_delta = delta_interval(moments_of(losses), np.array([1 / 300]), losses.mean())
    by_t = interval_of_mean(moments_of(losses))
    assert (by_delta.low, by_delta.high) == pytest.approx((by_t.low, by_t.high), rel=1e-13)


def test_weighted_mean_has_the_linearized_variance_of_a_ratio() -> None:
    """Cochran, Sampling Techniques (1977), 2.11: n/(n − 1)·Σw²(x − mean)²/(Σw)²."""
    losses, weights = RNG.exponential(size=80), RNG.uniform(0.1, 3.0, 80)
    mean = np.average(losses, weights=weights)
    gradient = np.array([1.0, -mean]) / weights.sum()
    interval = delta_interval(moments_of(weights * losses, weights), gradient, mean)
    by_hand = np.sqrt(80 / 79 * np.sum(weights**2 * (losses - mean) ** 2)) / weights.sum()
    assert interval.standard_error == pytest.approx(by_hand, rel=1e-12)
    assert interval.high == pytest.approx(mean + stats.t(79).ppf(0.975) * by_hand, rel=1e-12)


def test_dice_has_the_error_that_leaving_out_each_sample_shows() -> None:
    """The infinitesimal jackknife in float: each sample's weight is moved a little."""
    overlap, sizes = RNG.uniform(1, 50, 40), RNG.uniform(60, 200, 40)

    def dice(weight: np.ndarray) -> float:
        return 1.0 - 2.0 * (weight @ overlap) / (weight @ sizes)

    step = 1e-5
    influence = [
        (dice(np.ones(40) + step * unit) - dice(np.ones(40) - step * unit)) / (2 * step)
        for unit in np.eye(40)
    ]
    by_hand = np.sqrt(40 / 39 * np.sum(np.square(influence)))
    total = sizes.sum()
    gradient = np.array([-2.0 / total, 2.0 * overlap.sum() / total**2])
    interval = delta_interval(moments_of(overlap, sizes), gradient, dice(np.ones(40)))
    assert interval.standard_error == pytest.approx(by_hand, rel=1e-7)


def test_perplexity_goes_through_exp() -> None:
    losses = RNG.exponential(size=50)
    mean = interval_of_mean(moments_of(losses), 0.9)
    perplexity = mean.through(math.exp, math.exp(mean.value))
    t = stats.ttest_1samp(losses, 0.0).confidence_interval(0.9)
    assert perplexity.low == pytest.approx(math.exp(t.low), rel=1e-12)
    assert perplexity.high == pytest.approx(math.exp(t.high), rel=1e-12)
    expected = math.exp(losses.mean()) * stats.sem(losses)
    assert perplexity.standard_error == pytest.approx(expected, rel=1e-12)


# statsmodels 0.15: OLS on a constant, cov_type="cluster" and "HAC", use_correction=True, use_t
VALUES = np.array([3.0, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8])
CLUSTERS = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 4])
CLUSTER_ERROR, CLUSTER_LIMITS = 0.7670389595268934, (2.20369177, 6.4629749)
HAC_ERRORS = {0: 0.7316785737969479, 2: 0.6700252101728082, 5: 0.6463659962608914}


def clusters_of(columns: list[np.ndarray], codes: np.ndarray, size: int) -> ClusterSums:
    blocks = [
        block_cluster_sums([c[at : at + size] for c in columns], codes[at : at + size])
        for at in range(0, len(codes), size)
    ]
    return merge_cluster_sums(blocks, int(codes.max()) + 1)


@pytest.mark.parametrize("size", [1, 5, 12])
@pytest.mark.parametrize("level", [0.0, 1e9])
def test_clustered_mean_is_that_of_statsmodels(size: int, level: float) -> None:
    clusters = clusters_of([level + VALUES], 3 * CLUSTERS, size)  # some codes have no item
    interval = cluster_interval(clusters, np.array([1 / 12]), float(clusters.totals[0] / 12))
    assert interval.standard_error == pytest.approx(CLUSTER_ERROR, rel=1e-12)
    assert (interval.low - level, interval.high - level) == pytest.approx(CLUSTER_LIMITS, rel=2e-7)
    assert (interval.n, interval.df, interval.method) == (12, 4, "cluster")


def test_a_cluster_for_every_item_is_the_delta_method() -> None:
    losses, weights = RNG.exponential(size=50), RNG.uniform(0.5, 2.0, 50)
    mean = float(np.average(losses, weights=weights))
    gradient = np.array([1.0, -mean]) / weights.sum()
    columns = [weights * losses, weights]
    by_cluster = cluster_interval(clusters_of(columns, np.arange(50), 50), gradient, mean)
    by_delta = delta_interval(moments_of(*columns), gradient, mean)
    assert by_cluster.low == pytest.approx(by_delta.low, rel=1e-13)
    assert by_cluster.high == pytest.approx(by_delta.high, rel=1e-13)


def test_clusters_of_equal_size_are_a_t_test_of_their_means() -> None:
    losses = RNG.exponential(size=(30, 8))
    clusters = clusters_of([losses.ravel()], np.repeat(np.arange(30), 8), 100)
    interval = cluster_interval(clusters, np.array([1 / 240]), losses.mean())
    t = stats.ttest_1samp(losses.mean(axis=1), 0.0).confidence_interval()
    assert (interval.low, interval.high) == pytest.approx((t.low, t.high), rel=1e-12)


def test_one_cluster_says_nothing() -> None:
    clusters = clusters_of([VALUES], np.zeros(12, int), 5)
    interval = cluster_interval(clusters, np.array([1 / 12]), 4.0)
    assert (interval.low, interval.high) == (-math.inf, math.inf)


@pytest.mark.parametrize("lag", [0, 2, 5])
def test_newey_west_is_that_of_statsmodels(lag: int) -> None:
    assert serial_error(VALUES / 12, lag).error == pytest.approx(HAC_ERRORS[lag], rel=1e-12)


def test_newey_west_is_the_same_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    walk = 0.1 * np.cumsum(RNG.normal(size=1000)) + RNG.normal(size=1000)
    whole = serial_error(walk)
    monkeypatch.setattr("lossctl.uncertainty.serial.PIECE", 37)
    assert serial_error(walk).error == pytest.approx(whole.error, rel=1e-11)
    assert serial_error(walk).df == whole.df


def test_independent_items_have_nearly_the_error_of_a_mean() -> None:
    losses = RNG.normal(size=20_000)
    error, df = serial_error(losses / 20_000)
    assert error == pytest.approx(stats.sem(losses), rel=0.1)
    assert df == pytest.approx(1.5 * 20_000 / 184)  # S = ⌈1.3·√20000⌉


def test_correlated_items_have_the_error_of_their_long_run_variance() -> None:
    """AR(1) with ρ = 0.6 and unit innovations: the mean has variance 1/(1 − ρ)²/n."""
    noise = RNG.normal(size=200_000)
    series = np.empty_like(noise)
    state = 0.0
    for at, step in enumerate(noise):
        state = 0.6 * state + step
        series[at] = state
    interval = serial_interval(series / len(series), series.mean())
    assert interval.standard_error == pytest.approx(1 / 0.4 / math.sqrt(200_000), rel=0.1)


def test_a_constant_series_has_no_error() -> None:
    assert serial_error(np.full(50, 0.25)).error == 0.0
    assert math.isnan(serial_error(np.ones(1)).error)


def test_a_serial_error_has_the_degrees_of_freedom_of_its_lag() -> None:
    """1.5·n/(lag + 1), and n − 1 at most."""
    influence = RNG.normal(size=20)
    assert [serial_error(influence, lag).df for lag in (0, 1, 4, 40)] == [19.0, 15.0, 6.0, 1.5]
    assert serial_error(influence).df == 5.0  # a lag of ⌈1.3·√20⌉ − 1 = 5
