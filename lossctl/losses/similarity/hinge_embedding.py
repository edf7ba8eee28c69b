"""Hinge embedding loss."""

import numpy as np

from lossctl.core.domain import NONNEGATIVE, Param
from lossctl.core.loss import Array, Curve, Example, Input, Page, Reference
from lossctl.kernels.numeric.pointwise import relu, relu_slope, select
from lossctl.kernels.numeric.primitives import primitive
from lossctl.losses.builders.elementwise import with_total
from lossctl.losses.builders.embeddings import SIGNS
from lossctl.losses.builders.records import record_loss


@primitive
def hinge_embedding_loss(distances: Array, targets: Array, margin: float) -> Array:
    """The distance of pairs that belong together, max(0, margin − distance) of others."""
    return select(targets < 0.0, relu(margin - distances), targets * distances)  # of a NaN, NaN


value, total = with_total(
    hinge_embedding_loss,
    lambda distances, targets, *, margin: (distances, targets, margin),
    of_signs=True,
)


def slopes(distances: Array, targets: Array, *, margin: float) -> dict[str, Array]:
    """+1, or −1 within the margin and 0 beyond it and on its edge."""
    inside = relu_slope(margin - distances)
    return {"distances": targets * np.maximum(targets, inside)}  # 1·1, or −1 times 1 or 0


HINGE_EMBEDDING = record_loss(
    "hinge_embedding",
    title="Hinge embedding loss",
    tasks=("embedding",),
    inputs=(
        Input("distances", "item", "value", "distance of each pair", differentiable=True),
        SIGNS,
    ),
    value=value,
    total=total,
    slopes=slopes,
    params=(
        Param(
            "margin", 1.0, NONNEGATIVE, "Margin: distance from which dissimilar pairs have loss 0."
        ),
    ),
    page=Page(
        summary="Hinge embedding: d of similar pairs, max(0, margin − d) of dissimilar ones",
        curve=Curve("distance of a dissimilar pair", 0.0, 2.0, lambda x: ([x], [-1.0])),
        formula="d if y = 1,  max(0, m − d) if y = −1",
        use_when=(
            "distances of labelled pairs are available, such as L1 distances of embeddings",
            "embeddings are learnt with few labels (semi-supervised)",
        ),
        avoid_when=(
            "a few far similar pairs should count strongly (use contrastive, which squares)",
            "the numbers are scores rather than distances (use hinge)",
        ),
        expected={
            "perfect": "0",
            "collapsed": "the margin times the share of dissimilar pairs, all distances 0",
            "bad": "> the margin",
        },
        references=(
            Reference(
                "PyTorch, HingeEmbeddingLoss",
                "https://docs.pytorch.org/docs/stable/generated/torch.nn.HingeEmbeddingLoss.html",
            ),
        ),
        examples=(
            Example.of(
                0.5625,
                "(½ + (1 − ¼) + 1 + 0) / 4",
                distances=[0.5, 0.25, 1.0, 2.0],
                targets=[1.0, -1.0, 1.0, -1.0],
            ),
        ),
        notes=("distances may be negative: they are not checked",),
        kinks="d = margin, where the slope is taken as 0",
    ),
)
