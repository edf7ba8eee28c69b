"""InfoNCE."""

from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.distance.contrastive import paired_nll, paired_nll_vjp
from lossctl.losses.builders.embeddings import (
    FIRST_OF_TWO,
    SAME_SIZE,
    SIMILARITY,
    embedding,
    temperature_of,
)
from lossctl.losses.builders.records import batch_loss


def value(queries: Array, keys: Array, *, temperature: float, similarity: str) -> Array:
    """−log softmax of every query's own key among all keys of the group."""
    return paired_nll(queries, keys, scale=1.0 / temperature, similarity=similarity)


def vjp(
    queries: Array, keys: Array, *, slope: float | Array, temperature: float, similarity: str
) -> dict[str, Array]:
    """Softmax of the scores less the own key, through both sides and their lengths."""
    to_queries, to_keys = paired_nll_vjp(
        queries, keys, slope=slope, scale=1.0 / temperature, similarity=similarity
    )
    return {"queries": to_queries, "keys": to_keys}


INFO_NCE = batch_loss(
    "info_nce",
    title="InfoNCE",
    tasks=("embedding",),
    inputs=(
        embedding("queries", "embeddings of the queries"),
        embedding("keys", "embeddings of the keys: row i belongs to query i"),
    ),
    value=value,
    vjp=vjp,
    params=(temperature_of(0.07), SIMILARITY),
    page=Page(
        summary="InfoNCE: −log softmax of cos(query, key)/τ at the matching key of the batch",
        also_called=(
            "contrastive predictive coding",
            "CPC loss",
            "noise contrastive estimation",
            "MoCo loss",
        ),
        curve=FIRST_OF_TWO,
        formula="−log(e^(s_ii/τ) / Σ_j e^(s_ij/τ)),  s_ij = cos(query i, key j)",
        use_when=(
            "pairs are given and everything else in the batch counts as a negative",
            "representations are learnt without labels, from two views or two modalities",
        ),
        avoid_when=(
            "the batch holds many pairs that mean the same (use supervised_contrastive)",
            "the batch is tiny: few negatives give little to learn from",
        ),
        expected={
            "perfect": "near 0: log(1 + (N − 1)e^(−1/τ)) when all others are orthogonal",
            "chance": "log N for groups of N pairs, all similarities alike",
            "bad": "> log N",
        },
        references=(
            Reference(
                "van den Oord, Li & Vinyals, Contrastive predictive coding", "arXiv:1807.03748"
            ),
            Reference("He et al., Momentum contrast (2019): temperature 0.07", "arXiv:1911.05722"),
        ),
        examples=(
            Example.of(
                0.3132616875182228,
                "both rows: own cosine 1, the other 0: log(1 + e^(−1))",
                {"temperature": 1.0},
                queries=[[1.0, 0.0], [0.0, 2.0]],
                keys=[[3.0, 0.0], [0.0, 1.0]],
            ),
            Example.of(
                0.6931471805599453,
                "all cosines are 1, so both keys are equally likely: log 2",
                queries=[[1.0, 0.0], [2.0, 0.0]],
                keys=[[3.0, 0.0], [1.0, 0.0]],
            ),
        ),
        notes=(
            SAME_SIZE,
            "one direction, queries to keys; clip is the mean of both",
            "an embedding of zeros has cosine 0 with everything, and no gradient",
        ),
    ),
)
