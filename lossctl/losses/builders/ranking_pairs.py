"""Build losses of lists that are a sum over their pairs, of a function of the score difference."""

from functools import partial
from typing import Any

import numpy as np

from lossctl.core.domain import Choice, Param
from lossctl.core.loss import Array, Loss, Page
from lossctl.kernels.ranking.pairs import (
    Pairs,
    PairWeights,
    differences,
    pair_slope,
    pair_sum,
    unweighted,
)
from lossctl.losses.builders.ranking_lists import RELEVANCE, SCORES, graded, list_loss
from lossctl.losses.builders.records import Function

PAIRS = Param(
    "pairs",
    "mean",
    Choice(("mean", "sum", "pooled")),
    "Whether the loss of a list is the mean or the sum over its pairs; pooled is one mean over the "
    "pairs of all lists, as in Rax and allRank.",
)
PAIR_WEIGHTS = Param(
    "pair_weights",
    "equal",
    Choice(("equal", "relevance", "squared_relevance")),
    "Weights of pairs: 1, the difference y_i − y_j of their relevance, or |y_i² − y_j²|.",
)
NOTES = (
    "each list is one item: the mean is over lists, the loss of one being the mean over its pairs",
    "items of equal relevance make no pair",
    (
        "lists without a pair, of one item or of one relevance, have weight 0: they are no "
        "part of the mean"
    ),
    "weight w of one item stands for w items: each pair counts w_i·w_j times",
    "pairs=pooled: long lists count more, as they have more pairs",
    "pair_weights multiply the loss of a pair, and means still divide by the number of pairs",
)


def pair_loss(
    loss_id: str,
    *,
    title: str,
    cost: Function,
    cost_slope: Function,
    page: Page,
    params: tuple[Param, ...] = (),
    of_residuals: bool = False,
    tasks: tuple[str, ...] = ("ranking",),
) -> Loss:
    """Declare a loss of pairs (i, j) in which i is the more relevant item.

    `cost(margin, **params)` takes the score of i minus that of j, any shape, and gives the loss of
    each pair; `cost_slope` is its derivative. With `of_residuals` the margin is less the difference
    of their relevance.
    """

    def value(
        scores: Array,
        relevance: Array,
        *,
        pairs: str,
        pair_weights: str,
        weights: Array | None = None,
        **given: Any,
    ) -> tuple[Array, Array]:
        of_pair, counts = partial(cost, **given), scaled(weights, pairs)
        compared = scores - relevance if of_residuals else scores
        weights_of = by_relevance(relevance, pair_weights)
        total, count = pair_sum(compared, relevance, of_pair, weights_of, counts)
        return total / share(count, pairs), count if pairs == "pooled" else count > 0.0

    def slope(
        scores: Array,
        relevance: Array,
        *,
        pairs: str,
        pair_weights: str,
        weights: Array | None = None,
        **given: Any,
    ) -> Array:
        of_pair, counts = partial(cost_slope, **given), scaled(weights, pairs)
        compared = scores - relevance if of_residuals else scores
        weights_of = by_relevance(relevance, pair_weights)
        gradient, count = pair_slope(compared, relevance, of_pair, weights_of, counts)
        return gradient / share(count, pairs)[:, None]

    return list_loss(
        loss_id,
        title=title,
        tasks=tasks,
        inputs=(SCORES, RELEVANCE),
        value=value,
        slope=slope,
        sample=graded,
        item_weights=True,
        params=(*params, PAIRS, PAIR_WEIGHTS),
        page=page,
    )


def by_relevance(relevance: Array, kind: str) -> PairWeights:
    """Return a function of pairs: 1, |y_i − y_j|, or |y_i² − y_j²| as a product."""
    if kind == "equal":
        return unweighted

    def weights_of(pairs: Pairs) -> Array:
        own, here = relevance[pairs.lists], (pairs.rows, pairs.columns)
        gaps = differences(own, *here)
        if kind == "squared_relevance":
            gaps = gaps * (own[:, pairs.rows, None] + own[:, None, pairs.columns])
        return np.abs(gaps)

    return weights_of


def scaled(weights: Array | None, pairs: str) -> Array | None:
    """Scale the weights of a list where that cancels, so that products of two stay finite."""
    if weights is None or pairs != "mean":
        return weights
    return weights / weights.max(axis=1, keepdims=True)


def share(count: Array, pairs: str) -> Any:
    """Return what sums over pairs are divided by; 1 for none."""
    return np.where(count > 0.0, count, 1.0) if pairs == "mean" else np.ones_like(count)
