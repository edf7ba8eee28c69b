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
from lossctl.kernels.numeric.primitives import exp, log, log1p


class UnitRows(NamedTuple):
    """Rows of length one (n, d), and the lengths they had (n, 1); a row of zeros stays one."""

    rows: Array
    lengths: Array


def unit_rows(vectors: Array) -> UnitRows:
    """Divide every row by its Euclidean length, which neither overflows nor vanishes on the way."""
    safe = scaled(vectors, row_by_row(vectors, vectors))
    safe_lengths = np.sqrt(safe.squares)[..., None]
    # Rows are scaled by powers of two, exactly, so the lengths are scaled back exactly.
    lengths = safe_lengths if safe.power is None else np.ldexp(safe_lengths, safe.power[..., None])
    return UnitRows(quotient(safe.rows, safe_lengths), lengths)


def unit_rows_vjp(units: UnitRows, slopes: Array) -> Array:
    """Carry slopes with respect to the rows of length one back to the vectors; 0 for zeros."""
    along = row_by_row(units.rows, slopes)[..., None]
    return quotient(slopes - along * units.rows, units.lengths)


# Scores up to which e^s is taken as it is: quotients of sums stay far from overflow.
UNSHIFTED = {np.dtype(np.float32): 30.0, np.dtype(np.float64): 300.0}


class ShiftedSoftmax(NamedTuple):
    """Exponentials of a block of scores, in place of them, with that of the true key y set to 0.

    `true_power` is e^(s_y − t), `other_powers` Σ_{j≠y} e^(s_j − t) and `behind_top` t − s_y. t is 0
    for scores that need no shift (`behind_top` is None), else the largest score of the row.
    """

    powers: Array
    true_power: Array
    other_powers: Array
    behind_top: Array | None


def shifted_softmax(
    scores: Array, true_keys: Array, *, bound: float, excluded: Array | None = None
) -> ShiftedSoftmax:
    """Take the exponentials of scores (r, m), which are overwritten.

    Parameters
    ----------
    true_keys
        The true column of each row.
    bound
        Largest size any score can have; inf where it has no bound.
    excluded
        A column of each row that is left out: the query itself.
    """
    rows = np.arange(len(scores))
    if excluded is not None:
        scores[rows, excluded] = -np.inf
    behind_top = None
    if bound > UNSHIFTED[scores.dtype]:
        top = scores.max(axis=1)
        behind_top = top - scores[rows, true_keys]
        scores -= top[:, None]
    powers = exp(scores, out=scores)
    true_power = powers[rows, true_keys]
    powers[rows, true_keys] = 0.0
    return ShiftedSoftmax(powers, true_power, powers.sum(axis=1), behind_top)


def softmax_nll(softmax: ShiftedSoftmax) -> Array:
    """Return −log softmax(s)_y of every row."""
    if softmax.behind_top is None:
        return log1p(softmax.other_powers / softmax.true_power)
    # Where the true key is not the top, the sum holds the 1 of the top, and its logarithm is small
    # beside the gap; where it is, log1p keeps the digits of a small sum of the others.
    behind = softmax.behind_top + log(softmax.true_power + softmax.other_powers)
    return np.where(softmax.behind_top > 0.0, behind, log1p(softmax.other_powers))


def softmax_nll_slopes(softmax: ShiftedSoftmax, true_keys: Array, item_slopes: Array) -> Array:
    """Return slopes·(softmax(s) − onehot(y)), (r, m), in the memory of the exponentials."""
    share = item_slopes / (softmax.true_power + softmax.other_powers)
    changes = softmax.powers
    changes *= share[:, None]
    changes[np.arange(len(true_keys)), true_keys] = -(share * softmax.other_powers)
    return changes


def slope_per_item(slope: float | Array, count: int, like: Array) -> Array:
    """Return the slope of every item's loss, (n,), in the type of the inputs."""
    return np.broadcast_to(np.asarray(slope, like.dtype), (count,))


ROUNDING = 1.001  # by which a cosine may pass 1


def rows_to_compare(vectors: Array, similarity: str) -> UnitRows:
    """Return the rows whose inner products are scores: of length one for cosines, else as given."""
    vectors = plain(vectors)
    if similarity == "cosine":
        return unit_rows(vectors)
    return UnitRows(vectors, np.ones((len(vectors), 1), vectors.dtype))


def rows_to_compare_vjp(units: UnitRows, slope: Array, similarity: str) -> Array:
    """Carry slopes with respect to :func:`rows_to_compare` back to the vectors."""
    return unit_rows_vjp(units, slope) if similarity == "cosine" else slope


