"""Rule satisfaction loss."""

from lossctl.core.domain import POSITIVE, UNIT, Param
from lossctl.core.loss import Array, Example, Input, Page, Reference
from lossctl.losses.builders.elementwise import elementwise
from lossctl.losses.builders.logic import TRUTH


def value(predictions: Array, targets: Array, *, temperature: float) -> Array:
    """Squared shortfall from the wanted truth, in units of `temperature`."""
    gap = (targets - predictions) / temperature
    return gap * gap


def slope(predictions: Array, targets: Array, *, temperature: float) -> Array:
    """Twice the signed distance over the temperature squared."""
    return (2.0 * (predictions - targets) / temperature) / temperature


RULE_SATISFACTION = elementwise(
    "rule_satisfaction",
    title="Rule satisfaction loss",
    tasks=("logic",),
    inputs=(
        Input(
            "predictions",
            "item",
            "truth",
            "truth values of the rules, usually (N, rules)",
            expected=UNIT,
            differentiable=True,
        ),
        Input(
            "targets", "item", "truth", "target truth value of each, 1 when not given", default=1.0
        ),
    ),
    value=value,
    slope=slope,
    params=(
        Param(
            "temperature",
            1.0,
            POSITIVE,
            "Temperature τ that errors are divided by; larger penalizes violations less.",
        ),
    ),
    page=Page(
        summary="((target − truth value)/τ)²: squared error of the truth values of soft rules",
        also_called=("Logic Tensor Networks",),
        curve=TRUTH,
        formula="((t − v) / τ)²,  v the truth value of a rule",
        use_when=("a model should satisfy soft logical rules as well as fit its data",),
        avoid_when=("the requirement is hard: measure it with constraint_violation",),
        expected={
            "perfect": "0: every rule holds",
            "bad": "1 / τ²: every rule is false",
        },
        references=(
            Reference("Badreddine et al., Logic Tensor Networks (2020)", "arXiv:2012.13635"),
        ),
        examples=(Example([1.0, 0.5], None, 0.125, {}, "(0 + ½²) / 2, targets 1"),),
    ),
)
