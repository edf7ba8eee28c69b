"""Zero-inflated Poisson negative log-likelihood."""

from dataclasses import replace
from typing import Any

import numpy as np

from lossctl.core.domain import NONNEGATIVE, Flag, Param
from lossctl.core.loss import Array, Curve, Example, Page, Reference
from lossctl.kernels.numeric.pointwise import zero_safe_product
from lossctl.kernels.numeric.primitives import exp, expm1, log, log1p
from lossctl.kernels.probability.logistic import sigmoid, softplus
from lossctl.losses.builders.elementwise import PREDICTED_VALUES, TARGET_VALUES, elementwise


def rates_of(predictions: Array, *, log_input: bool) -> tuple[Array, Array]:
    """Return the rates and their logarithms."""
    if log_input:
        return exp(predictions), predictions
    return predictions, log(predictions)


def zero_nll(rates: Array, zero_logit: Array) -> Array:
    """−log(π + (1 − π)·e^(−λ)): of 1 less its complement, or of a sum where that is near 0."""
    complement = sigmoid(-zero_logit) * -expm1(-rates)
    near = -log1p(-np.clip(complement, 0.0, 0.5))
    return np.where(complement > 0.5, softplus(zero_logit) - np.logaddexp(zero_logit, -rates), near)


def value(
    predictions: Array, zero_logit: Array, targets: Array, *, log_input: bool, full: bool
) -> Array:
    """−log of the probability of a zero of either kind, or of a count of the Poisson part."""
    rates, log_rates = rates_of(predictions, log_input=log_input)
    counts = softplus(zero_logit) + rates - zero_safe_product(targets, log_rates)
    if full:
        from scipy.special import gammaln  # noqa: PLC0415

        counts += gammaln(targets + 1.0)
    return np.where(targets == 0.0, zero_nll(rates, zero_logit), counts)


def slope(
    predictions: Array, zero_logit: Array, targets: Array, *, log_input: bool, **_: Any
) -> Array:
    """λ − t, or of a zero λ times the probability that it is of the Poisson part."""
    rates = rates_of(predictions, log_input=log_input)[0]
    share = sigmoid(-(zero_logit + rates))
    if log_input:
        return np.where(targets == 0.0, zero_safe_product(share, rates), rates - targets)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(targets == 0.0, share, (rates - targets) / rates)


def zero_slope(
    predictions: Array, zero_logit: Array, targets: Array, *, log_input: bool, **_: Any
) -> Array:
    """σ(z) for counts, and −[σ(z + λ) − σ(z)] for zeros, as a product in which nothing cancels."""
    rates = rates_of(predictions, log_input=log_input)[0]
    of_zero = sigmoid(zero_logit + rates) * sigmoid(-zero_logit) * expm1(-rates)
    return np.where(targets == 0.0, of_zero, sigmoid(zero_logit))


ZERO_INFLATED_POISSON_NLL = elementwise(
    "zero_inflated_poisson_nll",
    title="Zero-inflated Poisson negative log-likelihood",
    tasks=("regression", "counts"),
    inputs=(
        replace(PREDICTED_VALUES, help="log rates (rates with log_input=false), any shape"),
        replace(
            PREDICTED_VALUES,
            name="zero_logit",
            help="logits of π, the probability of a zero beside those of the Poisson part",
        ),
        replace(TARGET_VALUES, domain=NONNEGATIVE, help="counts, shaped like the predictions"),
    ),
    value=value,
    slope={"predictions": slope, "zero_logit": zero_slope},
    params=(
        Param(
            "log_input",
            default=True,
            domain=Flag(),
            help="Whether predictions are logarithms of rates.",
        ),
        Param(
            "full",
            default=True,
            domain=Flag(),
            help="Whether to include log t!, which does not depend on predictions.",
        ),
    ),
    page=Page(
        summary="Zero-inflated Poisson (ZIP) NLL: a zero with probability π, else a Poisson count",
        also_called=("ZIP regression", "excess zeros"),
        curve=Curve(
            "logit of π for a zero, at a rate of 3",
            -5.0,
            5.0,
            lambda x: ([1.0986122886681098], [x], [0.0]),
        ),
        formula="t = 0: −log(π + (1 − π)e^(−λ));  t > 0: −log(1 − π) + λ − t·log λ + log t!",
        use_when=(
            "counts have far more zeros than a Poisson distribution of their mean: claims, defects",
            "some items cannot have events at all, and the model should say which",
        ),
        avoid_when=(
            "only the mean is wanted (use poisson_nll)",
            "the variance of the counts above 0 exceeds their mean (use negative_binomial_nll)",
        ),
        expected={
            "perfect": "the entropy of the counts, when rates and probabilities are right",
            "bad": "> poisson_nll with full=true of the same means",
        },
        references=(
            Reference(
                "Lambert, Zero-inflated Poisson regression, with an application to defects in "
                "manufacturing (1992)",
                "doi:10.2307/1269547",
            ),
        ),
        examples=(
            Example(
                [0.0, 0.0],
                [1.0, 0.0],
                1.0365163368008339,
                {},
                "π = ½, λ = 1: (log 2 + 1 and −log(½ + ½/e)) / 2",
                {"zero_logit": [0.0, 0.0]},
            ),
        ),
        notes=(
            "predictions are those of the Poisson part; the mean is (1 − π)·λ",
            "for logits of π far below 0 it is poisson_nll with full=true",
        ),
    ),
)