def score_bound(scale: float, similarity: str) -> float:
    """Return the largest size of a score."""
    return scale * ROUNDING if similarity == "cosine" else float("inf")


def key_nll(
    queries: Array,
    keys: Array,
    true_keys: Array,
    *,
    scale: float,
    bound: float,
    excluded: Array | None = None,
) -> Array:
    """Return −log softmax(scale · queries·keysᵀ) of the true key of every query, (n,)."""

    def cost(scores: Array, rows: slice) -> Array:
        out = None if excluded is None else excluded[rows]
        return softmax_nll(shifted_softmax(scores, true_keys[rows], bound=bound, excluded=out))

    return cost_of_rows(scale * queries, keys, cost)


def key_nll_vjp(
    queries: Array,
    keys: Array,
    true_keys: Array,
    *,
    slope: float | Array,
    scale: float,
    bound: float,
    excluded: Array | None = None,
) -> tuple[Array, Array]:
    """Carry slope · :func:`key_nll` back to (queries, keys)."""
    item_slopes = slope_per_item(slope, len(queries), queries)

    def slopes(scores: Array, rows: slice) -> Array:
        out = None if excluded is None else excluded[rows]
        return softmax_nll_slopes(
            shifted_softmax(scores, true_keys[rows], bound=bound, excluded=out),
            true_keys[rows],
            item_slopes[rows],
        )

    to_queries, to_keys = rows_vjp(scale * queries, keys, slopes)
    to_queries *= scale
    return to_queries, to_keys


def paired_nll(queries: Array, keys: Array, *, scale: float, similarity: str) -> Array:
    """Return the nll of key i for query i among all keys, (n,); there may be more keys."""
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
    return (
        rows_to_compare_vjp(query_rows, to_queries, similarity),
        rows_to_compare_vjp(key_rows, to_keys, similarity),
    )


class LabelMasks(NamedTuple):
    """A block of rows against all: the columns of the same label, and those of a different one.

    `itself` is the column of each row itself, which is in neither mask.
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
    """Return ``row_loss(scores, masks)`` for every row of scaled similarities, (n,) or (n, k)."""
    rows = rows_to_compare(embeddings, similarity).rows
    return cost_of_rows(
        scale * rows, rows, lambda scores, at: row_loss(scores, label_masks(labels, at))
    )


def weighted_losses_of(
    embeddings: Array, labels: Array, row_loss: RowLoss, *, scale: float = 1.0
) -> dict[str, Array]:
    """Return losses and weights, of which `row_loss` gives each row both, (r, 2)."""
    losses = losses_of(embeddings, labels, row_loss, scale=scale)
    return {
        "loss": losses[:, 0].astype(embeddings.dtype),
        "weight": losses[:, 1].astype(np.float64),
    }


def losses_vjp(
    embeddings: Array,
    labels: Array,
    row_slope: RowLoss,
    *,
    slope: float | Array,
    scale: float = 1.0,
    similarity: str = "cosine",
) -> dict[str, Array]:
    """Carry slope · loss back, `row_slope` being the slope of each row's loss, (r, n)."""
    compared = rows_to_compare(embeddings, similarity)
    item_slopes = slope_per_item(slope, len(embeddings), embeddings)

    def slopes(scores: Array, at: slice) -> Array:
        return item_slopes[at, None] * row_slope(scores, label_masks(labels, at))

    left, right = rows_vjp(scale * compared.rows, compared.rows, slopes)
    return {"embeddings": rows_to_compare_vjp(compared, scale * left + right, similarity)}


def log_sum(scores: Array, mask: Array) -> tuple[Array, Array]:
    """Return log Σ e^s over the masked entries of each row, and each one's share of the sum.

    −inf and no shares where the mask is empty.
    """
    kept = np.where(mask, scores, -np.inf)
    top = kept.max(axis=1, keepdims=True)
    powers = exp(kept - np.where(np.isneginf(top), 0.0, top))
    total = powers.sum(axis=1, keepdims=True)
    shares = powers / np.where(total > 0.0, total, 1.0)
    return (top + log(total))[:, 0], shares


def log_one_plus_sum(scores: Array, mask: Array) -> tuple[Array, Array]:
    """Return log(1 + Σ e^s) over the masked entries of each row, and their shares of that sum."""
    kept = np.where(mask, scores, -np.inf)
    top = np.maximum(kept.max(axis=1, keepdims=True), 0.0)
    powers = exp(kept - top)
    total = powers.sum(axis=1, keepdims=True)
    large = top + log(exp(-top) + total)  # the sum holds that 1
    losses = np.where(top > 0.0, large, log1p(total))
    return losses[:, 0], powers / (exp(-top) + total)
