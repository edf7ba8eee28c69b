"""A loss of one's own: the squared log ratio of two amounts."""

import numpy as np

from lossctl.core.domain import POSITIVE, Param
from lossctl.core.loss import Array, Curve, Example, Input, Page, Reference
from lossctl.losses.builders.elementwise import elementwise


def value(predictions: Array, targets: Array, *, scale: float) -> Array:
    """Squared log of the ratio, times the scale."""
    return scale * np.log(predictions / targets) ** 2


def slope(predictions: Array, targets: Array, *, scale: float) -> Array:
    """Derivative with respect to the prediction."""
    return 2.0 * scale * np.log(predictions / targets) / predictions


LOG_RATIO = elementwise(
    "log_ratio",
    title="Squared log ratio",
    tasks=("regression",),
    inputs=(
        Input("predictions", "item", "value", "amounts", POSITIVE, differentiable=True),
        Input("targets", "item", "value", "true amounts", POSITIVE),
    ),
    value=value,
    slope=slope,
    params=(Param("scale", 1.0, POSITIVE, "What the square is multiplied by."),),
    page=Page(
        summary="Squared logarithm of predicted over true amounts.",
        formula="s·log(p / t)²",
        use_when=("twice too much is as bad as half",),
        avoid_when=("amounts may be 0",),
        expected={"perfect": "0"},
        references=(Reference("A definition", "https://example.org/log-ratio"),),
        examples=(Example([1.0, 2.0], [1.0, 2.0], 0.0, {"scale": 3.0}, "log 1 = 0 twice"),),
        curve=Curve("p for a target of 1", 0.1, 3.0, lambda x: ([x], [1.0])),
    ),
)
