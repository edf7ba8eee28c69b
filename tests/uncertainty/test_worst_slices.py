"""The search for slices against one that tries every slice with SciPy's Welch test."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from lossctl.uncertainty.worst_slices import Condition, Feature, Search, find_worst_slices

NAMES = {"side": ("left", "right"), "size": ("small", "medium", "large"), "day": ("odd", "even")}


def drawn(seed: int, n: int = 120) -> tuple[np.ndarray, list[Feature]]:
    """Draw losses that are higher on the left, and much higher where that is large."""
    rng = np.random.default_rng(seed)
    codes = {name: rng.integers(0, len(names), size=n) for name, names in NAMES.items()}
    losses = rng.gamma(2.0, size=n) + 1.2 * (codes["side"] == 0)
    losses += 2.0 * ((codes["side"] == 0) & (codes["size"] == 2))
    return losses, [Feature(name, codes[name], names) for name, names in NAMES.items()]


def every_slice(
    features: list[Feature], left: np.ndarray
) -> list[tuple[tuple[Condition, ...], np.ndarray]]:
    """Return every slice of one feature and of two, with its units."""
    alone = [
        ((Condition(one.name, name),), left & (one.codes == number))
        for one in features
        for number, name in enumerate(one.categories)
    ]
    pairs = [
        (first + second, rows & others)
        for (first, rows), (second, others) in combinations(alone, 2)
        if first[0].feature != second[0].feature
    ]
    return alone + pairs


def by_hand(
    losses: np.ndarray, features: list[Feature], least: int, confidence: float, most: int
) -> Search:
    left, found, tried = np.ones(len(losses), bool), [], 0
    while len(found) < most:
        tests = []
        for conditions, rows in every_slice(features, left):
            rest = left & ~rows
            if rows.sum() < least or rest.sum() < least:
                continue
            test = stats.ttest_ind(
                losses[rows], losses[rest], equal_var=False, alternative="greater"
            )
            tests.append((test.pvalue, conditions, rows, rest))
        tried = tried or len(tests)
        if not tests:
            break
        p, conditions, rows, rest = min(tests, key=lambda test: test[0])
        if p * len(tests) > 1 - confidence:
            break
        found.append((conditions, rows.sum(), losses[rows].mean(), losses[rest].mean(),
                      p * len(tests)))  # fmt: skip
        left = left & ~rows
    return Search(found, tried)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("least", "confidence", "most"), [(5, 0.95, 5), (20, 0.5, 5), (5, 0.1, 2)])
def test_what_is_found_is_what_every_test_finds(
    seed: int, least: int, confidence: float, most: int
) -> None:
    losses, features = drawn(seed)
    found = find_worst_slices(losses, features, least=least, confidence=confidence, most=most)
    wanted = by_hand(losses, features, least, confidence, most)
    assert found.tried == wanted.tried
    assert len(found.slices) == len(wanted.slices)
    for one, (conditions, n, mean, rest, p) in zip(found.slices, wanted.slices, strict=True):
        assert (one.conditions, one.n) == (conditions, n)
        assert (one.mean, one.rest) == pytest.approx((mean, rest), rel=1e-10)
        assert one.p_adjusted == pytest.approx(p, rel=1e-6)


def test_the_planted_slice_is_the_first() -> None:
    losses, features = drawn(1)
    (first, *_) = find_worst_slices(losses, features, least=5, confidence=0.95, most=9).slices
    assert first.conditions[0] == Condition("side", "left")


def test_a_slice_and_its_rest_have_the_least_number_of_units() -> None:
    """Of 24 units a slice of 8 leaves 16: with a least of 8 it is tried, with 9 nothing is."""
    losses = np.r_[np.arange(8.0) + 30.0, np.arange(16.0)]
    features = [Feature("part", np.repeat([0, 1], [8, 16]), ("first", "rest"))]
    found = find_worst_slices(losses, features, least=8, confidence=0.95, most=3)
    assert [one.n for one in found.slices] == [8]
    assert found.tried == 2
    assert find_worst_slices(losses, features, least=9, confidence=0.95, most=3) == ([], 0)


def test_equal_losses_have_no_worst_slice() -> None:
    _, features = drawn(2)
    found = find_worst_slices(np.full(120, 0.5), features, least=5, confidence=0.95, most=3)
    assert found.slices == []
    assert found.tried == by_hand(np.arange(120.0), features, 5, 0.95, 1).tried
