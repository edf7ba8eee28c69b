"""Noise contrastive alignment of pairs."""

from lossctl.core.loss import Array, Page, Reference
from lossctl.kernels.probability.logistic import sigmoid_of_any, softplus
from lossctl.losses.builders.preferences import (
    BETA,
    MARGIN,
    SUMS,
    WITHOUT_A_REFERENCE,
    example,
    ratio_loss,
)


def cost(chosen: Array, rejected: Array, *, beta: float) -> Array:
    """−log σ(βa) − ½·log σ(−βa) − ½·log σ(−βb)."""
    gain, loss = beta * chosen, beta * rejected
    return softplus(-gain) + 0.5 * (softplus(gain) + softplus(loss))


def cost_slopes(chosen: Array, rejected: Array, *, beta: float) -> tuple[Array, Array]:
    """β·(½σ(βa) − σ(−βa)) and ½β·σ(βb)."""
    gain, loss = beta * chosen, beta * rejected
    of_chosen = beta * (0.5 * sigmoid_of_any(gain) - sigmoid_of_any(-gain))
    return of_chosen, 0.5 * beta * sigmoid_of_any(loss)


NCA = ratio_loss(
    "nca",
    title="Noise contrastive alignment (NCA)",
    cost=cost,
    cost_slopes=cost_slopes,
    params=(BETA,),
    page=Page(
        summary="NCA: −log σ(βa) − ½·log σ(−βa) − ½·log σ(−βb) of the log-ratios a and b of a pair",
        also_called=("noise contrastive estimation of preferences", "pairwise NCA"),
        curve=MARGIN,
        formula="log(1 + e^(−βa)) + ½·log(1 + e^(βa)) + ½·log(1 + e^(βb)),  "
        "a = log π_c/ref_c, b = log π_r/ref_r",
        use_when=("with dpo the likelihood of the chosen answers falls, and it should not",),
        avoid_when=("only the margin between both answers matters (use dpo)",),
        expected={
            "perfect": "0.955 = 1.5·log 3 − log 2: e^(βa) = 2 and b far below 0",
            "chance": "2·log 2 = 1.386 before the first step: the policy is the reference",
            "bad": "> 2·log 2",
        },
        references=(
            Reference(
                "Chen et al., Noise contrastive alignment of language models with explicit rewards "
                "(2024)",
                "arXiv:2402.05369",
            ),
        ),
        examples=(
            example(
                1.1265233750364456,
                "with β = 1, log(1 + 1/e) + ½·log(1 + e) + ½·log(1 + 1/e)",
                beta=1.0,
            ),
        ),
        notes=(SUMS, WITHOUT_A_REFERENCE),
    ),
)
