"""Sums over all pairs of a list whose relevance differs, in bounded memory.

Lists are (g, L). A pair has an order, +1 where the first item is the more relevant one and −1 where
the second is, and a margin: the score of the more relevant item minus that of the other.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.probability.logistic import sigmoid, softplus

MOST_PAIRS = 2**14  # at once: arrays of these stay in cache, and memory is used again
MOST_ROWS = 64
PairWeights: TypeAlias = Callable[["Pairs"], Any]


class Pairs(NamedTuple):
    """Pairs of the items `rows` with the items `columns` of the lists `lists`.

    `order` is (lists, rows, columns): ±1, and 0 where a pair does not count.
    """

    lists: slice
    rows: slice
    columns: slice
    order: Array
    margin: Array


def pairs_of(scores: Array, relevance: Array) -> Iterator[Pairs]:
    """Yield every pair with an order once; how it is cut up depends on nothing but L."""
    # Only the upper triangle is cut up. In the square on the diagonal, pairs of an item with itself
    # and with earlier ones get order 0: computing them costs less than indexing around them.
    count, length = scores.shape
    rows = max(1, min(MOST_ROWS, MOST_PAIRS // length))
    lists = max(1, MOST_PAIRS // (rows * length))
    for first in range(0, count, lists):
        chunk = slice(first, min(first + lists, count))
        for top in range(0, length - 1, rows):
            row_slice, column_slice = slice(top, min(top + rows, length)), slice(top + 1, length)
            order = np.sign(differences(relevance[chunk], row_slice, column_slice))
            later = np.arange(top + 1, length) > np.arange(top, row_slice.stop)[:, None]
            order *= later
            margin = order * differences(scores[chunk], row_slice, column_slice)
            yield Pairs(chunk, row_slice, column_slice, order, margin)


def differences(values: Array, rows: slice, columns: slice) -> Array:
    """Return v_i − v_j for i among the rows and j among the columns."""
    return values[:, rows, None] - values[:, None, columns]


def products(values: Array, rows: slice, columns: slice) -> Array:
    """Return v_i · v_j for i among the rows and j among the columns."""
    return values[:, rows, None] * values[:, None, columns]


def counted_pairs(pairs: Pairs, item_weights: Array | None) -> Array:
    """Return how often each pair counts: once, or as often as the weights of its items say."""
    counted = np.abs(pairs.order)
    if item_weights is None:
        return counted
    return counted * products(item_weights[pairs.lists], pairs.rows, pairs.columns)


def pair_sum(
    scores: Array,
    relevance: Array,
    pair_loss: Callable[[Array], Array],
    weights_of: PairWeights,
    item_weights: Array | None = None,
) -> tuple[Array, Array]:
    """Return Σ weight · pair_loss(margin) over each list's pairs, and how many pairs there are.

    `weights_of` gives the weights of :class:`Pairs`, or 1.0; with `item_weights` (g, L) a pair
    counts w_i · w_j times.
    """
    total, count = np.zeros((2, len(scores)))
    for pairs in pairs_of(scores, relevance):
        counted = counted_pairs(pairs, item_weights)
        total[pairs.lists] += row_sum(counted * weights_of(pairs) * pair_loss(pairs.margin))
        count[pairs.lists] += row_sum(counted)
    return total, count


def pair_slope(
    scores: Array,
    relevance: Array,
    pair_loss_slope: Callable[[Array], Array],
    weights_of: PairWeights,
    item_weights: Array | None = None,
) -> tuple[Array, Array]:
    """Return the derivative of :func:`pair_sum` with respect to the scores, weights constant."""
    gradient = np.zeros_like(scores)
    count = np.zeros(len(scores))
    for pairs in pairs_of(scores, relevance):
        pair_slopes = pairs.order * weights_of(pairs) * pair_loss_slope(pairs.margin)
        counted = counted_pairs(pairs, item_weights)
        if item_weights is not None:
            pair_slopes = pair_slopes * counted
        gradient[pairs.lists, pairs.rows] += pair_slopes.sum(axis=2)
        gradient[pairs.lists, pairs.columns] -= pair_slopes.sum(axis=1)
        count[pairs.lists] += row_sum(counted)
    return gradient, count


def pairwise_nll(
    scores: Array,
    relevance: Array,
    sigma: float,
    weights_of: PairWeights,
    item_weights: Array | None = None,
) -> tuple[Array, Array]:
    """Return Σ weight · log(1 + e^(−σ·margin)) of each list, and how many pairs there are."""
    cost = lambda margin: softplus(-sigma * margin)  # noqa: E731 - one line of maths
    return pair_sum(scores, relevance, cost, weights_of, item_weights)


def pairwise_nll_slope(
    scores: Array,
    relevance: Array,
    sigma: float,
    weights_of: PairWeights,
    item_weights: Array | None = None,
) -> tuple[Array, Array]:
    """Return the derivative of :func:`pairwise_nll`, by each score."""
    slope = lambda margin: -sigma * sigmoid(-sigma * margin)  # noqa: E731 - one line of maths
    return pair_slope(scores, relevance, slope, weights_of, item_weights)


def row_sum(pairs: Array) -> Array:
    """Sum all pairs of each list."""
    return pairs.reshape(len(pairs), -1).sum(axis=1)


def unweighted(_: Pairs) -> float:
    """Let every pair count alike."""
    return 1.0
