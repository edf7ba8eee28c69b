"""Triplets mined from a batch of labelled embeddings, one anchor after the other."""

from collections.abc import Iterator

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.contrastive_softmax import slope_per_item
from lossctl.kernels.matmul import plain
from lossctl.kernels.pairwise_distances import TILE, add_distance_gradient, distance_block, squares
from lossctl.kernels.piecewise_linear import relu, relu_slope
from lossctl.kernels.similarity import LANES, each_block

MINED = ("batch_all", "batch_hard", "semi_hard")


def mined_triplets(
    embeddings: Array, labels: Array, *, margin: float, p: float, mining: str
) -> dict[str, Array]:
    """Sum the losses of each anchor's triplets, and count those triplets as its weight."""
    embeddings = plain(embeddings)
    count, lengths = len(embeddings), squares(embeddings)
    losses, weights = np.zeros(count), np.zeros(count)

    def work(rows: slice, _: int) -> None:
        measured = distance_block(embeddings, lengths, rows, p)
        for at, own in zip(measured.places, measured.distances, strict=True):
            for near, far in _triplets(own, labels, at, mining):
                losses[at] += relu(own[near] - own[far] + margin).sum()
                weights[at] += np.broadcast(near, far).size

    each_block(count, work, embeddings.size * count)
    return {"loss": losses.astype(embeddings.dtype), "weight": weights}


def mined_triplets_vjp(
    embeddings: Array,
    labels: Array,
    *,
    slope: float | Array,
    margin: float,
    p: float,
    mining: str,
) -> dict[str, Array]:
    """Carry the slopes of the distances that matter back to both ends."""
    embeddings = plain(embeddings)
    gains = slope_per_item(slope, len(embeddings), embeddings)
    lengths = squares(embeddings)
    sums: list[Array | None] = [None] * LANES

    def work(rows: slice, lane: int) -> None:
        found = sums[lane]
        if found is None:
            found = sums[lane] = np.zeros_like(embeddings)
        measured = distance_block(embeddings, lengths, rows, p)
        changes = np.zeros_like(measured.distances)
        for number, at in enumerate(measured.places):
            own = measured.distances[number]
            for near, far in _triplets(own, labels, at, mining):
                active = relu_slope(own[near] - own[far] + margin)
                _count(changes[number], near, far, active)
        changes *= gains[rows, None]
        add_distance_gradient(embeddings, measured, changes, p, found)

    each_block(len(embeddings), work, embeddings.size * len(embeddings))
    first, *others = [part for part in sums if part is not None]
    for part in others:
        first += part
    return {"embeddings": first}


def _triplets(sizes: Array, labels: Array, at: int, mining: str) -> Iterator[tuple[Array, Array]]:
    """Yield places of positives and negatives of one anchor; they broadcast together."""
    same = labels == labels[at]
    unlike = np.flatnonzero(~same)
    same[at] = False
    like = np.flatnonzero(same)
    if not (like.size and unlike.size):
        return
    if mining == "batch_hard":
        yield like[sizes[like].argmax()][None], unlike[sizes[unlike].argmin()][None]
    elif mining == "semi_hard":
        order = unlike[sizes[unlike].argsort(kind="stable")]
        places = sizes[order].searchsorted(sizes[like], side="right")
        yield like, order[np.minimum(places, len(order) - 1)]
    else:
        step = max(1, TILE // unlike.size)
        for start in range(0, like.size, step):
            yield like[start : start + step, None], unlike[None, :]


def _count(change: Array, near: Array, far: Array, active: Array) -> None:
    """Add how many active triplets move each distance up, less how many move it down."""
    if active.ndim == 2:
        change[near[:, 0]] += active.sum(axis=1)
        change[far[0]] -= active.sum(axis=0)
        return
    np.add.at(change, near, active)
    np.subtract.at(change, far, active)
