"""The bootstrap: its distribution, its bits for any cutting, and SciPy's resampling."""

import math

import numpy as np
import pytest
from scipy import stats

from lossctl.uncertainty.bootstrap import (
    THRESHOLDS,
    block_replicates,
    bootstrap_difference,
    bootstrap_interval,
    merge_replicates,
    multiplicities,
)
from lossctl.uncertainty.clusters import block_cluster_sums, cluster_interval, merge_cluster_sums
from lossctl.uncertainty.paired import function_contrast, paired_columns, paired_difference
from lossctl.uncertainty.random_words import group_words
from tests.uncertainty._pairs import compare_means, moments_of
from tests.uncertainty.test_paired import DICE

RNG = np.random.default_rng(17171)


def mean_of(sums: np.ndarray) -> np.ndarray:
    """Mean of the columns w·x and w."""
    return sums[..., 0] / sums[..., 1]


def test_multiplicities_are_poisson_to_sixteen_bits() -> None:
    """Every word once: the counts are the probabilities times 2¹⁶, rounded."""
    words = np.arange(2**16, dtype="<u2").view("<u8").reshape(-1, 16)
    counts = np.bincount(multiplicities(words).ravel(), minlength=9)
    below = np.round(2**16 * stats.poisson(1.0).cdf(np.arange(-1, 8)))
    assert counts[:8].tolist() == np.diff(below).tolist()
    assert counts.sum() == 2**16
    values = np.arange(9)
    assert (counts * values).sum() == 2**16  # a mean of exactly 1
    assert (counts * (values - 1) ** 2).sum() == pytest.approx(2**16, rel=5e-5)
    assert len(THRESHOLDS) == 8


def test_draws_of_rows_and_replicates_are_independent() -> None:
    """Count single rows: n rows × B replicates of an indicator each."""
    rows = np.eye(6)
    replicates = block_replicates(list(rows), 1000, replicates=20_000)
    drawn = np.bincount(replicates.sums.astype(int).ravel(), minlength=9)[:5]
    expected = 120_000 * stats.poisson(1.0).pmf(np.arange(5))
    assert stats.chisquare(drawn, expected * drawn.sum() / expected.sum()).pvalue > 1e-4
    correlation = np.corrcoef(replicates.sums.T) - np.eye(6)
    assert np.abs(correlation).max() < 4.5 / math.sqrt(20_000)
    neighbours = np.corrcoef(replicates.sums[:-1, 0], replicates.sums[1:, 0])[0, 1]
    assert abs(neighbours) < 4.5 / math.sqrt(20_000)


def test_a_row_draws_the_same_wherever_it_is_cut() -> None:
    n = 5000
    values = RNG.integers(-50, 50, n).astype(float)  # integers: sums are exact in any order
    whole = block_replicates([values], 7, seed=3, replicates=100)
    for size in (1, 700, 2048, 4999):
        parts = [
            block_replicates([values[at : at + size]], 7 + at, seed=3, replicates=100)
            for at in range(0, n, size)
        ]
        joined = merge_replicates(parts)
        assert joined.sums.tobytes() == whole.sums.tobytes()
        assert joined.counts.tobytes() == whole.counts.tobytes()


def test_more_replicates_begin_with_the_same_and_seeds_differ() -> None:
    values = RNG.normal(size=300)
    few = block_replicates([values], 0, replicates=70)
    many = block_replicates([values], 0, replicates=200)
    assert few.sums.shape == (70, 1)
    assert many.sums[:70].tobytes() == few.sums.tobytes()
    other = block_replicates([values], 0, seed=1, replicates=70)
    assert not np.array_equal(other.sums, few.sums)


def test_words_of_a_row_are_those_of_its_counter() -> None:
    """Row r is counter r·c of Philox with the key, drawn alone."""
    ((_, _, words),) = group_words((5, 9), (0, 10), 4)
    for row in (0, 3, 9):
        alone = np.random.Philox(key=np.array([5, 9], np.uint64), counter=4 * row)
        assert alone.random_raw(16).tolist() == words[row].tolist()


def test_rows_without_an_item_are_not_counted() -> None:
    values, present = RNG.normal(size=200), RNG.random(200) < 0.6
    replicates = block_replicates([np.where(present, values, 0.0)], 0, counted=present)
    assert replicates.counts.mean() == pytest.approx(present.sum(), rel=0.03)


