"""Build losses of masks: functions of sums over the overlap of predicted and true masks."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from lossctl.core.domain import NONNEGATIVE, UNIT, Param
from lossctl.core.loss import Array, Curve, Form, FormAxes, Input, Loss, Page, Pooled, Statistics
from lossctl.kernels.numeric.block_cache import gradient_place
from lossctl.kernels.numeric.primitives import NATIVE
from lossctl.kernels.overlap.soft_overlap import (
    OverlapLoops,
    identity_vjp,
    mask,
    overlap_slope,
    overlap_sums,
    overlap_sums_of_logits,
    sigmoid_vjp,
    softmax_split_vjp,
    sums_of_masks,
    with_complement,
)
from lossctl.kernels.probability.logistic import sigmoid_pair
from lossctl.kernels.probability.softmax import softmax_pair
from lossctl.losses.builders.elementwise import item_totals

MASK_SCORES = Input(
    "predictions",
    "item [class]",
    "score",
    "probabilities, logits or a hard mask, any shape; class scores with a class axis; a label map",
    differentiable=True,
)
MASKS = Input(
    "targets",
    "item | item class",
    "label",
    "masks of 0 and 1 (or soft) shaped like the predictions; or an index mask",
    UNIT,
)
OVERLAP = Curve(
    "p on the mask and 1 − p beside it",
    0.0,
    1.0,
    lambda x: ([x, 1.0 - x], [1.0, 0.0]),
    "probabilities",
)

Measure: TypeAlias = Callable[..., Statistics]
MeasureSlope: TypeAlias = Callable[..., Array]
Split: TypeAlias = Callable[[Array], tuple[Array, Array]]
SplitVjp: TypeAlias = Callable[[Array, Array, Array], Array]
SMOOTH = Param("smooth", 1e-6, NONNEGATIVE, "Smoothing term added to numerator and denominator.")


def overlap_loss(
    loss_id: str,
    *,
    title: str,
    measure: tuple[Measure, MeasureSlope],
    loops: OverlapLoops,
    finish: tuple[Callable[..., Any], Callable[..., Any]],
    params: tuple[Param, ...],
    page: Page,
    bad_above: tuple[str, float] | None = None,
) -> Loss:
    """Declare a loss that is a function of sums over masks.

    Parameters
    ----------
    measure
        The statistics of each element and their slope, as :func:`overlap_forms` takes them; one of
        them is ``target_mass``, the mass of the targets.
    loops
        What loops over all elements at once need to know.
    finish
        Summed statistics → the loss, and its slope with respect to each.
    """
    return Loss(
        loss_id,
        title,
        ("segmentation",),
        (MASK_SCORES, MASKS),
        overlap_forms(*measure, loops=loops),
        params=params,
        finish=finish[0],
        finish_slope=finish[1],
        reduction=Pooled(),
        hard_masks=True,
        counts=("target_mass",),
        notes=empty_note,
        page=page,
        bad_above=bad_above,
    )


def overlap_forms(
    measure: Measure,
    measure_slope: MeasureSlope,
    axes: Sequence[FormAxes] = ("item", "item class"),
    loops: OverlapLoops | None = None,
) -> tuple[Form, ...]:
    """Build every form of a loss that is made of p and 1 − p, for the readings of its axes.

    Parameters
    ----------
    measure
        ``measure(p, q, t, **params)`` gives the statistics of each element (of a whole group for a
        loss of groups), q being 1 − p.
    measure_slope
        ``measure_slope(p, q, t, slopes, **params)``: their derivative with respect to p, combined
        with the slopes of the loss.
    axes
        The readings.
    loops
        As :func:`overlap_loss` takes it.
    """
    return tuple(
        _form(read_as, kind, SPLITS[read_as, kind], (measure, measure_slope), loops)
        for kind in ("probabilities", "logits")
        for read_as in axes
    )


def _form(
    axes: FormAxes,
    kind: str,
    split: tuple[Split, SplitVjp],
    measures: tuple[Measure, MeasureSlope],
    loops: OverlapLoops | None,
) -> Form:
    (split_p, split_vjp), (measure, measure_slope) = split, measures

    def terms(predictions: Array, targets: Array, **params: Any) -> Statistics:
        return measure(*split_p(predictions), mask(targets, predictions), **params)

    def vjp(predictions: Array, targets: Array, *, slopes: Any, **params: Any) -> dict[str, Array]:
        if loops is not None and (axes, kind) == ("item", "logits"):
            by_label = loops.label_slopes(slopes, **params)
            if by_label is not None and all(isinstance(each, float) for each in by_label):
                place = gradient_place("predictions", predictions)
                return {"predictions": overlap_slope(predictions, targets, *by_label, out=place)}
        p, one_minus_p = split_p(predictions)
        slope = measure_slope(p, one_minus_p, mask(targets, predictions), slopes, **params)
        return {"predictions": split_vjp(p, one_minus_p, slope)}

    def totals(predictions: Array, targets: Array, **params: Any) -> Mapping[str, float] | None:
        if loops is None or predictions.ndim > 1:
            return None
        of_masks = overlap_sums_of_logits if kind == "logits" else overlap_sums
        return loops.sums(lambda: sums_of_masks(of_masks, predictions, targets), **params)

    if axes != "item" or loops is None:
        return Form(axes, kind, terms, vjp)
    return Form(axes, kind, terms, vjp, totals=item_totals(terms) if NATIVE is None else totals)


SPLITS: dict[tuple[FormAxes, str], tuple[Split, SplitVjp]] = {
    ("item", "probabilities"): (with_complement, identity_vjp),
    ("item class", "probabilities"): (with_complement, identity_vjp),
    ("item", "logits"): (sigmoid_pair, sigmoid_vjp),
    ("item class", "logits"): (softmax_pair, softmax_split_vjp),
}
"""How predictions become (p, 1 − p), and how slopes with respect to p are carried back to them."""


def empty_note(*, target_mass: Any, **_: Any) -> tuple[str, ...]:
    """Say how many target masks are empty."""
    if isinstance(target_mass, float):
        masks, empty = 1, int(target_mass == 0.0)
    else:
        masks, empty = np.size(target_mass), int(np.sum(target_mass == 0.0))
    if not empty:
        return ()
    which = (
        "the target mask is empty" if masks == 1 else f"{empty} of {masks} target masks are empty"
    )
    return (f"{which}: the loss there only measures false positives",)


def count_of(these: float, masks: float, what: str) -> str:
    """Say how many of all masks are something: 2 of 8 target masks."""
    return f"the {what} mask is" if masks == 1 else f"{these:g} of {masks:g} {what} masks are"


def target_extent(targets: Array) -> dict[str, float]:
    """Count whether one target mask is empty, and whether it is full."""
    inside = targets > 0.5
    return {"empty_target": float(not inside.any()), "full_target": float(inside.all())}


def empty_or_full(weight: float, empty_target: float, full_target: float) -> str:
    """Say how many target masks are empty, how many full; nothing where none is."""
    if empty_target and full_target:
        both = empty_target + full_target
        extent = f"empty or full ({empty_target:g} empty, {full_target:g} full)"
        return f"{count_of(both, weight, 'target')} {extent}"
    if not (empty_target or full_target):
        return ""
    extent = "empty" if empty_target else "full"
    return f"{count_of(empty_target or full_target, weight, 'target')} {extent}"


ERROR_WEIGHTS = (
    Param("alpha", 0.3, NONNEGATIVE, "Weight of false positives."),
    Param("beta", 0.7, NONNEGATIVE, "Weight of false negatives."),
)


def distances(mask: Array) -> tuple[Array, Array]:
    """Return each pixel's distance to the nearest pixel outside and inside the mask.

    `mask` is a boolean image; the first map is 0 outside the mask and the second 0 inside. Both
    are 0 everywhere for an empty or full mask, which has no outline.
    """
    from scipy.ndimage import distance_transform_edt  # noqa: PLC0415 - slow to import

    if not mask.any() or mask.all():
        return np.zeros(mask.shape), np.zeros(mask.shape)
    return distance_transform_edt(mask), distance_transform_edt(~mask)


def signed_distance(mask: Array) -> Array:
    """Return the distance to the mask, and inside it minus the distance to its outermost pixels."""
    inside, outside = distances(mask)
    return outside - np.maximum(inside - 1.0, 0.0)


def outline_distance(mask: Array) -> Array:
    """Return each pixel's distance to the nearest pixel of the other side."""
    inside, outside = distances(mask)
    return inside + outside
