"""Log-cosh loss."""

from decimal import Decimal
from functools import cache

import numpy as np

from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.chebyshev import interpolant
from lossctl.kernels.numeric.loss_totals import total_of
from lossctl.kernels.numeric.pointwise import capped
from lossctl.kernels.numeric.primitives import by_pieces, polynomial, primitive, tanh
from lossctl.losses.builders.elementwise import REGRESSION, RESIDUAL, elementwise

TERMS = {4: (7, 4), 8: (16, 11)}
"""Of the polynomials of :func:`_coefficients`, by the bytes of a number."""


@primitive
def log_cosh(residual: Array) -> Array:
    """Return log cosh e in the memory of the residual e, which is used up."""
    return _log_cosh(residual, out=residual)


@primitive
def log_cosh_error(predictions: Array, targets: Array) -> Array:
    """Log-cosh of the residual."""
    return _log_cosh(predictions - targets)


log_cosh_error_total = total_of(log_cosh_error)


@by_pieces
def _log_cosh(out: Array, residual: Array) -> None:
    """Fill with a series up to 1 and, beyond, |e| − 1 − log((1 + e^−2)/(1 + e^−2|e|)) more.

    Both are smooth, so that the error is that of a few operations: an ulp or two.
    """
    near, beyond = _coefficients(out.itemsize)
    size = np.abs(residual)
    inner = capped(size, 1.0)
    size -= inner
    squares = np.multiply(inner, inner, out=inner)
    np.multiply(size, -2.0, out=out)
    share = np.subtract(1.0, np.exp(out, out=out), out=out)  # exactly 0 up to 1
    share *= polynomial(beyond, share)
    size -= share
    squares *= polynomial(near, squares)
    np.add(size, squares, out=out)


@cache
def _coefficients(itemsize: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return polynomials of e²: log cosh e / e², and of y: log((1 + e^−2)/(1 + e^−2·(1 − y)))/y."""
    end = Decimal(-2).exp()

    def near(square: Decimal) -> Decimal:
        size = square.sqrt()
        return (size + ((1 + (-2 * size).exp()) / 2).ln()) / square

    def beyond(share: Decimal) -> Decimal:
        return ((1 + end) / (1 + end * (1 - share))).ln() / share

    terms = TERMS[itemsize]
    return interpolant(near, 0.0, 1.0, terms[0]), interpolant(beyond, 0.0, 1.0, terms[1])


def slope(predictions: Array, targets: Array) -> Array:
    """Hyperbolic tangent of the residual."""
    residual = predictions - targets
    return tanh(residual, out=residual)


LOG_COSH = elementwise(
    "log_cosh",
    title="Log-cosh loss",
    tasks=("regression",),
    inputs=REGRESSION,
    value=log_cosh_error,
    total=log_cosh_error_total,
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
