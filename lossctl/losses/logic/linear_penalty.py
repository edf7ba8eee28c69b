"""Linear penalty of constraints."""

from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.pointwise import relu, relu_slope
from lossctl.losses.builders.logic import CONSTRAINT, penalty_loss


def value(predictions: Array, targets: Array, *, penalty_weight: float) -> Array:
    """The excess over the threshold, times the penalty weight."""
    return penalty_weight * relu(predictions - targets)


def slope(predictions: Array, targets: Array, *, penalty_weight: float) -> Array:
    """The penalty weight above the threshold, 0 at the threshold."""
    return penalty_weight * relu_slope(predictions - targets)


LINEAR_PENALTY = penalty_loss(
    "linear_penalty",
    title="Linear penalty",
    value=value,
    slope=slope,
    unit="violations",
    page=Page(
        summary="w·max(c − threshold, 0): linear (exact, L1) penalty of constraint violations",
        also_called=("exact penalty", "L1 penalty"),
        curve=CONSTRAINT,
        formula="w·max(c − t, 0),  c a constraint value",
        use_when=(
            "constraints must hold at the optimum: above a finite weight the penalty is exact",
            "a few large violations should not dominate, as their squares do",
        ),
        avoid_when=("a smooth loss is needed: the gradient jumps at the threshold",),
        expected={"perfect": "0: no constraint is violated"},
        references=(
            Reference(
                "Nocedal & Wright, Numerical Optimization (2006), ch. 17.2",
                "doi:10.1007/978-0-387-40065-5",
            ),
        ),
        examples=(Example([1.0, -1.0], None, 5.0, {}, "10·(1 + 0) / 2, thresholds 0"),),
        kinks="at c = t, where the slope is taken as 0",
    ),
)
