"""Supervised contrastive loss."""

import numpy as np

from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.distance.contrastive import LabelMasks, losses_vjp, weighted_losses_of
from lossctl.kernels.numeric.primitives import exp, log1p
from lossctl.losses.builders.embeddings import CLUSTERS, LABELS, embedding, temperature_of
from lossctl.losses.builders.records import batch_loss


def _shifted_softmax(scores: Array, masks: LabelMasks) -> tuple[Array, Array, Array, Array]:
    """Return e^(s − top), the place of the top, the sum of the others and top − s, without self."""
    rows = np.arange(len(scores))
    scores[rows, masks.itself] = -np.inf
    best = scores.argmax(axis=1)
    gaps = scores[rows, best][:, None] - scores
    powers = exp(-gaps)
    powers[rows, best] = 0.0
    return powers, best, powers.sum(axis=1), gaps


def _row_loss(scores: Array, masks: LabelMasks) -> Array:
    """Mean over the positives of (top − s) + log(1 + Σ of the others): nothing cancels."""
    _, _, rest, gaps = _shifted_softmax(scores, masks)
    count = masks.same.sum(axis=1)
    mean = np.where(masks.same, gaps, 0.0).sum(axis=1) / np.maximum(count, 1)
    losses = np.where(count > 0, mean + log1p(rest), 0.0)
    return np.stack([losses, count > 0], axis=1)


def _slope(scores: Array, masks: LabelMasks) -> Array:
    """Softmax of the others, less an equal share for every positive."""
    powers, best, rest, _ = _shifted_softmax(scores, masks)
    rows, count = np.arange(len(scores)), masks.same.sum(axis=1)
    share = powers / (1.0 + rest)[:, None]
    share[rows, best] = 1.0 / (1.0 + rest)
    change = share - masks.same / np.maximum(count, 1)[:, None]
    alone = (count == 1) & masks.same[rows, best]  # p − 1, where p is near 1
    change[rows[alone], best[alone]] = -(rest / (1.0 + rest))[alone]
    return np.where(count[:, None] > 0, change, 0.0).astype(scores.dtype)


def value(embeddings: Array, labels: Array, *, temperature: float) -> dict[str, Array]:
    """Mean nll of the positives of every anchor; anchors without one have weight 0."""
    return weighted_losses_of(embeddings, labels, _row_loss, scale=1.0 / temperature)


def vjp(
    embeddings: Array, labels: Array, *, slope: float | Array, temperature: float
) -> dict[str, Array]:
    """Every embedding is both an anchor and one of the others: the sum of both gradients."""
    return losses_vjp(embeddings, labels, _slope, slope=slope, scale=1.0 / temperature)


SUPERVISED_CONTRASTIVE = batch_loss(
    "supervised_contrastive",
    title="Supervised contrastive loss",
    tasks=("embedding", "multiclass"),
    inputs=(embedding("embeddings", "one embedding per item (or per view)"), LABELS),
    value=value,
    vjp=vjp,
    params=(temperature_of(0.1, "cosines"),),
    page=Page(
        summary="Supervised contrastive (SupCon): mean −log softmax of cos/τ at same-label items",
        curve=CLUSTERS,
        formula="−(1/|P_i|) Σ_{p∈P_i} log(e^(s_ip) / Σ_{a≠i} e^(s_ia)),  s = cos/τ, "
        "P_i: the others with the label of i",
        use_when=(
            "classes are known and embeddings of one class should form a cluster",
            "a classifier is to be pretrained so that it is robust to noise",
        ),
        avoid_when=(
            "most items have no other item of their label in the batch",
            "class probabilities are wanted at once (use cross_entropy)",
        ),
        expected={
            "perfect": "log |P| when positives coincide and all others are far: 0 for one positive",
            "chance": "log(N − 1) for groups of N items, all cosines alike",
            "bad": "> log(N − 1)",
        },
        references=(
            Reference("Khosla et al., Supervised contrastive learning (2020)", "arXiv:2004.11362"),
        ),
        examples=(
            Example.of(
                0.3132616875182228,
                "the first two count: cosine 1 to each other and 0 to the third, log(1 + e^(−1))",
                {"temperature": 1.0},
                embeddings=[[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]],
                labels=[3, 3, 8],
            ),
        ),
        notes=(
            "several views of one item are items of the same label",
            "items without another of their label do not count, but serve as negatives",
            "the authors' code multiplies by temperature/base_temperature, which is 1 by default",
            "the sum over positives stands outside the log (L_out)",
        ),
    ),
)
