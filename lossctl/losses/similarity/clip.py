"""CLIP loss."""

import numpy as np

from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.distance.contrastive import paired_nll, paired_nll_vjp
from lossctl.losses.builders.embeddings import FIRST_OF_TWO, SAME_SIZE, embedding, temperature_of
from lossctl.losses.builders.records import batch_loss


def value(first: Array, second: Array, *, temperature: float) -> Array:
    """Mean of −log softmax of the second given the first, and of the first given the second."""
    to_second = paired_nll(first, second, scale=1.0 / temperature, similarity="cosine")
    to_first = paired_nll(second, first, scale=1.0 / temperature, similarity="cosine")
    return 0.5 * (to_second + to_first)


def vjp(
    first: Array, second: Array, *, slope: float | Array, temperature: float
) -> dict[str, Array]:
    """Sum of the gradients of both directions."""
    half = 0.5 * np.asarray(slope, first.dtype)

    def one_way(queries: Array, keys: Array) -> tuple[Array, Array]:
        return paired_nll_vjp(
            queries, keys, slope=half, scale=1.0 / temperature, similarity="cosine"
        )

    to_second, to_first = one_way(first, second), one_way(second, first)
    return {"first": to_second[0] + to_first[1], "second": to_second[1] + to_first[0]}


CLIP = batch_loss(
    "clip",
    title="CLIP loss",
    tasks=("embedding",),
    inputs=(
        embedding("first", "embeddings of one kind, such as images"),
        embedding("second", "embeddings of the other kind, such as texts: row i belongs to row i"),
    ),
    value=value,
    vjp=vjp,
    params=(temperature_of(0.07, "cosines"),),
    page=Page(
        summary="CLIP: symmetric InfoNCE of cos/τ, mean of rows → columns and columns → rows",
        also_called=("image-text contrastive loss", "symmetric InfoNCE"),
        curve=FIRST_OF_TWO,
        formula="½(−log softmax_j(s_ij)_i − log softmax_j(s_ji)_i),  s_ij = cos(a_i, b_j)/τ",
        use_when=(
            "two modalities describe each other: images and texts, sound and text",
            "retrieval works in both directions",
        ),
        avoid_when=(
            "only one direction is needed (use info_nce)",
            "both sides are views of one kind (use nt_xent)",
        ),
        expected={
            "perfect": "0",
            "chance": "log N for groups of N pairs, all cosines alike",
            "bad": "> log N",
        },
        references=(
            Reference("Radford et al., Learning transferable visual models", "arXiv:2103.00020"),
        ),
        examples=(
            Example.of(
                0.753204434039084,
                "cosines [[1, 1], [0, 0]]: rows cost log 2 each, columns log(1 + e^(−1)) and "
                "log(1 + e): ¼(2·log 2 + 1.62652…)",
                {"temperature": 1.0},
                first=[[1.0, 0.0], [0.0, 1.0]],
                second=[[2.0, 0.0], [5.0, 0.0]],
            ),
        ),
        notes=(
            "CLIP learns its temperature from 0.07 on; give the one that was learnt",
            SAME_SIZE,
        ),
    ),
)
