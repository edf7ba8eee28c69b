"""The permutation test against SciPy, enumeration by hand, and its own definition."""

import itertools

import numpy as np
import pytest
from scipy import stats

from lossctl.uncertainty.paired import (
    Difference,
    function_contrast,
    paired_columns,
    paired_difference,
    weighted_mean_contrast,
)
from lossctl.uncertainty.sign_flips import (
    block_swaps,
    every_swap,
    merge_swaps,
    permutation_difference,
)
from tests.uncertainty._pairs import compare_means, moments_of
from tests.uncertainty.test_paired import DICE

RNG = np.random.default_rng(171717)


def exact_means(baseline: np.ndarray, model: np.ndarray) -> Difference:
    paired, contrast, moments = compare_means(baseline, model)
    swaps = every_swap([model - baseline, np.ones(len(model))])
    return permutation_difference(paired, contrast, moments.sums, swaps)


@pytest.mark.parametrize("n", [2, 5, 12])
@pytest.mark.parametrize("draw", [RNG.normal, lambda size: RNG.integers(-3, 4, size) / 10.0])
def test_exact_test_of_means_is_scipys(n: int, draw: object) -> None:
    baseline, change = RNG.normal(size=n), draw(size=n) + 0.1  # type: ignore[operator]
    model = baseline + change
    answer = stats.permutation_test(
        (model - baseline,), np.mean, permutation_type="samples", n_resamples=np.inf
    )
    assert exact_means(baseline, model).p_value == pytest.approx(answer.pvalue, rel=1e-12)


def test_every_swap_of_twenty() -> None:
    baseline = RNG.normal(size=20)
    difference = exact_means(baseline, baseline + 1.0)  # all signs alike: 2 of 2²⁰ are as extreme
    assert difference.p_value == 2 / 2**20


def test_interval_holds_the_shifts_that_the_test_does_not_reject() -> None:
    baseline = RNG.normal(size=9)
    model = baseline + RNG.exponential(size=9)
    low, high = exact_means(baseline, model).limits(0.9)
    inside, outside = 1e-6, -1e-6

    def p_value(shift: float) -> float:
        return stats.permutation_test(
            (model - baseline - shift,), np.mean, permutation_type="samples", n_resamples=np.inf
        ).pvalue

    assert p_value(low + inside) > 0.1 >= p_value(low + outside)
    assert p_value(high - inside) > 0.1 >= p_value(high - outside)


def test_few_items_have_no_interval_at_a_high_level() -> None:
    """Of 3 items 2 of 8 swaps are always as extreme: no shift has p ≤ 0.05."""
    assert exact_means(np.zeros(3), np.array([1.0, 2.0, 4.0])).limits(0.95) == (-np.inf, np.inf)


def test_random_swaps_are_near_the_exact_ones() -> None:
    baseline = RNG.normal(size=16)
    model = baseline + RNG.normal(size=16) + 0.4
    exact = exact_means(baseline, model)
    paired, contrast, moments = compare_means(baseline, model)
    swaps = block_swaps([model - baseline, np.ones(16)], 0, replicates=20_000)
    random = permutation_difference(paired, contrast, moments.sums, swaps)
    error = np.sqrt(exact.p_value * (1 - exact.p_value) / 20_000)
    assert random.p_value == pytest.approx(exact.p_value, abs=4 * error)
    assert random.limits(0.9) == pytest.approx(exact.limits(0.9), abs=0.05)


def test_p_value_and_interval_agree_on_zero() -> None:
    agreed = 0
    for _ in range(40):
        baseline = RNG.normal(size=40)
        model = baseline + RNG.normal(size=40) + 0.3
        paired, contrast, moments = compare_means(baseline, model)
        swaps = block_swaps([model - baseline, np.ones(40)], 0, replicates=999)
        answer = permutation_difference(paired, contrast, moments.sums, swaps)
        low, high = answer.limits(0.95)
        assert (low > 0.0 or high < 0.0) == (answer.p_value <= 0.05)
        agreed += low > 0.0
    assert 0 < agreed < 40


def test_weighted_means_swap_weighted_differences() -> None:
    baseline, model = RNG.normal(size=(2, 8))
    weights = RNG.uniform(0.5, 2.0, 8)
    columns = [weights * baseline, weights * (model - baseline), weights]
    moments = moments_of(columns)
    contrast = weighted_mean_contrast(moments.sums)
    paired = paired_difference(contrast, moments)
    swaps = every_swap(columns[1:])
    answer = permutation_difference(paired, contrast, moments.sums, swaps)
    expected = stats.permutation_test(
        (columns[1],), np.sum, permutation_type="samples", n_resamples=np.inf
    )
    assert answer.p_value == pytest.approx(expected.pvalue, rel=1e-12)
    low, high = answer.limits(0.8)
    assert low < answer.value < high


def test_function_of_sums_swaps_whole_items() -> None:
    """Paired approximate randomization as Noreen describes it, all 2⁸ swaps in plain Python."""
    baseline = np.array([RNG.uniform(1, 50, 8), RNG.uniform(60, 200, 8)])
    model = baseline * RNG.uniform(0.8, 1.1, (2, 8))
    columns = paired_columns(list(baseline), list(model))
    moments = moments_of(columns)
    contrast = function_contrast(moments.sums, DICE)
    paired = paired_difference(contrast, moments)
    swaps = every_swap([*columns[2:], np.ones(8)])
    answer = permutation_difference(paired, contrast, moments.sums, swaps)
    beyond = 0
    for choice in itertools.product([False, True], repeat=8):
        one = np.where(choice, model, baseline).sum(axis=1)
        other = np.where(choice, baseline, model).sum(axis=1)
        gap = 2 * one[0] / one[1] - 2 * other[0] / other[1]
        beyond += abs(gap) >= abs(paired.value) * (1 - 1e-12)
    assert answer.p_value == beyond / 2**8
    assert answer.limits(0.95) == paired.limits(0.95)


def test_a_row_swaps_the_same_wherever_it_is_cut() -> None:
    values = RNG.integers(-50, 50, 3000).astype(float)
    whole = block_swaps([values, np.ones(3000)], 11, seed=4, replicates=300)
    assert whole.sums.shape == (300, 2)
    for size in (1, 999, 2048):
        parts = [
            block_swaps([values[at : at + size], np.ones(3000)[at : at + size]], 11 + at, seed=4,
                        replicates=300)
            for at in range(0, 3000, size)
        ]  # fmt: skip
        assert merge_swaps(parts).sums.tobytes() == whole.sums.tobytes()


def test_half_of_the_items_swap() -> None:
    swaps = block_swaps([np.ones(1000), np.ones(1000)], 0, replicates=4000).sums[:, 0]
    assert swaps.mean() == pytest.approx(500, abs=4 * np.sqrt(250 / 4000))
    assert swaps.var() == pytest.approx(250, rel=0.1)


def test_identical_models_are_no_test() -> None:
    losses = RNG.normal(size=10)
    assert exact_means(losses, losses).p_value is None


def test_few_random_swaps_have_no_interval_at_a_high_level() -> None:
    """Of 10 swaps and the data itself none is left out at 95 %, one of 11 at 85 %."""
    baseline = RNG.normal(size=30)
    model = baseline + RNG.normal(size=30)
    paired, contrast, moments = compare_means(baseline, model)
    swaps = block_swaps([model - baseline, np.ones(30)], 0, replicates=10)
    difference = permutation_difference(paired, contrast, moments.sums, swaps)
    assert difference.limits(0.95) == (-np.inf, np.inf)
    low, high = difference.limits(0.85)
    assert low < difference.value < high
    assert np.isfinite([low, high]).all()
