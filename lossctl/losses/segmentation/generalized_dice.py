"""Generalised Dice loss."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lossctl.core.curves import Curve
from lossctl.core.domain import NONNEGATIVE
from lossctl.core.inputs import MASK_SCORES, MASKS
from lossctl.core.loss import Array, Example, Loss, Page, Pooled, Reference, Statistics
from lossctl.core.param import Param
from lossctl.kernels import dice_statistics
from lossctl.kernels.overlap import overlap_forms


def measure(hit: Array, miss: Array, targets: Array, **_: Any) -> Statistics:
    """Shared mass, mass that is not shared, and target mass of every class."""
    return {**dice_statistics.measure(hit, miss, targets), "mass": targets}


def measure_both(hit: Array, miss: Array, targets: Array, **given: Any) -> Statistics:
    """Statistics of one mask: background and foreground are the two classes, along a last axis."""
    sides = (np.stack(pair, axis=-1) for pair in ((miss, hit), (hit, miss), (1 - targets, targets)))
    return measure(*sides, **given)


def measure_both_slope(hit: Array, miss: Array, targets: Array, slopes: Any, **_: Any) -> Array:
    """Derivative with respect to p; the background has 1 − p."""
    beside, inside = ({name: slope[..., side] for name, slope in slopes.items()} for side in (0, 1))
    foreground = dice_statistics.measure_slope(hit, miss, targets, inside)
    return foreground - dice_statistics.measure_slope(miss, hit, 1.0 - targets, beside)


def weigh(mass: Array, smooth: float) -> tuple[Array, Any]:
    """Return the weights 1/(Σt)² in units of the largest, and `smooth` in the same units.

    An absent class has no weight of its own and gets the largest of those present.
    """
    known = np.where(mass > 0.0, mass, np.inf)
    least = known.min(axis=-1, keepdims=True)
    least = np.where(np.isfinite(least), least, 1.0)
    share = np.where(mass > 0.0, least / np.where(mass > 0.0, mass, 1.0), 1.0)
    return share * share, smooth * (least * least)[..., 0]


def finish(*, shared: Array, apart: Array, mass: Array, smooth: float, **_: Any) -> Any:
    """Dice of the weighted masses of all classes, which lie along the last axis."""
    weights, extra = weigh(mass, smooth)
    return dice_statistics.one_minus_dice(
        (weights * shared).sum(axis=-1), (weights * apart).sum(axis=-1), extra
    )


def finish_slope(
    *, shared: Array, apart: Array, mass: Array, smooth: float, **_: Any
) -> dict[str, Any]:
    """Derivative with respect to the masses of every class; the weights are constants."""
    weights, extra = weigh(mass, smooth)
    slopes = dice_statistics.one_minus_dice_slope(
        (weights * shared).sum(axis=-1), (weights * apart).sum(axis=-1), extra
    )
    return {name: weights * np.asarray(slope)[..., None] for name, slope in slopes.items()}


def absent_note(*, wanted: Array, **_: Any) -> Sequence[str]:
    """Say how many classes occur nowhere in the targets of their pool."""
    absent = int(np.sum(wanted == 0.0))
    if not absent:
        return ()
    which = f"{absent} of {wanted.size} class masks are empty"
    return (f"{which}: their weight is the largest of the others in their sample",)


GENERALIZED_DICE = Loss(
    "generalized_dice",
    "Generalised Dice loss",
    ("segmentation",),
    (MASK_SCORES, MASKS),
    (  # one mask has two classes, itself and what is beside it
        *overlap_forms(measure_both, measure_both_slope, ("item",)),
        *overlap_forms(measure, dice_statistics.measure_slope, ("item class",)),
    ),
    params=(Param("smooth", 0.0, NONNEGATIVE, "Added to numerator and denominator."),),
    finish=finish,
    finish_slope=finish_slope,
    reduction=Pooled(joint=True),
    hard_masks=True,
    counts=("wanted",),
    notes=absent_note,
    page=Page(
        summary="Dice over all classes at once, each weighed by one over its squared size.",
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
        formula="1 − (2·Σ_c w_c·Σpt + s) / (Σ_c w_c·(Σp + Σt) + s),  w_c = 1 / (Σt)²",
        use_when=(
            "classes are very unequal in size and small ones must count",
            "several classes are to give one overlap rather than an average of overlaps",
        ),
        avoid_when=(
            "many pools lack a class: its convention then decides the value",
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
        ),
        notes=(
            (
                "a class without targets would weigh 1/0; it gets the largest weight of the "
                "classes present (1 where none is), so false alarms in it count"
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
                "all classes give one value, so average does not apply; background false leaves "
                "out class 0"
            ),
        ),
    ),
)
