"""Anchored preference optimisation."""

from lossctl.core.domain import Choice, Param
from lossctl.core.loss import Array, Page, Reference
from lossctl.kernels.probability.logistic import sigmoid_of_any
from lossctl.losses.builders.preferences import (
    BETA,
    MARGIN,
    SUMS,
    WITHOUT_A_REFERENCE,
    example,
    ratio_loss,
)


def bell(logits: Array) -> Array:
    """Return σ(z)·σ(−z), the derivative of σ."""
    return sigmoid_of_any(logits) * sigmoid_of_any(-logits)


def cost(chosen: Array, rejected: Array, *, beta: float, anchor: str) -> Array:
    """σ(−βa) + σ(βb), or σ(βa) + σ(−β(a − b))."""
    if anchor == "zero":
        return sigmoid_of_any(-beta * chosen) + sigmoid_of_any(beta * rejected)
    return sigmoid_of_any(beta * chosen) + sigmoid_of_any(-beta * (chosen - rejected))


def cost_slopes(chosen: Array, rejected: Array, *, beta: float, anchor: str) -> tuple[Array, Array]:
    """Slopes of the sigmoids."""
    if anchor == "zero":
        return -beta * bell(beta * chosen), beta * bell(beta * rejected)
    between = beta * bell(beta * (chosen - rejected))
    return beta * bell(beta * chosen) - between, between


APO = ratio_loss(
    "apo",
    title="Anchored preference optimisation (APO)",
    cost=cost,
    cost_slopes=cost_slopes,
    params=(
        BETA,
        Param(
            "anchor",
            "zero",
            Choice(("zero", "down")),
            "zero makes chosen answers likelier and rejected ones less; down makes both less.",
        ),
    ),
    page=Page(
        summary="APO: σ(−βa) + σ(βb) (zero) or σ(βa) + σ(−β(a − b)) (down), of log-ratios a and b",
        also_called=("anchored preference optimization", "APO-zero", "APO-down"),
        curve=MARGIN,
        formula="zero: σ(−βa) + σ(βb);  down: σ(βa) + σ(−β(a − b)),  "
        "a = log π_c/ref_c, b = log π_r/ref_r",
        use_when=(
            "the chosen answers are better than those of the policy (zero), or worse (down)",
            "some preferences are wrong: no pair has a loss above 2",
        ),
        avoid_when=("the margins are far from 0: the sigmoids are flat there (use dpo)",),
        expected={
            "perfect": "0 for zero: a far above 0, b far below",
            "chance": "1 before the first step: the policy is the reference",
            "bad": "> 1",
        },
        references=(
            Reference(
                "D'Oosterlinck et al., Anchored preference optimization and contrastive revisions "
                "(2024)",
                "arXiv:2408.06266",
            ),
        ),
        examples=(example(0.5378828427399902, "with β = 1, 2/(1 + e)", beta=1.0),),
        notes=(SUMS, WITHOUT_A_REFERENCE),
    ),
)
