"""Pairwise mean squared error of lists."""

import numpy as np

from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.losses.builders.ranking_lists import MARGIN, RELEVANCE, SCORES, graded, list_loss
from lossctl.losses.builders.ranking_pairs import PAIRS


def centred(scores: Array, relevance: Array) -> Array:
    """Return the residuals s − y less their mean over the list."""
    residual = scores - relevance
    return residual - residual.mean(axis=1, keepdims=True)


def value(scores: Array, relevance: Array, *, pairs: str) -> tuple[Array, Array]:
    """Twice the variance of the residuals, which is the mean square over all pairs of them."""
    residual, count = centred(scores, relevance), float(scores.shape[1] ** 2)
    mean = 2.0 * (residual * residual).mean(axis=1)
    weight = np.full(len(scores), count if pairs == "pooled" else 1.0)
    return (mean if pairs == "mean" else count * mean), weight


def slope(scores: Array, relevance: Array, *, pairs: str) -> Array:
    """4/L times the centred residual; 4L times of a sum over pairs."""
    length = float(scores.shape[1])
    return (4.0 / length if pairs == "mean" else 4.0 * length) * centred(scores, relevance)


PAIRWISE_MSE = list_loss(
    "pairwise_mse",
    title="Pairwise mean squared error",
    tasks=("ranking", "regression"),
    inputs=(SCORES, RELEVANCE),
    value=value,
    slope=slope,
    sample=graded,
    params=(PAIRS,),
    page=Page(
        summary="Pairwise MSE: mean over all pairs of ((s_i − s_j) − (y_i − y_j))²",
        also_called=("scale-sensitive ranking regression", "mean squared difference of gaps"),
        curve=MARGIN,
        formula="(1/L²)·Σ_i Σ_j ((s_i − s_j) − (y_i − y_j))² = 2·variance of s − y",
        use_when=(
            "the distances between grades have a meaning, and the level of the scores has none",
            "scores of a list are combined with others by their differences",
        ),
        avoid_when=(
            "only the order matters (use ranknet)",
            "the scores themselves are wanted (use mse)",
        ),
        expected={
            "perfect": "0: all differences of scores are those of the grades",
            "chance": "twice the variance of the grades, for equal scores",
            "bad": "> twice the variance of the grades",
        },
        references=(
            Reference(
                "Jagerman et al., Rax: composable learning-to-rank using JAX (2022)",
                "doi:10.1145/3534678.3539065",
            ),
        ),
        examples=(
            Example.of(
                2.0,
                "residuals −1 and 1: (0 + 2² + 2² + 0) / 4",
                predictions=[0.0, 1.0],
                targets=[1.0, 0.0],
            ),
        ),
        notes=(
            (
                "the mean is over lists, the loss of one being the mean over all its L² pairs, "
                "those of the same document among them"
            ),
            "pairs=pooled: long lists count more, as they have more pairs",
            "weights of items are 0 or 1",
        ),
    ),
)
