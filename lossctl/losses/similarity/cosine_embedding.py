"""Cosine embedding loss."""

import numpy as np

from lossctl.core.domain import Interval, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.distance.cosine import angle, cosine_minus, cosine_vjp
from lossctl.kernels.numeric.pointwise import relu, relu_slope
from lossctl.losses.builders.embeddings import PAIR, SIDES, SIGNS
from lossctl.losses.builders.records import record_loss


def value(first: Array, second: Array, targets: Array, *, margin: float) -> Array:
    """1 − cos of pairs that belong together, cos beyond the margin of those that do not."""
    pairs = angle(first, second)
    return np.where(targets > 0.0, pairs.one_minus_cosine, relu(cosine_minus(pairs, margin)))


def slopes(first: Array, second: Array, targets: Array, *, margin: float) -> dict[str, Array]:
    """−1 or +1 times the slope of the cosine; 0 within the margin and on its edge."""
    pairs = angle(first, second)
    change = np.where(targets > 0.0, -1.0, relu_slope(cosine_minus(pairs, margin)))
    to_first, to_second = cosine_vjp(pairs, change.astype(first.dtype))
    return {"first": to_first, "second": to_second}


COSINE_EMBEDDING = record_loss(
    "cosine_embedding",
    title="Cosine embedding loss",
    tasks=("embedding",),
    inputs=(*SIDES, SIGNS),
    packs=("first", "second"),
    value=value,
    slopes=slopes,
    params=(
        Param(
            "margin",
            0.0,
            Interval(-1.0, 1.0),
            "Margin: cosine up to which dissimilar pairs have loss 0.",
        ),
    ),
    page=Page(
        summary="Cosine embedding: 1 − cos of similar pairs, max(0, cos − margin) of others",
        curve=PAIR,
        formula="1 − cos(a, b) if y = 1,  max(0, cos(a, b) − m) if y = −1",
        use_when=(
            "pairs are labelled as the same or not, and only directions matter",
            "lengths of embeddings have no meaning (text)",
        ),
        avoid_when=(
            "similarity is graded (use cosine_similarity)",
            "the whole batch can serve as negatives (use multiple_negatives_ranking)",
        ),
        expected={
            "perfect": "0",
            "chance": "the share of similar pairs, for random directions",
            "bad": "> 1",
        },
        references=(
            Reference(
                "PyTorch, CosineEmbeddingLoss",
                "https://docs.pytorch.org/docs/stable/generated/torch.nn.CosineEmbeddingLoss.html",
            ),
        ),
        examples=(
            Example.of(
                0.6,
                "(1 − 0.6 = 0.4 and max(0, 0.8 − 0) = 0.8) / 2",
                first=[[3.0, 4.0], [3.0, 4.0]],
                second=[[2.0, 0.0], [0.0, 1.0]],
                targets=[1.0, -1.0],
            ),
            Example.of(
                0.15,
                "(0.8 − 0.5 = 0.3 and 0: a cosine of 0 is below the margin) / 2",
                {"margin": 0.5},
                first=[[3.0, 4.0], [1.0, 0.0]],
                second=[[0.0, 1.0], [0.0, 2.0]],
                targets=[-1.0, -1.0],
            ),
        ),
        notes=(
            "an embedding of zeros has cosine 0 with everything, and no gradient",
            "PyTorch adds 1e-12 to the squared lengths; here lengths are exact",
        ),
        kinks="cos = margin, where the slope is taken as 0",
    ),
)
