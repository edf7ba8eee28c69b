"""Log-barrier penalty of constraints."""

import numpy as np

from lossctl.core.domain import POSITIVE, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.primitives import log
from lossctl.losses.builders.logic import CONSTRAINT, penalty_loss


def value(predictions: Array, targets: Array, *, penalty_weight: float, sharpness: float) -> Array:
    """−log(−g)/s up to g = −1/s², and from there on the tangent, which goes on for ever."""
    g = predictions - targets
    edge = -1.0 / sharpness / sharpness
    inside = -log(-np.minimum(g, edge)) / sharpness
    tangent = sharpness * (np.maximum(g, edge) - edge)
    return penalty_weight * (inside + tangent)


def slope(predictions: Array, targets: Array, *, penalty_weight: float, sharpness: float) -> Array:
    """1/(−g·s) up to the edge, and s from there on."""
    g = predictions - targets
    edge = -1.0 / sharpness / sharpness
    return penalty_weight * (-1.0 / (sharpness * np.minimum(g, edge)))


LOG_BARRIER = penalty_loss(
    "log_barrier",
    title="Log-barrier penalty",
    value=value,
    slope=slope,
    unit="the barrier",
    params=(
        Param("sharpness", 5.0, POSITIVE, "Sharpness s; larger is closer to a hard constraint."),
    ),
    page=Page(
        summary="−log(threshold − c)/s: logarithmic barrier, extended by its tangent",
        also_called=("interior-point method",),
        curve=CONSTRAINT,
        formula="w·(−log(−g)/s for g ≤ −1/s², else s·g + 1/s − log(1/s²)/s),  g = c − t",
        use_when=(
            "values must stay inside and may start outside: the extension is finite everywhere",
            "the constraint is tightened step by step, by raising s",
        ),
        avoid_when=("0 should mean that nothing is violated: far inside the value is negative",),
        expected={"perfect": "unbounded below: −log(−g)/s decreases further, slowly, as g does"},
        references=(
            Reference("Kervadec et al., Log-barrier extensions (2019)", "arXiv:1904.04205"),
        ),
        examples=(
            Example(
                [-1.0, 0.96],
                None,
                25.0 + 3.2188758248682006,
                {},
                "10·(0 + (5·0.96 + 1/5 + log(25)/5)) / 2 = 25 + log 25, thresholds 0",
            ),
        ),
    ),
)
