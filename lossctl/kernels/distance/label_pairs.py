"""Contrastive loss over all pairs of a labelled batch: similar ones have equal labels."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.distance.pair_distance import Rows, rows_of
from lossctl.kernels.distance.pairwise import (
    DistanceBlock,
    add_distance_gradient,
    distance_block,
    squares,
)
from lossctl.kernels.distance.similarity import LANES, each_block
from lossctl.kernels.numeric.matmul import plain
from lossctl.kernels.numeric.pointwise import relu


class Terms(NamedTuple):
    """Sums and counts of the terms of similar pairs and of dissimilar ones, each (2,)."""

    sums: Array
    counts: Array

    @property
    def shares(self) -> Array:
        """What a term of each side counts for: one over how many there are, 0 where none is."""
        return np.where(self.counts > 0.0, 1.0 / np.maximum(self.counts, 1.0), 0.0)


def pair_terms(distances: Array, margin: float, *, squared: bool) -> tuple[Array, Array]:
    """Return the loss of each pair, were it similar, and were it dissimilar."""
    gap = relu(margin - distances)
    return (distances * distances, gap * gap) if squared else (distances, gap)


def _sides(labels: Array, at: int) -> Iterator[Array]:
    """Yield which items are similar to one item, itself not counted, and which are not."""
    same = labels == labels[at]
    other = ~same
    same[at] = False
    yield same
    yield other


def summed(batch: Rows, labels: Array, margin: float, *, squared: bool, nonzero: bool) -> Terms:
    """Add up both sides, row by row, so that the sum has one order."""
    count = len(batch.vectors)
    lengths = squares(batch.vectors)
    sums, counts = np.zeros((2, count)), np.zeros((2, count))

    def work(rows: slice, _: int) -> None:
        found = distance_block(batch.vectors, lengths, rows, 2.0)
        for at, norms in zip(found.places, found.distances, strict=True):
            terms = pair_terms(batch.of_lengths(norms, at), margin, squared=squared)
            for side, chosen in enumerate(_sides(labels, at)):
                values = terms[side][chosen]
                sums[side, at] = values.sum()
                counts[side, at] = np.count_nonzero(values) if nonzero else values.size

    each_block(count, work, batch.vectors.size * count)
    return Terms(sums.sum(axis=1), counts.sum(axis=1))


def contrastive_of_labels(
    embeddings: Array, labels: Array, *, margin: float, squared: bool, distance: str, mean_over: str
) -> float:
    """Return the mean over similar pairs plus that over dissimilar ones; 0 of none."""
    batch = rows_of(plain(embeddings), distance)
    terms = summed(batch, labels, margin, squared=squared, nonzero=mean_over == "nonzero")
    return float((terms.shares * terms.sums).sum())


def contrastive_of_labels_vjp(
    embeddings: Array,
    labels: Array,
    *,
    slope: float | Array,
    margin: float,
    squared: bool,
    distance: str,
    mean_over: str,
) -> dict[str, Array]:
    """Carry the slopes of all distances back to both ends."""
    embeddings = plain(embeddings)
    batch = rows_of(embeddings, distance)
    terms = summed(batch, labels, margin, squared=squared, nonzero=mean_over == "nonzero")
    scale = float(np.sum(slope)) * terms.shares
    lengths = squares(batch.vectors)
    parts: list[Array | None] = [None] * LANES

    def slopes_of(found: DistanceBlock) -> Array:
        slopes = np.zeros_like(found.distances)
        for number, at in enumerate(found.places):
            distances = batch.of_lengths(found.distances[number], at)
            gap = relu(margin - distances)
            near = 2.0 * distances if squared else np.sign(distances)
            far = -2.0 * gap if squared else -np.sign(gap)
            same, other = _sides(labels, at)
            slopes[number] = scale[0] * near * same + scale[1] * far * other
        return slopes

    def work(rows: slice, lane: int) -> None:
        gradient = parts[lane]
        if gradient is None:
            gradient = parts[lane] = np.zeros_like(embeddings)
        found = distance_block(batch.vectors, lengths, rows, 2.0)
        by_length = batch.to_lengths(slopes_of(found), found.distances, rows)
        add_distance_gradient(batch.vectors, found, by_length, 2.0, gradient)

    each_block(len(embeddings), work, embeddings.size * len(embeddings))
    first, *more = [part for part in parts if part is not None]
    for part in more:
        first += part
    return {"embeddings": batch.to_rows(first)}
