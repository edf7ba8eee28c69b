"""RankNet."""

from typing import Any

import numpy as np

from lossctl.core.domain import Choice, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.ranking.pairs import pairwise_nll, pairwise_nll_slope, unweighted
from lossctl.losses.builders.ranking_lists import (
    MARGIN,
    RELEVANCE,
    SCORES,
    SIGMA,
    graded,
    list_loss,
)


def value(
    scores: Array, relevance: Array, *, sigma: float, pairs: str, weights: Array | None = None
) -> tuple[Array, Array]:
    """Pairwise logistic loss of each list; lists without a pair do not count."""
    counts = scaled(weights, pairs)
    total, count = pairwise_nll(scores, relevance, sigma, unweighted, counts)
    return total / share(count, pairs), count > 0.0


def slope(
    scores: Array, relevance: Array, *, sigma: float, pairs: str, weights: Array | None = None
) -> Array:
    """−σ·sigmoid(−σ·margin) for the more relevant item of each pair, the opposite for the other."""
    counts = scaled(weights, pairs)
    gradient, count = pairwise_nll_slope(scores, relevance, sigma, unweighted, counts)
    return gradient / share(count, pairs)[:, None]


def scaled(weights: Array | None, pairs: str) -> Array | None:
    """Scale the weights of a list where that cancels, so that products of two stay finite."""
    if weights is None or pairs == "sum":
        return weights
    return weights / weights.max(axis=1, keepdims=True)


def share(count: Array, pairs: str) -> Any:
    """Return what sums over pairs are divided by; 1 for none."""
    return np.where(count > 0.0, count, 1.0) if pairs == "mean" else np.ones_like(count)


RANKNET = list_loss(
    "ranknet",
    title="RankNet",
    tasks=("ranking",),
    inputs=(SCORES, RELEVANCE),
    value=value,
    slope=slope,
    sample=graded,
    item_weights=True,
    params=(
        SIGMA,
        Param(
            "pairs",
            "mean",
            Choice(("mean", "sum")),
            "Whether the loss of a list is the mean or the sum over its pairs.",
        ),
    ),
    page=Page(
        summary="RankNet: log(1 + e^(−σ·(s_i − s_j))) over pairs with i more relevant than j",
        also_called=("pairwise logistic ranking", "pairwise ranking"),
        curve=MARGIN,
        formula="mean over pairs with y_i > y_j of log(1 + e^(−σ(s_i − s_j)))",
        use_when=(
            "items of a list are graded, or compared in pairs",
            "the whole order matters and not only its top",
        ),
        avoid_when=(
            "only the top of the list matters (use lambda_rank)",
            "lists hold many thousands of items: there are L² / 2 pairs (use listnet)",
        ),
        expected={
            "perfect": "0: every more relevant item is far ahead",
            "chance": "log 2 = 0.693 for equal scores",
            "bad": "> log 2: more pairs in the wrong order than in the right one",
        },
        references=(
            Reference(
                "Burges et al., Learning to rank using gradient descent (2005)",
                "doi:10.1145/1102351.1102363",
            ),
            Reference(
                "Burges, From RankNet to LambdaRank to LambdaMART: an overview (2010)",
                "https://www.microsoft.com/en-us/research/publication/"
                "from-ranknet-to-lambdarank-to-lambdamart-an-overview/",
            ),
        ),
        examples=(
            Example.of(
                0.6931471805599453,
                "three pairs of equal scores: log 2 each",
                predictions=[0.0, 0.0, 0.0],
                targets=[2.0, 1.0, 0.0],
            ),
            Example.of(
                1.0064088680781682,
                "differences 1 and 0: log(1 + 1/e) + log 2 = 0.31326… + 0.69314…; the two items of "
                "relevance 0 are no pair",
                {"pairs": "sum"},
                predictions=[1.0, 0.0, 1.0],
                targets=[1.0, 0.0, 0.0],
            ),
        ),
        notes=(
            (
                "each list is one item: the mean is over lists, the loss of one being the mean "
                "over its pairs"
            ),
            "items of equal relevance make no pair (the paper would ask for equal scores)",
            (
                "lists without a pair, of one item or of one relevance, have weight 0: they are no "
                "part of the mean"
            ),
            "weight w of one item stands for w items: each pair counts w_i·w_j times",
            "pairs=sum is the paper's cost: long lists then count more, as L²",
        ),
    ),
)
