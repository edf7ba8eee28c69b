"""Direct preference optimisation."""

from dataclasses import replace

from lossctl.core.domain import POSITIVE, Interval, Param
from lossctl.core.loss import Array, Curve, Example, Input, Page, Reference
from lossctl.kernels.probability.logistic import sigmoid, softplus
from lossctl.losses.builders.records import record_loss


def log_ratio_margin(chosen: Array, rejected: Array, *reference: Array) -> Array:
    """Return log(π_c / ref_c) − log(π_r / ref_r), or without a reference log(π_c / π_r)."""
    if reference:
        return (chosen - reference[0]) - (rejected - reference[1])
    return chosen - rejected


def value(*inputs: Array, beta: float, label_smoothing: float) -> Array:
    """−log of the probability that the chosen answer won, if a share of the labels is wrong."""
    logits = beta * log_ratio_margin(*inputs)
    if label_smoothing == 0.0:
        return softplus(-logits)
    return (1.0 - label_smoothing) * softplus(-logits) + label_smoothing * softplus(logits)


def slopes(*inputs: Array, beta: float, label_smoothing: float) -> dict[str, Array]:
    """β times the probability of the other outcome, less the share of wrong labels."""
    logits = beta * log_ratio_margin(*inputs)
    residual = (1.0 - label_smoothing) * sigmoid(-logits)
    if label_smoothing != 0.0:
        residual = residual - label_smoothing * sigmoid(logits)
    return {"policy_chosen": -beta * residual, "policy_rejected": beta * residual}


POLICY = (
    Input(
        "policy_chosen",
        "item",
        "value",
        "log-probabilities of the chosen answers under the policy, summed over tokens",
        differentiable=True,
    ),
    Input(
        "policy_rejected",
        "item",
        "value",
        "log-probabilities of the rejected answers under the policy",
        differentiable=True,
    ),
)
REFERENCE = (
    Input(
        "reference_chosen",
        "item",
        "value",
        "log-probabilities of the chosen answers under the reference",
    ),
    Input(
        "reference_rejected",
        "item",
        "value",
        "log-probabilities of the rejected answers under the reference",
    ),
)

PARAMS = (
    Param("beta", 0.1, POSITIVE, "KL strength; larger stays closer to the reference model."),
    Param(
        "label_smoothing",
        0.0,
        Interval(0.0, 0.5, "left"),
        "Label smoothing: share of preferences that are wrong.",
    ),
)
PAGE = Page(
    summary="−log σ(β·(log-ratio chosen − log-ratio rejected)): direct preference optimisation",
    also_called=("direct preference optimization",),
    curve=Curve(
        "log-ratio margin of the chosen answer over the rejected, in nats",
        -50.0,
        50.0,
        lambda x: ([x], [0.0], [0.0], [0.0]),
    ),
    formula="log(1 + e^(−h)),  h = β[(log π_c − log ref_c) − (log π_r − log ref_r)];  with "
    "smoothing (1 − ε)·log(1 + e^(−h)) + ε·log(1 + e^h)",
    use_when=(
        "a language model is tuned on pairs of answers without a reward model",
        "some preferences are wrong (label_smoothing)",
    ),
    avoid_when=(
        "a reward model is wanted (use bradley_terry)",
        "both answers become less likely while the loss falls: monitor policy_chosen as well",
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
        Example.of(
            0.31326168751822286,
            "the policy gained 1 on the chosen and lost 1 on the rejected: h = ½·2, log(1 + 1/e)",
            {"beta": 0.5},
            policy_chosen=[-10.0],
            policy_rejected=[-12.0],
            reference_chosen=[-11.0],
            reference_rejected=[-11.0],
        ),
        Example.of(
            0.5632616875182228,
            "the same h = 1: ¾·log(1 + 1/e) + ¼·log(1 + e)",
            {"beta": 0.5, "label_smoothing": 0.25},
            policy_chosen=[-10.0],
            policy_rejected=[-12.0],
            reference_chosen=[-11.0],
            reference_rejected=[-11.0],
        ),
    ),
    notes=(
        "log-probabilities are of whole answers: sums over their tokens",
        (
            "without reference_chosen and reference_rejected it is the reference-free loss: "
            "both answers are equally likely under the reference"
        ),
    ),
)

WITHOUT_REFERENCE = record_loss(
    "dpo",
    title="Direct preference optimisation, reference-free",
    tasks=("preference",),
    inputs=POLICY,
    value=value,
    slopes=slopes,
    params=PARAMS,
    page=replace(
        PAGE,
        curve=Curve(
            "log-probability of the chosen answer minus that of the rejected",
            -50.0,
            50.0,
            lambda x: ([x], [0.0]),
        ),
        examples=(
            Example.of(
                0.31326168751822286,
                "h = ½·2: log(1 + 1/e)",
                {"beta": 0.5},
                policy_chosen=[-10.0],
                policy_rejected=[-12.0],
            ),
        ),
    ),
)
DPO = record_loss(
    "dpo",
    title="Direct preference optimisation",
    tasks=("preference",),
    inputs=POLICY + REFERENCE,
    value=value,
    slopes=slopes,
    params=PARAMS,
    page=PAGE,
    variants=(WITHOUT_REFERENCE,),
)
