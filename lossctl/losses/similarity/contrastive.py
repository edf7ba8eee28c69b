"""Contrastive loss of pairs."""

from typing import Any

from lossctl.core.domain import NONNEGATIVE, UNIT, Choice, Flag, IntegerRange, Param
from lossctl.core.loss import Array, Curve, Example, Input, Page, Reference
from lossctl.kernels.distance.label_pairs import contrastive_of_labels, contrastive_of_labels_vjp
from lossctl.kernels.distance.pair_distance import KINDS, measured
from lossctl.kernels.numeric.pointwise import relu, relu_slope, zero_safe_product
from lossctl.losses.builders.embeddings import LABELLED, SIDES, distance
from lossctl.losses.builders.records import batch_loss, record_loss

TITLE = "Contrastive loss"
TASKS = ("embedding",)
TARGETS = Input(
    "targets", "item", "label", "labels 1 and 0: similar pairs have similar_label", UNIT
)
MARGIN = Param(
    "margin", 1.0, NONNEGATIVE, "Margin: distance from which dissimilar pairs have loss 0."
)
SQUARED = Param(
    "squared", default=True, domain=Flag(), help="Whether distances and hinges are squared."
)
PARAMS = (
    MARGIN,
    Param("similar_label", 1, IntegerRange(0, 1), "The label of similar pairs."),
    SQUARED,
)
DISTANCE = Param(
    "distance",
    "norm",
    Choice(KINDS),
    "The Euclidean norm of the difference, its square, or 1 − cos of the angle.",
)


def value_of_distances(
    distances: Array, targets: Array, *, margin: float, similar_label: int, squared: bool
) -> Array:
    """Squared distance of similar pairs, max(0, margin − distance)² of dissimilar ones."""
    similar = targets if similar_label == 1 else 1.0 - targets
    gap = relu(margin - distances)
    if not squared:
        return similar * distances + (1.0 - similar) * gap
    return zero_safe_product(similar, distances * distances) + (1.0 - similar) * (gap * gap)


def slopes_of_distances(
    distances: Array, targets: Array, *, margin: float, similar_label: int, squared: bool
) -> dict[str, Array]:
    """Twice the distance of similar pairs, minus twice the hinge of dissimilar ones."""
    similar = targets if similar_label == 1 else 1.0 - targets
    if not squared:
        return {"distances": similar - (1.0 - similar) * relu_slope(margin - distances)}
    slope = 2.0 * (similar * distances - (1.0 - similar) * relu(margin - distances))
    return {"distances": slope}


def value(first: Array, second: Array, targets: Array, *, distance: str, **params: Any) -> Array:
    """The same of the distances of two embeddings."""
    pairs = measured(first, second, distance, 2.0, 0.0)
    return value_of_distances(pairs.distances, targets, **params)


def slopes(
    first: Array, second: Array, targets: Array, *, distance: str, **params: Any
) -> dict[str, Array]:
    """Along the line between the two, with opposite signs; 0 where they coincide."""
    pairs = measured(first, second, distance, 2.0, 0.0)
    by_distance = slopes_of_distances(pairs.distances, targets, **params)
    to_first, to_second = pairs.vjp(by_distance["distances"])
    return {"first": to_first, "second": to_second}


def page(formula: str, curve: Curve, examples: tuple[Example, ...]) -> Page:
    """Write the page of one way to give pairs."""
    return Page(
        summary="Contrastive loss: d² of similar pairs, max(0, margin − d)² of dissimilar ones",
        also_called=("Siamese loss",),
        curve=curve,
        formula=formula,
        use_when=(
            "pairs are labelled as the same or not (verification, Siamese networks)",
            "distances will be compared with a threshold",
        ),
        avoid_when=(
            "only an order of similarity is known (use triplet)",
            "every batch has many negatives (use info_nce or supervised_contrastive)",
        ),
        expected={
            "perfect": "0: similar pairs coincide, dissimilar ones are at least the margin distant",
            "collapsed": "margin² times the share of dissimilar pairs, all embeddings in one point",
            "bad": "> margin²",
        },
        references=(
            Reference(
                "Hadsell, Chopra & LeCun, Dimensionality reduction by learning an invariant "
                "mapping (2006)",
                "doi:10.1109/CVPR.2006.100",
            ),
        ),
        examples=examples,
        notes=(
            "the paper and some guides write y = 1 for dissimilar pairs: similar_label=0",
            "the paper has a factor ½, and so has sentence-transformers (with distance=cosine)",
            "labels between 0 and 1 weight both parts",
            (
                "of a batch with class labels all pairs count, and the mean over similar pairs is "
                "added to that over others; mean_over=nonzero is as in pytorch-metric-learning"
            ),
        ),
        kinks="a distance of 0, and the margin with squared=false: the slope is taken as 0",
    )


