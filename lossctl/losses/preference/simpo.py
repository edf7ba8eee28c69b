"""Simple preference optimisation."""

from dataclasses import replace

from lossctl.core.domain import NONNEGATIVE, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.losses.builders.preferences import (
    AVERAGES,
    BETA,
    LEAD,
    MEANS,
    SMOOTHING,
    smoothed_nll,
    smoothed_nll_slope,
)
from lossctl.losses.builders.records import record_loss


def value(
    chosen: Array, rejected: Array, *, beta: float, gamma: float, label_smoothing: float
) -> Array:
    """−log σ(β·(difference of the means) − γ)."""
    return smoothed_nll(beta * (chosen - rejected) - gamma, label_smoothing)


def slopes(
    chosen: Array, rejected: Array, *, beta: float, gamma: float, label_smoothing: float
) -> dict[str, Array]:
    """β times the slope by the log-odds."""
    slope = beta * smoothed_nll_slope(beta * (chosen - rejected) - gamma, label_smoothing)
    return {"policy_chosen": slope, "policy_rejected": -slope}


SIMPO = record_loss(
    "simpo",
    title="Simple preference optimisation (SimPO)",
    tasks=("preference",),
    inputs=MEANS,
    value=value,
    slopes=slopes,
    params=(
        replace(BETA, default=2.0, help="Scale of the difference of the means."),
        Param("gamma", 0.5, NONNEGATIVE, "Target margin γ of the scaled difference."),
        SMOOTHING,
    ),
    page=Page(
        summary="SimPO: −log σ(β·(mean log p chosen − mean log p rejected) − γ), needs no "
        "reference",
        also_called=("simple preference optimization", "length-normalised preference loss"),
        curve=replace(LEAD, low=-5.0, high=5.0),
        formula="log(1 + e^(−h)),  h = β(log π_c/|c| − log π_r/|r|) − γ",
        use_when=(
            "no reference model is available, or it does not fit into memory",
            "dpo prefers long answers: means over tokens do not",
        ),
        avoid_when=(
            "the policy must stay near the reference (use dpo)",
            "the log-probabilities are sums: divide them by the lengths first",
        ),
        expected={
            "perfect": "0: every scaled difference is far beyond γ",
            "chance": "log(1 + e^γ), 0.974 for γ = 0.5, where both answers are equally likely",
            "bad": "> log(1 + e^γ)",
        },
        references=(
            Reference(
                "Meng, Xia & Chen, SimPO: simple preference optimization with a reference-free "
                "reward (2024)",
                "arXiv:2405.14734",
            ),
        ),
        examples=(
            Example.of(
                0.31326168751822286,
                "h = 2·(−1 + 2) − 1 = 1: log(1 + 1/e)",
                {"gamma": 1.0},
                policy_chosen=[-1.0],
                policy_rejected=[-2.0],
            ),
        ),
        notes=(AVERAGES, "the paper gives gamma as γ/β: gamma 0.5 is a ratio of ¼ at beta 2"),
    ),
)
