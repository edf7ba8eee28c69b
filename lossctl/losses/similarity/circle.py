"""Circle loss."""

import numpy as np

from lossctl.core.domain import POSITIVE, Interval, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.distance.contrastive import LabelMasks, log_sum, losses_vjp, weighted_losses_of
from lossctl.kernels.numeric.pointwise import relu
from lossctl.kernels.probability.logistic import sigmoid, softplus
from lossctl.losses.builders.embeddings import CLUSTERS, LABELLED
from lossctl.losses.builders.records import batch_loss


def _logits(cosines: Array, margin: float, gamma: float) -> tuple[Array, Array]:
    """Return the exponents of positives and of negatives, weighed by how far each has to go."""
    near = -gamma * relu((1.0 + margin) - cosines) * (cosines - (1.0 - margin))
    far = gamma * relu(cosines + margin) * (cosines - margin)
    return near, far


def value(embeddings: Array, labels: Array, *, margin: float, gamma: float) -> dict[str, Array]:
    """Softplus of both log-sums; anchors without a positive or a negative have weight 0."""

    def row_loss(cosines: Array, masks: LabelMasks) -> Array:
        near, far = _logits(cosines, margin, gamma)
        has_both = masks.same.any(axis=1) & masks.different.any(axis=1)
        both = log_sum(near, masks.same)[0] + log_sum(far, masks.different)[0]
        return np.stack([np.where(has_both, softplus(both), 0.0), has_both], axis=1)

    return weighted_losses_of(embeddings, labels, row_loss)


def vjp(
    embeddings: Array, labels: Array, *, slope: float | Array, margin: float, gamma: float
) -> dict[str, Array]:
    """Through both exponents, their weights included: −2γ(1 − s) and 2γs."""

    def row_loss(cosines: Array, masks: LabelMasks) -> Array:
        near, far = _logits(cosines, margin, gamma)
        near_sum, near_share = log_sum(near, masks.same)
        far_sum, far_share = log_sum(far, masks.different)
        near_slope = np.where(cosines < 1.0 + margin, (-2.0 * gamma) * (1.0 - cosines), 0.0)
        far_slope = np.where(cosines > -margin, (2.0 * gamma) * cosines, 0.0)
        active = sigmoid(near_sum + far_sum)[:, None]
        change: Array = active * (near_share * near_slope + far_share * far_slope)
        return change

    return losses_vjp(embeddings, labels, row_loss, slope=slope)


CIRCLE = batch_loss(
    "circle",
    title="Circle loss",
    tasks=("embedding",),
    inputs=LABELLED,
    value=value,
    vjp=vjp,
    params=(
        Param(
            "margin",
            0.25,
            Interval(0.0, 1.0, "left"),
            "Margin m: positives should be above 1 − m, negatives below m.",
        ),
        Param("gamma", 256.0, POSITIVE, "Scale of the exponents."),
    ),
    page=Page(
        summary="Circle loss: log(1 + Σ_n e^(γ[s_n+m]₊(s_n−m)) · Σ_p e^(−γ[1+m−s_p]₊(s_p−1+m)))",
        curve=CLUSTERS,
        formula="log(1 + Σ_n e^(γ[s_n + m]₊(s_n − m)) · Σ_p e^(−γ[1 + m − s_p]₊(s_p − 1 + m)))",
        use_when=(
            "embeddings are learnt from labels, and pairs differ much in difficulty",
            "one loss should handle class labels and pairs alike",
        ),
        avoid_when=(
            "batches seldom hold two items of a label",
            "classes are few and fixed (use arcface or cross_entropy)",
        ),
        expected={
            "perfect": "0: positives beyond 1 − m, negatives below m",
            "bad": "tens: γ times the square of the error",
        },
        references=(Reference("Sun et al., Circle loss (2020)", "arXiv:2002.10857"),),
        examples=(
            Example.of(
                0.6931471805599453,
                "γ = 1, m = 0: anchors 0 and 1 have cosine 1 to each other (exponent 0) and 0 to "
                "the third (0): log(1 + 1·1)",
                {"gamma": 1.0, "margin": 0.0},
                embeddings=[[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]],
                labels=[3, 3, 8],
            ),
            Example.of(
                6.129108908829851,
                "γ = 8, m = ½, every anchor: one positive with cosine 0, exponent 6; negatives "
                "with −1 and 0, exponents 0 and −2: log(1 + e^6·(1 + e^(−2)))",
                {"gamma": 8.0, "margin": 0.5},
                embeddings=[[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]],
                labels=[0, 0, 1, 1],
            ),
        ),
        notes=(
            (
                "the gradient is that of the value; the authors' code treats the weights [·]₊ as "
                "constants"
            ),
            "anchors without a positive or without a negative do not count",
            "the paper takes γ = 256, m = 0.25 for faces and γ = 80, m = 0.4 for retrieval",
        ),
        kinks="s = −m, where the slope is taken as 0",
    ),
)
