"""Triplets mined from the labelled embeddings of a batch, one anchor after the other."""

from collections.abc import Iterator

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.distance.contrastive import slope_per_item
from lossctl.kernels.distance.pair_distance import rows_of
from lossctl.kernels.distance.pairwise import TILE, add_distance_gradient, distance_block, squares
from lossctl.kernels.distance.similarity import LANES, each_block
from lossctl.kernels.numeric.matmul import plain
from lossctl.kernels.numeric.pointwise import relu, relu_slope
from lossctl.kernels.probability.logistic import sigmoid_of_any, softplus

MINED = ("batch_all", "batch_hard", "semi_hard")


def mined_triplets(
    embeddings: Array,
    labels: Array,
    reference: Array | None = None,
    *,
    margin: float,
    distance: str,
    p: float,
    mining: str,
    smooth: bool,
    mean_over: str,
) -> dict[str, Array]:
    """Sum the losses of each anchor's triplets, and count those triplets as its weight.

    Of ``nonzero`` triplets those count whose loss is above 0; all where none is. With a `reference`
    positives and negatives are the items where it is not 0, and anchors are the others.
    """
    embeddings = plain(embeddings)
    batch = rows_of(embeddings, distance)
    count, squared = len(embeddings), squares(batch.vectors)
    losses, weights, above = np.zeros(count), np.zeros(count), np.zeros(count)

    def work(rows: slice, _: int) -> None:
        found = distance_block(batch.vectors, squared, rows, batch.order(p))
        for at, lengths in zip(found.places, found.distances, strict=True):
            distances = batch.of_lengths(lengths, at)
            for near, far in _triplets(distances, labels, at, mining, reference):
                terms = cost(distances[near] - distances[far] + margin)
                losses[at] += terms.sum()
                weights[at] += terms.size
                above[at] += np.count_nonzero(terms > 0.0)

    cost = softplus if smooth else relu
    each_block(count, work, embeddings.size * count)
    if mean_over == "nonzero" and above.any():
        weights = above
    return {"loss": losses.astype(embeddings.dtype), "weight": weights}


def mined_triplets_vjp(
    embeddings: Array,
    labels: Array,
    reference: Array | None = None,
    *,
    slope: float | Array,
    margin: float,
    distance: str,
    p: float,
    mining: str,
    smooth: bool,
    mean_over: str,  # noqa: ARG001 - the slope has the weights
) -> dict[str, Array]:
    """Carry the slopes of the distances that matter back to both ends."""
    embeddings = plain(embeddings)
    item_slopes = slope_per_item(slope, len(embeddings), embeddings)
    batch = rows_of(embeddings, distance)
    squared = squares(batch.vectors)
    sums: list[Array | None] = [None] * LANES

    def work(rows: slice, lane: int) -> None:
        gradient = sums[lane]
        if gradient is None:
            gradient = sums[lane] = np.zeros_like(embeddings)
        found = distance_block(batch.vectors, squared, rows, batch.order(p))
        distance_slopes = np.zeros_like(found.distances)
        for number, at in enumerate(found.places):
            distances = batch.of_lengths(found.distances[number], at)
            for near, far in _triplets(distances, labels, at, mining, reference):
                active = cost_slope(distances[near] - distances[far] + margin)
                _add_active(distance_slopes[number], near, far, active)
        distance_slopes *= item_slopes[rows, None]
        by_length = batch.to_lengths(distance_slopes, found.distances, rows)
        add_distance_gradient(batch.vectors, found, by_length, batch.order(p), gradient)

    cost_slope = sigmoid_of_any if smooth else relu_slope
    each_block(len(embeddings), work, embeddings.size * len(embeddings))
    first, *more = [part for part in sums if part is not None]
    for part in more:
        first += part
    return {"embeddings": batch.to_rows(first)}


def _triplets(
    distances: Array, labels: Array, at: int, mining: str, reference: Array | None
) -> Iterator[tuple[Array, Array]]:
    """Yield places of positives and negatives of one anchor; they broadcast together."""
    # batch_all may hold as many triplets as a batch has pairs, so they come in tiles that fit a
    # cache.
    same = labels == labels[at]
    other = ~same
    same[at] = False
    if reference is not None:
        if reference[at] != 0:
            return  # it is no anchor
        same &= reference != 0
        other &= reference != 0
    negatives = np.flatnonzero(other)
    positives = np.flatnonzero(same)
    if not (positives.size and negatives.size):
        return
    if mining == "batch_hard":
        yield (
            positives[distances[positives].argmax()][None],
            negatives[distances[negatives].argmin()][None],
        )
    elif mining == "semi_hard":
        order = negatives[distances[negatives].argsort(kind="stable")]
        places = distances[order].searchsorted(distances[positives], side="right")
        yield positives, order[np.minimum(places, len(order) - 1)]
    else:
        step = max(1, TILE // negatives.size)
        for start in range(0, positives.size, step):
            yield positives[start : start + step, None], negatives[None, :]


def _add_active(slopes_of_anchor: Array, near: Array, far: Array, active: Array) -> None:
    """Add how many active triplets move each distance up, less how many move it down."""
    if active.ndim == 2:
        slopes_of_anchor[near[:, 0]] += active.sum(axis=1)
        slopes_of_anchor[far[0]] -= active.sum(axis=0)
        return
    np.add.at(slopes_of_anchor, near, active)
    np.subtract.at(slopes_of_anchor, far, active)
