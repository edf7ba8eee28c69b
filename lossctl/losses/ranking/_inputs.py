"""What ranking losses read, how steep pairs are, and the curve they are drawn along."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lossctl.core.curves import Curve
from lossctl.core.domain import NONNEGATIVE, POSITIVE
from lossctl.core.loss import Array, Input
from lossctl.core.param import Param

SCORES = Input(
    "predictions",
    "item",
    "score",
    "scores of the items: the higher, the nearer to the top of their list",
    differentiable=True,
)
RELEVANCE = Input("targets", "item", "value", "relevance of the items: grades, clicks, any numbers")
GRADES = Input("targets", "item", "value", "relevance of the items: 0, 1, 2, …", NONNEGATIVE)
SIGMA = Param("sigma", 1.0, POSITIVE, "Steepness: how much a lead of 1 says.")
MARGIN = Curve(
    "lead of the relevant item over the other", -5.0, 5.0, lambda x: ([x, 0.0], [1.0, 0.0])
)


def graded(rng: np.random.Generator, items: int, _: Mapping[str, Any]) -> tuple[Array, Array]:
    """Draw scores, and grades of which some tie."""
    return rng.normal(scale=2.0, size=items), rng.integers(0, 5, size=items).astype(np.float64)
