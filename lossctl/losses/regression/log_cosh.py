"""Log-cosh loss."""

import numpy as np

from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.pointwise import capped
from lossctl.kernels.numeric.primitives import log1p, primitive, tanh
from lossctl.losses.builders.elementwise import REGRESSION, RESIDUAL, elementwise

FAR = 40.0
"""Beyond, log cosh e is |e| − log 2 to the last bit."""


def value(predictions: Array, targets: Array) -> Array:
    """Log-cosh of the residual."""
    return log_cosh(predictions - targets)


@primitive
def log_cosh(residual: Array) -> Array:
    """log1p(2·sinh²(e/2)) near zero, one more for each unit beyond `FAR`; uses up the residual."""
    size = np.abs(residual, out=residual)
    if size.max(initial=0.0) <= FAR:
        return near(size)
    inner = capped(size, FAR)
    size -= inner
    size += near(inner)
    return size


def near(size: Array) -> Array:
    """Return log1p(2·sinh²(e/2)) in the memory of |e|, which is used up."""
    size *= 0.5
    np.sinh(size, out=size)
    size *= size
    size *= 2.0
    return log1p(size, out=size)


def slope(predictions: Array, targets: Array) -> Array:
    """Hyperbolic tangent of the residual."""
    residual = predictions - targets
    return tanh(residual, out=residual)


LOG_COSH = elementwise(
    "log_cosh",
    title="Log-cosh loss",
    tasks=("regression",),
    inputs=REGRESSION,
    value=value,
    slope=slope,
    context="convex",
    page=Page(
        summary="log(cosh(prediction − target)): about ½e² near 0, |e| − log 2 for large |e|",
        also_called=("log hyperbolic cosine",),
        curve=RESIDUAL,
        formula="log cosh e,  e = p − t",
        use_when=(
            "robustness is wanted without a parameter and twice differentiable",
            "second derivatives are needed: they are 1 − tanh²(e)",
        ),
        avoid_when=(
            (
                "noise is far from 1: the loss turns linear at |e| = 1 (pseudo_huber has delta "
                "for it)"
            ),
            "the metric is a quantile or the mean",
        ),
        expected={"perfect": "0", "chance": "a little under mae at the median"},
        references=(
            Reference(
                "Saleh & Saleh, Statistical properties of the log-cosh loss function used in "
                "machine learning (2022)",
                "arXiv:2208.04564",
            ),
        ),
        examples=(
            Example(
                [0.6931471805599453, 0.0],
                [0.0, 0.0],
                0.11157177565710488,
                {},
                "½·log((2 + ½) / 2) = ½·log 1.25, for e = log 2 and 0",
            ),
        ),
        notes=("some write a sum over the items: that is reduction sum",),
    ),
)
