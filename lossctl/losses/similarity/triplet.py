"""Triplet loss: of embeddings, of ready distances, and of triplets mined from a batch.

Mining goes through the labelled embeddings of a batch one anchor after the other.
"""

from collections.abc import Iterator

import numpy as np

from lossctl.core.domain import NONNEGATIVE, Choice, Flag, Param
from lossctl.core.loss import Array, Curve, Example, Page, Reference
from lossctl.kernels.distance.contrastive import slope_per_item
from lossctl.kernels.distance.pairwise import (
    TILE,
    add_distance_gradient,
    difference_and_norm,
    distance_block,
    norm_vjp,
    squares,
)
from lossctl.kernels.distance.similarity import LANES, each_block
from lossctl.kernels.numeric.matmul import plain
from lossctl.kernels.numeric.pointwise import relu, relu_slope
from lossctl.losses.builders.embeddings import LABELLED, ORDER, distance, embedding
from lossctl.losses.builders.records import batch_loss, record_loss

TITLE = "Triplet loss"
TASKS = ("embedding",)
MARGIN = Param(
    "margin", 1.0, NONNEGATIVE, "Margin by which the negative should be farther than the positive."
)


def value(
    anchor: Array,
    positive: Array,
    negative: Array,
    *,
    margin: float,
    p: float,
    swap: bool,
    epsilon: float,
) -> Array:
    """max(0, distance to the positive − distance to the negative + margin)."""
    _, near = difference_and_norm(anchor, positive, p, epsilon)
    _, far = difference_and_norm(anchor, negative, p, epsilon)
    if swap:
        far = np.minimum(far, difference_and_norm(positive, negative, p, epsilon)[1])
    return relu(near - far + margin)


def slopes(
    anchor: Array,
    positive: Array,
    negative: Array,
    *,
    margin: float,
    p: float,
    swap: bool,
    epsilon: float,
) -> dict[str, Array]:
    """Away from the positive and towards the negative, where the margin is not kept."""
    to_positive, near = difference_and_norm(anchor, positive, p, epsilon)
    to_negative, far = difference_and_norm(anchor, negative, p, epsilon)
    if not swap:
        active = relu_slope(near - far + margin)
        positive_slope = norm_vjp(to_positive, near, active, p)
        negative_slope = norm_vjp(to_negative, far, active, p)
        return {
            "anchor": positive_slope - negative_slope,
            "positive": -positive_slope,
            "negative": negative_slope,
        }
    between, swapped_far = difference_and_norm(positive, negative, p, epsilon)
    active, swapped = relu_slope(near - np.minimum(far, swapped_far) + margin), swapped_far < far
    positive_slope = norm_vjp(to_positive, near, active, p)
    negative_slope = norm_vjp(to_negative, far, active * ~swapped, p)
    between_slope = norm_vjp(between, swapped_far, active * swapped, p)
    return {
        "anchor": positive_slope - negative_slope,
        "positive": -positive_slope - between_slope,
        "negative": negative_slope + between_slope,
    }


def value_of_distances(positive: Array, negative: Array, *, margin: float) -> Array:
    """The same from ready distances."""
    return relu(positive - negative + margin)


def slopes_of_distances(positive: Array, negative: Array, *, margin: float) -> dict[str, Array]:
    """+1 and −1 inside the margin, 0 beyond it and on its edge."""
    active = relu_slope(positive - negative + margin)
    return {"positive_distance": active, "negative_distance": -active}


MINED = ("batch_all", "batch_hard", "semi_hard")


