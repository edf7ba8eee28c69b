"""ApproxNDCG: NDCG of smooth ranks."""

from collections.abc import Iterator

import numpy as np

from lossctl.core.domain import POSITIVE, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.primitives import log1p
from lossctl.kernels.probability.logistic import sigmoid_of_any
from lossctl.kernels.ranking.pairs import MOST_PAIRS
from lossctl.losses.builders.ranking_lists import GRADES, MARGIN, SCORES, graded, list_loss
from lossctl.losses.ranking.lambda_rank import GAIN, LOG2, best_dcg, gains


def rows_of(lists: int, length: int) -> Iterator[tuple[slice, slice]]:
    """Yield lists and rows whose pairs with all items of the list fit in bounded memory."""
    rows = max(1, min(length, MOST_PAIRS // length))
    count = max(1, MOST_PAIRS // (rows * length))
    for first in range(0, lists, count):
        for top in range(0, length, rows):
            yield slice(first, first + count), slice(top, top + rows)


def behind(scores: Array, lists: slice, rows: slice, temperature: float) -> Array:
    """Return (s_j − s_i)/T of the items i among the rows, and all items j."""
    some = scores[lists]
    return (some[:, None, :] - some[:, rows, None]) / temperature


def smooth_ranks(scores: Array, temperature: float) -> Array:
    """Return 1 + Σ σ((s_j − s_i)/T) over the other items, (g, L) in float64."""
    scores = scores.astype(np.float64)
    ranks = np.empty_like(scores)
    for lists, rows in rows_of(*scores.shape):
        ahead = sigmoid_of_any(behind(scores, lists, rows, temperature))
        ranks[lists, rows] = 0.5 + ahead.sum(axis=2)  # ½ of the item itself
    return ranks


def shares_of(relevance: Array, gain: str) -> tuple[Array, Array]:
    """Return the gains over that of the best order, and which lists have any."""
    found = gains(relevance, gain).astype(np.float64)
    best = best_dcg(found, None)
    return found / np.where(best > 0.0, best, 1.0)[:, None], best > 0.0


def value(scores: Array, relevance: Array, *, temperature: float, gain: str) -> tuple[Array, Array]:
    """1 − Σ gain/log2(1 + rank), of smooth ranks."""
    shares, counts = shares_of(relevance, gain)
    discounts = LOG2 / log1p(smooth_ranks(scores, temperature))
    return np.where(counts, 1.0 - (shares * discounts).sum(axis=1), 0.0), counts


def slope_of_ranks(scores: Array, by_rank: Array, temperature: float) -> Array:
    """Carry slopes by the smooth ranks to the scores: Σ_i σ'·(a_i − a_j)/T."""
    scores = scores.astype(np.float64)
    gradient = np.empty_like(scores)
    for lists, rows in rows_of(*scores.shape):
        gaps = behind(scores, lists, rows, temperature)
        weights = sigmoid_of_any(gaps) * sigmoid_of_any(-gaps)
        differences = by_rank[lists][:, None, :] - by_rank[lists, rows, None]
        gradient[lists, rows] = (weights * differences).sum(axis=2) / temperature
    return gradient


def slope(scores: Array, relevance: Array, *, temperature: float, gain: str) -> Array:
    """By the rank of each item share·log 2/(log²(1 + rank)·(1 + rank)), through the ranks."""
    shares, _ = shares_of(relevance, gain)
    ranks = smooth_ranks(scores, temperature)
    logs = log1p(ranks)
    by_rank = LOG2 * shares / (logs * logs * (1.0 + ranks))
    return slope_of_ranks(scores, by_rank, temperature)


APPROX_NDCG = list_loss(
    "approx_ndcg",
    title="ApproxNDCG",
    tasks=("ranking",),
    inputs=(SCORES, GRADES),
    value=value,
    slope=slope,
    sample=graded,
    params=(
        Param(
            "temperature",
            0.1,
            POSITIVE,
            "Divides differences of scores; smaller is nearer to NDCG.",
        ),
        GAIN,
    ),
    page=Page(
        summary="ApproxNDCG: 1 − NDCG with smooth ranks 1 + Σ sigmoid((s_j − s_i)/T)",
        also_called=("approximate NDCG", "smooth NDCG", "differentiable NDCG"),
        curve=MARGIN,
        formula="1 − Σ_i G_i/log2(1 + r_i) / maxDCG,  r_i = 1 + Σ_{j≠i} 1/(1 + e^((s_i − s_j)/T))",
        use_when=(
            "the metric is NDCG and it should be optimised directly",
            "lists hold up to some thousands of items",
        ),
        avoid_when=(
            "training starts from scratch: far wrong items have no gradient (start with listnet)",
            "NDCG itself is wanted: smooth ranks are near the true ones only for small T",
        ),
        expected={
            "perfect": "near 0: the best order, with gaps of many T between the scores",
            "chance": "1 − NDCG of equal ranks (L + 1)/2, for equal scores",
            "bad": "near 1",
        },
        references=(
            Reference(
                "Qin, Liu & Li, A general approximation framework for direct optimization of "
                "information retrieval measures (2010)",
                "doi:10.1007/s10791-009-9124-x",
            ),
            Reference(
                "Bruch et al., Revisiting approximate metric optimization in the age of deep "
                "neural networks (2019)",
                "doi:10.1145/3331184.3331347",
            ),
        ),
        examples=(
            Example.of(
                0.5,
                "five equal scores have ranks 1 + 4·½ = 3: 1 − 1/log2(4)",
                {"temperature": 1.0},
                predictions=[0.0, 0.0, 0.0, 0.0, 0.0],
                targets=[1.0, 0.0, 0.0, 0.0, 0.0],
            ),
        ),
        notes=(
            "each list is one item: the mean is over lists; those without relevance have weight 0",
            "allRank and TF-Ranking give minus the smooth NDCG: this value minus 1",
            "weights of items are 0 or 1",
        ),
    ),
)
