"""Build losses of preference pairs: functions of the log-probabilities of two answers.

The margin is by how much a policy prefers the chosen answer to the rejected one, in nats, beyond
what a reference does.
"""

from dataclasses import replace

from lossctl.core.domain import NONNEGATIVE, POSITIVE, Interval, Param
from lossctl.core.loss import Array, Curve, Example, Input, Loss, Page
from lossctl.kernels.probability.logistic import sigmoid, softplus
from lossctl.losses.builders.records import Function, record_loss

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
MEANS = tuple(
    replace(entry, help=f"mean log-probability per token of the {which} answers")
    for entry, which in zip(POLICY, ("chosen", "rejected"), strict=True)
)

BETA = Param("beta", 0.1, POSITIVE, "KL strength; larger stays closer to the reference model.")
NLL_WEIGHT = Param(
    "nll_weight", 1.0, NONNEGATIVE, "Weight of −log p of the chosen answer, which is added."
)
WRONG_SHARE = Interval(0.0, 0.5, "left")
SMOOTHING = Param(
    "label_smoothing",
    0.0,
    WRONG_SHARE,
    "Label smoothing: share of preferences that are wrong.",
)
WITHOUT_A_REFERENCE = (
    "without reference_chosen and reference_rejected it is the reference-free loss: "
    "both answers are equally likely under the reference"
)
SUMS = "log-probabilities are of whole answers: sums over their tokens"
AVERAGES = "log-probabilities are means over the tokens of an answer, so length does not count"

MARGIN = Curve(
    "log-ratio margin of the chosen answer over the rejected, in nats",
    -50.0,
    50.0,
    lambda x: ([x], [0.0], [0.0], [0.0]),
)
LEAD = Curve(
    "log-probability of the chosen answer minus that of the rejected",
    -50.0,
    50.0,
    lambda x: ([x], [0.0]),
)


def example(value: float, working: str, **params: float) -> Example:
    """Write an example in which the policy gained 1 on the chosen and lost 1 on the rejected."""
    return Example.of(
        value,
        f"the policy gained 1 on the chosen and lost 1 on the rejected: {working}",
        params,
        policy_chosen=[-10.0],
        policy_rejected=[-12.0],
        reference_chosen=[-11.0],
        reference_rejected=[-11.0],
    )


def log_ratios(chosen: Array, rejected: Array, *reference: Array) -> tuple[Array, Array]:
    """Return log(π / ref) of both answers; without a reference log π."""
    if reference:
        return chosen - reference[0], rejected - reference[1]
    return chosen, rejected


def smoothed_nll(logits: Array, label_smoothing: float) -> Array:
    """−log of the probability that the chosen answer won, if a share of the labels is wrong."""
    if label_smoothing == 0.0:
        return softplus(-logits)
    return (1.0 - label_smoothing) * softplus(-logits) + label_smoothing * softplus(logits)


def smoothed_nll_slope(logits: Array, label_smoothing: float) -> Array:
    """Less the probability of the other outcome, plus the share of wrong labels."""
    slope = (label_smoothing - 1.0) * sigmoid(-logits)
    if label_smoothing != 0.0:
        slope = slope + label_smoothing * sigmoid(logits)
    return slope


def margin_loss(
    loss_id: str,
    *,
    title: str,
    cost: Function,
    cost_slope: Function,
    page: Page,
    params: tuple[Param, ...],
) -> Loss:
    """Declare a loss of the log-ratio margin, and its variant without a reference.

    `cost(margin, **params)` gives the loss of each pair, (n,), and `cost_slope` its derivative with
    respect to the margin. The examples of the page are :func:`example`, in which the margin is 2.
    """

    def of_ratios(chosen: Array, rejected: Array, **given: float) -> Array:
        return cost(chosen - rejected, **given)

    def slopes_of_ratios(chosen: Array, rejected: Array, **given: float) -> tuple[Array, Array]:
        slope = cost_slope(chosen - rejected, **given)
        return slope, -slope

    return ratio_loss(
        loss_id,
        title=title,
        cost=of_ratios,
        cost_slopes=slopes_of_ratios,
        page=page,
        params=params,
    )


def ratio_loss(
    loss_id: str,
    *,
    title: str,
    cost: Function,
    cost_slopes: Function,
    page: Page,
    params: tuple[Param, ...],
) -> Loss:
    """Declare a loss of the log-ratios of both answers, and its variant without a reference.

    `cost(chosen, rejected, **params)` gives the loss of each pair, (n,), and `cost_slopes` its
    derivatives with respect to both. The examples of the page are :func:`example`, in which they
    are 1 and −1.
    """

    def value(*inputs: Array, **given: float) -> Array:
        return cost(*log_ratios(*inputs), **given)

    def slopes(*inputs: Array, **given: float) -> dict[str, Array]:
        of_chosen, of_rejected = cost_slopes(*log_ratios(*inputs), **given)
        return {"policy_chosen": of_chosen, "policy_rejected": of_rejected}

    free = record_loss(
        loss_id,
        title=f"{title}, reference-free",
        tasks=("preference",),
        inputs=POLICY,
        value=value,
        slopes=slopes,
        params=params,
        page=replace(page, curve=LEAD, examples=tuple(map(_without_reference, page.examples))),
    )
    return record_loss(
        loss_id,
        title=title,
        tasks=("preference",),
        inputs=POLICY + REFERENCE,
        value=value,
        slopes=slopes,
        params=params,
        page=page,
        variants=(free,),
    )


def _without_reference(given: Example) -> Example:
    """Give the log-ratios of the example themselves, as log-probabilities without a reference."""
    inputs = {"policy_chosen": [1.0], "policy_rejected": [-1.0]}
    _, _, working = given.working.partition(": ")
    return replace(given, others=inputs, working=f"log-probabilities 1 and −1: {working}")
