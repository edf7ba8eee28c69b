"""Cosine distance."""

import math

import numpy as np

from lossctl.core.loss import Array, Curve, Example, Page, Reference
from lossctl.kernels.distance.cosine import Angle
from lossctl.losses.builders.embeddings import direction_loss


def value(pairs: Angle) -> Array:
    """1 − cos, where it is small ½‖û − v̂‖² without the subtraction."""
    return pairs.one_minus_cosine


def slopes(pairs: Angle) -> tuple[Array, dict[str, Array]]:
    """Minus the slope of the cosine."""
    return -np.ones_like(pairs.cosine), {}


COSINE_DISTANCE = direction_loss(
    "cosine_distance",
    title="Cosine distance",
    tasks=("embedding",),
    value=value,
    slopes=slopes,
    page=Page(
        summary="Cosine distance 1 − cos(a, b): 0 for the same direction, 2 for opposite ones",
        also_called=("cosine loss", "cosine proximity"),
        curve=Curve(
            "angle in radians",
            0.0,
            3.14,
            lambda x: ([[1.0, 0.0]], [[math.cos(x), math.sin(x)]]),
        ),
        formula="1 − cos(a, b) = ½‖a/‖a‖ − b/‖b‖‖²",
        use_when=(
            "a predicted vector should have the direction of the target, at any length",
            "features of a student should have the direction of a teacher's",
        ),
        avoid_when=(
            "lengths matter (use mse)",
            "nothing prevents the embeddings from collapsing into one direction",
        ),
        expected={
            "perfect": "0",
            "chance": "1 for random directions",
            "bad": "> 1",
        },
        references=(
            Reference("Grill et al., Bootstrap your own latent (2020), eq. 2", "arXiv:2006.07733"),
        ),
        examples=(
            Example.of(
                0.7,
                "(1 − 0.6 and 1 − 0) / 2",
                first=[[3.0, 4.0], [1.0, 0.0]],
                second=[[2.0, 0.0], [0.0, 2.0]],
            ),
            Example.of(
                1.5,
                "(1 for the zeros and 2 for opposite directions) / 2",
                first=[[0.0, 0.0], [1.0, 1.0]],
                second=[[2.0, 0.0], [-3.0, -3.0]],
            ),
        ),
        notes=(
            "precise for nearly equal directions, where 1 − cos loses all digits",
            "Keras' loss is −cos, one less; optax gives 1 − cos",
        ),
        kinks="a vector of zeros, where the slope is taken as 0",
    ),
)
