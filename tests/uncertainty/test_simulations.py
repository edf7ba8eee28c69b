"""Small, seeded simulations: intervals hold the truth and tests err about as often as they say.

Bounds are four standard errors of so many simulations around what is promised, so that they fail
for a wrong formula and not by chance. ``benchmarks/deciding.py`` has the large ones.
"""

import math

import numpy as np
import pytest

from benchmarks.deciding import EQUAL, TESTS, gate_share, paired_t
from benchmarks.simulations import (
    CASES,
    Case,
    Pair,
    draw_clusters,
    draw_labels,
    draw_series,
    log_losses,
    true_log_loss,
)
from lossctl.uncertainty.comparison import rows_needed, verdict
from lossctl.uncertainty.intervals import interval_of_mean
from lossctl.uncertainty.moments import block_moments
from lossctl.uncertainty.serial import serial_error

TIMES = 400


def bounds(share: float, times: int = TIMES, slack: float = 0.0) -> tuple[float, float]:
    error = 4.0 * math.sqrt(share * (1.0 - share) / times) + slack
    return share - error, share + error


@pytest.mark.parametrize("case", [case for case in CASES if case.bar], ids=lambda case: case.name)
def test_intervals_hold_the_truth_as_often_as_they_say(case: Case) -> None:
    low, high = bounds(0.95)
    assert low <= case.coverage(400, TIMES) <= high


def test_a_truth_of_the_simulations_is_the_mean_of_very_many_draws() -> None:
    random = np.random.default_rng(1)
    logits, labels = draw_labels(random, 2_000_000)
    assert log_losses(logits, labels).mean() == pytest.approx(true_log_loss(0.0), abs=0.002)
    model = Pair(excess=0.1)
    baseline_losses, model_losses = model.draw(random, 2_000_000)
    assert model_losses.mean() / baseline_losses.mean() == pytest.approx(1.1, abs=0.003)


@pytest.mark.parametrize("name", [name for name in TESTS if name != "McNemar, exact"])
def test_equal_models_differ_as_often_as_the_level_says(name: str) -> None:
    test, _ = TESTS[name]
    times = 100 if name in {"bootstrap", "permutation"} else TIMES
    random = np.random.default_rng(2)
    p_values = [test(random, 200).p_value for _ in range(times)]
    low, high = bounds(0.2, times, slack=0.01)
    assert low <= np.mean([p is not None and p <= 0.2 for p in p_values]) <= high


def test_exact_mcnemar_errs_no_more_often_than_it_says() -> None:
    test, _ = TESTS["McNemar, exact"]
    random = np.random.default_rng(3)
    p_values = [test(random, 400).p_value for _ in range(TIMES)]
    share = np.mean([p is not None and p <= 0.2 for p in p_values])
    assert 0.05 < share <= bounds(0.2)[1]


def test_a_gate_passes_equal_models_and_finds_a_regression() -> None:
    assert gate_share(EQUAL, 500, 0.0, TIMES) <= bounds(0.05)[1]
    assert gate_share(Pair(excess=0.02), 20_000, 0.005, 60) >= 0.85
    assert gate_share(Pair(excess=0.02), 200, 0.0, TIMES) < 0.4  # too few rows to tell


def test_rows_needed_decide_when_they_come() -> None:
    """At the rows that the true difference needs, about half of all draws are decided."""
    pair = Pair(excess=0.05)
    large = paired_t(*pair.draw(np.random.default_rng(4), 1_000_000))[0]
    rows = rows_needed(large)
    assert rows is not None
    random = np.random.default_rng(5)
    verdicts = [verdict(paired_t(*pair.draw(random, rows))[0]) for _ in range(TIMES)]
    low, high = bounds(0.5, slack=0.05)
    assert low <= verdicts.count("worse") / TIMES <= high


def test_clusters_that_are_taken_for_items_would_be_far_too_sure() -> None:
    """What --cluster-by is for: the naive interval of the same data misses most of the time."""
    random = np.random.default_rng(6)
    inside = 0
    for _ in range(TIMES):
        losses, _ = draw_clusters(random, 400)
        interval = interval_of_mean(block_moments([losses]))
        inside += interval.low <= 0.0 <= interval.high
    assert inside / TIMES < 0.75


def test_serial_error_is_near_that_of_equal_weighted_cosines() -> None:
    """The estimator of WeatherBench-X (Lazarus et al., 2018): the ν lowest cosines, ν = 0.4·n^⅔."""
    series = draw_series(np.random.default_rng(7), 20_000)
    n = len(series)
    nu = int(0.4 * n ** (2.0 / 3.0))
    times = (np.arange(n) + 0.5) / n
    cosines = np.sqrt(2.0 / n) * np.cos(np.pi * np.outer(np.arange(1, nu + 1), times))
    error = math.sqrt(np.mean((cosines @ series) ** 2) / n)
    assert serial_error(series / n).error == pytest.approx(error, rel=0.12)
    assert error == pytest.approx(2.0 / math.sqrt(n), rel=0.12)  # 1/(1 − ρ), ρ = 0.5
