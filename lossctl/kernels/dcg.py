"""Gains and discounts of a ranked list: what NDCG is made of. Lists are (g, L)."""

import math

import numpy as np

from lossctl.core.loss import Array

LOG2 = math.log(2.0)


def gains(relevance: Array, kind: str) -> Array:
    """Return 2^y − 1 over 2^(greatest y), or y over the greatest y: nothing overflows.

    The scale of a list cancels in NDCG. Lists without relevance have gains of 0.
    """
    top = relevance.max(axis=1, keepdims=True)
    if kind == "linear":
        return relevance / np.where(top > 0.0, top, 1.0)
    return np.exp2(relevance - top) * -np.expm1(-LOG2 * relevance)


def discounts(ranks: Array, k: int | None) -> Array:
    """Return 1 / log2(1 + rank) in float64, for ranks from 1; 0 beyond place k."""
    found = LOG2 / np.log1p(np.asarray(ranks, np.float64))
    return found if k is None else np.where(ranks <= k, found, 0.0)


def ranks_of(scores: Array) -> Array:
    """Return the place of every item by falling score, from 1; ties stay in the order given."""
    order = np.argsort(-scores, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, scores.shape[1] + 1)[None, :], axis=1)
    return ranks


def best_dcg(worth: Array, k: int | None) -> Array:
    """Return Σ gain · discount of each list in its best order, (g,)."""
    falling = -np.sort(-worth, axis=1)
    return (falling * discounts(np.arange(1, worth.shape[1] + 1), k)).sum(axis=1)
