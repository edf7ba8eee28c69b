"""Each query against all keys: the surprise of its own key under the softmax of similarities."""

import numpy as np

from lossctl.core.domain import Choice
from lossctl.core.loss import Array
from lossctl.core.param import Param
from lossctl.kernels.contrastive_softmax import (
    shifted_softmax,
    slope_per_item,
    softmax_nll,
    softmax_nll_slopes,
)
from lossctl.kernels.matmul import plain
from lossctl.kernels.normalize import UnitRows, unit_rows, unit_rows_vjp
from lossctl.kernels.similarity import cost_of_rows, rows_vjp

SIMILARITY = Param(
    "similarity",
    "cosine",
    Choice(("cosine", "dot")),
    "Cosine of the embeddings, or their inner product as they are.",
)
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
