"""Centreline Dice loss."""

from typing import Any

from lossctl.core.curves import Curve
from lossctl.core.domain import NONNEGATIVE
from lossctl.core.inputs import BINARY_TARGETS, PREDICTED_PROBABILITIES
from lossctl.core.loss import Array, Example, Grouped, Loss, Page, Reference
from lossctl.core.param import Param
from lossctl.core.whole import Whole
from lossctl.kernels.overlap import overlap_forms
from lossctl.kernels.skeleton import skeleton, skeleton_pullback


def share(hits: Any, stray: Any, smooth: float) -> tuple[float, float, float]:
    """Return (hits + s) / (hits + stray + s), one minus it, and the denominator.

    Nothing out of nothing is 1: an empty centreline lies wholly inside.
    """
    whole = float(hits + stray + smooth)
    return ((float(hits) + smooth) / whole, float(stray) / whole, whole) if whole else (1.0, 0.0, 1)


def measure(
    hit: Array, miss: Array, targets: Array, *, iterations: int, smooth: float
) -> dict[str, Any]:
    """1 − 2·P·S/(P + S), written without the subtraction; 1 when nothing overlaps."""
    line, true_line = skeleton(hit, iterations)[0], skeleton(targets, iterations)[0]
    precise, astray, _ = share((line * targets).sum(), (line * (1.0 - targets)).sum(), smooth)
    found, lost, _ = share((true_line * hit).sum(), (true_line * miss).sum(), smooth)
    both = precise + found
    return {"loss": (precise * lost + found * astray) / both if both else 1.0}


def measure_slope(
    hit: Array, miss: Array, targets: Array, slopes: Any, *, iterations: int, smooth: float
) -> Array:
    """Derivative with respect to p, through the skeleton of p and through p itself."""
    line, levels = skeleton(hit, iterations)
    true_line = skeleton(targets, iterations)[0]
    precise, astray, whole = share((line * targets).sum(), (line * (1.0 - targets)).sum(), smooth)
    found, _, true_whole = share((true_line * hit).sum(), (true_line * miss).sum(), smooth)
    both = precise + found or 1.0
    per_line = (targets * astray - (1.0 - targets) * precise) / whole
    through_line = skeleton_pullback(-2.0 * (found / both) ** 2 * per_line, levels)
    return slopes["loss"] * (through_line - 2.0 * (precise / both) ** 2 * true_line / true_whole)


CLDICE = Loss(
    "cldice",
    "Centreline Dice loss",
    ("segmentation",),
    (PREDICTED_PROBABILITIES, BINARY_TARGETS),
    overlap_forms(measure, measure_slope, ("item",)),
    params=(
        Param(
            "iterations",
            3,
            Whole(),
            "Erosions when the skeleton is taken: at least the largest radius in pixels.",
        ),
        Param("smooth", 1.0, NONNEGATIVE, "Added to numerator and denominator of both shares."),
    ),
    reduction=Grouped("grid", axes=2),
    page=Page(
        summary="Dice between centrelines: how much of each lies inside the other mask.",
        curve=Curve(
            "p on a line and 1 − p beside it",
            0.0,
            1.0,
            lambda x: (
                [[1.0 - x] * 5, [x] * 5, [1.0 - x] * 5],
                [[0.0] * 5, [1.0] * 5, [0.0] * 5],
            ),
            "probabilities",
        ),
        formula="1 − 2·P·S / (P + S),  P = (Σ K(p)·t + s) / (Σ K(p) + s), "
        "S = (Σ K(t)·p + s) / (Σ K(t) + s), K: soft skeleton",
        use_when=(
            "vessels, roads or neurons: thin structures whose connections matter",
            "a regional loss such as dice stands beside it",
        ),
        avoid_when=(
            "shapes are compact: a skeleton says little of them",
            "structures are thicker than twice the iterations",
            "masks have more than two classes",
        ),
        expected={
            "perfect": "0",
            "good": "< 0.2",
            "bad": "> 0.6",
        },
        references=(Reference("Shit et al., clDice (2020)", "arXiv:2003.07311"),),
        examples=(
            Example(
                [[0.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]],
                [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]],
                0.2,
                {"smooth": 0.0},
                "thin lines are their own skeletons: P = 2/2, S = 2/3, 1 − 2·(2/3) / (1 + 2/3)",
            ),
        ),
        notes=(
            (
                "the last two axes are the image; each image has a loss of its own and the mean is "
                "taken over images (the authors' program pools the batch)"
            ),
            "one mask an image; classes are not read, give each its own run",
            (
                "the skeleton is the authors' for images: erosion by the least of a pixel and its "
                "four neighbours, dilation by the greatest of the 3 × 3, pixels beyond the edge "
                "left out"
            ),
            "the gradient goes through both the skeleton of p and p itself",
            "a share of an empty centreline with smooth 0 is 1; without any overlap the loss is 1",
        ),
        kinks="equal neighbours, of which the first in reading order is taken, and p equal to its "
        "opening (slope 0); hard masks are full of both",
    ),
)
