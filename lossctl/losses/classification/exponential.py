"""Exponential loss."""

from lossctl.core.loss import Array, Example, Loss, Page, Reference
from lossctl.kernels.numeric.primitives import exp
from lossctl.losses.builders.elementwise import (
    LOGIT,
    SIGN_TARGETS,
    SIGNED_SCORES,
    of_margin,
    signed_form,
)


def value(margins: Array) -> Array:
    """e^(−t·z)."""
    return exp(-margins)


def slope(margins: Array) -> Array:
    """Minus the value."""
    return -exp(-margins)


EXPONENTIAL = Loss(
    "exponential",
    "Exponential loss",
    ("binary",),
    (SIGNED_SCORES, SIGN_TARGETS),
    (signed_form(of_margin(value), slope),),
    page=Page(
        summary="Exponential loss (AdaBoost): e^(−y·score) of labels −1 and +1",
        also_called=("AdaBoost loss",),
        curve=LOGIT,
        formula="e^(−t·z),  t = ±1",
        use_when=(
            "a boosted ensemble is monitored: AdaBoost minimises this loss",
            "labels are clean and each error should count very strongly",
        ),
        avoid_when=(
            "some labels are wrong: one confident error dominates all other items",
            "scores are beyond ±700: the loss overflows (use soft_margin)",
        ),
        expected={
            "perfect": "0",
            "chance": "1, for scores of 0",
            "bad": "> 1",
        },
        references=(
            Reference(
                "Freund & Schapire, A decision-theoretic generalization of on-line learning (1997)",
                "doi:10.1006/jcss.1997.1504",
            ),
        ),
        examples=(
            Example([0.0, 0.0], [1.0, -1.0], 1.0, {}, "e^0 each"),
            Example([1.0, 1.0], [1.0, -1.0], 1.54308063481524378, {}, "(e^−1 + e) / 2 = cosh 1"),
        ),
        notes=("labels 0 and 1 are taken as −1 and +1, with a note",),
    ),
)
