"""Sums over all pairs of a list whose relevance differs, in bounded memory.

Lists are (g, L). A pair has an order, +1 where the first item is the more relevant one and −1 where
the second is, and a lead: how far the more relevant one is ahead in score.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.probability.logistic import sigmoid, softplus

MOST_PAIRS = 2**14  # at once: arrays of these stay in cache, and memory is used again


MOST_ROWS = 64


Weigh: TypeAlias = Callable[["Pairs"], Any]


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
    count, length = scores.shape
    rows = max(1, min(MOST_ROWS, MOST_PAIRS // length))
    lists = max(1, MOST_PAIRS // (rows * length))
    for first in range(0, count, lists):
        these = slice(first, min(first + lists, count))
        for top in range(0, length - 1, rows):
            left, right = slice(top, min(top + rows, length)), slice(top + 1, length)
            order = np.sign(differences(relevance[these], left, right))
            later = np.arange(top + 1, length) > np.arange(top, left.stop)[:, None]
            order *= later
            margin = order * differences(scores[these], left, right)
            yield Pairs(these, left, right, order, margin)


def differences(values: Array, rows: slice, columns: slice) -> Array:
    """Return v_i − v_j for i among the rows and j among the columns."""
    return values[:, rows, None] - values[:, None, columns]


def pair_sum(
    scores: Array, relevance: Array, item: Callable[[Array], Array], weigh: Weigh
) -> tuple[Array, Array]:
    """Return Σ weight · item(lead) over the pairs of each list, and how many pairs there are.

    `weigh` gives the weights of :class:`Pairs`, or 1.0.
    """
    total, count = np.zeros((2, len(scores)))
    for pairs in pairs_of(scores, relevance):
        counts = np.abs(pairs.order)
        total[pairs.lists] += row_sum(counts * weigh(pairs) * item(pairs.margin))
        count[pairs.lists] += row_sum(counts)
    return total, count


def pair_slope(
    scores: Array, relevance: Array, slope: Callable[[Array], Array], weigh: Weigh
) -> tuple[Array, Array]:
    """Return the derivative of :func:`pair_sum` with respect to the scores, weights constant."""
    rise = np.zeros_like(scores)
    count = np.zeros(len(scores))
    for pairs in pairs_of(scores, relevance):
        push = pairs.order * weigh(pairs) * slope(pairs.margin)
        rise[pairs.lists, pairs.rows] += push.sum(axis=2)
        rise[pairs.lists, pairs.columns] -= push.sum(axis=1)
        count[pairs.lists] += row_sum(np.abs(pairs.order))
    return rise, count


def pairwise_nll(
    scores: Array, relevance: Array, sigma: float, weigh: Weigh
) -> tuple[Array, Array]:
    """Return Σ weight · log(1 + e^(−σ·lead)) of each list, and how many pairs there are."""
    return pair_sum(scores, relevance, lambda margin: softplus(-sigma * margin), weigh)


def pairwise_nll_slope(
    scores: Array, relevance: Array, sigma: float, weigh: Weigh
) -> tuple[Array, Array]:
    """Return the derivative of :func:`pairwise_nll`, −σ·sigmoid(−σ·lead) for each leader."""
    return pair_slope(scores, relevance, lambda margin: -sigma * sigmoid(-sigma * margin), weigh)


def row_sum(pairs: Array) -> Array:
    """Sum all pairs of each list."""
    return pairs.reshape(len(pairs), -1).sum(axis=1)


def unweighted(_: Pairs) -> float:
    """Let every pair count alike."""
    return 1.0
