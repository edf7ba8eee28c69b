"""ListMLE."""

import numpy as np

from lossctl.core.domain import Nullable, Whole
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.core.param import Param
from lossctl.kernels.probability.logistic import sigmoid, softplus
from lossctl.losses.builders.ranking_lists import MARGIN, RELEVANCE, SCORES, graded, list_loss


def best_order(relevance: Array) -> Array:
    """Places of the items from the most relevant down; equal ones stay in the order given."""
    return np.argsort(-relevance, axis=1, kind="stable")


def in_order(scores: Array, order: Array) -> Array:
    """Return the scores in an order, in float64: running sums of float32 would drift apart."""
    return np.take_along_axis(scores, order, axis=1).astype(np.float64)


def has_order(relevance: Array) -> Array:
    """Whether the relevance of each list differs."""
    return relevance.max(axis=1) > relevance.min(axis=1)


def rest(ordered: Array) -> Array:
    """Return log Σ_{k≥i} e^(s_k) for every place i of each list, (g, L)."""
    return np.logaddexp.accumulate(ordered[:, ::-1], axis=1)[:, ::-1]


def value(scores: Array, relevance: Array, *, k: int | None) -> tuple[Array, Array]:
    """Sum over the places the surprise that their item is the next; the last is no surprise."""
    ordered = in_order(scores, best_order(relevance))
    behind = rest(ordered)[:, 1:] - ordered[:, :-1]
    counts = has_order(relevance)
    return counts * softplus(behind)[:, :k].sum(axis=1), counts


def slope(scores: Array, relevance: Array, *, k: int | None) -> Array:
    """Chances of having been chosen at all places up to one's own, minus 1 for being chosen."""
    order = best_order(relevance)
    ordered = in_order(scores, order)
    left = rest(ordered)
    chosen = slice(0, ordered.shape[1] - 1 if k is None else min(k, ordered.shape[1] - 1))
    found = np.zeros_like(ordered)
    found[:, chosen] = -sigmoid(left[:, 1:] - ordered[:, :-1])[:, chosen]
    passed = np.logaddexp.accumulate(-left[:, chosen], axis=1)  # log Σ_{j≤i} 1 / Σ_{k≥j} e^(s_k)
    if passed.shape[1]:
        found[:, 1:][:, chosen] += np.exp(ordered[:, 1:][:, chosen] + passed)
        beyond = slice(passed.shape[1] + 1, None)
        found[:, beyond] = np.exp(ordered[:, beyond] + passed[:, -1:])
    rise = np.empty_like(found)
    np.put_along_axis(rise, order, found, axis=1)
    return has_order(relevance)[:, None] * rise


LISTMLE = list_loss(
    "listmle",
    title="ListMLE",
    tasks=("ranking",),
    inputs=(SCORES, RELEVANCE),
    value=value,
    slope=slope,
    sample=graded,
    params=(
        Param("k", None, Nullable(Whole(1)), "How many places from the top count; null for all."),
    ),
    page=Page(
        summary="Surprise at the right order, when items are drawn one by one by their scores.",
        curve=MARGIN,
        formula="Σ_i [log Σ_{j≥i} e^(s_j) − s_i],  items sorted by falling relevance",
        use_when=(
            "the whole order of a list is known, without many ties",
            "lists are long: the cost is that of sorting",
        ),
        avoid_when=(
            "grades are few: most items tie, and their order in the file would be learned",
            "only the top matters (use lambda_rank, or k)",
        ),
        expected={
            "perfect": "0: every item leads all that follow by far",
            "chance": "log L! for equal scores of L items",
            "bad": "> log L!",
        },
        references=(
            Reference(
                "Xia et al., Listwise approach to learning to rank: theory and algorithm (2008)",
                "doi:10.1145/1390156.1390306",
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
        ),
        notes=(
            "items are lists: the mean is taken over lists, each worth the sum of its places",
            "items of equal relevance stay in the order in which they are given",
            (
                "lists of one item, or of one relevance, have no order and weight 0: they are no "
                "part of the mean"
            ),
        ),
    ),
)
