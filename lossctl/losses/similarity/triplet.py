"""Triplet loss: of embeddings, of ready distances, and of triplets mined from a batch."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lossctl.core.domain import NONNEGATIVE, Choice, Flag, Param
from lossctl.core.loss import Array, Curve, Example, Input, Page, Reference
from lossctl.kernels.distance.mining import MINED, mined_triplets, mined_triplets_vjp
from lossctl.kernels.distance.pair_distance import KINDS, Measured, measured
from lossctl.kernels.numeric.pointwise import relu, relu_slope
from lossctl.kernels.probability.logistic import sigmoid_of_any, softplus
from lossctl.losses.builders.embeddings import LABELLED, ORDER, distance, embedding
from lossctl.losses.builders.records import batch_loss, record_loss

TITLE = "Triplet loss"
TASKS = ("embedding",)
MARGIN = Param(
    "margin", 1.0, NONNEGATIVE, "Margin by which the negative should be farther than the positive."
)

SMOOTH = Param(
    "smooth",
    default=False,
    domain=Flag(),
    help="log(1 + e^x) in place of max(0, x): a soft margin.",
)

REFERENCE = Input(
    "reference",
    "item",
    "label",
    "1 for items of a reference set, from which positives and negatives come; 0 for anchors",
)

DISTANCE = Param(
    "distance",
    "norm",
    Choice(KINDS),
    "The norm of the difference (see p), its square, or 1 − cos of the angle.",
)


def value(
    anchor: Array,
    positive: Array,
    negative: Array,
    *,
    margin: float,
    swap: bool,
    smooth: bool,
    **how: Any,
) -> Array:
    """max(0, distance to the positive − distance to the negative + margin)."""
    near = measured_as(anchor, positive, **how).distances
    far = measured_as(anchor, negative, **how).distances
    if swap:
        far = np.minimum(far, measured_as(positive, negative, **how).distances)
    return cost(near - far + margin, smooth)


def cost(excess: Array, smooth: bool) -> Array:  # noqa: FBT001 - a parameter of the loss
    """max(0, x), or log(1 + e^x)."""
    return softplus(excess) if smooth else relu(excess)


def cost_slope(excess: Array, smooth: bool) -> Array:  # noqa: FBT001
    """Its derivative."""
    return sigmoid_of_any(excess) if smooth else relu_slope(excess)


def slopes(
    anchor: Array,
    positive: Array,
    negative: Array,
    *,
    margin: float,
    swap: bool,
    smooth: bool,
    **how: Any,
) -> dict[str, Array]:
    """Away from the positive and towards the negative, where the margin is not kept."""
    near, far = measured_as(anchor, positive, **how), measured_as(anchor, negative, **how)
    if not swap:
        active = cost_slope(near.distances - far.distances + margin, smooth)
        (of_anchor, to_positive), (from_anchor, to_negative) = near.vjp(active), far.vjp(-active)
        return {
            "anchor": of_anchor + from_anchor,
            "positive": to_positive,
            "negative": to_negative,
        }
    between = measured_as(positive, negative, **how)
    swapped = between.distances < far.distances
    far_enough = np.minimum(far.distances, between.distances)
    active = cost_slope(near.distances - far_enough + margin, smooth)
    of_anchor, to_positive = near.vjp(active)
    from_anchor, to_negative = far.vjp(-active * ~swapped)
    of_positive, of_negative = between.vjp(-active * swapped)
    return {
        "anchor": of_anchor + from_anchor,
        "positive": to_positive + of_positive,
        "negative": to_negative + of_negative,
    }


def measured_as(
    first: Array, second: Array, *, distance: str, p: float, epsilon: float
) -> Measured:
    """Measure pairs as the parameters say."""
    return measured(first, second, distance, p, epsilon)


def value_of_distances(positive: Array, negative: Array, *, margin: float, smooth: bool) -> Array:
    """The same from ready distances."""
    return cost(positive - negative + margin, smooth)


def slopes_of_distances(
    positive: Array, negative: Array, *, margin: float, smooth: bool
) -> dict[str, Array]:
    """+1 and −1 inside the margin, 0 beyond it and on its edge."""
    active = cost_slope(positive - negative + margin, smooth)
    return {"positive_distance": active, "negative_distance": -active}


MINED_NOTES = (
    "batch_all: all triplets of the batch count equally, those beyond the margin with 0",
    "batch_hard: for each anchor the farthest positive and the nearest negative",
    (
        "semi_hard: for each anchor and positive the nearest negative that is farther than the "
        "positive, or the farthest negative where none is"
    ),
    "mined: the loss of one item is the sum over its triplets; items without any do not count",
    (
        "mean_over=nonzero is the reducer AvgNonZero of pytorch-metric-learning; a batch whose "
        "triplets are all 0 counts with all of them"
    ),
    (
        "a reference set stands in the same arrays, marked by 1 in reference: anchors are the "
        "other items, compared with it alone"
    ),
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

REFERENCE_CURVE = Curve(
    "distance of an anchor to the reference of its label, to another it is 1",
    0.0,
    3.0,
    lambda x: ([[0.0, 0.0], [x, 0.0], [0.0, 1.0]], [0, 0, 1], [0, 1, 1]),
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
    params=(MARGIN, SMOOTH),
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


def beside_references(
    rng: np.random.Generator, items: int, _: Mapping[str, Any]
) -> tuple[Array, Array, Array]:
    """Draw anchors and references of two labels, each four items one of every sort."""
    place = np.arange(items) % 4
    return rng.normal(size=(items, 5)), place // 2, np.isin(place, (1, 2)).astype(np.float64)


MINED_PARAMS = (
    MARGIN,
    DISTANCE,
    ORDER,
    Param("mining", "batch_all", Choice(MINED), "Which triplets of the batch count."),
    SMOOTH,
    Param(
        "mean_over",
        "all",
        Choice(("all", "nonzero")),
        "Of mined triplets the mean is over all, or over those whose loss is above 0.",
    ),
)

MINED_TRIPLETS = batch_loss(
    "triplet",
    title=TITLE,
    tasks=TASKS,
    inputs=LABELLED,
    value=mined_triplets,
    vjp=mined_triplets_vjp,
    params=MINED_PARAMS,
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
            Example.of(
                1.0,
                "1 − 2 + 1 = 0 and 1 − 1 + 1 = 1: one of two triplets is above 0",
                {"mean_over": "nonzero"},
                embeddings=[[0.0], [1.0], [2.0]],
                labels=[0, 0, 1],
            ),
        ),
        *MINED_NOTES,
    ),
)

MINED_IN_REFERENCE = batch_loss(
    "triplet",
    title=TITLE,
    tasks=TASKS,
    inputs=(*LABELLED, REFERENCE),
    value=mined_triplets,
    vjp=mined_triplets_vjp,
    sample=beside_references,
    params=MINED_PARAMS,
    page=page(
        "max(0, d(a, p) − d(a, n) + m) over triplets of an anchor and two items of the reference",
        REFERENCE_CURVE,
        (
            Example.of(
                1.0,
                "the first is the anchor: 2 − 2 + 1 and no other, as the other two are compared "
                "with nothing",
                embeddings=[[0.0], [2.0], [-2.0]],
                labels=[0, 0, 1],
                reference=[0, 1, 1],
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
    variants=(OF_DISTANCES, MINED_TRIPLETS, MINED_IN_REFERENCE),
    value=value,
    slopes=slopes,
    params=(
        MARGIN,
        DISTANCE,
        ORDER,
        Param(
            "swap",
            default=False,
            domain=Flag(),
            help="Distance swap: takes the distance from positive to negative where it is smaller.",
        ),
        Param("epsilon", 0.0, NONNEGATIVE, "Added to every difference before the norm."),
        SMOOTH,
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
            Example.of(
                8.0,
                "(3² + 4²) − (3² + 3²) + 1",
                {"distance": "squared"},
                anchor=[[0.0, 0.0]],
                positive=[[3.0, 4.0]],
                negative=[[3.0, 3.0]],
            ),
            Example.of(
                1.5,
                "(1 − 0) − (1 − 1) + ½: the positive is at right angles",
                {"distance": "cosine", "margin": 0.5},
                anchor=[[2.0, 0.0]],
                positive=[[0.0, 1.0]],
                negative=[[3.0, 0.0]],
            ),
        ),
        "FaceNet has the squared Euclidean distance: distance=squared; d is 1 − cos with cosine",
        "PyTorch adds 1e-6 to every difference: epsilon=1e-6 gives its numbers",
        "three arrays, or one of shape (N, 3, D) or (3, D): anchor, positive, negative",
        *MINED_NOTES,
    ),
)
