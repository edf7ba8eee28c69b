"""Dice loss."""

from typing import Any

from lossctl.core.domain import Flag, Param
from lossctl.core.loss import Example, Page, Reference
from lossctl.kernels.overlap.soft_overlap import (
    DICE_LOOPS,
    dice_masses,
    dice_masses_slope,
    one_minus_dice,
    one_minus_dice_slope,
)
from lossctl.losses.builders.masks import OVERLAP, SMOOTH, overlap_loss


def finish(*, intersection: Any, difference: Any, smooth: float, **_: Any) -> Any:
    """One minus twice the intersection over the sum of both masks."""
    return one_minus_dice(intersection, difference, smooth)


def finish_slope(*, intersection: Any, difference: Any, smooth: float, **_: Any) -> dict[str, Any]:
    """Derivative of the quotient with respect to both sums."""
    return one_minus_dice_slope(intersection, difference, smooth)


DICE = overlap_loss(
    "dice",
    title="Dice loss",
    measure=(dice_masses, dice_masses_slope),
    loops=DICE_LOOPS,
    finish=(finish, finish_slope),
    params=(
        SMOOTH,
        Param(
            "squared",
            default=False,
            domain=Flag(),
            help="Sum squares of p and t in the denominator (V-Net).",
        ),
    ),
    bad_above=("", 0.7),
    page=Page(
        summary="Soft Dice loss: 1 − 2·Σ(p·t) / (Σp + Σt), one minus the F1 of soft masks",
        also_called=("Sørensen-Dice", "Dice coefficient", "F1 loss", "DSC", "V-Net loss"),
        curve=OVERLAP,
        formula="1 − (2·Σpt + s) / (Σp + Σt + s)",
        use_when=(
            "the metric is Dice or F1",
            "the foreground is a small part of the image",
        ),
        avoid_when=(
            "calibrated pixel probabilities are needed",
            "many images have an empty mask and each has a loss of its own",
            "it would be the only loss: training is more stable with cross-entropy added",
        ),
        expected={
            "perfect": "0",
            "good": "< 0.3",
            "bad": "> 0.7",
        },
        references=(Reference("Milletari et al., V-Net (2016)", "arXiv:1606.04797"),),
        examples=(
            Example(
                [1.0, 1.0, 0.0, 0.0],
                [1.0, 0.0, 1.0, 0.0],
                0.5,
                {"smooth": 0.0},
                "1 − 2·1 / (2 + 2)",
            ),
        ),
        notes=("with both masks empty and smooth 0 the loss is 0: the masks agree",),
    ),
)
