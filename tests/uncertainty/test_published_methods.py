"""Beside the methods of other tools, written from their definitions.

sacreBLEU: paired bootstrap and approximate randomization of sufficient statistics, with
p = (c + 1)/(R + 1). WeatherBench-X: clusters resampled whole, and the long-run variance of a series
by equal-weighted cosines (Lazarus, Lewis, Stock and Watson, J. Bus. Econ. Stat. 2018, 36, 541–559).
Random draws differ, so numbers agree within a few of their own standard errors.
"""

import math

import numpy as np
import pytest
from scipy import stats

import lossctl

N, TRIALS = 400, 4000
RNG = np.random.default_rng(41)
TRUE = RNG.normal(size=N)
OLD = TRUE + RNG.normal(size=N)
NEW = 0.6 * (OLD - TRUE) + TRUE + 0.74 * RNG.normal(size=N)
STATISTICS = {"old": (OLD - TRUE) ** 2, "new": (NEW - TRUE) ** 2}


def near(share: float, wanted: float) -> bool:
    """Whether two shares of random trials differ by no more than chance, at four errors."""
    p = max(share, wanted, 1.0 / TRIALS)
    return abs(share - wanted) <= 4.0 * math.sqrt(2.0 * p * (1.0 - p) / TRIALS)


def test_approximate_randomization() -> None:
    """Every trial swaps the statistics of the two systems sentence by sentence."""
    old, new = STATISTICS.values()
    swap = RNG.integers(2, size=(TRIALS, N)).astype(bool)
    first = np.where(swap, new, old).mean(axis=1)
    second = np.where(swap, old, new).mean(axis=1)
    count = np.sum(np.abs(first - second) > abs(new.mean() - old.mean()))
    wanted = (count + 1) / (TRIALS + 1)
    found = (
        lossctl.compare(OLD, NEW, targets=TRUE, loss="mse", method="permutation", replicates=TRIALS)
        .comparisons[0]
        .p_value
    )
    assert 0.001 < wanted < 0.5, "the case can tell methods apart"
    assert near(found, wanted)


def test_paired_bootstrap() -> None:
    """Its statistic is |difference| less its mean, so it looks at one tail; ours at both."""
    better = TRUE + 0.98 * np.random.default_rng(5).normal(
        size=N
    )  # so clearly that one tail is all there is
    old, new = STATISTICS["old"], (better - TRUE) ** 2
    rows = RNG.choice(N, size=(TRIALS, N))
    size = np.abs(new[rows].mean(axis=1) - old[rows].mean(axis=1))
    count = np.sum(size - size.mean() > abs(new.mean() - old.mean()))
    one_tail = (count + 1) / (TRIALS + 1)
    found = lossctl.compare(
        OLD, better, targets=TRUE, loss="mse", method="bootstrap", replicates=TRIALS
    ).comparisons[0]
    assert 0.0005 < one_tail < 0.05, "the case can tell methods apart"
    assert near(found.p_value / 2.0, one_tail)


def test_bootstrap_of_a_function_of_sums() -> None:
    """The interval of a difference of Dice losses, images resampled with replacement."""
    truth = (RNG.random((120, 1, 6, 6)) > 0.5).astype(float)
    old = np.clip(truth * 0.4 + 0.5 * RNG.random(truth.shape), 0, 1)
    new = np.clip(truth * 0.45 + 0.5 * RNG.random(truth.shape), 0, 1)
    options = {"loss": "dice:smooth=0", "method": "bootstrap", "replicates": TRIALS}
    found = lossctl.compare(old, new, targets=truth, **options).comparisons[0]

    def sums(p: np.ndarray) -> np.ndarray:
        return np.stack([(p * truth).sum((1, 2, 3)), p.sum((1, 2, 3)), truth.sum((1, 2, 3))], 1)

    def dice(totals: np.ndarray) -> np.ndarray:
        return 1.0 - 2.0 * totals[..., 0] / (totals[..., 1] + totals[..., 2])

    rows = RNG.choice(120, size=(TRIALS, 120))
    differences = dice(sums(new)[rows].sum(1)) - dice(sums(old)[rows].sum(1))
    wanted = np.quantile(differences, [0.025, 0.975])
    assert found.difference == pytest.approx(
        float(dice(sums(new).sum(0)) - dice(sums(old).sum(0))), rel=1e-9
    )
    np.testing.assert_allclose(found.interval, wanted, atol=0.15 * float(np.ptp(wanted)))


def test_clusters_resampled_whole() -> None:
    clusters = np.arange(N) // 8
    shared = RNG.normal(size=N // 8)[clusters]
    old, new = STATISTICS["old"] + shared, STATISTICS["new"] + 0.5 * shared + 0.1
    sums = np.add.reduceat(new - old, np.arange(0, N, 8))
    drawn = RNG.choice(len(sums), size=(TRIALS, len(sums)))
    wanted = sums[drawn].mean(axis=1).std() / 8
    for method in ("auto", "bootstrap"):
        found = lossctl.compare(
            old, new, items=True, cluster_by=clusters, method=method, replicates=TRIALS
        ).comparisons[0]
        half = (found.interval[1] - found.interval[0]) / 2
        quantile = stats.t.ppf(0.975, len(sums) - 1) if method == "auto" else stats.norm.ppf(0.975)
        assert half / quantile == pytest.approx(wanted, rel=0.08)


@pytest.mark.parametrize("correlation", [0.0, 0.5, -0.3])
def test_equal_weighted_cosines(correlation: float) -> None:
    """B = 0.4·T^⅔ cosines; both estimate the same long-run variance of 20,000 steps."""
    steps = 20_000
    noise = RNG.normal(size=steps)
    series = np.empty(steps)
    series[0] = noise[0]
    for at in range(1, steps):
        series[at] = correlation * series[at - 1] + noise[at]
    old = RNG.normal(size=steps)
    found = lossctl.compare(old, old + series, items=True, serial=True).comparisons[0]
    count = int(0.4 * steps ** (2 / 3))
    places = (np.arange(steps) + 0.5) / steps
    deviations = series - series.mean()
    cosines = [
        math.sqrt(2 / steps) * float(deviations @ np.cos(np.pi * j * places))
        for j in range(1, count + 1)
    ]
    wanted = math.sqrt(np.mean(np.square(cosines)) / steps)
    half = (found.interval[1] - found.interval[0]) / 2
    assert half / stats.norm.ppf(0.975) == pytest.approx(wanted, rel=0.15)
    assert wanted == pytest.approx(1.0 / (1.0 - correlation) / math.sqrt(steps), rel=0.15)
