"""Multiple negatives ranking loss."""

import numpy as np

from lossctl.core.domain import POSITIVE, Param
from lossctl.core.loss import Array, Example, Input, Page, Reference
from lossctl.kernels.distance.contrastive import paired_nll, paired_nll_vjp
from lossctl.losses.builders.embeddings import FIRST_OF_TWO, SAME_SIZE, SIMILARITY, embedding
from lossctl.losses.builders.records import batch_loss


def _candidates(positives: Array, negatives: Array | None) -> Array:
    return positives if negatives is None else np.concatenate([positives, negatives])


def value(
    anchors: Array,
    positives: Array,
    negatives: Array | None,
    *,
    scale: float,
    similarity: str,
) -> Array:
    """−log softmax of every anchor's positive among all positives and hard negatives."""
    answers = _candidates(positives, negatives)
    return paired_nll(anchors, answers, scale=scale, similarity=similarity)


def vjp(
    anchors: Array,
    positives: Array,
    negatives: Array | None,
    *,
    slope: float | Array,
    scale: float,
    similarity: str,
) -> dict[str, Array]:
    """Softmax of the scores less the own positive, through all sides and their lengths."""
    answers = _candidates(positives, negatives)
    to_anchors, to_answers = paired_nll_vjp(
        anchors, answers, slope=slope, scale=scale, similarity=similarity
    )
    gradients = {"anchors": to_anchors, "positives": to_answers[: len(positives)]}
    return (
        gradients if negatives is None else {**gradients, "negatives": to_answers[len(positives) :]}
    )


MULTIPLE_NEGATIVES_RANKING = batch_loss(
    "multiple_negatives_ranking",
    title="Multiple negatives ranking loss",
    tasks=("embedding", "ranking"),
    inputs=(
        embedding("anchors", "embeddings of the anchors (questions)"),
        embedding("positives", "embeddings of their positives (answers)"),
        Input(
            "negatives",
            "item feature",
            "embedding",
            "embeddings of one hard negative for each anchor, if there are any",
            differentiable=True,
            optional=True,
        ),
    ),
    value=value,
    vjp=vjp,
    params=(
        Param(
            "scale",
            20.0,
            POSITIVE,
            "Multiplies the similarities before the softmax (inverse temperature).",
        ),
        SIMILARITY,
    ),
    page=Page(
        summary="In-batch negatives (MNR): −log softmax of scale·cos at the anchor's positive",
        also_called=("in-batch negatives", "batch softmax"),
        curve=FIRST_OF_TWO,
        formula="−log(e^(κ·s_ii) / Σ_j e^(κ·s_ij)),  s_ij = cos(anchor i, candidate j): "
        "positives, then hard negatives",
        use_when=(
            "only positive pairs are known: questions and answers, or paraphrases",
            "sentence embeddings are learnt for retrieval",
        ),
        avoid_when=(
            "similarity is graded (use cosine_similarity)",
            "many positives of the batch also fit other anchors",
        ),
        expected={
            "perfect": "0",
            "chance": "log N for groups of N pairs, log 2N with hard negatives",
            "bad": "> log N",
        },
        references=(
            Reference("Henderson et al., Efficient natural language response", "arXiv:1705.00652"),
            Reference("Reimers & Gurevych, Sentence-BERT (2019)", "arXiv:1908.10084"),
        ),
        examples=(
            Example.of(
                0.3132616875182228,
                "own cosine 1, the other 0: log(1 + e^(−1))",
                {"scale": 1.0},
                anchors=[[1.0, 0.0], [0.0, 2.0]],
                positives=[[3.0, 0.0], [0.0, 1.0]],
            ),
            Example.of(
                0.6931471805599453,
                "one anchor, and a hard negative as near as its positive: log 2",
                anchors=[[1.0, 0.0]],
                positives=[[3.0, 0.0]],
                negatives=[[2.0, 0.0]],
            ),
        ),
        notes=(
            "info_nce with temperature 1/scale, and hard negatives if they are given",
            SAME_SIZE,
        ),
    ),
)
