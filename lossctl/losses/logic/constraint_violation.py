"""Constraint violation loss: the quadratic penalty."""

from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.pointwise import relu
from lossctl.losses.builders.logic import CONSTRAINT, penalty_loss


def value(predictions: Array, targets: Array, *, penalty_weight: float) -> Array:
    """Squared excess over the threshold, times the penalty weight."""
    excess = relu(predictions - targets)
    return penalty_weight * excess * excess


def slope(predictions: Array, targets: Array, *, penalty_weight: float) -> Array:
    """Twice the weighted excess."""
    return 2.0 * penalty_weight * relu(predictions - targets)


CONSTRAINT_VIOLATION = penalty_loss(
    "constraint_violation",
    title="Constraint violation loss",
    value=value,
    slope=slope,
    unit="squared violations",
    page=Page(
        summary="w·max(c − threshold, 0)²: quadratic penalty of constraint violations",
        also_called=("penalty method",),
        curve=CONSTRAINT,
        formula="w·max(c − t, 0)²,  c a constraint value",
        use_when=("feasibility matters: physical bounds, budgets, safety limits",),
        avoid_when=(
            "the weight is high from the start: raise it slowly, or training stalls",
            "the metric is the violation rate: it is a count, report it separately",
        ),
        expected={"perfect": "0: no constraint is violated"},
        references=(
            Reference(
                "Nocedal & Wright, Numerical Optimization (2006), ch. 17",
                "doi:10.1007/978-0-387-40065-5",
            ),
        ),
        examples=(Example([1.0, -1.0], None, 5.0, {}, "10·(1² + 0) / 2, thresholds 0"),),
    ),
)