def mined_triplets(
    embeddings: Array, labels: Array, *, margin: float, p: float, mining: str
) -> dict[str, Array]:
    """Sum the losses of each anchor's triplets, and count those triplets as its weight."""
    embeddings = plain(embeddings)
    count, squared = len(embeddings), squares(embeddings)
    losses, weights = np.zeros(count), np.zeros(count)

    def work(rows: slice, _: int) -> None:
        measured = distance_block(embeddings, squared, rows, p)
        for at, distances in zip(measured.places, measured.distances, strict=True):
            for near, far in _triplets(distances, labels, at, mining):
                losses[at] += relu(distances[near] - distances[far] + margin).sum()
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
    item_slopes = slope_per_item(slope, len(embeddings), embeddings)
    squared = squares(embeddings)
    sums: list[Array | None] = [None] * LANES

    def work(rows: slice, lane: int) -> None:
        gradient = sums[lane]
        if gradient is None:
            gradient = sums[lane] = np.zeros_like(embeddings)
        measured = distance_block(embeddings, squared, rows, p)
        distance_slopes = np.zeros_like(measured.distances)
        for number, at in enumerate(measured.places):
            distances = measured.distances[number]
            for near, far in _triplets(distances, labels, at, mining):
                active = relu_slope(distances[near] - distances[far] + margin)
                _add_active(distance_slopes[number], near, far, active)
        distance_slopes *= item_slopes[rows, None]
        add_distance_gradient(embeddings, measured, distance_slopes, p, gradient)

    each_block(len(embeddings), work, embeddings.size * len(embeddings))
    first, *more = [part for part in sums if part is not None]
    for part in more:
        first += part
    return {"embeddings": first}


def _triplets(
    distances: Array, labels: Array, at: int, mining: str
) -> Iterator[tuple[Array, Array]]:
    """Yield places of positives and negatives of one anchor; they broadcast together."""
    # batch_all may hold as many triplets as a batch has pairs, so they come in tiles that fit a
    # cache.
    same = labels == labels[at]
    negatives = np.flatnonzero(~same)
    same[at] = False
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


MINED_NOTES = (
    "batch_all: all triplets of the batch count equally, those beyond the margin with 0",
    "batch_hard: for each anchor the farthest positive and the nearest negative",
    (
        "semi_hard: for each anchor and positive the nearest negative that is farther than the "
        "positive, or the farthest negative where none is"
    ),
    "mined: the loss of one item is the sum over its triplets; items without any do not count",
)

CURVE = Curve(
    "distance to the positive, 1 to the negative",
    0.0,
    3.0,
    lambda x: ([[0.0, 0.0]], [[x, 0.0]], [[0.0, 1.0]]),
)

DISTANCE_CURVE = Curve(CURVE.label, 0.0, 3.0, lambda x: ([x], [1.0]))

MINED_CURVE = Curve(
    "distance between two items of one label, a third one at 1",
    0.0,
    3.0,
    lambda x: ([[0.0, 0.0], [x, 0.0], [0.0, 1.0]], [0, 0, 1]),
)

SUMMARY = "Triplet margin loss: max(0, d(anchor, positive) − d(anchor, negative) + margin)"

USE_WHEN = (
    "items are to be compared by distance: faces, people, products, sounds",
    "it is known which of two others is more similar, and nothing more",
)

AVOID_WHEN = (
    "most triplets are easy and have loss 0: mine them, or use a loss over the batch (info_nce)",
    "absolute distances should be meaningful (use contrastive)",
)

EXPECTED = {
    "perfect": "0: every negative farther by the margin",
    "chance": "the margin, for uninformative embeddings; also when they collapse into one point",
    "bad": "> the margin",
}

FACENET = Reference("Schroff, Kalenichenko & Philbin, FaceNet (2015)", "arXiv:1503.03832")

SWAPPING = Reference(
    "Balntas et al., Learning local feature descriptors with triplets (2016): swap",
    "doi:10.5244/C.30.119",
)

MINING = Reference("Hermans, Beyer & Leibe, In defense of the triplet loss", "arXiv:1703.07737")
KINKS = "the edge of the margin, a distance of 0 and equal distances with swap: slope 0, the first"


def page(formula: str, curve: Curve, examples: tuple[Example, ...], *notes: str) -> Page:
    """Write the page of one way to give triplets."""
    return Page(
        summary=SUMMARY,
        also_called=("FaceNet loss",),
        curve=curve,
        formula=formula,
        use_when=USE_WHEN,
        avoid_when=AVOID_WHEN,
        expected=EXPECTED,
        references=(FACENET, SWAPPING, MINING),
        examples=examples,
        notes=notes,
        kinks=KINKS,
    )


