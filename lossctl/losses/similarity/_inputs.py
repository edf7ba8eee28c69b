"""Inputs and curves that losses of embeddings share."""

import math

from lossctl.core.curves import Curve
from lossctl.core.domain import NONNEGATIVE, Interval
from lossctl.core.loss import Array, Input

LABELS = Input("labels", "item", "class", "whole numbers: what each embedding shows")
SIGNS = Input("targets", "item", "sign", "+1 and -1, or 1 and 0: one for each item")


def embedding(name: str, text: str) -> Input:
    """Declare an input of one embedding an item: (…, D)."""
    return Input(name, "item feature", "embedding", text, differentiable=True)


def distance(name: str, text: str) -> Input:
    """Declare an input of one ready distance an item."""
    return Input(name, "item", "distance", text, NONNEGATIVE, differentiable=True)


def turned(cosine: float) -> list[float]:
    """Return a vector of length one with this cosine to [1, 0]."""
    return [cosine, math.sqrt(max(0.0, 1.0 - cosine * cosine))]


PAIR = Curve(
    "cosine of a pair that belongs together",
    -1.0,
    1.0,
    lambda x: ([[1.0, 0.0]], [turned(x)], [1.0]),
)
FIRST_OF_TWO = Curve(
    "cosine of the first of two pairs",
    -1.0,
    1.0,
    lambda x: ([[1.0, 0.0], [0.0, 1.0]], [turned(x), [0.0, 1.0]]),
)
CLUSTERS = Curve(
    "cosine of the only two of a kind, across from another two",
    -1.0,
    1.0,
    lambda x: ([[1.0, 0.0], turned(x), [0.0, -1.0], [-0.1, -1.0]], [0, 0, 1, 1]),
)

CLASS_COSINES = Input(
    "predictions",
    "item class",
    "cosine",
    "cosines between each embedding and the centre of each class",
    Interval(-1.001, 1.001),  # what rounding leaves; cosines are held within ±1
    differentiable=True,
)
TRUE_CLASSES = Input("targets", "item", "class", "the class of each item, from 0 on")
COSINE_LEAD = Curve(
    "cosine to the true class, 0 to one other", -0.95, 0.95, lambda x: ([[x, 0.0]], [0])
)


def class_faults(predictions: Array, targets: Array, **_: float) -> list[tuple[str, Array, str]]:
    """Report classes that have no column."""
    width = predictions.shape[1]
    missing = (targets < 0) | (targets >= width)
    return [("targets", missing, f"{{where}} is no class from 0 to {width - 1}")]
