"""Kahneman–Tversky optimisation."""

from lossctl.core.domain import NONNEGATIVE, UNIT, Param
from lossctl.core.loss import Array, Curve, Example, Input, Page, Reference
from lossctl.kernels.probability.logistic import sigmoid_of_any
from lossctl.losses.builders.preferences import BETA
from lossctl.losses.builders.records import record_loss


def value(
    policy: Array,
    reference: Array,
    targets: Array,
    kl: Array,
    *,
    beta: float,
    desirable_weight: float,
    undesirable_weight: float,
) -> Array:
    """Weight times how far the answer is from the right side of the reference point."""
    gain = beta * ((policy - reference) - kl)
    desirable = desirable_weight * targets * sigmoid_of_any(-gain)
    return desirable + undesirable_weight * (1.0 - targets) * sigmoid_of_any(gain)


def slopes(
    policy: Array,
    reference: Array,
    targets: Array,
    kl: Array,
    *,
    beta: float,
    desirable_weight: float,
    undesirable_weight: float,
) -> dict[str, Array]:
    """β·σ(g)·σ(−g), up for undesirable and down for desirable answers."""
    gain = beta * ((policy - reference) - kl)
    side = undesirable_weight * (1.0 - targets) - desirable_weight * targets
    return {"policy": beta * side * (sigmoid_of_any(gain) * sigmoid_of_any(-gain))}


KTO = record_loss(
    "kto",
    title="Kahneman–Tversky optimisation (KTO)",
    tasks=("preference",),
    inputs=(
        Input(
            "policy",
            "item",
            "value",
            "log-probabilities of the answers under the policy, summed over tokens",
            differentiable=True,
        ),
        Input(
            "reference",
            "item",
            "value",
            "log-probabilities of the answers under the reference",
        ),
        Input("targets", "item", "label", "1 for desirable answers, 0 for undesirable ones", UNIT),
        Input(
            "kl",
            "item",
            "value",
            "reference point: an estimate of KL(policy ‖ reference), as a constant",
            NONNEGATIVE,
            default=0.0,
        ),
    ),
    value=value,
    slopes=slopes,
    params=(
        BETA,
        Param("desirable_weight", 1.0, NONNEGATIVE, "Weight of desirable answers."),
        Param("undesirable_weight", 1.0, NONNEGATIVE, "Weight of undesirable answers."),
    ),
    page=Page(
        summary="KTO: w·(1 − σ(±β·(log-ratio − KL))), of answers marked good or bad, without pairs",
        also_called=("Kahneman-Tversky optimization", "unpaired preference optimisation"),
        curve=Curve(
            "log-ratio of a desirable answer, in nats",
            -50.0,
            50.0,
            lambda x: ([x], [0.0], [1.0]),
        ),
        formula="w_d·σ(−g) of desirable, w_u·σ(g) of undesirable answers,  "
        "g = β(log π − log ref − KL)",
        use_when=(
            "answers have a thumbs up or down each, and are not paired",
            "good and bad answers are very unequal in number (weight them)",
        ),
        avoid_when=(
            "the same prompt has a better and a worse answer (use dpo)",
            "a proper score of a probability is wanted: the loss saturates on both sides",
        ),
        expected={
            "perfect": "0: desirable answers are far more likely than under the reference",
            "chance": "½ before the first step with weights 1: the policy is the reference",
            "bad": "> ½",
        },
        references=(
            Reference(
                "Ethayarajh et al., KTO: model alignment as prospect theoretic optimization (2024)",
                "arXiv:2402.01306",
            ),
        ),
        examples=(
            Example.of(
                0.2916666666666667,
                "g = log 3 and −log 2: (σ(−log 3) = ¼ and σ(−log 2) = ⅓) / 2",
                {"beta": 1.0},
                policy=[-1.9013877113318902, -2.6931471805599454],
                reference=[-3.0, -2.0],
                targets=[1.0, 0.0],
            ),
            Example.of(
                1.0,
                "the log-ratio is the reference point: 2·σ(0)",
                {"desirable_weight": 2.0},
                policy=[-2.5],
                reference=[-3.0],
                targets=[1.0],
                kl=[0.5],
            ),
        ),
        notes=(
            (
                "kl is one number for a batch, repeated for each answer; TRL estimates it from "
                "mismatched pairs of prompts and answers; it has no gradient"
            ),
            "log-probabilities are of whole answers: sums over their tokens",
            "the paper balances the weights so that w_d·n_d / (w_u·n_u) is between 1 and 4/3",
        ),
    ),
)
