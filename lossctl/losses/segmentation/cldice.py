"""Centreline Dice loss: Dice of each mask with the soft skeleton of the other.

Eroding takes the least of a pixel and its four neighbours, dilating the greatest of the 3 × 3 block
around it; pixels beyond the edge do not count. What an erosion followed by a dilation removes of
each erosion I_j is max(0, I_j − opened I_j); the skeleton is 1 − Π(1 − removed_j).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from lossctl.core.domain import NONNEGATIVE, IntegerRange, Param
from lossctl.core.loss import Array, Curve, Example, Grouped, Loss, Page, Reference
from lossctl.kernels.numeric.pointwise import relu
from lossctl.losses.builders.elementwise import BINARY_TARGETS, PREDICTED_PROBABILITIES
from lossctl.losses.builders.masks import count_of, empty_or_full, overlap_forms, target_extent

Offsets: TypeAlias = Sequence[tuple[int, int]]
SQUARE: Offsets = [(i, j) for i in (0, 1, 2) for j in (0, 1, 2)]
CROSS: Offsets = [(i, j) for i, j in SQUARE if 1 in {i, j}]


class Level(NamedTuple):
    """One erosion: what opening removed of it, and which neighbours were chosen."""

    removed: Array
    least: Array
    greatest: Array


def greatest(image: Array, offsets: Offsets) -> tuple[Array, Array]:
    """Return the greatest of each pixel's neighbours, and which it was (the first of equals)."""
    rows, columns = image.shape
    padded = np.pad(image, 1, constant_values=-np.inf)
    near = np.stack([padded[i : i + rows, j : j + columns] for i, j in offsets])
    return near.max(axis=0), near.argmax(axis=0)


def greatest_vjp(slope: Array, chosen: Array, offsets: Offsets) -> Array:
    """Carry the slope of every pixel back to the neighbour it was taken from."""
    rows, columns = slope.shape
    padded_slope = np.zeros((rows + 2, columns + 2), slope.dtype)
    for number, (i, j) in enumerate(offsets):
        padded_slope[i : i + rows, j : j + columns] += np.where(chosen == number, slope, 0.0)
    return padded_slope[1:-1, 1:-1]


def skeleton(image: Array, iterations: int) -> tuple[Array, list[Level]]:
    """Return the soft skeleton of an image (H, W), and what its derivative needs."""
    levels = []
    remaining = np.ones_like(image)
    for _ in range(iterations + 1):
        depth, least = greatest(-image, CROSS)
        opened, chosen = greatest(-depth, SQUARE)
        levels.append(Level(relu(image - opened), least, chosen))
        remaining = remaining * (1.0 - levels[-1].removed)
        image = -depth
    return 1.0 - remaining, levels


def skeleton_vjp(slope: Array, levels: Sequence[Level]) -> Array:
    """Carry slopes with respect to the skeleton back to the image; 0 where nothing was removed."""
    before = [np.ones_like(slope)]  # Π(1 − removed) of the levels above
    for level in levels[:-1]:
        before.append(before[-1] * (1.0 - level.removed))
    # From the last erosion to the first: `eroded` is the slope with respect to the erosion at hand,
    # through the levels below; `before` and `after` are the other factors of the product.
    after, eroded = np.ones_like(slope), np.zeros_like(slope)
    for level, above in zip(reversed(levels), reversed(before), strict=True):
        missed = np.where(level.removed > 0.0, slope * above * after, 0.0)
        eroded = eroded + greatest_vjp(-missed, level.greatest, SQUARE)
        eroded = missed + greatest_vjp(eroded, level.least, CROSS)
        after = after * (1.0 - level.removed)
    return eroded


def ratio_inside(inside: Any, outside: Any, smooth: float) -> tuple[float, float, float]:
    """Return (inside + s) / (inside + outside + s), one minus it, and the denominator.

    Nothing out of nothing is 1: an empty centreline lies wholly inside.
    """
    denominator = float(inside + outside + smooth)
    if not denominator:
        return 1.0, 0.0, 1.0
    return (float(inside) + smooth) / denominator, float(outside) / denominator, denominator


