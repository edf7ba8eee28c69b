"""Direct preference optimisation that is unbiased under a known share of wrong preferences."""

from dataclasses import replace

from lossctl.core.loss import Array, Page, Reference
from lossctl.kernels.probability.logistic import sigmoid, softplus
from lossctl.losses.builders.preferences import (
    BETA,
    MARGIN,
    SMOOTHING,
    SUMS,
    WITHOUT_A_REFERENCE,
    example,
    margin_loss,
)


def cost(margin: Array, *, beta: float, label_smoothing: float) -> Array:
    """Dpo's loss, corrected for the share of labels that are wrong."""
    # (1 − ε)·s(−h) − ε·s(h) over 1 − 2ε is s(−h) − ε/(1 − 2ε)·h, for softplus s
    logits = beta * margin
    return softplus(-logits) - (label_smoothing / (1.0 - 2.0 * label_smoothing)) * logits


def cost_slope(margin: Array, *, beta: float, label_smoothing: float) -> Array:
    """β times the derivative by the log-odds."""
    logits = beta * margin
    return -beta * (sigmoid(-logits) + label_smoothing / (1.0 - 2.0 * label_smoothing))


ROBUST_DPO = margin_loss(
    "robust_dpo",
    title="Robust direct preference optimisation",
    cost=cost,
    cost_slope=cost_slope,
    params=(BETA, replace(SMOOTHING, default=0.1, help="Share ε of preferences that are wrong.")),
    page=Page(
        summary="Robust DPO: [(1 − ε)·(−log σ(h)) + ε·log σ(−h)] / (1 − 2ε), unbiased for wrong "
        "labels",
        also_called=("provably robust DPO", "noise-corrected DPO"),
        curve=MARGIN,
        formula="[(1 − ε)·log(1 + e^(−h)) − ε·log(1 + e^h)] / (1 − 2ε),  "
        "h = β[(log π_c − log ref_c) − (log π_r − log ref_r)]",
        use_when=(
            (
                "a known share of the preferences is flipped, and the loss should be that of the "
                "right ones on average"
            ),
        ),
        avoid_when=(
            "the share of wrong preferences is not known (use dpo, with or without smoothing)",
            "a loss that is bounded below is wanted: for ε > 0 it falls without bound",
        ),
        expected={
            "perfect": "unbounded below for ε > 0; on average the loss of dpo with right labels",
            "chance": "log 2 = 0.693 before the first step: the policy is the reference",
            "bad": "> log 2",
        },
        references=(
            Reference(
                "Chowdhury, Kini & Natarajan, Provably robust DPO: aligning language models with "
                "noisy feedback (2024)",
                "arXiv:2403.00409",
            ),
        ),
        examples=(
            example(
                -0.18673831248177714,
                "h = ½·2, [¾·log(1 + 1/e) − ¼·log(1 + e)]·2 = log(1 + 1/e) − ½",
                beta=0.5,
                label_smoothing=0.25,
            ),
        ),
        notes=(
            (
                "with label_smoothing 0 it is dpo, whose own label_smoothing is a conservative "
                "correction, not an unbiased one"
            ),
            SUMS,
            WITHOUT_A_REFERENCE,
        ),
    ),
)
