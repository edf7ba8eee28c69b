"""LambdaLoss: NDCG-Loss2 and NDCG-Loss2++."""

from typing import Any

import numpy as np

from lossctl.core.domain import NONNEGATIVE, Choice, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.primitives import log1p
from lossctl.kernels.ranking.pairs import (
    Pairs,
    PairWeights,
    differences,
    pairwise_nll,
    pairwise_nll_slope,
)
from lossctl.losses.builders.ranking_lists import GRADES, MARGIN, SCORES, SIGMA, graded, list_loss
from lossctl.losses.ranking.lambda_rank import (
    GAIN,
    LOG2,
    TOP,
    best_dcg,
    discounts,
    gains,
    ranks_of,
)

PLUS = "ndcg_loss2++"


def discount_steps(gaps: Array) -> Array:
    """Return 1/log2(1 + d) − 1/log2(2 + d) of gaps d from 1, without cancellation."""
    gaps = np.asarray(gaps, np.float64)
    return LOG2 * log1p(1.0 / (1.0 + gaps)) / (log1p(gaps) * log1p(1.0 + gaps))


def pair_weights(
    scores: Array, relevance: Array, *, scheme: str, mu: float, k: int | None, gain: str
) -> PairWeights:
    """Return a function of pairs: |ΔG|/maxDCG · δ, or · (μ·δ + |ΔD|)."""
    ranks = ranks_of(scores)
    top = discounts(ranks, k)
    item_gains = gains(relevance, gain).astype(np.float64)
    best = best_dcg(item_gains, k)
    item_gains /= np.where(best > 0.0, best, 1.0)[:, None]
    steps = np.append(0.0, discount_steps(np.arange(1, max(2, scores.shape[1]))))

    def weights_of(pairs: Pairs) -> Array:
        here = (pairs.rows, pairs.columns)
        weights = steps[np.abs(differences(ranks[pairs.lists], *here))]
        if k is not None:
            weights = weights * beyond(ranks[pairs.lists], pairs, k)
        if scheme == PLUS:
            weights = mu * weights + np.abs(differences(top[pairs.lists], *here))
        return weights * np.abs(differences(item_gains[pairs.lists], *here))

    return weights_of


def beyond(ranks: Array, pairs: Pairs, k: int) -> Array:
    """Return 1 / (1 − 1/log2(1 + rank)) for pairs whose lower item is beyond place k, else 1."""
    lower = np.maximum(ranks[:, pairs.rows, None], ranks[:, None, pairs.columns])
    lower = np.where(lower > k, lower, np.inf)
    return 1.0 / (1.0 - LOG2 / log1p(lower))


def value(
    scores: Array, relevance: Array, *, sigma: float, log: str, **given: Any
) -> tuple[Array, Array]:
    """Pairwise logistic loss of each list, with the weights of the scheme."""
    weights_of = pair_weights(scores, relevance, **given)
    total, count = pairwise_nll(scores, relevance, sigma, weights_of)
    return total / unit(log), count > 0.0


def slope(scores: Array, relevance: Array, *, sigma: float, log: str, **given: Any) -> Array:
    """−σ·weight·sigmoid(−σ·margin) for the more relevant item of each pair."""
    weights_of = pair_weights(scores, relevance, **given)
    gradient, _ = pairwise_nll_slope(scores, relevance, sigma, weights_of)
    return gradient / unit(log)


def unit(log: str) -> float:
    """Return what natural logarithms are divided by."""
    return LOG2 if log == "binary" else 1.0


LAMBDA_LOSS = list_loss(
    "lambda_loss",
    title="LambdaLoss (NDCG-Loss2++)",
    tasks=("ranking",),
    inputs=(SCORES, GRADES),
    value=value,
    slope=slope,
    sample=graded,
    params=(
        SIGMA,
        Param(
            "scheme",
            PLUS,
            Choice((PLUS, "ndcg_loss2")),
            "Weights of pairs: those of NDCG-Loss2 times mu plus those of LambdaRank, or the "
            "former alone.",
        ),
        Param("mu", 10.0, NONNEGATIVE, "Weight of NDCG-Loss2 in NDCG-Loss2++."),
        TOP,
        GAIN,
        Param("log", "binary", Choice(("binary", "natural")), "Base of the logarithm: 2 or e."),
    ),
    page=Page(
        summary="LambdaLoss: pairwise logistic loss weighted by bounds of NDCG (NDCG-Loss2++)",
        also_called=("NDCG-Loss2++", "DCG v2 lambda weights"),
        curve=MARGIN,
        formula="Σ over pairs with y_i > y_j of (μ·δ_ij + ρ_ij)·|G_i − G_j|/maxDCG·log2(1 + "
        "e^(−σ(s_i − s_j))),  δ_ij = 1/D(|r_i − r_j|) − 1/D(|r_i − r_j| + 1),  ρ_ij = |1/D(r_i) − "
        "1/D(r_j)|,  D(r) = log2(1 + r);  ndcg_loss2: δ_ij alone",
        use_when=(
            "the metric is NDCG: it bounds NDCG more closely than LambdaRank does",
            "grades are few (0 to 4) and lists hold up to some thousands of items",
        ),
        avoid_when=(
            "values of different models are compared: the weights change with the ranks (use NDCG)",
            "relevance may be negative (use ranknet)",
        ),
        expected={
            "perfect": "0: every more relevant item is far ahead",
            "bad": "> the sum of the weights: more pairs in the wrong order than in the right one",
        },
        references=(
            Reference(
                "Wang et al., The LambdaLoss framework for ranking metric optimization (2018)",
                "doi:10.1145/3269206.3271784",
            ),
            Reference(
                "Jagerman et al., On optimizing top-K metrics for neural ranking models (2022)",
                "doi:10.1145/3477495.3531849",
            ),
        ),
        examples=(
            Example.of(
                4.059772710713967,
                "gap and ranks 1 and 2: δ = ρ = 1 − 1/log2 3 = 0.36907…, each of the 10 + 1 by "
                "log2 2 = 1",
                predictions=[0.0, 0.0],
                targets=[0.0, 1.0],
            ),
            Example.of(
                1.261859507142915,
                "ranks 1 to 3: (1 − 1/log2 3)/(1 − 1/log2 3) of the pair at 2, "
                "(1/log2 3 − ½)/(1 − ½) of that at 3",
                {"scheme": "ndcg_loss2", "gain": "linear", "k": 1},
                predictions=[0.0, 0.0, 0.0],
                targets=[1.0, 0.0, 0.0],
            ),
        ),
        notes=(
            (
                "each list is one item: the mean is over lists, the loss of one being the sum "
                "over its pairs"
            ),
            "the paper's and allRank's logarithm is to base 2, that of Rax and TF-Ranking natural",
            "Rax and TF-Ranking also multiply by the length of the list",
            "ranks r follow from the scores; the weights are taken as constant in the gradient",
            (
                "with k, δ of a pair whose lower item is beyond place k is divided by "
                "1 − 1/D of its place (Jagerman et al.)"
            ),
            "items of equal score take their places in the order in which they are given",
            "weights of items are 0 or 1: ranks allow no fractional counts",
            (
                "lists without a pair, of one item or of one relevance, have weight 0: they are no "
                "part of the mean"
            ),
        ),
        kinks="ties of scores, where ranks and with them the weights jump",
    ),
)
