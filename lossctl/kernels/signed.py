"""Losses of the signed score t·z, for labels −1 and +1: how far a score is on the right side."""

from typing import Any

from lossctl.core.build import Function, binary_weight, times
from lossctl.core.loss import Array, Form, Input

SIGNED_SCORES = Input(
    "predictions",
    "item",
    "score",
    "scores, any shape: positive speaks for the label +1",
    differentiable=True,
)


def signed_form(value: Function, slope: Function) -> Form:
    """Build the form of a loss of the lead t·z: `value` of the lead and its derivative.

    Both may work in the memory of the lead; what they return is nobody else's.

    Class weights are two numbers (negative, positive), or one a label where labels have columns.
    """

    def terms(
        predictions: Array, targets: Array, *, class_weights: Any, **given: Any
    ) -> dict[str, Any]:
        weight = sign_weight(targets, class_weights)
        return {"loss": times(weight, value(targets * predictions, **given)), "weight": weight}

    def pullback(
        predictions: Array, targets: Array, *, slopes: Any, class_weights: Any, **given: Any
    ) -> dict[str, Array]:
        rise = slope(targets * predictions, **given)
        rise *= targets
        return {"predictions": times(slopes["loss"] * sign_weight(targets, class_weights), rise)}

    return Form("item", "logits", terms, pullback)


def sign_weight(targets: Array, class_weights: Array | None) -> Any:
    """Weight of each item: by the sign of its label, or by its column where labels have columns."""
    return binary_weight(0.5 * (targets + 1.0), class_weights) if class_weights is not None else 1.0