def measure(
    p: Array, one_minus_p: Array, targets: Array, *, iterations: int, smooth: float
) -> dict[str, Any]:
    """1 − 2·P·S/(P + S), written without the subtraction; 1 when nothing overlaps."""
    line, true_line = skeleton(p, iterations)[0], skeleton(targets, iterations)[0]
    precision, imprecision, _ = ratio_inside(
        (line * targets).sum(), (line * (1.0 - targets)).sum(), smooth
    )
    recall, missed, _ = ratio_inside((true_line * p).sum(), (true_line * one_minus_p).sum(), smooth)
    total, extent = precision + recall, target_extent(targets)
    thick = not any(extent.values()) and is_absent(true_line, smooth)
    return {
        "loss": (precision * missed + recall * imprecision) / total if total else 1.0,
        "no_target_line": float(thick),
        "no_line": float(is_absent(line, smooth)),
        **extent,
    }


def is_absent(line: Array, smooth: float) -> bool:
    """Whether a centreline has no pixels, or so few that `smooth` decides its share."""
    return float(line.sum()) <= 0.5 * min(smooth, 1.0)


def measure_slope(
    p: Array, one_minus_p: Array, targets: Array, slopes: Any, *, iterations: int, smooth: float
) -> Array:
    """Derivative with respect to p, through the skeleton of p and through p itself."""
    line, levels = skeleton(p, iterations)
    true_line = skeleton(targets, iterations)[0]
    precision, imprecision, denominator = ratio_inside(
        (line * targets).sum(), (line * (1.0 - targets)).sum(), smooth
    )
    recall, _, true_denominator = ratio_inside(
        (true_line * p).sum(), (true_line * one_minus_p).sum(), smooth
    )
    total = precision + recall or 1.0
    per_line = (targets * imprecision - (1.0 - targets) * precision) / denominator
    through_line = skeleton_vjp(-2.0 * (recall / total) ** 2 * per_line, levels)
    return slopes["loss"] * (
        through_line - 2.0 * (precision / total) ** 2 * true_line / true_denominator
    )


def notes(
    *,
    weight: float,
    empty_target: float,
    full_target: float,
    no_target_line: float,
    no_line: float,
    **_: Any,
) -> list[str]:
    """Say which masks have no centreline, and what the loss measures there."""
    said = []
    if which := empty_or_full(weight, empty_target, full_target):
        meaning = "the loss there only measures predicted centrelines"
        if full_target:
            meaning = "the loss there is 0, whatever is predicted"
        if empty_target and full_target:
            meaning = "that of an empty one only measures predicted centrelines, of a full one 0"
        said.append(f"{which}: without a centreline {meaning}")
    if no_target_line:
        which = count_of(no_target_line, weight, "target")
        said.append(
            f"{which} too thick for a centreline (see iterations): the loss there only measures "
            "predicted centrelines outside the mask"
        )
    if no_line:
        which = count_of(no_line, weight, "predicted")
        said.append(
            f"{which} empty, full or too thick for a centreline: the loss there only measures "
            "what is missed of the true one, and is 0 for a full prediction"
        )
    return said


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
            IntegerRange(),
            "Erosions of the soft skeleton: at least the largest radius in pixels.",
        ),
        Param(
            "smooth",
            1.0,
            NONNEGATIVE,
            "Smoothing term added to numerator and denominator of P and S.",
        ),
    ),
    reduction=Grouped("grid", axes=2),
    notes=notes,
    page=Page(
        summary="clDice: 1 − harmonic mean of topology precision and sensitivity of soft skeletons",
        also_called=("topology-preserving loss", "soft-clDice"),
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
        formula=(
            "1 − 2·P·S / (P + S),  P = (Σ K(p)·t + s) / (Σ K(p) + s), S = (Σ K(t)·p + s) / (Σ "
            "K(t) + s), K: soft skeleton"
        ),
        use_when=(
            "vessels, roads or neurons: thin structures whose connections matter",
            "it is added to a regional loss such as dice",
        ),
        avoid_when=(
            "shapes are compact: a skeleton describes them poorly",
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
            "one mask per image; classes are not read, evaluate each in a run of its own",
            (
                "the skeleton is the authors' for images: erosion by the least of a pixel and its "
                "four neighbours, dilation by the greatest of the 3 × 3, pixels beyond the edge "
                "left out"
            ),
            "the gradient goes through both the skeleton of p and p itself",
            "with smooth 0, P or S of an empty centreline is 1; without any overlap the loss is 1",
        ),
        kinks="equal neighbours, of which the first in reading order is taken, and p equal to its "
        "opening (slope 0); hard masks are full of both",
    ),
)
