"""Curves for pages: one number moves along an axis, the loss answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Curve:
    """What to draw: the axis in words, its ends, and the inputs (and kind) at a point on it.

    Inputs are a tuple in declared order, or a mapping by name.
    """

    label: str
    low: float
    high: float
    inputs: Callable[[float], Any]
    kind: str = "auto"


RESIDUAL = Curve("e = p − t", -3.0, 3.0, lambda x: ([x], [0.0]))
PROBABILITY = Curve("p of a positive label", 0.02, 0.98, lambda x: ([x], [1.0]), "probabilities")
LOGIT = Curve("logit z of a positive label", -5.0, 5.0, lambda x: ([x], [1.0]), "logits")
MARGIN = Curve(
    "lead of the true class over one other, in logits",
    -5.0,
    5.0,
    lambda x: ([[x, 0.0]], [0]),
    "logits",
)
OVERLAP = Curve(
    "p on the mask and 1 − p beside it",
    0.0,
    1.0,
    lambda x: ([x, 1.0 - x], [1.0, 0.0]),
    "probabilities",
)
TRUTH = Curve("truth of the rule", 0.0, 1.0, lambda x: ([x],))
CONSTRAINT = Curve("constraint value", -1.0, 1.0, lambda x: ([x],))
