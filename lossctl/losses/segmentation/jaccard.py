"""Jaccard loss."""

from typing import Any

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
    """One minus intersection over union, the union being the intersection and what is outside."""
    return one_minus_dice(intersection, difference, smooth, times=1.0)


def finish_slope(*, intersection: Any, difference: Any, smooth: float, **_: Any) -> dict[str, Any]:
    """Derivative of the quotient with respect to both sums."""
    return one_minus_dice_slope(intersection, difference, smooth, times=1.0)


JACCARD = overlap_loss(
    "jaccard",
    title="Jaccard loss",
    measure=(dice_masses, dice_masses_slope),
    loops=DICE_LOOPS,
    finish=(finish, finish_slope),
    params=(SMOOTH,),
    page=Page(
        summary="Soft Jaccard (IoU) loss: 1 − Σ(p·t) / (Σp + Σt − Σ(p·t))",
        also_called=("IoU loss", "intersection over union", "Jaccard index"),
        curve=OVERLAP,
        formula="1 − (tp + s) / (tp + fp + fn + s),  tp = Σpt, fp = Σp(1−t), fn = Σ(1−p)t",
        use_when=(
            "the metric is IoU, intersection over union",
            "the foreground is a small part of the image",
        ),
        avoid_when=(
            "calibrated pixel probabilities are needed",
            "many images have an empty mask and each has a loss of its own",
            (
                "the metric is the IoU of hard masks: lovasz_hinge and lovasz_softmax follow it "
                "more closely"
            ),
        ),
        expected={
            "perfect": "0",
            "good": "< 0.45",
            "bad": "> 0.8",
        },
        references=(
            Reference(
                "Rahman & Wang, Optimizing Intersection-Over-Union (2016)",
                "doi:10.1007/978-3-319-50835-1_22",
            ),
        ),
        examples=(
            Example(
                [1.0, 1.0, 0.0, 0.0],
                [1.0, 0.0, 1.0, 0.0],
                0.666666666666667,
                {"smooth": 0.0},
                "1 − 1 / (1 + 1 + 1)",
            ),
        ),
        notes=(
            "it is tversky with alpha = beta = 1, and 2d / (1 + d) for a dice loss d (smooth 0)",
            "with both masks empty and smooth 0 the loss is 0: the masks agree",
        ),
    ),
)
