"""ApproxMRR: reciprocal ranks of the relevant items, of smooth ranks."""

import numpy as np

from lossctl.core.domain import POSITIVE, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.losses.builders.ranking_lists import GRADES, MARGIN, SCORES, graded, list_loss
from lossctl.losses.ranking.approx_ndcg import slope_of_ranks, smooth_ranks


def shares_of(relevance: Array) -> tuple[Array, Array]:
    """Return relevance over its sum, and which lists have any; no sum overflows."""
    top = relevance.max(axis=1, keepdims=True)
    scaled = relevance.astype(np.float64) / np.where(top > 0.0, top, 1.0)
    counts = top[:, 0] > 0.0
    return scaled / np.where(counts, scaled.sum(axis=1), 1.0)[:, None], counts


def value(scores: Array, relevance: Array, *, temperature: float) -> tuple[Array, Array]:
    """1 − Σ share / rank, of smooth ranks."""
    shares, counts = shares_of(relevance)
    ranks = smooth_ranks(scores, temperature)
    return np.where(counts, (shares * ((ranks - 1.0) / ranks)).sum(axis=1), 0.0), counts


def slope(scores: Array, relevance: Array, *, temperature: float) -> Array:
    """By the rank of each item share / rank², through the ranks."""
    shares, _ = shares_of(relevance)
    ranks = smooth_ranks(scores, temperature)
    return slope_of_ranks(scores, shares / (ranks * ranks), temperature)


APPROX_MRR = list_loss(
    "approx_mrr",
    title="ApproxMRR",
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
            "Divides differences of scores; smaller is nearer to reciprocal ranks.",
        ),
    ),
    page=Page(
        summary="ApproxMRR: 1 − MRR with smooth ranks 1 + Σ sigmoid((s_j − s_i)/T)",
        also_called=("approximate MRR", "smooth reciprocal rank", "differentiable MRR"),
        curve=MARGIN,
        formula="1 − Σ_i y_i/r_i / Σ_i y_i,  r_i = 1 + Σ_{j≠i} 1/(1 + e^((s_i − s_j)/T))",
        use_when=(
            "one item of each list is relevant and the metric is MRR",
            "lists hold up to some thousands of items",
        ),
        avoid_when=(
            "several items are relevant: all their ranks count, MRR's first alone does not",
            "training starts from scratch: far wrong items have no gradient (start with listnet)",
        ),
        expected={
            "perfect": "near 0: the relevant item is many T ahead of the others",
            "chance": "1 − 2/(L + 1) for equal scores of L items",
            "bad": "near 1",
        },
        references=(
            Reference(
                "Qin, Liu & Li, A general approximation framework for direct optimization of "
                "information retrieval measures (2010)",
                "doi:10.1007/s10791-009-9124-x",
            ),
        ),
        examples=(
            Example.of(
                0.5,
                "three equal scores have ranks 1 + 2·½ = 2: 1 − ½",
                predictions=[0.0, 0.0, 0.0],
                targets=[0.0, 1.0, 0.0],
            ),
            Example.of(
                0.25,
                "scores many T away have their ranks, 1 and 2: 1 − (2·1 + 2·½)/4",
                {"temperature": 0.001},
                predictions=[9.0, 1.0, -5.0],
                targets=[2.0, 2.0, 0.0],
            ),
        ),
        notes=(
            "each list is one item: the mean is over lists; those without relevance have weight 0",
            "TF-Ranking gives minus the smooth MRR: this value minus 1",
            "weights of items are 0 or 1",
        ),
    ),
)