OF_DISTANCES = record_loss(
    "triplet",
    title=TITLE,
    tasks=TASKS,
    inputs=(
        distance("positive_distance", "distances from anchor to positive"),
        distance("negative_distance", "distances from anchor to negative"),
    ),
    packs=("positive_distance", "negative_distance"),
    value=value_of_distances,
    slopes=slopes_of_distances,
    params=(MARGIN,),
    page=page(
        "max(0, d(a, p) − d(a, n) + m), both distances given",
        DISTANCE_CURVE,
        (
            Example.of(
                0.625,
                "(½ − 1¼ + 1 = ¼ and 2 − 2 + 1 = 1) / 2",
                positive_distance=[0.5, 2.0],
                negative_distance=[1.25, 2.0],
            ),
        ),
    ),
)

MINED_TRIPLETS = batch_loss(
    "triplet",
    title=TITLE,
    tasks=TASKS,
    inputs=LABELLED,
    value=mined_triplets,
    vjp=mined_triplets_vjp,
    params=(
        MARGIN,
        ORDER,
        Param("mining", "batch_all", Choice(MINED), "Which triplets of the batch count."),
    ),
    page=page(
        "max(0, d(a, p) − d(a, n) + m) over triplets of the batch, by labels",
        MINED_CURVE,
        (
            Example.of(
                0.5,
                "(1 − 2 + 1 = 0 and 1 − 1 + 1 = 1) / 2: one triplet for each of two anchors",
                embeddings=[[0.0], [1.0], [2.0]],
                labels=[0, 0, 1],
            ),
            Example.of(
                0.6666666666666667,
                "(3 − 5 + 1 < 0, 2 − 4 + 1 < 0 and 3 − 2 + 1 = 2) / 3 anchors",
                {"mining": "batch_hard"},
                embeddings=[[0.0], [1.0], [3.0], [5.0]],
                labels=[4, 4, 4, 9],
            ),
        ),
        *MINED_NOTES,
    ),
)

TRIPLET = record_loss(
    "triplet",
    title=TITLE,
    tasks=TASKS,
    inputs=(
        embedding("anchor", "embeddings of the anchors"),
        embedding("positive", "embeddings of the positives, similar to the anchors"),
        embedding("negative", "embeddings of the negatives, dissimilar to the anchors"),
    ),
    packs=("anchor", "positive", "negative"),
    variants=(OF_DISTANCES, MINED_TRIPLETS),
    value=value,
    slopes=slopes,
    params=(
        MARGIN,
        ORDER,
        Param(
            "swap",
            default=False,
            domain=Flag(),
            help="Distance swap: takes the distance from positive to negative where it is smaller.",
        ),
        Param("epsilon", 0.0, NONNEGATIVE, "Added to every difference before the norm."),
    ),
    page=page(
        "max(0, d(a, p) − d(a, n) + m),  d(x, y) = ‖x − y‖_p",
        CURVE,
        (
            Example.of(
                0.0,
                "√0.02 − √2 + 1 < 0: the negative is farther by more than the margin",
                anchor=[[1.0, 0.0, 0.0]],
                positive=[[0.9, 0.1, 0.0]],
                negative=[[0.0, 0.0, 1.0]],
            ),
            Example.of(
                1.5,
                "(5 − 5 + 1 = 1 and 5 − 4 + 1 = 2) / 2",
                anchor=[[0.0, 0.0], [0.0, 0.0]],
                positive=[[3.0, 4.0], [-3.0, 4.0]],
                negative=[[4.0, -3.0], [0.0, 4.0]],
            ),
            Example.of(
                5.5,
                "7 − min(5, 2) + ½: the negative is nearer to the positive",
                {"p": 1.0, "swap": True, "margin": 0.5},
                anchor=[[0.0, 0.0]],
                positive=[[3.0, 4.0]],
                negative=[[3.0, 2.0]],
            ),
        ),
        "PyTorch adds 1e-6 to every difference: epsilon=1e-6 gives its numbers",
        "three arrays, or one of shape (N, 3, D) or (3, D): anchor, positive, negative",
        *MINED_NOTES,
    ),
)
