"""Contrastive losses: cross-entropy of similarities between the rows of a batch.

−log softmax(s)_y is log(1 + Σ_{j≠y} e^(s_j − s_y)): the sum leaves the true column y out, so a pair
that is far ahead of all others keeps its digits.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.distance.cosine import scaled
from lossctl.kernels.distance.similarity import cost_of_rows, rows_vjp
from lossctl.kernels.numeric.matmul import plain, row_by_row
from lossctl.kernels.numeric.pointwise import quotient


class UnitRows(NamedTuple):
    """Rows of length one (n, d), and the lengths they had (n, 1); a row of zeros stays one."""

    rows: Array
    lengths: Array


def unit_rows(vectors: Array) -> UnitRows:
    """Divide every row by its Euclidean length, which neither overflows nor vanishes on the way."""
    of = scaled(vectors)
    lengths = np.sqrt(of.squares)[..., None]
    whole = lengths if of.power is None else np.ldexp(lengths, of.power[..., None])
    return UnitRows(quotient(of.rows, lengths), whole)


def unit_rows_vjp(of: UnitRows, slopes: Array) -> Array:
    """Carry slopes with respect to the rows of length one back to the vectors; 0 for zeros."""
    along = row_by_row(of.rows, slopes)[..., None]
    return quotient(slopes - along * of.rows, of.lengths)


# Scores up to which e^s is taken as it is: quotients of sums stay far from overflow.
UNSHIFTED = {np.dtype(np.float32): 30.0, np.dtype(np.float64): 300.0}


class ShiftedSoftmax(NamedTuple):
    """Exponentials of a block of scores, in place of them, with the own column set to 0.

    `mine` and `others` are e^(s_own − t) and Σ_{j≠own} e^(s_j − t), `lag` is t − s_own; t is 0 for
    scores that need no shift (`lag` is then None), else the largest score of the row.
    """

    powers: Array
    mine: Array
    others: Array
    lag: Array | None


def shifted_softmax(
    scores: Array, own: Array, *, bound: float, skip: Array | None = None
) -> ShiftedSoftmax:
    """Take the exponentials of scores (r, m), which are overwritten.

    Parameters
    ----------
    own
        The true column of each row.
    bound
        Largest size any score can have; inf when nobody knows.
    skip
        A column of each row that does not take part.
    """
    rows = np.arange(len(scores))
    if skip is not None:
        scores[rows, skip] = -np.inf
    lag = None
    if bound > UNSHIFTED[scores.dtype]:
        top = scores.max(axis=1)
        lag = top - scores[rows, own]
        scores -= top[:, None]
    powers = np.exp(scores, out=scores)
    mine = powers[rows, own]
    powers[rows, own] = 0.0
    return ShiftedSoftmax(powers, mine, powers.sum(axis=1), lag)


def softmax_nll(of: ShiftedSoftmax) -> Array:
    """Return −log softmax(s)_own of every row."""
    if of.lag is None:
        return np.log1p(of.others / of.mine)
    behind = of.lag + np.log(of.mine + of.others)  # the sum holds the leader's 1
    return np.where(of.lag > 0.0, behind, np.log1p(of.others))


def softmax_nll_slopes(of: ShiftedSoftmax, own: Array, item_slopes: Array) -> Array:
    """Return gains·(softmax(s) − 1[own]) (r, m), in the memory of the exponentials."""
    share = item_slopes / (of.mine + of.others)
    changes = of.powers
    changes *= share[:, None]
    changes[np.arange(len(own)), own] = -(share * of.others)
    return changes


def slope_per_item(slope: float | Array, count: int, like: Array) -> Array:
    """Return the slope of every item's loss, (n,), in the type of the inputs."""
    return np.broadcast_to(np.asarray(slope, like.dtype), (count,))


ROUNDING = 1.001  # by which a cosine may pass 1


def rows_to_compare(vectors: Array, similarity: str) -> UnitRows:
    """Return the rows to be compared: of length one for cosines, as they are for products."""
    vectors = plain(vectors)
    if similarity == "cosine":
        return unit_rows(vectors)
    return UnitRows(vectors, np.ones((len(vectors), 1), vectors.dtype))


def rows_to_compare_vjp(of: UnitRows, slope: Array, similarity: str) -> Array:
    """Carry slopes from the rows compared to the vectors they were."""
    return unit_rows_vjp(of, slope) if similarity == "cosine" else slope


def score_bound(scale: float, similarity: str) -> float:
    """Return the largest size of a score."""
    return scale * ROUNDING if similarity == "cosine" else float("inf")


def key_nll(
    queries: Array,
    keys: Array,
    own: Array,
    *,
    scale: float,
    bound: float,
    skip: Array | None = None,
) -> Array:
    """Return −log softmax(scale · queries·keysᵀ) of the own key of every query, (n,)."""

    def cost(scores: Array, rows: slice) -> Array:
        out = None if skip is None else skip[rows]
        return softmax_nll(shifted_softmax(scores, own[rows], bound=bound, skip=out))

    return cost_of_rows(scale * queries, keys, cost)


