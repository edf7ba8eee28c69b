"""Hinge loss."""

import numpy as np

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
def hinge_loss(scores: Array, signs: Array, margin: float) -> Array:
    """max(0, margin − t·z)."""
    return hinge(signs * scores, margin)


value, total = with_total(
    hinge_loss, lambda scores, signs, *, margin: (scores, signs, margin), of_signs=True
)


def slope(scores: Array, *, margin: float) -> Array:
    """−1 inside the margin, 0 beyond it and on its edge; NaN stays NaN."""
    return -np.sign(hinge(scores, margin))


HINGE = Loss(
    "hinge",
    "Hinge loss",
    ("binary", "multilabel"),
    (SIGNED_SCORES, SIGN_TARGETS),
    (signed_form(value, slope, total),),
    params=(Param("margin", 1.0, NONNEGATIVE, "Margin: y·score from which the loss is 0."),),
    page=Page(
        summary=(
            "max(0, margin − y·score): zero once the score is on the right side by the margin "
            "(SVM loss)"
        ),
        also_called=("SVM loss", "max-margin loss", "L1-SVM"),
        curve=LOGIT,
        formula="max(0, m − t·z),  t = ±1",
        use_when=(
            "a decision is wanted rather than a probability (support vector machines)",
            "items on the right side by the margin should not count any more",
        ),
        avoid_when=(
            "probabilities are wanted: scores are not calibrated (use bce_with_logits)",
            "outliers on the wrong side should not dominate: the loss grows without bound",
        ),
        expected={
            "perfect": "0: every y·score is the margin or more",
            "chance": "the margin, for scores of 0",
            "bad": "> the margin",
        },
        references=(
            Reference("Cortes & Vapnik, Support-vector networks (1995)", "doi:10.1007/BF00994018"),
        ),
        examples=(
            Example([0.5, -2.0, 3.0], [1.0, -1.0, -1.0], 1.5, {}, "(½ + 0 + 4) / 3"),
            Example([0.5, -2.0], [1.0, 0.0], 0.75, {"margin": 2.0}, "(1½ + 0) / 2, labels 0/1"),
        ),
        notes=("labels 0 and 1 are taken as −1 and +1, with a note",),
        kinks="t·z = margin, where the slope is taken as 0",
    ),
)
