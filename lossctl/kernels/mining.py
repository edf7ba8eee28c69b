"""Triplets mined from a batch of labelled embeddings, one anchor after the other.

Distances are taken from differences, not from inner products, so near pairs keep their digits.
"""

from collections.abc import Iterator

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.distance import norm, norm_slope
from lossctl.kernels.ramp import relu
from lossctl.kernels.similarity import LANES, each_block

MINED = ("batch_all", "batch_hard", "semi_hard")
TILE = 1 << 17  # numbers worked on at once


def mined_triplets(
    embeddings: Array, labels: Array, *, margin: float, p: float, mining: str
) -> dict[str, Array]:
    """Sum the losses of each anchor's triplets, and count those triplets as its weight."""
    count = len(embeddings)
    losses, weights = np.zeros(count), np.zeros(count)

    def work(rows: slice, _: int) -> None:
        for at in range(rows.start, rows.stop):
            sizes, like, unlike = _neighbours(embeddings, labels, at, p)
            for near, far in _triplets(sizes, like, unlike, mining):
                losses[at] += relu(sizes[near] - sizes[far] + margin).sum()
                weights[at] += np.broadcast(near, far).size

    each_block(count, work, embeddings.size * count)
    return {"loss": losses.astype(embeddings.dtype), "weight": weights}


def pull_mined_triplets(
    embeddings: Array,
    labels: Array,
    *,
    slope: float | Array,
    margin: float,
    p: float,
    mining: str,
) -> dict[str, Array]:
    """Carry the slopes of the distances that matter back to both ends."""
    gains = np.broadcast_to(np.asarray(slope, embeddings.dtype), (len(embeddings),))
    sums: list[Array | None] = [None] * LANES

    def work(rows: slice, lane: int) -> None:
        found = sums[lane]
        if found is None:
            found = sums[lane] = np.zeros_like(embeddings)
        for at in range(rows.start, rows.stop):
            sizes, like, unlike = _neighbours(embeddings, labels, at, p)
            change = np.zeros_like(sizes)
            for near, far in _triplets(sizes, like, unlike, mining):
                active = np.sign(relu(sizes[near] - sizes[far] + margin))
                _count(change, near, far, active)
            _spread(embeddings, at, gains[at] * change, p, found)

    each_block(len(embeddings), work, embeddings.size * len(embeddings))
    first, *others = [part for part in sums if part is not None]
    for part in others:
        first += part
    return {"embeddings": first}


def _neighbours(embeddings: Array, labels: Array, at: int, p: float) -> tuple[Array, Array, Array]:
    """Return the distances from one anchor, and where its positives and its negatives stand."""
    step = max(1, TILE // max(embeddings.shape[1], 1))
    parts = [
        norm(embeddings[at] - embeddings[start : start + step], p)
        for start in range(0, len(embeddings), step)
    ]
    same = labels == labels[at]
    unlike = np.flatnonzero(~same)
    same[at] = False
    return np.concatenate(parts), np.flatnonzero(same), unlike


def _triplets(
    sizes: Array, like: Array, unlike: Array, mining: str
) -> Iterator[tuple[Array, Array]]:
    """Yield places of positives and negatives that make triplets; they broadcast together."""
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


def _spread(embeddings: Array, at: int, change: Array, p: float, found: Array) -> None:
    """Add what a change of distances from one anchor means for it and for the others."""
    moved = np.flatnonzero(change)
    step = max(1, TILE // max(embeddings.shape[1], 1))
    for start in range(0, moved.size, step):
        some = moved[start : start + step]
        force = change[some, None] * norm_slope(embeddings[at] - embeddings[some], p)
        found[at] += force.sum(axis=0)
        found[some] -= force
