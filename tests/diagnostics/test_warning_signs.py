"""Warning signs in losses over epochs."""

import numpy as np
import pytest
from scipy import stats

from lossctl.diagnostics.warning_signs import (
    find_flat_early,
    find_gap,
    find_not_finite,
    find_oscillating,
    find_rising,
    trend,
)

FALLING = 2.0 * np.exp(-0.2 * np.arange(30)) + 0.3


def test_the_slope_is_that_of_scipy() -> None:
    values = FALLING + 0.1 * np.random.default_rng(0).normal(size=30)
    slope, sureness = trend(values)
    assert slope == pytest.approx(stats.theilslopes(values, np.arange(30))[0])
    tau = stats.kendalltau(np.arange(30), values).statistic
    deviation = np.sqrt(30 * 29 * 65 / 18)
    assert sureness == pytest.approx(tau * (30 * 29 / 2) / deviation)


def test_a_loss_that_falls_shows_nothing() -> None:
    for find in (find_not_finite, find_rising, find_oscillating, find_flat_early):
        assert find(FALLING) is None
    assert find_gap(FALLING, FALLING + 0.1) is None


def test_the_epoch_where_it_begins() -> None:
    values = FALLING.copy()
    values[20:] = np.nan
    sign = find_not_finite(values)
    assert sign is not None
    assert (sign.epoch, sign.amount) == (20, 10)
    rises = np.concatenate([FALLING[:12], FALLING[11] * 1.3 ** np.arange(1, 14)])
    sign = find_rising(rises)
    assert sign is not None
    assert sign.epoch == 11
    swings = FALLING * np.where((np.arange(30) % 2 == 0) & (np.arange(30) > 10), 1.6, 1.0)
    sign = find_oscillating(swings)
    assert sign is not None
    assert sign.epoch in {10, 11}
    sign = find_flat_early(np.concatenate([[2.31, 2.305], np.full(20, 2.303)]))
    assert sign is not None
    assert sign.epoch == 0
    validation = FALLING + 0.1
    validation[14:] = validation[13] + 0.05 * np.arange(1, 17)
    sign = find_gap(FALLING, validation)
    assert sign is not None
    assert sign.epoch == 13


def test_values_that_vary_without_a_trend_show_nothing() -> None:
    for seed in range(200):
        random = np.random.default_rng(seed)
        noise = np.exp(0.03 * random.normal(size=40))
        values = np.maximum(2.0 * np.exp(-0.3 * np.arange(40)), 0.4) * noise
        for find in (find_rising, find_oscillating, find_flat_early):
            assert find(values) is None, (find.__name__, seed)
        assert find_gap(values, 1.1 * values * np.exp(0.03 * random.normal(size=40))) is None
