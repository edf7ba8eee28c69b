"""Unique softmax loss of lists."""

import numpy as np

from lossctl.core.domain import Choice, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.primitives import exp, log
from lossctl.kernels.probability.logistic import sigmoid, softplus
from lossctl.losses.builders.ranking_lists import GRADES, MARGIN, SCORES, graded, list_loss


class Sorted:
    """Lists from the least relevant item up, in float64: running sums of float32 would drift.

    `below` is log Σ e^(s_j) over the items that are less relevant, −inf where none is; `after` the
    place from which all items are more relevant.
    """

    def __init__(self, scores: Array, relevance: Array, gain: str, weights: Array | None) -> None:
        """Sort the lists and sum up what is below each item."""
        self.order = np.argsort(relevance, axis=1, kind="stable")
        grades = self._sorted(relevance)
        places = np.arange(grades.shape[1])
        begins = np.diff(grades, axis=1, prepend=-1.0) > 0.0  # grades are at least 0
        first = np.maximum.accumulate(np.where(begins, places, 0), axis=1)
        ends = np.diff(grades, axis=1, append=np.inf) > 0.0
        last = np.where(ends, places, len(places))[:, ::-1]
        self.after = np.minimum.accumulate(last, axis=1)[:, ::-1] + 1
        self.scores = self._sorted(scores)
        self.log_copies = 0.0 if weights is None else log(self._sorted(weights))
        self.gains = gains_of(grades, gain) * (1.0 if weights is None else self._sorted(weights))
        self.below = np.take_along_axis(running(self.scores + self.log_copies), first, axis=1)

    def _sorted(self, values: Array) -> Array:
        return np.take_along_axis(values, self.order, axis=1).astype(np.float64)

    def restored(self, values: Array) -> Array:
        """Return values in the order given."""
        given = np.empty_like(values)
        np.put_along_axis(given, self.order, values, axis=1)
        return given


def running(logs: Array) -> Array:
    """Return log Σ e^x of all before each place, one place more than there are, from −inf."""
    sums = np.full((len(logs), logs.shape[1] + 1), -np.inf)
    np.logaddexp.accumulate(logs, axis=1, out=sums[:, 1:])
    return sums


def gains_of(grades: Array, gain: str) -> Array:
    """Return 2^y − 1, y, or 1 for every grade."""
    if gain == "exponential":
        return np.exp2(grades) - 1.0
    return grades if gain == "linear" else np.ones_like(grades)


def value(
    scores: Array, relevance: Array, *, gain: str, weights: Array | None = None
) -> tuple[Array, Array]:
    """Sum over the items of gain · −log of its softmax among itself and what is less relevant."""
    lists = Sorted(scores, relevance, gain, weights)
    losses = lists.gains * softplus(lists.below - lists.scores)
    return losses.sum(axis=1), relevance.max(axis=1) > relevance.min(axis=1)


def slope(scores: Array, relevance: Array, *, gain: str, weights: Array | None = None) -> Array:
    """Each item is drawn up, and what is less relevant down by its share of the probability."""
    lists = Sorted(scores, relevance, gain, weights)
    up = lists.gains * sigmoid(lists.below - lists.scores)
    with np.errstate(divide="ignore"):
        logs = log(up)
    shares = np.where(np.isinf(logs), -np.inf, logs - np.where(up > 0.0, lists.below, 0.0))
    above = np.take_along_axis(running(shares[:, ::-1])[:, ::-1], lists.after, axis=1)
    down = exp(lists.scores + lists.log_copies + above)
    return lists.restored(down - up)


UNIQUE_SOFTMAX = list_loss(
    "unique_softmax",
    title="Unique softmax",
    tasks=("ranking",),
    inputs=(SCORES, GRADES),
    value=value,
    slope=slope,
    sample=graded,
    item_weights=True,
    params=(
        Param(
            "gain",
            "exponential",
            Choice(("exponential", "linear", "none")),
            "Factor of the loss of each item of relevance y: 2^y − 1, y, or 1 (none).",
        ),
    ),
    page=Page(
        summary="Unique softmax: −gain·log softmax of each item among it and less relevant items",
        also_called=("uni softmax", "listwise softmax without ties"),
        curve=MARGIN,
        formula="Σ_i G_i·log(1 + Σ_{j: y_j < y_i} e^(s_j − s_i)),  G = 2^y − 1",
        use_when=(
            "several items of a list are relevant and should not compete with each other",
            "grades matter: better items are compared with all that are worse",
        ),
        avoid_when=(
            "one item per list is relevant: it is the softmax loss then (use listnet)",
            "grades are large numbers: their gains 2^y − 1 decide the value (use gain=linear)",
        ),
        expected={
            "perfect": "0: every item is far ahead of what is less relevant",
            "chance": "Σ G_i·log(1 + number of less relevant items), for equal scores",
            "bad": "above that",
        },
        references=(
            Reference(
                "Zhu & Klabjan, Listwise learning to rank by exploring unique ratings (2020)",
                "arXiv:2001.01828",
            ),
            Reference(
                "Jagerman et al., Rax: composable learning-to-rank using JAX (2022)",
                "doi:10.1145/3534678.3539065",
            ),
        ),
        examples=(
            Example.of(
                3.9889840465642745,
                "equal scores, gains 3, 1 and 0: 3·log 3 + 1·log 2",
                predictions=[0.0, 0.0, 0.0],
                targets=[2.0, 1.0, 0.0],
            ),
            Example.of(
                2.1972245773362196,
                "two items of relevance 1 over two of 0: 2·log(1 + 2)",
                predictions=[0.0, 0.0, 0.0, 0.0],
                targets=[1.0, 1.0, 0.0, 0.0],
            ),
        ),
        notes=(
            "each list is one item: the mean is over lists, the loss of one the sum over its items",
            "weight w of one item stands for w items of its relevance and score",
            (
                "lists of one item, or of one relevance, have no order and weight 0: they are no "
                "part of the mean"
            ),
        ),
    ),
)
