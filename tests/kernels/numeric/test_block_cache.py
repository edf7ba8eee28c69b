"""What is remembered within a block, and what is not."""

import threading
from typing import Any

import numpy as np
import pytest

from lossctl.engine.read.reader import InputBlock
from lossctl.kernels.numeric.block_cache import (
    extent_by_bits,
    greatest,
    known_extent,
    least,
    once_a_block,
    one_block,
    only_labels,
    set_extent,
)

calls: list[str] = []


@once_a_block
def doubled(values: np.ndarray, times: float = 1.0) -> np.ndarray:
    calls.append("doubled")
    return 2.0 * times * values


@once_a_block
def itself(values: np.ndarray) -> np.ndarray:
    return values


@pytest.fixture(autouse=True)
def _forget() -> None:
    calls.clear()


def test_computed_once_within_a_block() -> None:
    values = np.arange(3.0)
    with one_block():
        assert doubled(values) is doubled(values)
    assert len(calls) == 1


def test_computed_each_time_outside() -> None:
    values = np.arange(3.0)
    assert doubled(values) is not doubled(values)
    assert len(calls) == 2


def test_other_numbers_and_other_arrays_are_other_results() -> None:
    with one_block():
        assert doubled(np.arange(3.0), 2.0).tolist() == [0, 4, 8]
        assert doubled(np.arange(3.0), 3.0).tolist() == [0, 6, 12]
        assert doubled(np.ones(1), 3.0).tolist() == [6]
        values = np.ones(1)
        assert doubled(values, times=4.0).tolist() == [8]
        assert doubled(values, times=5.0).tolist() == [10]


def test_an_array_that_is_gone_is_not_mistaken_for_the_next() -> None:
    with one_block():
        for number in range(200):
            assert doubled(np.full(4, float(number))).tolist() == [2.0 * number] * 4


def test_nothing_outlives_its_block() -> None:
    values = np.arange(3.0)
    with one_block():
        doubled(values)
    values[:] = 5.0
    with one_block():
        assert doubled(values).tolist() == [10, 10, 10]


def test_results_are_read_only_but_arguments_are_not() -> None:
    values = np.arange(3.0)
    with one_block():
        with pytest.raises(ValueError, match="read-only"):
            doubled(values)[0] = 1.0
        assert itself(values) is values
        values[0] = 7.0


def test_threads_do_not_see_each_other() -> None:
    values, seen = np.arange(3.0), []
    with one_block():
        mine = doubled(values)
        other = threading.Thread(target=lambda: seen.append(doubled(values)))
        other.start()
        other.join()
    assert seen[0] is not mine
    assert len(calls) == 2


def test_an_extent_is_kept_within_the_block() -> None:
    values = np.arange(3.0)
    set_extent(values, -5.0, 5.0)
    assert known_extent(values) is None
    with one_block(remember=False):
        set_extent(values, -5.0, 5.0)
        assert known_extent(values) == (least(values), greatest(values)) == (-5.0, 5.0)
        assert known_extent(values.copy()) is None
        assert (least(values.copy()), greatest(values.copy())) == (0.0, 2.0)
    assert known_extent(values) is None


def test_a_block_that_remembers_nothing_computes_each_time() -> None:
    values = np.arange(3.0)
    with one_block(remember=False):
        assert doubled(values) is not doubled(values)
        doubled(values)[0] = 1.0
    assert len(calls) == 3


def test_the_extent_is_that_of_the_array() -> None:
    values = np.array([2.0, -1.0, 3.0])
    assert (least(values), greatest(values)) == (-1.0, 3.0)
    assert (least(values[:0]), greatest(values[:0])) == (np.inf, -np.inf)
    with one_block():
        assert InputBlock(values).low == -1.0
        values[1] = -9.0  # nobody may: what is known of it shows that it was not measured again
        assert least(values) == -1.0


ENDS = [0.0, -0.0, 1.0, -1.0, 3.5, -2.5, np.inf, -np.inf, np.nan, -np.nan, 1e-40, -1e-40]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("few", [slice(None), slice(0, 7, 2), slice(1, 8, 2), slice(0, 4)])
def test_bits_tell_the_ends_of_numbers(dtype: Any, few: slice) -> None:
    random = np.random.default_rng(5)
    pool = np.array(ENDS, dtype)[few]
    for size in [1, 2, 3, 80] * 200:
        values = random.choice(pool, size)
        values[:64] = np.abs(values[:64]) if size == 80 else values[:64]
        np.testing.assert_array_equal(extent_by_bits(values), [values.min(), values.max()])
    assert extent_by_bits(pool[:0]).tolist() == [np.inf, -np.inf]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("ends", [(0.0, 1.0), (-1.0, 1.0)])
def test_labels_are_told_from_what_is_nearly_one(ends: tuple[float, float], dtype: Any) -> None:
    labels = np.array(ends * 51, dtype)
    for size in (102, 101):
        assert only_labels(labels[:size]) == ends
        assert only_labels(labels[1:size]) == ends
    for other in (0.5, 2.0, np.nextafter(dtype(1.0), dtype(0.0)), 1e-45, 3.0, np.inf, np.nan):
        for place in (0, 70, 101):
            spoilt = labels.copy()
            spoilt[place] = other
            held = bool(((spoilt == ends[0]) | (spoilt == ends[1])).all())
            assert (only_labels(spoilt) == ends) == held
    assert only_labels(labels[:0]) is None
    assert only_labels(np.ones(80, dtype)) is None
