"""Multi-similarity loss."""

from lossctl.core.domain import POSITIVE, Interval, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.distance.contrastive import LabelMasks, log_one_plus_sum, losses_of, losses_vjp
from lossctl.losses.builders.embeddings import CLUSTERS, LABELLED
from lossctl.losses.builders.records import batch_loss


def value(embeddings: Array, labels: Array, *, alpha: float, beta: float, base: float) -> Array:
    """Soft maxima of base − cosine of the positives and of cosine − base of the negatives."""

    def row_loss(cosines: Array, masks: LabelMasks) -> Array:
        near, _ = log_one_plus_sum(-alpha * (cosines - base), masks.same)
        far, _ = log_one_plus_sum(beta * (cosines - base), masks.different)
        losses: Array = near / alpha + far / beta
        return losses

    return losses_of(embeddings, labels, row_loss)


def vjp(
    embeddings: Array,
    labels: Array,
    *,
    slope: float | Array,
    alpha: float,
    beta: float,
    base: float,
) -> dict[str, Array]:
    """Shares of the negatives less shares of the positives."""

    def row_loss(cosines: Array, masks: LabelMasks) -> Array:
        _, near = log_one_plus_sum(-alpha * (cosines - base), masks.same)
        _, far = log_one_plus_sum(beta * (cosines - base), masks.different)
        return far - near

    return losses_vjp(embeddings, labels, row_loss, slope=slope)


MULTI_SIMILARITY = batch_loss(
    "multi_similarity",
    title="Multi-similarity loss",
    tasks=("embedding",),
    inputs=LABELLED,
    value=value,
    vjp=vjp,
    params=(
        Param("alpha", 2.0, POSITIVE, "Sharpness of the soft maximum over positives."),
        Param("beta", 50.0, POSITIVE, "Sharpness of the soft maximum over negatives."),
        Param("base", 0.5, Interval(-1.0, 1.0), "Cosine that separates positives from negatives."),
    ),
    page=Page(
        summary="Multi-similarity: soft max of λ − cos over positives + cos − λ over negatives",
        also_called=("MS loss",),
        curve=CLUSTERS,
        formula="(1/α)·log(1 + Σ_p e^(−α(s_p − λ))) + (1/β)·log(1 + Σ_n e^(β(s_n − λ)))",
        use_when=(
            "embeddings are learnt from labels for retrieval",
            "hard pairs should count more without being mined first",
        ),
        avoid_when=(
            "batches seldom hold two items of a label",
            "labels are noisy: the hardest pairs are then often mislabelled ones",
        ),
        expected={
            "perfect": "near (1/α)·log(1 + |P|e^(−α(1 − λ))): 0.16 at the defaults, one positive",
            "bad": "> 1",
        },
        references=(
            Reference(
                "Wang et al., Multi-similarity loss with general pair weighting", "arXiv:1904.06627"
            ),
        ),
        examples=(
            Example.of(
                1.0371433416081486,
                "(twice log(1 + e^(−1)) + log 2, and log 3 for the one without a positive) / 3",
                {"alpha": 1.0, "beta": 1.0, "base": 0.0},
                embeddings=[[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]],
                labels=[3, 3, 8],
            ),
        ),
        notes=(
            "all pairs count: the mining of the paper (ε = 0.1) is left out",
            "items without a positive, or without a negative, only have the other part",
        ),
    ),
)
