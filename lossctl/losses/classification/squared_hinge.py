"""Squared hinge loss."""

from lossctl.core.domain import NONNEGATIVE, Param
from lossctl.core.loss import Array, Example, Loss, Page, Reference
from lossctl.kernels.numeric.pointwise import hinge
from lossctl.kernels.numeric.primitives import primitive
from lossctl.losses.builders.elementwise import (
    LOGIT,
    SIGN_TARGETS,
    SIGNED_SCORES,
    signed_form,
    with_total,
)


@primitive
def squared_hinge_loss(scores: Array, signs: Array, margin: float) -> Array:
    """max(0, margin − t·z)²."""
    hinges = hinge(signs * scores, margin)
    hinges *= hinges
    return hinges


value, total = with_total(
    squared_hinge_loss, lambda scores, signs, *, margin: (scores, signs, margin), of_signs=True
)


def slope(scores: Array, *, margin: float) -> Array:
    """Minus twice the shortfall."""
    slope = hinge(scores, margin)
    slope *= -2.0
    return slope


SQUARED_HINGE = Loss(
    "squared_hinge",
    "Squared hinge loss",
    ("binary", "multilabel"),
    (SIGNED_SCORES, SIGN_TARGETS),
    (signed_form(value, slope, total),),
    params=(Param("margin", 1.0, NONNEGATIVE, "Margin: y·score from which the loss is 0."),),
    page=Page(
        summary="max(0, margin − y·score)²: squared hinge (L2 SVM), differentiable everywhere",
        also_called=("L2-SVM",),
        curve=LOGIT,
        formula="max(0, m − t·z)²,  t = ±1",
        use_when=(
            "a hinge loss with a continuous gradient is wanted",
            "large errors should cost more than in proportion",
        ),
        avoid_when=(
            "some labels are wrong: their squares dominate (use hinge)",
            "probabilities are wanted (use bce_with_logits)",
        ),
        expected={
            "perfect": "0: every y·score is the margin or more",
            "chance": "the margin squared, for scores of 0",
            "bad": "> the margin squared",
        },
        references=(
            Reference(
                "Tang, Deep Learning using Linear Support Vector Machines (2013)", "arXiv:1306.0239"
            ),
        ),
        examples=(
            Example([0.5, -2.0, 3.0], [1.0, -1.0, -1.0], 5.41666666666666667, {}, "(¼ + 0 + 16)/3"),
            Example([0.5, -2.0], [1.0, 0.0], 1.125, {"margin": 2.0}, "(1½² + 0) / 2, labels 0/1"),
        ),
        notes=("labels 0 and 1 are taken as −1 and +1, with a note",),
    ),
)