def key_nll_vjp(
    queries: Array,
    keys: Array,
    own: Array,
    *,
    slope: float | Array,
    scale: float,
    bound: float,
    skip: Array | None = None,
) -> tuple[Array, Array]:
    """Carry slope · surprise of every query back to (queries, keys)."""
    item_slopes = slope_per_item(slope, len(queries), queries)

    def change(scores: Array, rows: slice) -> Array:
        out = None if skip is None else skip[rows]
        return softmax_nll_slopes(
            shifted_softmax(scores, own[rows], bound=bound, skip=out), own[rows], item_slopes[rows]
        )

    to_queries, to_keys = rows_vjp(scale * queries, keys, change)
    to_queries *= scale
    return to_queries, to_keys


def paired_nll(queries: Array, keys: Array, *, scale: float, similarity: str) -> Array:
    """Return how surprising key i is to query i among all keys, (n,); there may be more keys."""
    query_rows, key_rows = rows_to_compare(queries, similarity), rows_to_compare(keys, similarity)
    bound = score_bound(scale, similarity)
    return key_nll(
        query_rows.rows, key_rows.rows, np.arange(len(queries)), scale=scale, bound=bound
    )


def paired_nll_vjp(
    queries: Array, keys: Array, *, slope: float | Array, scale: float, similarity: str
) -> tuple[Array, Array]:
    """Carry slope · :func:`paired_nll` back to (queries, keys), through their lengths."""
    query_rows, key_rows = rows_to_compare(queries, similarity), rows_to_compare(keys, similarity)
    to_queries, to_keys = key_nll_vjp(
        query_rows.rows,
        key_rows.rows,
        np.arange(len(queries)),
        slope=slope,
        scale=scale,
        bound=score_bound(scale, similarity),
    )
    return rows_to_compare_vjp(query_rows, to_queries, similarity), rows_to_compare_vjp(
        key_rows, to_keys, similarity
    )


class LabelMasks(NamedTuple):
    """A block of rows against all: which columns are of the same label, of another, and counted.

    `own` is the column of each row itself, which is in neither mask.
    """

    same: Array
    different: Array
    itself: Array


RowLoss: TypeAlias = Callable[[Array, LabelMasks], Array]


def label_masks(labels: Array, rows: slice) -> LabelMasks:
    """Compare the labels of some rows with all."""
    same = labels[rows, None] == labels
    different = ~same
    itself = np.arange(rows.start, rows.stop)
    same[np.arange(len(itself)), itself] = False
    return LabelMasks(same, different, itself)


def losses_of(
    embeddings: Array,
    labels: Array,
    row_loss: RowLoss,
    *,
    scale: float = 1.0,
    similarity: str = "cosine",
) -> Array:
    """Return ``judge(scores, others)`` for every row of scaled similarities, (n,) or (n, k)."""
    rows = rows_to_compare(embeddings, similarity).rows
    return cost_of_rows(
        scale * rows, rows, lambda scores, at: row_loss(scores, label_masks(labels, at))
    )


def weighted_losses_of(
    embeddings: Array, labels: Array, row_loss: RowLoss, *, scale: float = 1.0
) -> dict[str, Array]:
    """Return the losses of a `judge` that gives each row a loss and whether it counts, (r, 2)."""
    found = losses_of(embeddings, labels, row_loss, scale=scale)
    return {"loss": found[:, 0].astype(embeddings.dtype), "weight": found[:, 1].astype(np.float64)}


def losses_vjp(
    embeddings: Array,
    labels: Array,
    row_loss: RowLoss,
    *,
    slope: float | Array,
    scale: float = 1.0,
    similarity: str = "cosine",
) -> dict[str, Array]:
    """Carry slope · loss back, ``judge(scores, others)`` being the slope of each loss (r, n)."""
    compared = rows_to_compare(embeddings, similarity)
    item_slopes = slope_per_item(slope, len(embeddings), embeddings)

    def change(scores: Array, at: slice) -> Array:
        return item_slopes[at, None] * row_loss(scores, label_masks(labels, at))

    left, right = rows_vjp(scale * compared.rows, compared.rows, change)
    return {"embeddings": rows_to_compare_vjp(compared, scale * left + right, similarity)}


def log_sum(scores: Array, mask: Array) -> tuple[Array, Array]:
    """Return log Σ e^s over the masked entries of each row, and each one's share of the sum.

    −inf and no shares where the mask is empty.
    """
    kept = np.where(mask, scores, -np.inf)
    top = kept.max(axis=1, keepdims=True)
    powers = np.exp(kept - np.where(np.isneginf(top), 0.0, top))
    whole = powers.sum(axis=1, keepdims=True)
    shares = powers / np.where(whole > 0.0, whole, 1.0)
    return (top + np.log(whole))[:, 0], shares


def log_one_plus_sum(scores: Array, mask: Array) -> tuple[Array, Array]:
    """Return log(1 + Σ e^s) over the masked entries of each row, and their shares of that sum."""
    kept = np.where(mask, scores, -np.inf)
    top = np.maximum(kept.max(axis=1, keepdims=True), 0.0)
    powers = np.exp(kept - top)
    whole = powers.sum(axis=1, keepdims=True)
    large = top + np.log(np.exp(-top) + whole)  # the sum holds the leader's 1
    found = np.where(top > 0.0, large, np.log1p(whole))
    return found[:, 0], powers / (np.exp(-top) + whole)
