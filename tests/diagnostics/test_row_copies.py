"""Copies of rows, and values that repeat by themselves."""

import numpy as np
import pytest

from lossctl.diagnostics.row_copies import find_copies, find_run_at_end


def hashes_of(values: np.ndarray) -> np.ndarray:
    return np.array([hash(value) for value in values.tolist()], dtype=np.int64)


def found(values: np.ndarray) -> object:
    return find_copies(hashes_of(values), np.arange(len(values)), len(values))


def test_an_epoch_twice() -> None:
    values = np.random.default_rng(1).random(500)
    seen = find_copies(hashes_of(np.tile(values, 2)), np.arange(1000), 1000)
    assert seen is not None
    assert (seen.count, seen.distance, seen.rows) == (500, 500, (500, 501, 502, 503, 504))


def test_a_part_of_the_hashes_is_enough() -> None:
    values = hashes_of(np.tile(np.random.default_rng(1).random(50_000), 2))
    kept = np.flatnonzero(values % 8 == 0)
    seen = find_copies(values[kept], kept, len(values))
    assert seen is not None
    assert seen.distance == 50_000


@pytest.mark.parametrize("digits", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(5))
def test_rounded_values_repeat_by_themselves(digits: int, seed: int) -> None:
    values = np.round(np.random.default_rng(seed).random(3000), digits)
    assert found(values) is None


@pytest.mark.parametrize("seed", range(5))
def test_sorted_values_and_leaves_of_trees_repeat_by_themselves(seed: int) -> None:
    random = np.random.default_rng(seed)
    leaves = random.choice(random.random(200), 3000, p=random.dirichlet(np.full(200, 0.3)))
    assert found(leaves) is None
    assert found(np.sort(leaves)) is None
    assert find_run_at_end(hashes_of(np.sort(leaves)), 0) is None


def test_a_padded_end() -> None:
    values = np.random.default_rng(2).random(500)
    seen = find_run_at_end(hashes_of(np.append(values, np.full(7, values[-1]))), 100)
    assert seen is not None
    assert (seen.count, seen.rows[0]) == (7, 600)
    assert find_run_at_end(hashes_of(values), 0) is None
