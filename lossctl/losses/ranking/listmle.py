"""ListMLE, and with weights of places p-ListMLE."""

import math

import numpy as np

from lossctl.core.domain import Choice, IntegerRange, Nullable, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.primitives import exp, log
from lossctl.kernels.probability.logistic import sigmoid, softplus
from lossctl.losses.builders.ranking_lists import MARGIN, RELEVANCE, SCORES, graded, list_loss


def best_order(relevance: Array) -> Array:
    """Places of the items from the most relevant down; equal ones stay in the order given."""
    return np.argsort(-relevance, axis=1, kind="stable")


def in_order(scores: Array, order: Array) -> Array:
    """Return the scores in an order, in float64: running sums of float32 would drift."""
    return np.take_along_axis(scores, order, axis=1).astype(np.float64)


def has_order(relevance: Array) -> Array:
    """Whether the relevance of each list differs."""
    return relevance.max(axis=1) > relevance.min(axis=1)


def rest(ordered: Array) -> Array:
    """Return log Σ_{k≥i} e^(s_k) for every place i of each list, (g, L)."""
    return np.logaddexp.accumulate(ordered[:, ::-1], axis=1)[:, ::-1]


def place_weights(length: int, discount: str) -> Array | None:
    """Return the weights of all places but the last, which costs nothing; None for equal ones.

    That of the first place is 1, so the exponential ones are (2^(L−i) − 1)/(2^(L−1) − 1).
    """
    places = np.arange(1.0, length)
    if discount == "none":
        return None
    if discount == "logarithmic":
        return math.log(2.0) / np.log1p(places)
    last = 2.0 ** (1.0 - length)
    return (2.0 ** (1.0 - places) - last) / (1.0 - last)


def value(scores: Array, relevance: Array, *, k: int | None, discount: str) -> tuple[Array, Array]:
    """Sum over the places −log of the probability that their item is the next; the last has 1."""
    ordered = in_order(scores, best_order(relevance))
    costs = softplus(rest(ordered)[:, 1:] - ordered[:, :-1])
    if (weights := place_weights(scores.shape[1], discount)) is not None:
        costs *= weights
    counts = has_order(relevance)
    return counts * costs[:, :k].sum(axis=1), counts


def slope(scores: Array, relevance: Array, *, k: int | None, discount: str) -> Array:
    """Probabilities of being chosen at all places up to one's own, minus 1 for being chosen."""
    order = best_order(relevance)
    ordered = in_order(scores, order)
    remaining = rest(ordered)
    chosen = slice(0, ordered.shape[1] - 1 if k is None else min(k, ordered.shape[1] - 1))
    ordered_slopes = np.zeros_like(ordered)
    ordered_slopes[:, chosen] = -sigmoid(remaining[:, 1:] - ordered[:, :-1])[:, chosen]
    shares = -remaining[:, chosen]
    if (weights := place_weights(scores.shape[1], discount)) is not None:
        ordered_slopes[:, chosen] *= weights[chosen]
        shares += log(weights[chosen])
    # log Σ_{j≤i} w_j / Σ_{k≥j} e^(s_k), by which e^(s_i) gives the sum of an item's probabilities
    passed = np.logaddexp.accumulate(shares, axis=1)
    if passed.shape[1]:
        ordered_slopes[:, 1:][:, chosen] += exp(ordered[:, 1:][:, chosen] + passed)
        not_chosen = slice(passed.shape[1] + 1, None)
        ordered_slopes[:, not_chosen] = exp(ordered[:, not_chosen] + passed[:, -1:])
    gradient = np.empty_like(ordered_slopes)
    np.put_along_axis(gradient, order, ordered_slopes, axis=1)
    return has_order(relevance)[:, None] * gradient


LISTMLE = list_loss(
    "listmle",
    title="ListMLE",
    tasks=("ranking",),
    inputs=(SCORES, RELEVANCE),
    value=value,
    slope=slope,
    sample=graded,
    params=(
        Param(
            "k",
            None,
            Nullable(IntegerRange(1)),
            "Number of top places that count; null for all.",
        ),
        Param(
            "discount",
            "none",
            Choice(("none", "logarithmic", "exponential")),
            "Weights of the places i: equal, 1/log2(1 + i), or (2^(L−i) − 1)/(2^(L−1) − 1).",
        ),
    ),
    page=Page(
        summary="ListMLE: −log Plackett–Luce likelihood of the order by relevance",
        also_called=("Plackett-Luce likelihood", "listwise likelihood", "position-aware ListMLE"),
        curve=MARGIN,
        formula="Σ_i w_i·[log Σ_{j≥i} e^(s_j) − s_i],  items sorted by falling relevance, w_i = 1 "
        "or the discount of place i",
        use_when=(
            "the whole order of a list is known, without many ties",
            "lists are long: the cost is that of sorting",
        ),
        avoid_when=(
            "grades are few: most items tie, and their order in the file would be learnt",
            "only the top matters (use lambda_rank, or k or discount)",
        ),
        expected={
            "perfect": "0: every item is far ahead of all that follow",
            "chance": "log L! for equal scores of L items",
            "bad": "> log L!",
        },
        references=(
            Reference(
                "Xia et al., Listwise approach to learning to rank: theory and algorithm (2008)",
                "doi:10.1145/1390156.1390306",
            ),
            Reference(
                "Lan et al., Position-aware ListMLE: a sequential learning process for ranking "
                "(2014)",
                "https://dl.acm.org/doi/10.5555/3020751.3020798",
            ),
        ),
        examples=(
            Example.of(
                1.791759469228055,
                "equal scores: log 3 + log 2 + log 1 = log 6",
                predictions=[0.0, 0.0, 0.0],
                targets=[1.0, 3.0, 2.0],
            ),
            Example.of(
                1.0986122886681098,
                "the top place only: log 3",
                {"k": 1},
                predictions=[0.0, 0.0, 0.0],
                targets=[1.0, 3.0, 2.0],
            ),
            Example.of(
                1.3296613488547582,
                "weights 1 and (2 − 1)/(4 − 1) = ⅓: log 3 + ⅓·log 2",
                {"discount": "exponential"},
                predictions=[0.0, 0.0, 0.0],
                targets=[1.0, 3.0, 2.0],
            ),
        ),
        notes=(
            (
                "each list is one item: the mean is over lists, the loss of one being the sum "
                "over its places"
            ),
            "items of equal relevance stay in the order in which they are given",
            (
                "p-ListMLE is discount=exponential, up to its factor 2^(L−1) − 1, which long lists "
                "would overflow"
            ),
            "weights of items are 0 or 1: ranks allow no fractional counts",
            (
                "lists of one item, or of one relevance, have no order and weight 0: they are no "
                "part of the mean"
            ),
        ),
    ),
)
