"""Soft margin (logistic) loss."""

from lossctl.core.loss import Array, Example, Loss, Page, Reference
from lossctl.kernels.probability.logistic import (
    logistic_nll,
    logistic_nll_total,
    logistic_slope_of_margins,
)
from lossctl.losses.builders.elementwise import LOGIT, SIGN_TARGETS, SIGNED_SCORES, signed_form


def value(predictions: Array, targets: Array) -> Array:
    """softplus(−t·z), exact however large the margin."""
    return logistic_nll(targets, predictions)


def total(predictions: Array, targets: Array) -> float:
    """Sum of the losses."""
    return logistic_nll_total(targets, predictions)


def slope(margins: Array) -> Array:
    """−σ(−t·z)."""
    return logistic_slope_of_margins(margins)


SOFT_MARGIN = Loss(
    "soft_margin",
    "Soft margin loss",
    ("binary", "multilabel"),
    (SIGNED_SCORES, SIGN_TARGETS),
    (signed_form(value, slope, total, has_slopes=True),),
    context="log",
    proper=True,
    page=Page(
        summary="Logistic loss: log(1 + e^(−y·score)) of labels −1 and +1 (soft margin)",
        also_called=("logistic loss", "logit loss"),
        curve=LOGIT,
        formula="log(1 + e^(−t·z)),  t = ±1",
        use_when=(
            "labels are −1 and +1 and scores are logits",
            "every item should keep a gradient, however far on the right side",
        ),
        avoid_when=(
            "labels are soft, between 0 and 1 (use bce_with_logits, which is equal on 0 and 1)",
            "some labels are wrong: the loss of a confident error grows with its score",
        ),
        expected={
            "perfect": "0",
            "chance": "log 2 ≈ 0.693, for scores of 0",
            "bad": "> 2 log 2 ≈ 1.386",
        },
        references=(
            Reference(
                "Friedman, Hastie & Tibshirani, Additive logistic regression (2000)",
                "doi:10.1214/aos/1016218223",
            ),
        ),
        examples=(
            Example([2.0, -2.0], [1.0, -1.0], 0.126928011042972, {}, "log(1 + e^−2) each"),
            Example([0.0, 0.0], [1.0, 0.0], 0.693147180559945309, {}, "log 2 each, labels 0/1"),
        ),
        notes=("labels 0 and 1 are taken as −1 and +1, with a note",),
    ),
)
