"""ListNet, by the probabilities of being first."""

from typing import Any

import numpy as np

from lossctl.core.domain import Choice, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.core.spelling import option
from lossctl.kernels.numeric.pointwise import over
from lossctl.kernels.numeric.primitives import log
from lossctl.kernels.probability.softmax import negative_log_softmax, softmax, weighted_nll_vjp
from lossctl.losses.builders.ranking_lists import MARGIN, RELEVANCE, SCORES, graded, list_loss

DISTRIBUTION = Param(
    "distribution",
    "softmax",
    Choice(("softmax", "share", "relevance")),
    "Target distribution: softmax of the relevance, each relevance over their sum, or the "
    "relevance itself (Rax, optax).",
)


def shares(
    relevance: Array, distribution: str, weights: Array | None = None
) -> tuple[Array, Array]:
    """Return the true distribution of each list over its items, and whether there is one.

    With ``relevance`` it is the relevance itself, which need not sum to 1; each list counts.
    """
    if distribution == "softmax":
        shifted = relevance if weights is None else relevance + log(weights)
        return softmax(shifted), np.ones(len(relevance), bool)
    if distribution == "relevance":
        return relevance if weights is None else relevance * weights, np.ones(len(relevance), bool)
    largest = relevance.max(axis=1, keepdims=True)
    scaled = over(relevance, largest)
    if weights is not None:
        scaled = scaled * (weights / weights.max(axis=1, keepdims=True))
    total = scaled.sum(axis=1)
    return scaled / np.where(total > 0.0, total, 1.0)[:, None], total > 0.0


def value(
    scores: Array, relevance: Array, *, distribution: str, weights: Array | None = None
) -> tuple[Array, Array]:
    """Cross-entropy between the true distribution and softmax of the scores.

    An item of weight w stands for w items of probability e^s / Σ w·e^s each.
    """
    true_p, counts = shares(relevance, distribution, weights)
    if weights is None:
        return (true_p * negative_log_softmax(scores)).sum(axis=1), counts
    log_weights = log(weights)
    nll = negative_log_softmax(scores + log_weights) + log_weights
    return (true_p * nll).sum(axis=1), counts


def slope(
    scores: Array, relevance: Array, *, distribution: str, weights: Array | None = None
) -> Array:
    """Softmax of the scores minus the true distribution."""
    true_p, _ = shares(relevance, distribution, weights)
    return weighted_nll_vjp(scores if weights is None else scores + log(weights), true_p)


def faults(
    _: Array, relevance: Array, *, distribution: str, **__: Any
) -> list[tuple[str, Array, str]]:
    """Find relevance below 0 where it is to become a share."""
    if distribution == "softmax":
        return []
    low = relevance.min(initial=0.0)
    message = "relevance below 0 at {where} is no share; "
    if low % 1.0 == 0.0 and (relevance[relevance < 0.0] == low).all():
        message += f"leave padding out with {option('ignore_index', int(low))}, or "
    return [("targets", relevance < 0.0, message + "use distribution=softmax, or shift it")]


LISTNET = list_loss(
    "listnet",
    title="ListNet (top one)",
    tasks=("ranking",),
    inputs=(SCORES, RELEVANCE),
    value=value,
    slope=slope,
    sample=graded,
    faults=faults,
    item_weights=True,
    params=(DISTRIBUTION,),
    page=Page(
        summary="ListNet (top one): cross-entropy of softmax(scores) with softmax(relevance)",
        also_called=("listwise softmax",),
        curve=MARGIN,
        formula="−Σ P(i)·log softmax(s)_i,  P = softmax(y), y / Σy, or y",
        use_when=(
            "lists are long: the cost is that of one softmax per list",
            "one click or one relevant item per list should come first (distribution=share)",
        ),
        avoid_when=(
            "grades are large numbers: softmax(y) then sees the best item only",
            "the order below the top matters as much (use listmle or ranknet)",
        ),
        expected={
            "perfect": "the entropy of P; 0 when P is certain",
            "chance": "log L for equal scores of L items",
            "bad": "> log L",
        },
        references=(
            Reference(
                "Cao et al., Learning to rank: from pairwise approach to listwise approach (2007)",
                "doi:10.1145/1273496.1273513",
            ),
            Reference(
                "Bruch et al., An analysis of the softmax cross entropy loss for learning-to-rank "
                "with binary relevance (2019)",
                "doi:10.1145/3341981.3344221",
            ),
        ),
        examples=(
            Example.of(
                1.3862943611198906,
                "equal scores: log 4 whatever the relevance",
                predictions=[0.0, 0.0, 0.0, 0.0],
                targets=[3.0, 1.0, 0.0, 2.0],
            ),
            Example.of(
                0.8369882167858358,
                "scores 0 and log 3: softmax is ¼, ¾; ½·log 4 + ½·log(4/3)",
                {"distribution": "share"},
                predictions=[0.0, 1.0986122886681098],
                targets=[1.0, 1.0],
            ),
            Example.of(
                2.0794415416798357,
                "equal scores: (2 + 1)·log 2",
                {"distribution": "relevance"},
                predictions=[0.0, 0.0],
                targets=[2.0, 1.0],
            ),
        ),
        notes=(
            "each list is one item: the mean is over lists",
            "a list of one item has loss 0 and counts",
            (
                "weight w of one item stands for w items: P = w·e^y / Σ w·e^y, and Σ e^s "
                "becomes Σ w·e^s"
            ),
            "equal relevance throughout is a valid target: equal scores are then best, at log L",
            (
                "with distribution=share a list without any relevance has weight 0: it is no "
                "part of the mean"
            ),
            (
                "distribution=relevance multiplies the loss of each list by Σy: the softmax loss "
                "of Rax and optax; lists without relevance count with 0"
            ),
        ),
    ),
)
