"""N-pairs loss."""

from lossctl.core.domain import NONNEGATIVE, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.distance.contrastive import paired_nll, paired_nll_vjp, slope_per_item
from lossctl.kernels.numeric.matmul import plain
from lossctl.losses.builders.embeddings import FIRST_OF_TWO, SAME_SIZE, embedding
from lossctl.losses.builders.records import batch_loss


def value(anchors: Array, positives: Array, *, l2: float) -> Array:
    """−log softmax of the own positive by inner products, and a quarter of l2 times the squares."""
    anchors, positives = plain(anchors), plain(positives)
    losses = paired_nll(anchors, positives, scale=1.0, similarity="dot")
    if l2 == 0.0:
        return losses
    squares = (anchors * anchors).sum(axis=1) + (positives * positives).sum(axis=1)
    return losses + (0.25 * l2) * squares


def vjp(anchors: Array, positives: Array, *, slope: float | Array, l2: float) -> dict[str, Array]:
    """Softmax of the inner products less the own positive, and half of l2 times the embedding."""
    anchors, positives = plain(anchors), plain(positives)
    to_anchors, to_positives = paired_nll_vjp(
        anchors, positives, slope=slope, scale=1.0, similarity="dot"
    )
    if l2 != 0.0:
        item_slopes = slope_per_item(0.5 * l2 * slope, len(anchors), anchors)
        to_anchors = to_anchors + item_slopes[:, None] * anchors
        to_positives = to_positives + item_slopes[:, None] * positives
    return {"anchors": to_anchors, "positives": to_positives}


N_PAIRS = batch_loss(
    "n_pairs",
    title="N-pairs loss",
    tasks=("embedding",),
    inputs=(
        embedding("anchors", "embeddings of the anchors, each of another class"),
        embedding("positives", "embeddings of their positives"),
    ),
    value=value,
    vjp=vjp,
    params=(Param("l2", 0.0, NONNEGATIVE, "Weight of the squared L2 norms of the embeddings."),),
    page=Page(
        summary="N-pair loss: log(1 + Σ_j e^(a·p_j − a·p)) over the positives of other anchors",
        also_called=("N-pair loss", "multi-class N-pair"),
        curve=FIRST_OF_TWO,
        formula="log(1 + Σ_{j≠i} e^(a_i·p_j − a_i·p_i)) + ¼λ(‖a_i‖² + ‖p_i‖²)",
        use_when=(
            "a batch holds one pair of each of many classes",
            "lengths of embeddings may have a meaning (l2 regularizes them)",
        ),
        avoid_when=(
            "a batch holds several pairs of a class: they would be each other's negatives",
            "only directions matter (use info_nce)",
        ),
        expected={
            "perfect": "0 without l2",
            "chance": "log N for groups of N pairs, all products equal",
            "bad": "> log N",
        },
        references=(
            Reference(
                "Sohn, Improved deep metric learning with multi-class N-pair loss (2016)",
                "https://papers.nips.cc/paper/6200-improved-deep-metric-learning-with-multi-class-n-pair-loss-objective",
            ),
        ),
        examples=(
            Example.of(
                0.2200948492805977,
                "products [[1, 0], [0, 2]]: ½(log(1 + e^(−1)) + log(1 + e^(−2)))",
                anchors=[[1.0, 0.0], [0.0, 1.0]],
                positives=[[1.0, 0.0], [0.0, 2.0]],
            ),
            Example.of(
                0.6575948492805976,
                "the same, and ¼·½·((1 + 1) + (1 + 4)) / 2",
                {"l2": 0.5},
                anchors=[[1.0, 0.0], [0.0, 1.0]],
                positives=[[1.0, 0.0], [0.0, 2.0]],
            ),
        ),
        notes=(
            "TensorFlow's contrib version had l2 = 0.002; the paper also regularizes the lengths",
            SAME_SIZE,
        ),
    ),
)
