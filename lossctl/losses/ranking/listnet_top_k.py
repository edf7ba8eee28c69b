"""ListNet of the top k: the cross-entropy of the k items that come first, in their order.

The probability of the first k items is that of the first one, times that of the next k − 1 among
the others. So the loss of a list is its loss for k = 1, plus, for each item by its true probability
of being first, the loss for k − 1 of the list without it.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lossctl.core.domain import Choice, IntegerRange, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.probability.softmax import negative_log_softmax, weighted_nll_vjp
from lossctl.losses.builders.ranking_lists import MARGIN, RELEVANCE, SCORES, graded, list_loss
from lossctl.losses.ranking.listnet import faults, shares

MOST_ENTRIES = 2**18  # of the lists without one item that are held at once
DISTRIBUTION = Param(
    "distribution",
    "softmax",
    Choice(("softmax", "share")),
    "Target distribution: of e^relevance, or of the relevance itself, over their sums.",
)


def without_each(length: int) -> Array:
    """Return the places of the other items beside each, (L, L − 1)."""
    places = np.arange(length - 1)
    return places + (places >= np.arange(length)[:, None])


def parts(lists: int, length: int) -> Iterator[tuple[slice, slice]]:
    """Yield lists and items whose lists without one item fit in bounded memory."""
    items = max(1, min(length, MOST_ENTRIES // length))
    count = max(1, MOST_ENTRIES // (items * length))
    for first in range(0, lists, count):
        for top in range(0, length, items):
            yield slice(first, first + count), slice(top, top + items)


def loss_of(scores: Array, relevance: Array, k: int, distribution: str) -> Array:
    """Return the loss of each list, (g,); the last item of a list has probability 1."""
    true_p, _ = shares(relevance, distribution)
    losses = (true_p * negative_log_softmax(scores)).sum(axis=1)
    length = scores.shape[1]
    if k == 1 or length < 3:
        return losses
    others = without_each(length)
    for lists, items in parts(*scores.shape):
        rest = others[items]
        inner = loss_of(
            scores[lists][:, rest].reshape(-1, length - 1),
            relevance[lists][:, rest].reshape(-1, length - 1),
            k - 1,
            distribution,
        )
        losses[lists] += (true_p[lists, items] * inner.reshape(-1, len(rest))).sum(axis=1)
    return losses


def slope_of(scores: Array, relevance: Array, k: int, distribution: str) -> Array:
    """Return the derivative of :func:`loss_of` with respect to the scores, (g, L)."""
    true_p, _ = shares(relevance, distribution)
    gradient = weighted_nll_vjp(scores, true_p)
    length = scores.shape[1]
    if k == 1 or length < 3:
        return gradient
    others = without_each(length)
    for lists, items in parts(*scores.shape):
        rest = others[items]
        inner = slope_of(
            scores[lists][:, rest].reshape(-1, length - 1),
            relevance[lists][:, rest].reshape(-1, length - 1),
            k - 1,
            distribution,
        ).reshape(-1, *rest.shape)
        inner *= true_p[lists, items, None]
        for number, places in enumerate(rest):
            gradient[lists, places] += inner[:, number]
    return gradient


def in_float64(
    function: Callable[..., Array], scores: Array, relevance: Array, *args: Any
) -> Array:
    """Apply a function in float64: many small summands would drift in float32."""
    found = function(scores.astype(np.float64), relevance.astype(np.float64), *args)
    return found.astype(scores.dtype)


def value(scores: Array, relevance: Array, *, k: int, distribution: str) -> tuple[Array, Array]:
    """Cross-entropy between the true and the predicted distribution of the first k items."""
    _, counts = shares(relevance, distribution)
    return in_float64(loss_of, scores, relevance, k, distribution), counts


def slope(scores: Array, relevance: Array, *, k: int, distribution: str) -> Array:
    """Its derivative by each score."""
    return in_float64(slope_of, scores, relevance, k, distribution)


LISTNET_TOP_K = list_loss(
    "listnet_top_k",
    title="ListNet (top k)",
    tasks=("ranking",),
    inputs=(SCORES, RELEVANCE),
    value=value,
    slope=slope,
    sample=graded,
    faults=faults,
    params=(
        Param("k", 2, IntegerRange(1, 3), "Places whose items are compared, in their order."),
        DISTRIBUTION,
    ),
    page=Page(
        summary="ListNet (top k): cross-entropy of the probabilities of the first k items in order",
        also_called=("top-k ListNet", "top-k permutation probability"),
        curve=MARGIN,
        formula="−Σ over (i_1, …, i_k) of P_y(i_1, …, i_k)·log P_s(i_1, …, i_k),  "
        "P_s = Π_t e^(s_(i_t)) / Σ of e^s over all but i_1, …, i_(t−1)",
        use_when=(
            "the order of the first two or three items matters, and lists are short",
            "listnet is right but for ties among the best items",
        ),
        avoid_when=(
            "lists are long: the cost grows as L^k (use listnet or listmle)",
            "only the first place matters (use listnet)",
        ),
        expected={
            "perfect": "the entropy of P_y",
            "chance": "log L + … + log(L − k + 1) for equal scores of L items",
            "bad": "above that",
        },
        references=(
            Reference(
                "Cao et al., Learning to rank: from pairwise approach to listwise approach (2007)",
                "doi:10.1145/1273496.1273513",
            ),
        ),
        examples=(
            Example.of(
                1.791759469228055,
                "equal scores of three items: log 3 + log 2 whatever the relevance",
                predictions=[0.0, 0.0, 0.0],
                targets=[1.0, 3.0, 2.0],
            ),
            Example.of(
                1.3862943611198906,
                "e^s is 1, 1, 2 and the first item has all relevance: −log ¼; after it nothing is "
                "relevant",
                {"distribution": "share", "k": 3},
                predictions=[0.0, 0.0, 0.6931471805599453],
                targets=[1.0, 0.0, 0.0],
            ),
        ),
        notes=(
            "each list is one item: the mean is over lists",
            "k=1 is listnet; the cost is L^k, so k is at most 3",
            "weights of items are 0 or 1: two thirds of one item cannot be taken from a list",
            (
                "with distribution=share places after the last relevant item do not count, and a "
                "list without any relevance has weight 0: it is no part of the mean"
            ),
        ),
    ),
)
