"""LambdaRank with the weights of NDCG."""

import math

import numpy as np

from lossctl.core.domain import Choice, IntegerRange, Nullable, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.primitives import expm1, log1p
from lossctl.kernels.ranking.pairs import (
    Pairs,
    PairWeights,
    differences,
    pairwise_nll,
    pairwise_nll_slope,
)
from lossctl.losses.builders.ranking_lists import GRADES, MARGIN, SCORES, SIGMA, graded, list_loss

LOG2 = math.log(2.0)
GAIN = Param(
    "gain",
    "exponential",
    Choice(("exponential", "linear")),
    "Gain of relevance y: 2^y − 1, or y.",
)
TOP = Param(
    "k",
    None,
    Nullable(IntegerRange(1)),
    "Truncation of NDCG: the number of top places that count; null for all.",
)


def gains(relevance: Array, kind: str) -> Array:
    """Return 2^y − 1 over 2^(greatest y), or y over the greatest y: nothing overflows.

    The scale of a list cancels in NDCG. Lists without relevance have gains of 0.
    """
    top = relevance.max(axis=1, keepdims=True)
    if kind == "linear":
        return relevance / np.where(top > 0.0, top, 1.0)
    return np.exp2(relevance - top) * -expm1(-LOG2 * relevance)


def discounts(ranks: Array, k: int | None) -> Array:
    """Return 1 / log2(1 + rank) in float64, for ranks from 1; 0 beyond place k."""
    values = LOG2 / log1p(np.asarray(ranks, np.float64))
    return values if k is None else np.where(ranks <= k, values, 0.0)


def ranks_of(scores: Array) -> Array:
    """Return the place of every item by falling score, from 1; ties stay in the order given."""
    order = np.argsort(-scores, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, scores.shape[1] + 1)[None, :], axis=1)
    return ranks


def best_dcg(item_gains: Array, k: int | None) -> Array:
    """Return Σ gain · discount of each list in its best order, (g,)."""
    descending = -np.sort(-item_gains, axis=1)
    return (descending * discounts(np.arange(1, item_gains.shape[1] + 1), k)).sum(axis=1)


def swap_weights(scores: Array, relevance: Array, gain: str, k: int | None) -> PairWeights:
    """Return a function of pairs: by how much exchanging their places would change NDCG."""
    item_gains = gains(relevance, gain).astype(np.float64)
    discount = discounts(ranks_of(scores), k)
    best = best_dcg(item_gains, k)
    item_gains /= np.where(best > 0.0, best, 1.0)[:, None]

    def weights_of(pairs: Pairs) -> Array:
        here = (pairs.rows, pairs.columns)
        change = differences(item_gains[pairs.lists], *here)
        change *= differences(discount[pairs.lists], *here)
        return np.abs(change, out=change)

    return weights_of


def value(
    scores: Array, relevance: Array, *, sigma: float, k: int | None, gain: str
) -> tuple[Array, Array]:
    """Pairwise logistic loss of each list, weighted by what exchanging the pair would change."""
    weights_of = swap_weights(scores, relevance, gain, k)
    total, count = pairwise_nll(scores, relevance, sigma, weights_of)
    return total, count > 0.0


def slope(scores: Array, relevance: Array, *, sigma: float, k: int | None, gain: str) -> Array:
    """Lambdas: −σ·|ΔNDCG|·sigmoid(−σ·margin) for the more relevant item of each pair."""
    weights_of = swap_weights(scores, relevance, gain, k)
    gradient, _ = pairwise_nll_slope(scores, relevance, sigma, weights_of)
    return gradient


LAMBDA_RANK = list_loss(
    "lambda_rank",
    title="LambdaRank (NDCG)",
    tasks=("ranking",),
    inputs=(SCORES, GRADES),
    value=value,
    slope=slope,
    sample=graded,
    params=(
        SIGMA,
        TOP,
        GAIN,
    ),
    page=Page(
        summary="LambdaRank: RankNet's pairwise logistic loss, each pair weighted by |ΔNDCG|",
        also_called=("LambdaMART objective", "NDCG loss"),
        curve=MARGIN,
        formula="Σ over pairs with y_i > y_j of |ΔNDCG_ij|·log(1 + e^(−σ(s_i − s_j))),  "
        "ΔNDCG_ij = (G_i − G_j)(1/D_i − 1/D_j)/maxDCG,  D = log2(1 + rank)",
        use_when=(
            "the top of the list matters most and the metric is NDCG",
            "grades are few (0 to 4) and lists hold up to some thousands of items",
        ),
        avoid_when=(
            (
                "values of different models are compared: the weights change with the ranks (use "
                "NDCG)"
            ),
            "relevance may be negative (use ranknet)",
        ),
        expected={
            "perfect": "0: every more relevant item is far ahead",
            "bad": "> log 2 · Σ |ΔNDCG|: more pairs in the wrong order than in the right one",
        },
        references=(
            Reference(
                "Burges, Ragno & Le, Learning to rank with nonsmooth cost functions (2006)",
                "https://proceedings.neurips.cc/paper/2006/hash/"
                "af44c4c56f385c43f2529f9b1b018f6a-Abstract.html",
            ),
            Reference(
                "Wang et al., The LambdaLoss framework for ranking metric optimization (2018)",
                "doi:10.1145/3269206.3271784",
            ),
            Reference(
                "Järvelin & Kekäläinen, Cumulated gain-based evaluation of IR techniques (2002)",
                "doi:10.1145/582415.582418",
            ),
        ),
        examples=(
            Example.of(
                0.25582000074050854,
                "ranks 1 and 2, gains 0 and 1, maxDCG 1: (1 − 1/log2 3)·log 2",
                predictions=[0.0, 0.0],
                targets=[0.0, 1.0],
            ),
            Example.of(
                0.8755077916788152,
                "the first two change NDCG@1 by (3 − 1)(1 − 0)/3, their difference −1; the first "
                "and the last by 0: ⅔·log(1 + e) = ⅔·1.31326…",
                {"gain": "linear", "k": 1},
                predictions=[0.0, 1.0, -5.0],
                targets=[3.0, 1.0, 1.0],
            ),
        ),
        notes=(
            (
                "each list is one item: the mean is over lists, the loss of one being the sum "
                "over its pairs"
            ),
            "logarithms of the loss are natural, those of the discount to base 2",
            (
                "ranks follow from the scores given, so |ΔNDCG| changes in jumps only: taken as "
                "constant, as in LambdaRank, it leaves an exact gradient where no two scores tie"
            ),
            "items of equal score take their places in the order in which they are given",
            "weights of items are 0 or 1: ranks allow no fractional counts",
            "with k a pair counts while one of its items is among the first k: discounts end there",
            (
                "lists without a pair, of one item or of one relevance, have weight 0: they are no "
                "part of the mean"
            ),
        ),
        kinks="ties of scores, where ranks and with them the weights jump",
    ),
)
