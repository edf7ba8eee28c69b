"""Self-play preference optimisation, with hard labels."""

from lossctl.core.loss import Array, Page, Reference
from lossctl.losses.builders.preferences import (
    BETA,
    MARGIN,
    SUMS,
    WITHOUT_A_REFERENCE,
    example,
    ratio_loss,
)


def cost(chosen: Array, rejected: Array, *, beta: float) -> Array:
    """Square the distances of the log-ratios from 1/(2β) and −1/(2β)."""
    above, below = chosen - 0.5 / beta, rejected + 0.5 / beta
    return above * above + below * below


def cost_slopes(chosen: Array, rejected: Array, *, beta: float) -> tuple[Array, Array]:
    """Twice both distances."""
    return 2.0 * (chosen - 0.5 / beta), 2.0 * (rejected + 0.5 / beta)


SPPO = ratio_loss(
    "sppo",
    title="Self-play preference optimisation (SPPO)",
    cost=cost,
    cost_slopes=cost_slopes,
    params=(BETA,),
    page=Page(
        summary="SPPO (hard labels): (log-ratio chosen − 1/(2β))² + (log-ratio rejected + 1/(2β))²",
        also_called=("self-play preference optimization",),
        curve=MARGIN,
        formula="(a − 1/(2β))² + (b + 1/(2β))²,  a = log π_c/ref_c, b = log π_r/ref_r",
        use_when=(
            "the chosen answers should become more likely, not only more so than the rejected",
            "preferences come from a policy's own answers, in rounds",
        ),
        avoid_when=(
            "log-ratios differ by more than 1/β, as sums over long answers do: the square is large",
            "the probability of a preference is wanted (use dpo)",
        ),
        expected={
            "perfect": "0: the log-ratios are 1/(2β) and −1/(2β)",
            "chance": "1/(2β²), 50 for β = 0.1, before the first step: the policy is the reference",
            "bad": "> 1/(2β²)",
        },
        references=(
            Reference(
                "Wu et al., Self-play preference optimization for language model alignment (2024)",
                "arXiv:2405.00675",
            ),
        ),
        examples=(example(2.0, "(1 − 2)² + (−1 + 2)²", beta=0.25),),
        notes=("beta is 1/η of the paper", SUMS, WITHOUT_A_REFERENCE),
    ),
)
