"""Direct preference optimisation."""

from lossctl.core.loss import Array, Page, Reference
from lossctl.losses.builders.preferences import (
    BETA,
    MARGIN,
    SMOOTHING,
    SUMS,
    WITHOUT_A_REFERENCE,
    example,
    margin_loss,
    smoothed_nll,
    smoothed_nll_slope,
)


def cost(margin: Array, *, beta: float, label_smoothing: float) -> Array:
    """−log of the probability that the chosen answer won, if a share of the labels is wrong."""
    return smoothed_nll(beta * margin, label_smoothing)


def cost_slope(margin: Array, *, beta: float, label_smoothing: float) -> Array:
    """β times the slope by the log-odds."""
    return beta * smoothed_nll_slope(beta * margin, label_smoothing)


DPO = margin_loss(
    "dpo",
    title="Direct preference optimisation",
    cost=cost,
    cost_slope=cost_slope,
    params=(BETA, SMOOTHING),
    page=Page(
        summary="−log σ(β·(log-ratio chosen − log-ratio rejected)): direct preference optimisation",
        also_called=("direct preference optimization", "conservative DPO (cDPO)"),
        curve=MARGIN,
        formula="log(1 + e^(−h)),  h = β[(log π_c − log ref_c) − (log π_r − log ref_r)];  with "
        "smoothing (1 − ε)·log(1 + e^(−h)) + ε·log(1 + e^h)",
        use_when=(
            "a language model is tuned on pairs of answers without a reward model",
            "some preferences are wrong (label_smoothing: conservative DPO)",
        ),
        avoid_when=(
            "a reward model is wanted (use bradley_terry)",
            "both answers become less likely while the loss falls: monitor policy_chosen as well",
            "the preferences are nearly certain and the policy overfits them (use ipo)",
        ),
        expected={
            "perfect": "0: every log-ratio margin is far beyond 1/β",
            "chance": "log 2 = 0.693 before the first step: the policy is the reference",
            "bad": "> log 2",
        },
        references=(
            Reference("Rafailov et al., Direct preference optimization (2023)", "arXiv:2305.18290"),
            Reference(
                "Mitchell, A note on DPO with noisy preferences: label smoothing (2023)",
                "https://ericmitchell.ai/cdpo.pdf",
            ),
        ),
        examples=(
            example(0.31326168751822286, "h = ½·2, log(1 + 1/e)", beta=0.5),
            example(
                0.5632616875182228,
                "h = ½·2, ¾·log(1 + 1/e) + ¼·log(1 + e)",
                beta=0.5,
                label_smoothing=0.25,
            ),
        ),
        notes=(SUMS, WITHOUT_A_REFERENCE),
    ),
)
