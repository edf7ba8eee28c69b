"""Generalised Dice loss."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lossctl.core.domain import NONNEGATIVE, Choice, Param
from lossctl.core.loss import Array, Curve, Example, Loss, Page, Pooled, Reference, Statistics
from lossctl.kernels.overlap.soft_overlap import (
    dice_masses,
    dice_masses_slope,
    one_minus_dice,
    one_minus_dice_slope,
)
from lossctl.losses.builders.masks import MASK_SCORES, MASKS, overlap_forms


def measure(p: Array, one_minus_p: Array, targets: Array, **_: Any) -> Statistics:
    """Intersection, what is outside of it, and target mass of every class."""
    return {**dice_masses(p, one_minus_p, targets), "class_mass": targets}


def measure_both(p: Array, one_minus_p: Array, targets: Array, **params: Any) -> Statistics:
    """Statistics of one mask: background and foreground are the two classes, along a last axis."""
    sides = (
        np.stack(pair, axis=-1)
        for pair in ((one_minus_p, p), (p, one_minus_p), (1 - targets, targets))
    )
    return measure(*sides, **params)


def measure_both_slope(
    p: Array, one_minus_p: Array, targets: Array, slopes: Any, **_: Any
) -> Array:
    """Derivative with respect to p; the background has 1 − p."""
    background, foreground = (
        {name: slope[..., side] for name, slope in slopes.items()} for side in (0, 1)
    )
    of_foreground = dice_masses_slope(p, one_minus_p, targets, foreground)
    return of_foreground - dice_masses_slope(one_minus_p, p, 1.0 - targets, background)


def class_weights_of(class_mass: Array, smooth: float, weighting: str) -> tuple[Array, Any]:
    """Return the weights of classes in units of the largest, and `smooth` in the same units.

    An absent class has no weight of its own and gets the largest of those present.
    """
    positive_mass = np.where(class_mass > 0.0, class_mass, np.inf)
    least = positive_mass.min(axis=-1, keepdims=True)
    least = np.where(np.isfinite(least), least, 1.0)
    share = np.where(class_mass > 0.0, least / np.where(class_mass > 0.0, class_mass, 1.0), 1.0)
    if weighting == "simple":
        return share, smooth * least[..., 0]
    if weighting == "uniform":
        return np.ones_like(share), smooth
    return share * share, smooth * (least * least)[..., 0]


def finish(
    *,
    intersection: Array,
    difference: Array,
    class_mass: Array,
    smooth: float,
    weighting: str,
    **_: Any,
) -> Any:
    """Dice of the weighted masses of all classes, which lie along the last axis."""
    weights, extra = class_weights_of(class_mass, smooth, weighting)
    return one_minus_dice(
        (weights * intersection).sum(axis=-1), (weights * difference).sum(axis=-1), extra
    )


def finish_slope(
    *,
    intersection: Array,
    difference: Array,
    class_mass: Array,
    smooth: float,
    weighting: str,
    **_: Any,
) -> dict[str, Any]:
    """Derivative with respect to the masses of every class; the weights are constants."""
    weights, extra = class_weights_of(class_mass, smooth, weighting)
    slopes = one_minus_dice_slope(
        (weights * intersection).sum(axis=-1), (weights * difference).sum(axis=-1), extra
    )
    return {name: weights * np.asarray(slope)[..., None] for name, slope in slopes.items()}


def absent_note(*, target_mass: Array, **_: Any) -> Sequence[str]:
    """Say how many classes occur nowhere in the targets of their pool."""
    absent = int(np.sum(target_mass == 0.0))
    if not absent:
        return ()
    which = f"{absent} of {target_mass.size} class masks are empty"
    return (f"{which}: their weight is the largest of the others in their sample",)


GENERALIZED_DICE = Loss(
    "generalized_dice",
    "Generalised Dice loss",
    ("segmentation",),
    (MASK_SCORES, MASKS),
    (  # one mask has two classes, itself and what is beside it
        *overlap_forms(measure_both, measure_both_slope, ("item",)),
        *overlap_forms(measure, dice_masses_slope, ("item class",)),
    ),
    params=(
        Param("smooth", 0.0, NONNEGATIVE, "Smoothing term added to numerator and denominator."),
        Param(
            "weighting",
            "square",
            Choice(("square", "simple", "uniform")),
            "Weight of a class: 1/(Σt)², 1/Σt, or the same for all.",
        ),
    ),
    finish=finish,
    finish_slope=finish_slope,
    reduction=Pooled(joint=True),
    hard_masks=True,
    counts=("target_mass",),
    notes=absent_note,
    page=Page(
        summary="Generalized Dice: one Dice over all classes, each weighted by 1/(class size)²",
        also_called=("GDL",),
        curve=Curve(
            "p of the true class; classes of 1 and 3 items",
            0.0,
            1.0,
            lambda x: (
                [[x, 1.0 - x], [1.0 - x, x], [1.0 - x, x], [1.0 - x, x]],
                [0, 1, 1, 1],
            ),
            "probabilities",
        ),
        formula="1 − (2·Σ_c w_c·Σpt + s) / (Σ_c w_c·(Σp + Σt) + s),  w_c = 1 / (Σt)², 1 / Σt or 1",
        use_when=(
            "classes are very unequal in size and small ones must count",
            "several classes should give one overlap rather than an average of overlaps",
        ),
        avoid_when=(
            "many pools have no pixel of some class: the convention for it decides the value",
            "calibrated pixel probabilities are needed",
        ),
        expected={
            "perfect": "0",
            "good": "< 0.3",
            "bad": "> 0.7",
        },
        references=(
            Reference("Sudre et al., Generalised Dice overlap (2017)", "arXiv:1707.03237"),
        ),
        examples=(
            Example(
                [[0.5, 0.5], [0.25, 0.75], [0.0, 1.0]],
                [0, 1, 1],
                0.333333333333333,
                {},
                "w = 1, ¼: 1 − 2·(½ + 1.75/4) / ((¾ + 1) + (2.25 + 2)/4)",
            ),
            Example(
                [[0.5, 0.5], [0.25, 0.75], [0.0, 1.0]],
                [0, 1, 1],
                0.290322580645161290,
                {"weighting": "simple"},
                "w = 1, ½: 1 − 2·(½ + 1.75/2) / ((¾ + 1) + (2.25 + 2)/2)",
            ),
        ),
        notes=(
            (
                "the weight of a class without targets would be 1/0; it gets the largest "
                "weight of the classes present (1 where none is), so false positives in it "
                "count"
            ),
            (
                "arrays of one shape are read as class scores with one-hot targets; for a single "
                "mask say task binary: it has two classes, itself and its background, as in the "
                "paper"
            ),
            (
                "smooth is 0 by default: the weights make both sums as small as one over the size "
                "of the masks, and a fixed number beside them would decide the value"
            ),
            (
                "all classes give one value, so average does not apply; background false "
                "leaves out class 0"
            ),
        ),
    ),
)
