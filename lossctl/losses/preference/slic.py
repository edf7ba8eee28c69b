"""Hinge loss of preferences: SLiC."""

from lossctl.core.domain import NONNEGATIVE, Param
from lossctl.core.loss import Array, Page, Reference
from lossctl.kernels.numeric.pointwise import relu, relu_slope
from lossctl.losses.builders.preferences import (
    BETA,
    MARGIN,
    SUMS,
    WITHOUT_A_REFERENCE,
    example,
    margin_loss,
)


def cost(margin: Array, *, beta: float, delta: float) -> Array:
    """max(0, δ − β·margin)."""
    return relu(delta - beta * margin)


def cost_slope(margin: Array, *, beta: float, delta: float) -> Array:
    """−β where the margin is not kept."""
    return -beta * relu_slope(delta - beta * margin)


SLIC = margin_loss(
    "slic",
    title="Sequence likelihood calibration (SLiC)",
    cost=cost,
    cost_slope=cost_slope,
    params=(BETA, Param("delta", 1.0, NONNEGATIVE, "Margin δ that the scaled log-ratios keep.")),
    page=Page(
        summary="SLiC: max(0, δ − β·(log-ratio chosen − log-ratio rejected)), hinge loss of "
        "preferences",
        also_called=("SLiC-HF", "preference hinge loss", "rank calibration loss"),
        curve=MARGIN,
        formula="max(0, δ − β·m),  m = (log π_c − log ref_c) − (log π_r − log ref_r)",
        use_when=(
            "pairs that are in order by the margin should have no gradient at all",
            "preferences are few and the policy overfits them with dpo",
        ),
        avoid_when=(
            "the probability of a preference is wanted (use dpo)",
            "all pairs should count to the end of training (use dpo, or ipo)",
        ),
        expected={
            "perfect": "0: every margin is at least δ/β",
            "chance": "δ before the first step: the policy is the reference",
            "bad": "> δ",
        },
        references=(
            Reference(
                "Zhao et al., SLiC-HF: sequence likelihood calibration with human feedback (2023)",
                "arXiv:2305.10425",
            ),
            Reference(
                "Liu et al., Statistical rejection sampling improves preference optimization "
                "(2023): of log-ratios",
                "arXiv:2309.06657",
            ),
        ),
        examples=(
            example(0.5, "1 − ¼·2", beta=0.25),
            example(0.0, "1 − 2·2 < 0", beta=2.0),
        ),
        notes=(
            "the paper has beta 1 and no reference, and adds the likelihood of a target answer",
            SUMS,
            WITHOUT_A_REFERENCE,
        ),
        kinks="β·m = δ, where the slope is taken as 0",
    ),
)
