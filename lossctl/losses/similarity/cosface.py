"""CosFace loss."""

import numpy as np

from lossctl.core.domain import NONNEGATIVE, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.losses.builders.class_rows import COSINE_MARGIN, margin_softmax


def moved(cosines: Array, margin: float) -> Array:
    """The cosines, less the margin."""
    return cosines - margin


def moved_slope(cosines: Array, _: float) -> Array:
    """1: the margin is a constant."""
    return np.ones_like(cosines)


COSFACE = margin_softmax(
    "cosface",
    title="CosFace loss",
    moved=moved,
    moved_slope=moved_slope,
    margin=Param(
        "margin", 0.35, NONNEGATIVE, "Margin subtracted from the cosine of the true class."
    ),
    page=Page(
        summary="CosFace (AM-softmax): cross-entropy of s·cos θ, s·(cos θ − m) for the true class",
        also_called=("large margin cosine loss", "AM-softmax", "additive margin softmax"),
        curve=COSINE_MARGIN,
        formula="−log(e^(s(cos θ_y − m)) / (e^(s(cos θ_y − m)) + Σ_{j≠y} e^(s·cos θ_j)))",
        use_when=(
            "embeddings of faces or of many other identities are learnt as classes",
            "arcface is unstable early in training",
        ),
        avoid_when=(
            "class probabilities are wanted (use cross_entropy)",
            "labels are noisy: the margin enforces wrong ones too",
        ),
        expected={
            "perfect": "0: the true class exceeds the others by the margin and more",
            "chance": "log C + s·m for random directions: 27 at the defaults, 100 classes",
            "bad": "> s",
        },
        references=(
            Reference("Wang et al., CosFace (2018)", "arXiv:1801.09414"),
            Reference("Wang et al., Additive margin softmax (2018)", "arXiv:1801.05599"),
        ),
        examples=(
            Example.of(
                0.6931471805599453,
                "0.75 − 0.25 equals the other cosine: log 2",
                {"margin": 0.25},
                predictions=[[0.75, 0.5]],
                targets=[0],
            ),
            Example.of(
                0.8132616875182228,
                "½(log(1 + e) + log(1 + e^(−1)))",
                {"margin": 0.5, "scale": 2.0},
                predictions=[[0.5, 0.5], [1.0, 0.0]],
                targets=[1, 0],
            ),
        ),
        notes=("cosines are given: of the embeddings and the rows of the last layer",),
    ),
)
