"""Inputs, the temperature, curves and notes that losses of embeddings share."""

import math

from lossctl.core.curves import Curve
from lossctl.core.domain import NONNEGATIVE, POSITIVE
from lossctl.core.loss import Input
from lossctl.core.param import Param

LABELS = Input("labels", "item", "class", "whole numbers: what each embedding shows")
SIGNS = Input(
    "targets", "item", "sign", "+1 and -1, or 1 and 0: one for each item", sets_width=False
)


def embedding(name: str, text: str) -> Input:
    """Declare an input of one embedding an item: (…, D)."""
    return Input(name, "item feature", "embedding", text, differentiable=True)


def distance(name: str, text: str) -> Input:
    """Declare an input of one ready distance an item."""
    return Input(name, "item", "distance", text, NONNEGATIVE, differentiable=True)


def temperature_of(default: float, divided: str = "similarities") -> Param:
    """Declare the temperature of a softmax, with its default."""
    return Param("temperature", default, POSITIVE, f"Divides the {divided} before the softmax.")


def turned(cosine: float) -> list[float]:
    """Return a vector of length one with this cosine to [1, 0]."""
    return [cosine, math.sqrt(max(0.0, 1.0 - cosine * cosine))]


SIDES = (
    embedding("first", "embeddings of one side of each pair"),
    embedding("second", "embeddings of the other side"),
)
VIEWS = (
    embedding("first", "embeddings of one view of each item"),
    embedding("second", "embeddings of the other view"),
)
LABELLED = (embedding("embeddings", "one embedding an item"), LABELS)
SAME_SIZE = "the value depends on the batch: compare values at the same group size only"
ONE_NUMBER = "one number for a batch; the mean over batches weighs them alike"

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
