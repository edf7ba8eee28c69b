"""Contrastive preference optimisation."""

import math
from dataclasses import replace

from lossctl.core.domain import Interval
from lossctl.core.loss import Array, Example, Input, Page, Reference
from lossctl.losses.builders.preferences import (
    BETA,
    LEAD,
    NLL_WEIGHT,
    POLICY,
    SMOOTHING,
    SUMS,
    smoothed_nll,
    smoothed_nll_slope,
)
from lossctl.losses.builders.records import record_loss


def value(
    chosen: Array,
    rejected: Array,
    length: Array,
    *,
    beta: float,
    nll_weight: float,
    label_smoothing: float,
) -> Array:
    """−log σ(β·difference), and the weighted −log p of the chosen answer."""
    preference = smoothed_nll(beta * (chosen - rejected), label_smoothing)
    return preference - nll_weight * (chosen / length)


def slopes(
    chosen: Array,
    rejected: Array,
    length: Array,
    *,
    beta: float,
    nll_weight: float,
    label_smoothing: float,
) -> dict[str, Array]:
    """β times the slope by the log-odds, and that of −log p."""
    slope = beta * smoothed_nll_slope(beta * (chosen - rejected), label_smoothing)
    return {"policy_chosen": slope - nll_weight / length, "policy_rejected": -slope}


CPO = record_loss(
    "cpo",
    title="Contrastive preference optimisation (CPO)",
    tasks=("preference",),
    inputs=(
        *POLICY,
        Input(
            "chosen_length",
            "item",
            "value",
            "tokens of the chosen answers: their −log p is then a mean over tokens",
            Interval(1.0, math.inf, "left"),
            default=1.0,
        ),
    ),
    value=value,
    slopes=slopes,
    params=(
        replace(BETA, help="Scale of the difference of the log-probabilities."),
        NLL_WEIGHT,
        SMOOTHING,
    ),
    page=Page(
        summary="CPO: −log σ(β·(log p chosen − log p rejected)) − w·log p chosen, needs no "
        "reference",
        also_called=("contrastive preference optimization",),
        curve=replace(LEAD, low=-50.0, high=0.0, inputs=lambda x: ([x], [-25.0])),
        formula="log(1 + e^(−β(log π_c − log π_r))) − w·log π_c / |c|",
        use_when=(
            "no reference model is available, and the chosen answers are good ones to imitate",
            "translations are tuned on a better and a worse one of each source",
        ),
        avoid_when=(
            "the chosen answers are only the better of two bad ones (use dpo, or nll_weight 0)",
            "the policy must stay near a reference (use dpo)",
        ),
        expected={
            "perfect": "0: the chosen answer is certain, the rejected one far below",
            "chance": "log 2 plus w·(−log p) where both answers are equally likely",
        },
        references=(
            Reference(
                "Xu et al., Contrastive preference optimization: pushing the boundaries of LLM "
                "performance in machine translation (2024)",
                "arXiv:2401.08417",
            ),
        ),
        examples=(
            Example.of(
                10.313261687518223,
                "½·2 = 1: log(1 + 1/e) + 10",
                {"beta": 0.5},
                policy_chosen=[-10.0],
                policy_rejected=[-12.0],
            ),
            Example.of(
                1.3132616875182228,
                "the same with −log p as a mean over tokens: log(1 + 1/e) + ½·10/5",
                {"beta": 0.5, "nll_weight": 0.5},
                policy_chosen=[-10.0],
                policy_rejected=[-12.0],
                chosen_length=[5.0],
            ),
        ),
        notes=(
            SUMS,
            (
                "TRL divides −log p by the tokens of the whole batch, chosen_length by those of an "
                "answer: they agree where all are of one length"
            ),
            "with nll_weight 0 it is dpo without a reference; simpo has means in place of sums",
        ),
    ),
)