OF_DISTANCES = record_loss(
    "contrastive",
    title=TITLE,
    tasks=TASKS,
    inputs=(distance("distances", "distance of each pair"), TARGETS),
    value=value_of_distances,
    slopes=slopes_of_distances,
    params=PARAMS,
    page=page(
        "d² if similar, else max(0, m − d)², with the distances given",
        Curve("distance of a dissimilar pair", 0.0, 2.0, lambda x: ([x], [0.0])),
        (
            Example.of(
                0.15625,
                "(¼² + (1 − ½)²) / 2",
                distances=[0.25, 0.5],
                targets=[1.0, 0.0],
            ),
        ),
    ),
)

OF_LABELS = batch_loss(
    "contrastive",
    title=TITLE,
    tasks=TASKS,
    inputs=LABELLED,
    value=contrastive_of_labels,
    vjp=contrastive_of_labels_vjp,
    per_group=True,
    params=(
        MARGIN,
        SQUARED,
        DISTANCE,
        Param(
            "mean_over",
            "all",
            Choice(("all", "nonzero")),
            "Of the pairs of a batch, each mean is over all or over those with a loss above 0.",
        ),
    ),
    page=page(
        "mean of d² over all pairs of equal labels + mean of max(0, m − d)² over all others",
        Curve(
            "distance of two items of one label, a third one lies at 1",
            0.0,
            2.0,
            lambda x: ([[0.0, 0.0], [x, 0.0], [0.0, 1.0]], [0, 0, 1]),
        ),
        (
            Example.of(
                1.0,
                "1² of the pair of one label; 2 and 1 from the third are far enough",
                embeddings=[[0.0], [1.0], [2.0]],
                labels=[0, 0, 1],
            ),
            Example.of(
                1.5,
                "1 of the pair of one label, and 1½ − 1 of the only one that is too near",
                {"margin": 1.5, "squared": False, "mean_over": "nonzero"},
                embeddings=[[0.0], [1.0], [2.0]],
                labels=[0, 0, 1],
            ),
        ),
    ),
)

CONTRASTIVE = record_loss(
    "contrastive",
    title=TITLE,
    tasks=TASKS,
    inputs=(*SIDES, TARGETS),
    packs=("first", "second"),
    variants=(OF_DISTANCES, OF_LABELS),
    value=value,
    slopes=slopes,
    params=(*PARAMS, DISTANCE),
    page=page(
        "d² if similar, else max(0, m − d)²,  d = ‖a − b‖",
        Curve(
            "distance of a dissimilar pair",
            0.0,
            2.0,
            lambda x: ([[x, 0.0]], [[0.0, 0.0]], [0.0]),
        ),
        (
            Example.of(
                12.625,
                "(5² + (1 − ½)²) / 2",
                first=[[3.0, 4.0], [0.5, 0.0]],
                second=[[0.0, 0.0], [0.0, 0.0]],
                targets=[1.0, 0.0],
            ),
            Example.of(
                0.125,
                "((1 − ½)² + 0) / 2: label 1 is dissimilar, and the second pair coincides",
                {"similar_label": 0},
                first=[[0.5, 0.0], [7.0, 1.0]],
                second=[[0.0, 0.0], [7.0, 1.0]],
                targets=[1.0, 0.0],
            ),
        ),
    ),
)
