"""Bradley–Terry loss of reward models."""

from lossctl.core.loss import Array, Curve, Example, Input, Page, Reference
from lossctl.kernels.probability.logistic import sigmoid, softplus
from lossctl.losses.builders.records import record_loss


def value(chosen: Array, rejected: Array, margin: Array) -> Array:
    """−log of the probability that the chosen answer is preferred."""
    return softplus(margin - (chosen - rejected))


def slopes(chosen: Array, rejected: Array, margin: Array) -> dict[str, Array]:
    """The probability that the rejected answer is preferred."""
    p_rejected = sigmoid(margin - (chosen - rejected))
    return {"chosen": -p_rejected, "rejected": p_rejected}


BRADLEY_TERRY = record_loss(
    "bradley_terry",
    title="Bradley–Terry (reward model)",
    tasks=("preference", "ranking"),
    inputs=(
        Input("chosen", "item", "score", "rewards of the preferred answers", differentiable=True),
        Input("rejected", "item", "score", "rewards of the other answers", differentiable=True),
        Input(
            "margin",
            "item",
            "value",
            "margin by which the preferred answer should be ahead",
            default=0.0,
        ),
    ),
    value=value,
    slopes=slopes,
    page=Page(
        summary="−log σ(r_chosen − r_rejected): Bradley–Terry loss of reward models",
        also_called=("reward model loss", "pairwise preference"),
        curve=Curve(
            "reward of the chosen answer minus that of the rejected",
            -5.0,
            5.0,
            lambda x: ([x], [0.0]),
        ),
        formula="log(1 + e^(−(r_c − r_r − m)))",
        use_when=(
            "a reward model is trained on pairs of a preferred and a rejected answer",
            "the strength of each preference is known (give it as the margin)",
        ),
        avoid_when=(
            "answers have grades rather than pairs (use mse, or ranknet within each prompt)",
            "a policy is to be trained without a reward model (use dpo)",
        ),
        expected={
            "perfect": "0: every preferred answer is far ahead",
            "chance": "log 2 = 0.693 for equal rewards",
            "bad": "> log 2: more pairs in the wrong order than in the right one",
        },
        references=(
            Reference(
                "Bradley & Terry, Rank analysis of incomplete block designs (1952)",
                "doi:10.1093/biomet/39.3-4.324",
            ),
            Reference(
                "Ouyang et al., Training language models to follow instructions (2022)",
                "arXiv:2203.02155",
            ),
            Reference(
                "Touvron et al., Llama 2: the margin (2023)",
                "arXiv:2307.09288",
            ),
        ),
        examples=(
            Example.of(
                0.4904146265058631,
                "differences log 3 and 0: (log(4/3) + log 2) / 2",
                chosen=[1.0986122886681098, 0.0],
                rejected=[0.0, 0.0],
            ),
            Example.of(
                0.6931471805599453,
                "a difference of 1 with a margin of 1: log 2",
                chosen=[3.0],
                rejected=[2.0],
                margin=[1.0],
            ),
        ),
        notes=(
            "the mean is taken over pairs; InstructGPT takes it over the pairs of a prompt first",
            "only differences count: a constant added to all rewards changes nothing",
        ),
    ),
)
