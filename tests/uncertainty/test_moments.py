"""Sums of blocks against exact arithmetic, and their bits for any order."""

import math
from fractions import Fraction

import numpy as np
import pytest

from lossctl.uncertainty.moments import Moments, block_moments, exact_sum, merge_moments

RNG = np.random.default_rng(17)


def exact_covariance(one: np.ndarray, other: np.ndarray) -> float:
    x, y = [Fraction(float(v)) for v in one], [Fraction(float(v)) for v in other]
    n = len(x)
    mean_x, mean_y = sum(x) / n, sum(y) / n
    products = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return float(products / (n - 1))


def in_blocks(columns: list[np.ndarray], size: int) -> list[Moments]:
    n = len(columns[0])
    return [block_moments([c[at : at + size] for c in columns]) for at in range(0, n, size)]


@pytest.mark.parametrize("size", [1, 7, 100, 1000])
@pytest.mark.parametrize(("level", "spread"), [(1e6, 1e-3), (-1e12, 1.0), (0.0, 1.0)])
def test_covariance_keeps_its_digits_far_from_zero(size: int, level: float, spread: float) -> None:
    one = level + spread * RNG.normal(size=400)
    other = level + spread * RNG.exponential(size=400)
    moments = merge_moments(in_blocks([one, other], size))
    assert moments.n == 400
    for i, x in enumerate((one, other)):
        exact_mean = float(sum(map(Fraction, x.tolist())) / 400)
        assert moments.means[i] == pytest.approx(exact_mean, rel=1e-15)
        for j, y in enumerate((one, other)):
            # relative to the variances, since a covariance of independent columns is near 0
            scale = np.sqrt(exact_covariance(x, x) * exact_covariance(y, y))
            error = moments.covariance[i, j] - exact_covariance(x, y)
            assert abs(error) <= 1e-13 * scale


def test_order_of_blocks_changes_no_bit() -> None:
    columns = [RNG.lognormal(3.0, 2.0, 10_000), RNG.normal(size=10_000)]
    blocks = in_blocks(columns, 512)
    first = merge_moments(blocks)
    for _ in range(5):
        RNG.shuffle(blocks)
        again = merge_moments(blocks)
        for name in ("center", "residuals", "products"):
            assert getattr(again, name).tobytes() == getattr(first, name).tobytes()


def test_parts_of_parts_are_the_whole_up_to_rounding() -> None:
    columns = [5e3 + RNG.normal(size=1000), RNG.normal(size=1000)]
    blocks = in_blocks(columns, 100)
    halves = merge_moments([merge_moments(blocks[:3]), merge_moments(blocks[3:])])
    whole = merge_moments(blocks)
    assert halves.covariance == pytest.approx(np.cov(columns), rel=1e-13)
    assert halves.means == pytest.approx(whole.means, rel=1e-15)


def test_empty_blocks_add_nothing() -> None:
    empty = block_moments([np.zeros(0), np.zeros(0)])
    some = block_moments([np.array([1.0, 2.0]), np.array([5.0, 9.0])])
    joined = merge_moments([empty, some, empty])
    assert joined.n == 2
    assert joined.sums.tolist() == [3.0, 14.0]
    assert merge_moments([empty, empty]).n == 0
    assert np.isnan(empty.means).all()


def test_one_item_has_no_variance() -> None:
    assert np.isnan(block_moments([np.array([3.0])]).covariance).all()
    assert np.isnan(block_moments([np.array([3.0])]).variance_of(np.ones(1)))


def test_equal_items_have_a_variance_of_exactly_zero() -> None:
    tenths = np.full(1000, 0.1)
    moments = merge_moments(in_blocks([tenths, np.arange(1000.0)], 64))
    assert moments.covariance[0, 0] == 0.0
    assert moments.means[0] == 0.1
    assert moments.constant.tolist() == [True, False]


def test_narrow_numbers_are_summed_as_float64() -> None:
    narrow = RNG.normal(size=1000).astype(np.float32)
    moments = block_moments([narrow])
    assert moments.covariance[0, 0] == pytest.approx(
        np.var(narrow.astype(float), ddof=1), rel=1e-14
    )
    booleans = block_moments([np.array([True, False, True])])
    assert booleans.sums == pytest.approx([2.0], rel=1e-15)


def test_a_loss_that_is_not_finite_is_nan_without_a_warning() -> None:
    moments = block_moments([np.array([1.0, np.inf, 2.0])])
    assert not np.isfinite(moments.covariance[0, 0])


def test_sums_beyond_all_floats_are_infinite() -> None:
    assert exact_sum([1e308, 1e308, 1.0]) == math.inf
    assert exact_sum([-1e308, -1e308]) == -math.inf
    assert math.isnan(exact_sum([math.inf, 1.0, -math.inf]))
    assert exact_sum([1e16, 1.0, -1e16]) == 1.0
