"""Losses of each embedding against all others of its batch, told apart by their labels."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.contrastive import rows_to_compare, rows_to_compare_vjp
from lossctl.kernels.contrastive_softmax import slope_per_item
from lossctl.kernels.similarity import cost_of_rows, rows_vjp


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
