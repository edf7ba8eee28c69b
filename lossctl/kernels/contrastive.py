"""Each query against all keys: the surprise of its own key under the softmax of similarities."""

import numpy as np

from lossctl.core.domain import Choice
from lossctl.core.loss import Array
from lossctl.core.param import Param
from lossctl.kernels.contrastive_softmax import gains_of, shifted_softmax, slopes, surprise
from lossctl.kernels.matmul import plain
from lossctl.kernels.normalize import Units, pull_units, units
from lossctl.kernels.similarity import cost_of_rows, pull_rows

SIMILARITY = Param(
    "similarity",
    "cosine",
    Choice(("cosine", "dot")),
    "Cosine of the embeddings, or their inner product as they are.",
)
ROUNDING = 1.001  # by which a cosine may pass 1


def as_units(vectors: Array, similarity: str) -> Units:
    """Return the rows to be compared: of length one for cosines, as they are for products."""
    vectors = plain(vectors)
    if similarity == "cosine":
        return units(vectors)
    return Units(vectors, np.ones((len(vectors), 1), vectors.dtype))


def back(of: Units, slope: Array, similarity: str) -> Array:
    """Carry slopes from the rows compared to the vectors they were."""
    return pull_units(of, slope) if similarity == "cosine" else slope


def bound_of(scale: float, similarity: str) -> float:
    """Return the largest size of a score."""
    return scale * ROUNDING if similarity == "cosine" else float("inf")


def surprises(
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
        return surprise(shifted_softmax(scores, own[rows], bound=bound, skip=out))

    return cost_of_rows(scale * queries, keys, cost)


def pull_surprises(
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
    gains = gains_of(slope, len(queries), queries)

    def change(scores: Array, rows: slice) -> Array:
        out = None if skip is None else skip[rows]
        return slopes(
            shifted_softmax(scores, own[rows], bound=bound, skip=out), own[rows], gains[rows]
        )

    to_queries, to_keys = pull_rows(scale * queries, keys, change)
    to_queries *= scale
    return to_queries, to_keys


def own_surprises(queries: Array, keys: Array, *, scale: float, similarity: str) -> Array:
    """Return how surprising key i is to query i among all keys, (n,); there may be more keys."""
    asked, answers = as_units(queries, similarity), as_units(keys, similarity)
    bound = bound_of(scale, similarity)
    return surprises(asked.rows, answers.rows, np.arange(len(queries)), scale=scale, bound=bound)


def pull_own_surprises(
    queries: Array, keys: Array, *, slope: float | Array, scale: float, similarity: str
) -> tuple[Array, Array]:
    """Carry slope · :func:`own_surprises` back to (queries, keys), through their lengths."""
    asked, answers = as_units(queries, similarity), as_units(keys, similarity)
    to_queries, to_keys = pull_surprises(
        asked.rows,
        answers.rows,
        np.arange(len(queries)),
        slope=slope,
        scale=scale,
        bound=bound_of(scale, similarity),
    )
    return back(asked, to_queries, similarity), back(answers, to_keys, similarity)
