"""Hinge penalty of constraints."""

from lossctl.core.domain import NONNEGATIVE, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.pointwise import relu, relu_slope
from lossctl.losses.builders.logic import penalty_loss
from lossctl.losses.builders.shared import CONSTRAINT


def value(predictions: Array, targets: Array, *, penalty_weight: float, margin: float) -> Array:
    """What is missing to lie `margin` below the threshold, times the penalty weight."""
    return penalty_weight * relu(predictions - targets + margin)


def slope(predictions: Array, targets: Array, *, penalty_weight: float, margin: float) -> Array:
    """The penalty weight where less than `margin` is left, 0 at the corner."""
    return penalty_weight * relu_slope(predictions - targets + margin)


HINGE_PENALTY = penalty_loss(
    "hinge_penalty",
    title="Hinge penalty",
    value=value,
    slope=slope,
    unit="a unit of missing margin",
    params=(Param("margin", 1.0, NONNEGATIVE, "How far below the threshold is far enough."),),
    page=Page(
        summary="A linear penalty on constraint values less than a margin below their threshold.",
        curve=CONSTRAINT,
        formula="w·max(c − t + m, 0),  m the margin",
        use_when=("constraints should hold with room to spare, on data not seen too",),
        avoid_when=("touching the threshold is as good as staying away: use linear_penalty",),
        expected={"perfect": "0: every constraint holds by the margin"},
        references=(
            Reference("Cortes & Vapnik, Support-vector networks (1995)", "doi:10.1007/BF00994018"),
        ),
        examples=(
            Example([0.5, -2.0], None, 7.5, {}, "10·((½ + 1) + 0) / 2, thresholds 0, margin 1"),
        ),
        kinks="at c = t − m, where the slope is taken as 0",
    ),
)
