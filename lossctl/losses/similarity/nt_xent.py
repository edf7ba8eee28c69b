"""NT-Xent."""

import numpy as np

from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.distance.contrastive import (
    key_nll,
    key_nll_vjp,
    rows_to_compare,
    rows_to_compare_vjp,
    score_bound,
    slope_per_item,
)
from lossctl.losses.builders.embeddings import (
    FIRST_OF_TWO,
    SAME_SIZE,
    SIMILARITY,
    VIEWS,
    temperature_of,
)
from lossctl.losses.builders.records import batch_loss


def partners(count: int) -> tuple[Array, Array]:
    """Return where the other view of each of 2n views stands, and where it stands itself."""
    true_keys = np.arange(2 * count)
    return (true_keys + count) % max(2 * count, 1), true_keys


def value(first: Array, second: Array, *, temperature: float, similarity: str) -> Array:
    """Mean over both views of −log softmax of the other one, among all views but itself."""
    views = rows_to_compare(np.concatenate([first, second]), similarity).rows
    true_keys, excluded = partners(len(first))
    scale = 1.0 / temperature
    bound = score_bound(scale, similarity)
    losses = key_nll(views, views, true_keys, scale=scale, bound=bound, excluded=excluded)
    return 0.5 * (losses[: len(first)] + losses[len(first) :])


def vjp(
    first: Array, second: Array, *, slope: float | Array, temperature: float, similarity: str
) -> dict[str, Array]:
    """Every view is both a query and a key: the sum of both gradients."""
    count = len(first)
    views = rows_to_compare(np.concatenate([first, second]), similarity)
    true_keys, excluded = partners(count)
    half = 0.5 * slope_per_item(slope, count, first)
    scale = 1.0 / temperature
    to_queries, to_keys = key_nll_vjp(
        views.rows,
        views.rows,
        true_keys,
        slope=np.concatenate([half, half]),
        scale=scale,
        bound=score_bound(scale, similarity),
        excluded=excluded,
    )
    gradient = rows_to_compare_vjp(views, to_queries + to_keys, similarity)
    return {"first": gradient[:count], "second": gradient[count:]}


NT_XENT = batch_loss(
    "nt_xent",
    title="NT-Xent",
    tasks=("embedding",),
    inputs=VIEWS,
    value=value,
    vjp=vjp,
    params=(temperature_of(0.5), SIMILARITY),
    page=Page(
        summary="NT-Xent (SimCLR): −log softmax of cos/τ at the other view, among 2N − 1 views",
        also_called=("SimCLR loss", "normalized temperature-scaled cross-entropy"),
        curve=FIRST_OF_TWO,
        formula="½(ℓ(a_i, b_i) + ℓ(b_i, a_i)),  ℓ(x, y) = −log(e^(s_xy) / Σ_{z≠x} e^(s_xz)),  "
        "s = cos/τ, z over all 2N views",
        use_when=(
            "representations are learnt from two augmented views of each item (SimCLR)",
            "both views are of one kind: those of the same side are negatives, too",
        ),
        avoid_when=(
            "the sides differ in kind, such as images and texts (use clip)",
            "batches are small: a few hundred negatives are wanted",
        ),
        expected={
            "perfect": "0; about (2N − 2)e^(−1/τ) when others are orthogonal and τ small",
            "chance": "log(2N − 1) for groups of N pairs, all similarities alike",
            "bad": "> log(2N − 1)",
        },
        references=(
            Reference(
                "Chen et al., A simple framework for contrastive learning", "arXiv:2002.05709"
            ),
        ),
        examples=(
            Example.of(
                0.2395447662218846,
                "each view: own cosine 1, two others 0: log(1 + 2e^(−2))",
                first=[[1.0, 0.0], [0.0, 2.0]],
                second=[[3.0, 0.0], [0.0, 1.0]],
            ),
            Example.of(
                1.0986122886681098,
                "all cosines are 1: one of three others, log 3",
                {"temperature": 0.1},
                first=[[1.0, 0.0], [2.0, 0.0]],
                second=[[3.0, 0.0], [1.0, 0.0]],
            ),
        ),
        notes=(
            "a pair is one item; its loss is the mean over its two views",
            SAME_SIZE,
            "a group of one pair has no negatives and loss 0",
        ),
    ),
)
