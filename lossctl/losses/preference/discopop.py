"""Discovered preference optimisation: log-ratio modulated loss."""

from lossctl.core.domain import Interval, Param
from lossctl.core.loss import Array, Page, Reference
from lossctl.kernels.numeric.primitives import exp
from lossctl.kernels.probability.logistic import sigmoid_of_any, softplus
from lossctl.losses.builders.preferences import (
    BETA,
    MARGIN,
    SUMS,
    WITHOUT_A_REFERENCE,
    example,
    margin_loss,
)


def exponential_part(logits: Array, temperature: float) -> Array:
    """Return e^(−h)·σ(h/τ), which vanishes on both sides for τ < 1."""
    return exp(-logits - softplus(-logits / temperature))


def cost(margin: Array, *, beta: float, temperature: float) -> Array:
    """Logistic loss where h is below 0 and exponential loss above, between them a mixture."""
    logits = beta * margin
    logistic = softplus(-logits) * sigmoid_of_any(-logits / temperature)
    return logistic + exponential_part(logits, temperature)


def cost_slope(margin: Array, *, beta: float, temperature: float) -> Array:
    """β times the derivatives of both parts and of their shares."""
    logits = beta * margin
    share, rest = (sigmoid_of_any(s * logits / temperature) for s in (1.0, -1.0))
    slope = -sigmoid_of_any(-logits) * rest
    slope -= softplus(-logits) * share * rest / temperature
    slope += exponential_part(logits, temperature) * (rest / temperature - 1.0)
    return beta * slope


DISCOPOP = margin_loss(
    "discopop",
    title="Discovered preference optimisation (DiscoPOP)",
    cost=cost,
    cost_slope=cost_slope,
    params=(
        BETA,
        Param(
            "temperature",
            0.05,
            Interval(0.0, 1.0, "neither"),
            "Width of the change from the logistic to the exponential loss.",
        ),
    ),
    page=Page(
        summary="DiscoPOP: (1 − σ(h/τ))·log(1 + e^(−h)) + σ(h/τ)·e^(−h), log-ratio modulated loss",
        also_called=("log-ratio modulated loss", "LRML"),
        curve=MARGIN,
        formula="(1 − σ(h/τ))·log(1 + e^(−h)) + σ(h/τ)·e^(−h),  "
        "h = β[(log π_c − log ref_c) − (log π_r − log ref_r)]",
        use_when=("dpo is to be replaced by a loss that did better in a search over losses",),
        avoid_when=("the loss should be convex: near h = 0 it has a bump (use dpo)",),
        expected={
            "perfect": "0: every margin is far beyond 1/β",
            "chance": "½·(log 2 + 1) = 0.847 before the first step: the policy is the reference",
        },
        references=(
            Reference(
                "Lu et al., Discovering preference optimization algorithms with and for large "
                "language models (2024)",
                "arXiv:2406.08414",
            ),
        ),
        examples=(
            example(
                0.3613688453416944,
                "h = 1 and τ = ½, with s = 1/(1 + e^(−2)): (1 − s)·log(1 + 1/e) + s/e",
                beta=0.5,
                temperature=0.5,
            ),
        ),
        notes=(SUMS, WITHOUT_A_REFERENCE),
    ),
)
