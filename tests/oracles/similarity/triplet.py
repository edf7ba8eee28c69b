"""Triplet loss of one triplet, of its two distances, and of the triplets of a batch."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact
from tests.oracles.similarity._vectors import Vector, digits, measured, positive


def value(
    anchor: Vector,
    positives: Vector,
    negative: Vector,
    *,
    kind: str = "values",
    margin: Number = 1.0,
    distance: str = "norm",
    p: Number = 2.0,
    swap: bool = False,
    epsilon: Number = 0.0,
) -> mpf:
    """max(0, d(a, p) − d(a, n) + m); with swap the smaller of d(a, n) and d(p, n)."""
    with digits():
        near = measured(anchor, positives, distance, p, epsilon)
        far = measured(anchor, negative, distance, p, epsilon)
        if swap:
            far = min(far, measured(positives, negative, distance, p, epsilon))
        return positive(near - far + exact(margin))


def value_of_positive_distance(
    near: Number,
    far: Number,
    *,
    kind: str = "values",
    margin: Number = 1.0,
) -> mpf:
    """max(0, d(a, p) − d(a, n) + m)."""
    with digits():
        return positive(exact(near) - exact(far) + exact(margin))


def value_of_embeddings(
    embeddings: Sequence[Vector],
    labels: Sequence[int],
    *,
    kind: str = "values",
    margin: Number = 1.0,
    distance: str = "norm",
    p: Number = 2.0,
    mining: str = "batch_all",
) -> list[mpf]:
    """For each anchor the sum over the triplets that mining chooses."""
    found = []
    with digits():
        for a, anchor in enumerate(embeddings):
            sizes = [measured(anchor, other, distance, p) for other in embeddings]
            like = [j for j, label in enumerate(labels) if label == labels[a] and j != a]
            unlike = [j for j, label in enumerate(labels) if label != labels[a]]
            pairs = _mined(sizes, like, unlike, mining) if like and unlike else []
            losses = [positive(sizes[i] - sizes[j] + exact(margin)) for i, j in pairs]
            found.append(sum(losses, mpf(0)))
    return found


def _mined(
    sizes: Sequence[mpf], like: list[int], unlike: list[int], mining: str
) -> list[tuple[int, int]]:
    if mining == "batch_all":
        return [(i, j) for i in like for j in unlike]
    if mining == "batch_hard":
        return [(max(like, key=lambda i: sizes[i]), min(unlike, key=lambda j: sizes[j]))]
    chosen = []
    for i in like:
        farther = [j for j in unlike if sizes[j] > sizes[i]]
        if farther:
            chosen.append((i, min(farther, key=lambda j: sizes[j])))
        else:
            chosen.append((i, max(unlike, key=lambda j: sizes[j])))
    return chosen
