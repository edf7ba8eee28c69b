"""Boundary loss."""

from typing import Any

from lossctl.core.loss import Array, Curve, Example, Grouped, Loss, Page, Reference
from lossctl.losses.builders.elementwise import BINARY_TARGETS, PREDICTED_PROBABILITIES
from lossctl.losses.builders.masks import (
    empty_or_full,
    overlap_forms,
    signed_distance,
    target_extent,
)


def measure(p: Array, one_minus_p: Array, targets: Array) -> dict[str, Any]:  # noqa: ARG001
    """Average p times the signed distance over one image."""
    extent = target_extent(targets)
    has_outline = not any(extent.values())
    return {
        "loss": (p * signed_distance(targets > 0.5)).mean(),
        "missed": float(has_outline and not (p > 0.5).any()),
        **extent,
    }


def measure_slope(p: Array, one_minus_p: Array, targets: Array, slopes: Any) -> Array:  # noqa: ARG001
    """The signed distance, over the number of pixels."""
    return slopes["loss"] * signed_distance(targets > 0.5) / targets.size


def notes(
    *, weight: float, empty_target: float, full_target: float, missed: float, **_: Any
) -> list[str]:
    """Say where a loss of 0 is not good: no outline in the target, or the whole mask missed."""
    said = []
    if which := empty_or_full(weight, empty_target, full_target):
        said.append(f"{which}: without an outline the loss there is 0, whatever is predicted")
    if missed:
        images = "the image" if weight == 1 else f"{missed:g} of {weight:g} images"
        said.append(
            f"no p is above ½ in {images}, though the target is neither empty nor full: "
            "the loss of an entirely missed mask is about 0, that of a perfect one less"
        )
    return said


BOUNDARY = Loss(
    "boundary",
    "Boundary loss",
    ("segmentation",),
    (PREDICTED_PROBABILITIES, BINARY_TARGETS),
    overlap_forms(measure, measure_slope, ("item",)),
    reduction=Grouped("grid", axes=2),
    notes=notes,
    page=Page(
        summary="Boundary loss: mean over pixels of p × signed distance to the true outline",
        also_called=("surface loss",),
        curve=Curve(
            "p on the mask and 1 − p beside it",
            0.0,
            1.0,
            lambda x: (
                [[x, x, x, 1.0 - x, 1.0 - x, 1.0 - x]] * 2,
                [[1.0, 1.0, 1.0, 0.0, 0.0, 0.0]] * 2,
            ),
            "probabilities",
        ),
        formula="(1/|Ω|)·Σ p·φ,  φ = distance to the mask outside it; inside, "
        "−(distance to the nearest pixel outside − 1)",
        use_when=(
            "regions are very unequal in size and the outline matters",
            "it is added to a regional loss (dice, generalized_dice, cross-entropy)",
        ),
        avoid_when=(
            "it would be the only loss: an empty prediction is nearly a minimum for small masks",
            "masks have more than two classes",
            "values of different images are compared: the best one depends on the mask",
        ),
        expected={
            "perfect": "(1/|Ω|)·Σ φ over the mask: negative, or 0 for masks 2 pixels thin",
            "empty prediction": "0",
            "bad": "> 0",
        },
        references=(Reference("Kervadec et al., Boundary loss (2018)", "arXiv:1812.07032"),),
        examples=(
            Example(
                [[1.0, 1.0, 1.0, 0.5, 0.0]],
                [[1.0, 1.0, 1.0, 0.0, 0.0]],
                -0.5,
                {},
                "(−2 − 1 − 0 + ½·1 + 0·2) / 5",
            ),
        ),
        notes=(
            (
                "the last two axes are the image; each image has a loss of its own and the mean is "
                "taken over images (the slices of a volume count as images)"
            ),
            "one mask per image; classes are not read, evaluate each in a run of its own",
            (
                "distances are in pixels, to the centre of the nearest pixel; φ follows the "
                "authors' program, 0 on the outermost pixels of the mask"
            ),
            (
                "the distance map depends on the target alone and is a constant: the gradient is "
                "exact"
            ),
            "an empty or full target has no outline: φ is 0 and so is the loss",
            "a soft target is the mask where t > ½",
        ),
    ),
)
