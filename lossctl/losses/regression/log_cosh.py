"""Log-cosh loss."""

import numpy as np

from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.pointwise import capped
from lossctl.losses.builders.elementwise import REGRESSION, RESIDUAL, elementwise

FAR = 40.0
"""Beyond, log cosh e is |e| − log 2 to the last bit."""


def value(predictions: Array, targets: Array) -> Array:
    """log1p(2·sinh²(e/2)) near zero, one more for each unit beyond `FAR`."""
    size = predictions - targets
    np.abs(size, out=size)
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
    return np.log1p(size, out=size)


def slope(predictions: Array, targets: Array) -> Array:
    """Hyperbolic tangent of the residual."""
    residual = predictions - targets
    return np.tanh(residual, out=residual)


LOG_COSH = elementwise(
    "log_cosh",
    title="Log-cosh loss",
    tasks=("regression",),
    inputs=REGRESSION,
    value=value,
    slope=slope,
    context="convex",
    page=Page(
        summary="Half the squared error near zero, absolute error less log 2 far out.",
        curve=RESIDUAL,
        formula="log cosh e,  e = p − t",
        use_when=(
            "robustness is wanted without a parameter and without a seam",
            "second derivatives are needed: they are 1 − tanh²(e)",
        ),
        avoid_when=(
            "noise is far from 1: the bend sits at |e| = 1 (the delta of pseudo_huber moves it)",
            "a quantile or the mean is what is judged",
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
