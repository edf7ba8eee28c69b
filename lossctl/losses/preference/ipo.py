"""Identity preference optimisation."""

from lossctl.core.loss import Array, Page, Reference
from lossctl.losses.builders.preferences import (
    BETA,
    MARGIN,
    SUMS,
    WITHOUT_A_REFERENCE,
    example,
    margin_loss,
)


def cost(margin: Array, *, beta: float) -> Array:
    """Square the distance of the margin from 1/(2β)."""
    excess = margin - 0.5 / beta
    return excess * excess


def cost_slope(margin: Array, *, beta: float) -> Array:
    """Twice the distance of the margin from 1/(2β)."""
    return 2.0 * (margin - 0.5 / beta)


IPO = margin_loss(
    "ipo",
    title="Identity preference optimisation",
    cost=cost,
    cost_slope=cost_slope,
    params=(BETA,),
    page=Page(
        summary="IPO: (log-ratio chosen − log-ratio rejected − 1/(2β))², identity preference "
        "optimisation",
        also_called=("identity preference optimization", "ΨPO"),
        curve=MARGIN,
        formula="(m − 1/(2β))²,  m = (log π_c − log ref_c) − (log π_r − log ref_r)",
        use_when=(
            "preferences are nearly deterministic, so that dpo drives margins without bound",
            "the distance from the reference should be set by beta alone",
        ),
        avoid_when=(
            "margins differ by more than 1/β, as sums over long answers do: the square is large",
            "the probability of a preference is wanted (use dpo)",
        ),
        expected={
            "perfect": "0: every margin is 1/(2β)",
            "chance": "1/(4β²), 25 for β = 0.1, before the first step: the policy is the reference",
            "bad": "> 1/(4β²)",
        },
        references=(
            Reference(
                "Azar et al., A general theoretical paradigm to understand learning from human "
                "preferences (2023)",
                "arXiv:2310.12036",
            ),
        ),
        examples=(
            example(1.0, "(2 − 1)²", beta=0.5),
            example(4.0, "(2 − 4)²", beta=0.125),
        ),
        notes=(
            "beta is τ of the paper",
            "TRL takes means over tokens for this loss: give those, so that lengths do not count",
            SUMS,
            WITHOUT_A_REFERENCE,
        ),
    ),
)
