"""Poisson negative log-likelihood."""

import math
import sys
from dataclasses import replace
from typing import Any

import numpy as np

from lossctl.core.domain import NONNEGATIVE, Choice, Flag, Param
from lossctl.core.loss import Array, Curve, Example, Page, Reference
from lossctl.kernels.numeric.loss_totals import total_of
from lossctl.kernels.numeric.pointwise import zero_safe_product
from lossctl.kernels.numeric.primitives import exp, log, primitive
from lossctl.losses.builders.elementwise import PREDICTED_VALUES, TARGET_VALUES, elementwise

FACTORIALS = Choice(("exact", "stirling"))


def log_factorial(targets: Array, how: str) -> Array:
    """Return log t!, or Stirling's approximation, taken as 0 up to 1."""
    if how == "exact":
        from scipy.special import gammaln  # noqa: PLC0415

        return gammaln(targets + 1.0)
    logs = log(np.clip(targets, 1.0, np.inf))
    stirling = targets * logs - targets + 0.5 * (math.log(2.0 * math.pi) + logs)
    return np.where(targets > 1.0, stirling, 0.0)


@primitive
def poisson_nll(log_rates: Array, targets: Array) -> Array:
    """Rate less target times log rate."""
    losses = exp(log_rates)
    losses -= targets * log_rates
    return losses


poisson_nll_total = total_of(poisson_nll)


def value(
    predictions: Array, targets: Array, *, log_input: bool, epsilon: float, **params: Any
) -> Array:
    """Rate less target times log rate, with log t! when `full`."""
    if log_input:
        losses = poisson_nll(predictions, targets)
    else:
        losses = predictions - zero_safe_product(targets, log(predictions + epsilon))
    return losses + log_factorial(targets, params["factorial"]) if params["full"] else losses


def total(
    predictions: Array, targets: Array, *, log_input: bool, full: bool, **_: Any
) -> float | None:
    """Sum of the losses of log rates without log t!."""
    return poisson_nll_total(predictions, targets) if log_input and not full else None


def slope(
    predictions: Array, targets: Array, *, log_input: bool, epsilon: float, **_: Any
) -> Array:
    """Rate less target, or (rate − target) / rate."""
    if log_input:
        rates = exp(predictions)
        rates -= targets
        return rates
    return (predictions - targets + epsilon) / (predictions + epsilon)


def best_constant(mean: float, *, log_input: bool, epsilon: float, **_: Any) -> float:
    """Return the prediction that is best for all counts of a mean."""
    return math.log(max(mean, sys.float_info.min)) if log_input else max(mean - epsilon, 0.0)


POISSON_NLL = elementwise(
    "poisson_nll",
    title="Poisson negative log-likelihood",
    tasks=("regression", "counts"),
    inputs=(
        replace(PREDICTED_VALUES, help="log rates (rates with log_input=false), any shape"),
        replace(
            TARGET_VALUES, domain=NONNEGATIVE, help="counts (or amounts), shaped like predictions"
        ),
    ),
    value=value,
    total=total,
    slope=slope,
    params=(
        Param(
            "log_input",
            default=True,
            domain=Flag(),
            help="Whether predictions are logarithms of rates.",
        ),
        Param(
            "full",
            default=False,
            domain=Flag(),
            help="Whether to include log t!, which does not depend on predictions.",
        ),
        Param("epsilon", 1e-8, NONNEGATIVE, "Added to a rate before its logarithm is taken."),
        Param(
            "factorial",
            "exact",
            FACTORIALS,
            "How full computes log t!: exactly, or by Stirling as PyTorch does.",
        ),
    ),
    context="mean",
    best_constant=best_constant,
    page=Page(
        summary="Poisson negative log-likelihood: rate − count·log(rate), from log rates",
        also_called=("Poisson loss", "Poisson regression", "count regression"),
        curve=Curve("log rate for a target of 2", -2.0, 3.0, lambda x: ([x], [2.0])),
        formula="exp(p) − t·p;  p − t·log(p + ε) with log_input=false;  + log t! with full",
        use_when=(
            "targets are counts: events, visits, claims, clicks",
            "the variance of the targets grows with their mean, at about the same pace",
        ),
        avoid_when=(
            "a perfect prediction should have loss 0 (use poisson_deviance)",
            "the variance is far above the mean (use tweedie_deviance)",
        ),
        expected={
            "perfect": "t − t·log t, which depends on the targets and may be negative",
            "chance": "m − m·log m, m the mean of the targets",
        },
        references=(
            Reference(
                "McCullagh & Nelder, Generalized linear models (1989), ch. 6",
                "doi:10.1007/978-1-4899-3242-6",
            ),
        ),
        examples=(
            Example([0.0, 0.0], [3.0, 1.0], 1.0, {}, "both rates are 1: (1 − 3·0 + 1 − 1·0) / 2"),
            Example([0.0], [3.0], 2.791759469228055, {"full": True}, "1 + log 3! = 1 + log 6"),
        ),
        notes=(
            "PyTorch's full is full with factorial=stirling: log t! by Stirling, 0 up to t = 1",
            "with log_input=false rates must be at least 0 (greater, where epsilon is 0)",
        ),
    ),
)
