"""Triplet loss of one triplet, of its two distances, and of the triplets of a batch."""

from collections.abc import Sequence

from mpmath import exp, log, mpf

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
    smooth: bool = False,
    epsilon: Number = 0.0,
) -> mpf:
    """max(0, d(a, p) − d(a, n) + m); with swap the smaller of d(a, n) and d(p, n)."""
    with digits():
        near = measured(anchor, positives, distance, p, epsilon)
        far = measured(anchor, negative, distance, p, epsilon)
        if swap:
            far = min(far, measured(positives, negative, distance, p, epsilon))
        return cost(near - far + exact(margin), smooth)


def cost(excess: mpf, smooth: bool) -> mpf:
    """max(0, x), or log(1 + exp x)."""
    return log(1 + exp(excess)) if smooth else positive(excess)


def value_of_positive_distance(
    near: Number,
    far: Number,
    *,
    kind: str = "values",
    margin: Number = 1.0,
    smooth: bool = False,
) -> mpf:
    """max(0, d(a, p) − d(a, n) + m)."""
    with digits():
        return cost(exact(near) - exact(far) + exact(margin), smooth)


def value_of_embeddings(
    embeddings: Sequence[Vector],
    labels: Sequence[int],
    reference: Sequence[int] | None = None,
    *,
    kind: str = "values",
    margin: Number = 1.0,
    distance: str = "norm",
    p: Number = 2.0,
    mining: str = "batch_all",
    smooth: bool = False,
    mean_over: str = "all",
) -> list[mpf]:
    """For each anchor the sum over the triplets that mining chooses.

    `mean_over` only changes how many of them are counted.
    """
    found = []
    others = [True] * len(labels) if reference is None else [mark != 0 for mark in reference]
    with digits():
        for a, anchor in enumerate(embeddings):
            sizes = [measured(anchor, other, distance, p) for other in embeddings]
            pool = [j for j, is_other in enumerate(others) if is_other and j != a]
            if reference is not None and others[a]:
                pool = []
            like = [j for j in pool if labels[j] == labels[a]]
            unlike = [j for j in pool if labels[j] != labels[a]]
            pairs = _mined(sizes, like, unlike, mining) if like and unlike else []
            losses = [cost(sizes[i] - sizes[j] + exact(margin), smooth) for i, j in pairs]
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
