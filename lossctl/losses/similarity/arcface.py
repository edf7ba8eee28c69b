"""ArcFace loss."""

import math

import numpy as np

from lossctl.core.domain import Interval, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.losses.builders.class_rows import (
    COSINE_MARGIN,
    margin_softmax,
)


def cosine_plus_margin(cosines: Array, margin: float) -> Array:
    """Return cos(θ + m); where θ + m would pass π, cos θ − m·sin m, which keeps falling."""
    held = np.clip(cosines, -1.0, 1.0)
    sines = np.sqrt((1.0 - held) * (1.0 + held))
    inside = held * math.cos(margin) - sines * math.sin(margin)
    return np.where(held > -math.cos(margin), inside, held - margin * math.sin(margin))


def cosine_plus_margin_slope(cosines: Array, margin: float) -> Array:
    """Derivative of :func:`cosine_plus_margin`: cos m + sin m·cot θ; cos m at θ = 0, its pole."""
    held = np.clip(cosines, -1.0, 1.0)
    sines = np.sqrt((1.0 - held) * (1.0 + held))
    along = held / np.where(sines > 0.0, sines, np.inf)
    inside = math.cos(margin) + math.sin(margin) * along
    return np.where(held > -math.cos(margin), inside, 1.0)


ARCFACE = margin_softmax(
    "arcface",
    title="ArcFace loss",
    moved=cosine_plus_margin,
    moved_slope=cosine_plus_margin_slope,
    margin=Param(
        "margin",
        0.5,
        Interval(0.0, math.pi / 2),
        "Angular margin added to the angle of the true class, in radians.",
    ),
    page=Page(
        summary="ArcFace: softmax cross-entropy of s·cos θ, with s·cos(θ + m) for the true class",
        also_called=("additive angular margin",),
        curve=COSINE_MARGIN,
        formula="−log(e^(s·cos(θ_y + m)) / (e^(s·cos(θ_y + m)) + Σ_{j≠y} e^(s·cos θ_j)))",
        use_when=(
            "embeddings of faces or of many other identities are learnt as classes",
            "unseen classes are to be distinguished by cosines",
        ),
        avoid_when=(
            "class probabilities are wanted (use cross_entropy)",
            "labels are noisy: the margin enforces wrong ones too",
        ),
        expected={
            "perfect": "0: the true class exceeds the others by the margin and more",
            "chance": "log C + s·sin m for random directions: 35 at the defaults, 100 classes",
            "bad": "> s",
        },
        references=(Reference("Deng et al., ArcFace (2018)", "arXiv:1801.07698"),),
        examples=(
            Example.of(
                1.1711006659477778,
                "cos(θ + 90°) = −sin θ = −0.8: log(1 + e^0.8)",
                {"margin": math.pi / 2, "scale": 1.0},
                predictions=[[0.6, 0.0]],
                targets=[0],
            ),
            Example.of(
                1.0986122886681098,
                "no margin and all cosines alike: log 3",
                {"margin": 0.0},
                predictions=[[0.5, 0.5, 0.5]],
                targets=[1],
            ),
        ),
        notes=(
            "where θ + m would pass π the cosine less m·sin m is taken, as the authors' code does",
            "cosines beyond ±1 by rounding are clipped",
        ),
        kinks="θ = 0, where the derivative is unbounded and cos m is taken; θ = π − m, the slope 1",
    ),
)