def test_percentile_interval_is_near_scipys() -> None:
    losses, weights = RNG.exponential(size=400), RNG.uniform(0.5, 2.0, 400)
    replicates = block_replicates([weights * losses, weights], 0, replicates=8000)
    interval = bootstrap_interval(
        replicates, float(np.average(losses, weights=weights)), mean_of, 0.9
    )
    answer = stats.bootstrap(
        (losses, weights),
        lambda x, w, axis=-1: (x * w).sum(axis=axis) / w.sum(axis=axis),
        paired=True,
        method="percentile",
        n_resamples=8000,
        confidence_level=0.9,
        rng=1,
    )
    width = answer.confidence_interval.high - answer.confidence_interval.low
    assert interval.low == pytest.approx(answer.confidence_interval.low, abs=0.04 * width)
    assert interval.high == pytest.approx(answer.confidence_interval.high, abs=0.04 * width)
    assert interval.standard_error == pytest.approx(answer.standard_error, rel=0.04)


def test_a_total_does_not_vary_with_the_number_drawn() -> None:
    """The sum of n ones is n in every replicate, once scaled to n items."""
    replicates = block_replicates([np.ones(50)], 0)
    assert replicates.scaled()[:, 0] == pytest.approx(50.0, rel=1e-14)


def test_difference_of_means_is_near_students() -> None:
    baseline = RNG.exponential(size=500)
    model = baseline + 0.3 * RNG.normal(size=500) + 0.03
    paired, contrast, _ = compare_means(baseline, model)
    replicates = block_replicates([baseline, model - baseline], 0, replicates=4000)
    difference = bootstrap_difference(paired, contrast, replicates)
    assert difference.limits(0.95) == pytest.approx(
        paired.limits(0.95), abs=0.15 * paired.standard_error
    )
    assert difference.p_value == pytest.approx(paired.p_value, abs=0.02)
    assert (difference.value, difference.method) == (paired.value, "bootstrap")


def test_difference_of_a_function_of_sums_is_that_of_resampled_items() -> None:
    """The replicates by hand: multiplicities of unit vectors, then Dice of what was drawn."""
    baseline = np.array([RNG.uniform(1, 50, 30), RNG.uniform(60, 200, 30)])
    model = baseline * RNG.uniform(0.9, 1.1, (2, 30))
    columns = paired_columns(list(baseline), list(model))
    drawn = block_replicates(list(np.eye(30)), 0, replicates=500).sums
    by_hand = [
        (2 * (b[0] @ w) / (b[1] @ w)) - (2 * (m[0] @ w) / (m[1] @ w))
        for w in drawn
        for b, m in [(baseline, model)]
    ]
    moments = moments_of(columns)
    contrast = function_contrast(moments.sums, DICE)
    paired = paired_difference(contrast, moments)
    difference = bootstrap_difference(
        paired, contrast, block_replicates(columns, 0, replicates=500)
    )
    assert difference.standard_error == pytest.approx(np.std(by_hand, ddof=1), rel=1e-10)
    shifted = np.abs(by_hand - np.mean(by_hand))
    expected = (1 + np.sum(shifted >= abs(paired.value))) / 501
    assert difference.p_value == pytest.approx(expected, rel=1e-12)
    ordered = np.sort(by_hand)  # place 0.1·501 of 500 in order: 50.1
    low = ordered[49] + 0.1 * (ordered[50] - ordered[49])
    assert difference.limits(0.8)[0] == pytest.approx(low, rel=1e-9)


def test_clusters_are_resampled_whole() -> None:
    """Resampled cluster by cluster, a mean has the cluster-robust error, here 2.6 × the naive."""
    effects = np.repeat(RNG.normal(size=300), 10)
    losses = effects + 0.5 * RNG.normal(size=3000)
    clusters = merge_cluster_sums(
        [block_cluster_sums([losses, np.ones(3000)], np.repeat(np.arange(300), 10))], 300
    )
    robust = cluster_interval(clusters, np.array([1 / 3000, 0.0]), float(losses.mean()))
    replicates = block_replicates(list(clusters.sums.T), 0, replicates=4000)
    interval = bootstrap_interval(replicates, float(losses.mean()), mean_of)
    assert interval.standard_error == pytest.approx(robust.standard_error, rel=0.06)
    assert robust.standard_error > 2.5 * stats.sem(losses)
    assert interval.n == 300


def test_identical_models_and_few_items() -> None:
    losses = RNG.normal(size=20)
    paired, contrast, _ = compare_means(losses, losses)
    replicates = block_replicates([losses, losses - losses], 0)
    same = bootstrap_difference(paired, contrast, replicates)
    assert same.identical
    assert same.p_value is None
    one = block_replicates([np.array([2.0]), np.array([1.0])], 0, replicates=50)
    assert (one.counts == 0.0).any()  # and yet no division by zero:
    interval = bootstrap_interval(one, 2.0, mean_of)
    assert (interval.low, interval.high) == (2.0, 2.0)
