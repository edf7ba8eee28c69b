"""Pairs of lists come once each, in pieces of bounded size."""

from itertools import islice

import numpy as np
import pytest

from lossctl.kernels.ranking.pairs import MOST_PAIRS, pair_slope, pair_sum, pairs_of, unweighted


def lists(count: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(length)
    return rng.normal(size=(count, length)), rng.integers(0, 4, size=(count, length)).astype(float)


@pytest.mark.parametrize(("count", "length"), [(1, 1), (5, 2), (700, 10), (3, 64), (2, 301)])
def test_every_pair_comes_once(count: int, length: int) -> None:
    scores, relevance = lists(count, length)
    seen = np.zeros((count, length, length))
    for pairs in pairs_of(scores, relevance):
        seen[pairs.lists, pairs.rows, pairs.columns] += pairs.order
        margin = scores[pairs.lists, pairs.rows, None] - scores[pairs.lists, None, pairs.columns]
        np.testing.assert_array_equal(pairs.margin, pairs.order * margin)
    wanted = np.triu(np.sign(relevance[:, :, None] - relevance[:, None, :]), 1)
    np.testing.assert_array_equal(seen, wanted)


@pytest.mark.parametrize("length", [2, 10, 300, 5_000, 40_000])
def test_pieces_are_bounded(length: int) -> None:
    scores, relevance = lists(3, length)
    for pairs in islice(pairs_of(scores, relevance), 4):
        assert pairs.order.size <= max(MOST_PAIRS, length)


@pytest.mark.parametrize("length", [7, 301])
def test_sums_and_slopes_of_long_lists(length: int) -> None:
    scores, relevance = lists(3, length)
    total, count = pair_sum(scores, relevance, np.square, unweighted)
    better = relevance[:, :, None] > relevance[:, None, :]
    gaps = scores[:, :, None] - scores[:, None, :]
    np.testing.assert_allclose(total, (better * gaps**2).sum(axis=(1, 2)), rtol=1e-12)
    np.testing.assert_array_equal(count, better.sum(axis=(1, 2)))
    gradient, _ = pair_slope(scores, relevance, lambda margin: 2.0 * margin, unweighted)
    pulls = 2.0 * better * gaps
    np.testing.assert_allclose(
        gradient, pulls.sum(axis=2) - pulls.sum(axis=1), rtol=1e-9, atol=1e-9
    )
