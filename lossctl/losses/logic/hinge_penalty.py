"""Hinge penalty of constraints."""

from lossctl.core.domain import NONNEGATIVE, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.pointwise import relu, relu_slope
from lossctl.losses.builders.logic import CONSTRAINT, penalty_loss


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
    unit="the hinges",
    params=(
        Param(
            "margin",
            1.0,
            NONNEGATIVE,
            "Margin: distance below the threshold from which the penalty is 0.",
        ),
    ),
    page=Page(
        summary="w·max(c − threshold + margin, 0): hinge penalty of constraint values",
        curve=CONSTRAINT,
        formula="w·max(c − t + m, 0),  m the margin",
        use_when=("constraints should hold by a margin, on unseen data too",),
        avoid_when=("reaching the threshold is enough: use linear_penalty",),
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
