"""Smooth L1 loss."""

import numpy as np

from lossctl.core.domain import NONNEGATIVE, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.residual_costs import huber, huber_total
from lossctl.losses.builders.elementwise import REGRESSION, RESIDUAL, elementwise


def value(predictions: Array, targets: Array, *, beta: float) -> Array:
    """Half the squared residual over `beta` up to `beta`, absolute residual less β/2 beyond."""
    if beta == 1.0:
        return huber(predictions, targets, beta)
    residual = predictions - targets
    if beta == 0.0:
        return np.abs(residual)
    inner = np.clip(residual, -beta, beta)
    residual -= 0.5 * inner
    inner /= beta
    residual *= inner
    return residual


def total(predictions: Array, targets: Array, *, beta: float) -> float | None:
    """Sum of :func:`value` for the usual `beta`."""
    return huber_total(predictions, targets, beta) if beta == 1.0 else None


def slope(predictions: Array, targets: Array, *, beta: float) -> Array:
    """Residual over `beta`, held within ±1."""
    residual = predictions - targets
    if beta == 0.0:
        return np.sign(residual)
    np.clip(residual, -beta, beta, out=residual)
    if beta != 1.0:
        residual /= beta
    return residual


SMOOTH_L1 = elementwise(
    "smooth_l1",
    title="Smooth L1 loss",
    tasks=("regression", "detection"),
    inputs=REGRESSION,
    value=value,
    total=total,
    slope=slope,
    has_slopes=True,
    params=(
        Param(
            "beta",
            1.0,
            NONNEGATIVE,
            "Threshold β: |residual| at which the loss turns linear; 0 is mae.",
        ),
    ),
    context="convex",
    page=Page(
        summary="Smooth L1: ½e²/β for |e| < β, else |e| − ½β; the Huber loss divided by β",
        also_called=("Fast R-CNN box loss",),
        curve=RESIDUAL,
        formula="½e²/β if |e| < β, else |e| − ½β,  e = p − t",
        use_when=("box coordinates are regressed", "mae is wanted, but differentiable at 0"),
        avoid_when=("huber is meant: the two differ by the factor beta",),
        expected={"perfect": "0", "chance": "a little under mae at the median"},
        references=(Reference("Girshick, Fast R-CNN (2015)", "arXiv:1504.08083"),),
        examples=(Example([1.0, 3.0], [0.0, 0.0], 1.125, {"beta": 2.0}, "(½·1/2 + (3 − 1)) / 2"),),
        kinks="e = 0 when beta is 0, where the slope 0 is chosen",
    ),
)
