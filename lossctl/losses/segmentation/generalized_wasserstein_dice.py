"""Generalised Wasserstein Dice loss."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from lossctl.core.domain import NONNEGATIVE, Choice, Nullable, Param
from lossctl.core.errors import UsageError
from lossctl.core.list_domains import ListOf
from lossctl.core.loss import Array, Curve, Example, Loss, Page, Pooled, Reference, Statistics
from lossctl.kernels.overlap.soft_overlap import one_minus_dice, one_minus_dice_slope
from lossctl.losses.builders.masks import MASK_SCORES, MASKS, SMOOTH, overlap_forms

Matrix: TypeAlias = tuple[tuple[float, ...], ...] | None

FOUR = ((0.0, 1.0, 1.0, 1.0), (1.0, 0.0, 0.5, 0.25), (0.5, 0.5, 0.0, 0.75), (1.0, 0.25, 2.0, 0.0))


def distances_of(matrix: Matrix, classes: int) -> Array:
    """Return the distances from true classes, (rows), to predicted ones, over the greatest."""
    if matrix is None:
        return 1.0 - np.eye(classes)
    distances, name = np.array(matrix), "generalized_wasserstein_dice: distance_matrix"
    if len(distances) != classes:
        raise UsageError(
            f"{name} is {len(matrix)} × {len(matrix)}, but there are {classes} classes"
        )
    if distances.diagonal().any():
        at = int(np.flatnonzero(distances.diagonal())[0])
        raise UsageError(
            f"{name}: the distance of class {at} from itself is {distances[at, at]:g}, must be 0"
        )
    if not distances.any():
        raise UsageError(f"{name} is 0 throughout: no two classes differ")
    return distances / distances.max()


def to_classes(p: Array, matrix: Array) -> Array:
    """Return Σ_k M_ck·p_k for every class c, in a fixed order of the sum, (n, C)."""
    sums = p[:, 0, None] * matrix[:, 0].astype(p.dtype)
    for column in range(1, p.shape[1]):
        sums += p[:, column, None] * matrix[:, column].astype(p.dtype)
    return sums


def foreground(classes: int, weighting: str) -> Array:
    """Return the factors of true positives: 0 of the background, class 0, unless by size."""
    factors = np.ones(classes)
    factors[0] = 1.0 if weighting == "size" else 0.0
    return factors


def measure(
    p: Array,
    one_minus_p: Array,  # noqa: ARG001 - distances of a class to itself are 0
    targets: Array,
    *,
    distance_matrix: Matrix,
    weighting: str,
    **_: Any,
) -> Statistics:
    """Wasserstein error and agreement of every true class, and its mass."""
    distances = distances_of(distance_matrix, p.shape[1])
    factors = foreground(p.shape[1], weighting).astype(p.dtype)
    return {
        "error": targets * to_classes(p, distances),
        "agreement": factors * targets * to_classes(p, 1.0 - distances),
        "class_mass": targets,
        "target_mass": targets,
    }


def measure_slope(
    p: Array,
    one_minus_p: Array,  # noqa: ARG001
    targets: Array,
    slopes: Mapping[str, Any],
    *,
    distance_matrix: Matrix,
    weighting: str,
    **_: Any,
) -> Array:
    """Derivative with respect to p."""
    distances = distances_of(distance_matrix, p.shape[1])
    of_agreement = foreground(p.shape[1], weighting) * slopes["agreement"] * targets
    of_error = slopes["error"] * targets
    return to_classes(of_error, distances.T) + to_classes(of_agreement, 1.0 - distances.T)


def weights_of(class_mass: Array, weighting: str) -> Array:
    """Return 1/(Σt + 1) of every class, or 1."""
    return 1.0 / (class_mass + 1.0) if weighting == "size" else np.ones_like(class_mass)


def finish(
    *, agreement: Array, error: Array, class_mass: Array, smooth: float, weighting: str, **_: Any
) -> Any:
    """One Dice of the sums over all classes, which lie along the last axis."""
    weights = weights_of(class_mass, weighting)
    return one_minus_dice(
        (weights * agreement).sum(axis=-1), (weights * error).sum(axis=-1), smooth
    )


def finish_slope(
    *, agreement: Array, error: Array, class_mass: Array, smooth: float, weighting: str, **_: Any
) -> dict[str, Any]:
    """Derivative with respect to the sums of every class; the weights are constants."""
    weights = weights_of(class_mass, weighting)
    slopes = one_minus_dice_slope(
        (weights * agreement).sum(axis=-1), (weights * error).sum(axis=-1), smooth
    )
    names = {"agreement": "intersection", "error": "difference"}
    return {ours: weights * np.asarray(slopes[name])[..., None] for ours, name in names.items()}


def absent_note(*, target_mass: Array, **_: Any) -> Sequence[str]:
    """Say how many classes occur nowhere in the targets of their pool."""
    absent = int(np.sum(target_mass == 0.0))
    if not absent:
        return ()
    which = f"{absent} of {target_mass.size} class masks are empty"
    return (f"{which}: false positives there only count as errors of the true class",)


GENERALIZED_WASSERSTEIN_DICE = Loss(
    "generalized_wasserstein_dice",
    "Generalised Wasserstein Dice loss",
    ("segmentation",),
    (MASK_SCORES, MASKS),
    overlap_forms(measure, measure_slope, ("item class",)),
    params=(
        Param(
            "distance_matrix",
            None,
            Nullable(
                ListOf(ListOf(NONNEGATIVE, ((0.0, 1.0),)), (FOUR,), "a square matrix", square=True)
            ),
            "Distances between classes, rows the true and columns the predicted class, 0 on the "
            "diagonal; divided by the greatest. null: 1 between any two.",
        ),
        Param(
            "weighting",
            "foreground",
            Choice(("foreground", "size")),
            "True positives: those of all classes but 0, or of each weighted by 1/(size + 1), as "
            "errors are then too.",
        ),
        SMOOTH,
    ),
    finish=finish,
    finish_slope=finish_slope,
    reduction=Pooled(joint=True),
    hard_masks=True,
    counts=("target_mass",),
    notes=absent_note,
    page=Page(
        summary="Generalized Wasserstein Dice: Dice whose errors cost the distance of the classes",
        also_called=("Dice with a class hierarchy",),
        curve=Curve(
            "p of the true class, two items of two classes",
            0.0,
            1.0,
            lambda x: ([[x, 1.0 - x], [1.0 - x, x]], [0, 1]),
            "probabilities",
        ),
        formula="Σ δ / (2·Σ α_y·(1 − δ) + Σ δ + s),  δ = Σ_k M_yk·p_k of the true class y; "
        "α = 0 of class 0, 1 of others; weighting=size: α = 1/(size + 1), in all three sums",
        use_when=(
            "some confusions are worse than others, as of a tumour with healthy tissue",
            "classes form a hierarchy, and its distances are known",
        ),
        avoid_when=(
            "all confusions are alike (use dice or generalized_dice)",
            "calibrated pixel probabilities are needed",
        ),
        expected={
            "perfect": "0",
            "good": "< 0.3",
            "bad": "> 0.7",
        },
        references=(
            Reference(
                "Fidon et al., Generalised Wasserstein Dice score for imbalanced multi-class "
                "segmentation using holistic convolutional networks (2017)",
                "arXiv:1707.00478",
            ),
            Reference(
                "Tilborghs et al., Segmentation of lung, lesion and lesion type in CT scans of "
                "COVID-19 patients (2020): weighting by size",
                "arXiv:2007.15546",
            ),
        ),
        examples=(
            Example(
                [[0.5, 0.25, 0.25], [0.5, 0.5, 0.0], [0.25, 0.0, 0.75]],
                [0, 1, 2],
                0.333333333333333,
                {"distance_matrix": [[0, 1, 1], [1, 0, 0.5], [1, 0.5, 0]], "smooth": 0.0},
                "δ = ½, ½, ¼; true positives ½ + ¾ of classes 1 and 2: 1¼ / (2·1¼ + 1¼)",
            ),
        ),
        notes=(
            "one true class per item; of soft targets δ is the mean over the true classes",
            "distances are divided by the greatest, as in MONAI; they need not be symmetric",
            (
                "all classes give one value, so average does not apply; class 0 is the background, "
                "whose agreement does not count unless weighting=size"
            ),
            "MONAI takes logits, one loss for each image (pooling sample), and smooth=1e-5",
        ),
    ),
)
