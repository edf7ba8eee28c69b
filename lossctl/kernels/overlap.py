"""Soft counts of two masks, on elements or on rows of classes, from probabilities or logits.

The complement q = 1 − p is an argument of its own: from logits it is known to the last bit where
p itself has rounded to 1, so a loss built from these sums cancels nowhere.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from lossctl.core.domain import NONNEGATIVE
from lossctl.core.inputs import MASK_SCORES, MASKS
from lossctl.core.loss import Array, Form, FormAxes, Loss, Page, Pooled, Statistics
from lossctl.core.param import Param
from lossctl.kernels.logistic import sigmoid_pair
from lossctl.kernels.softmax import softmax_pair, softmax_pullback
from lossctl.kernels.targets import distribution

Measure: TypeAlias = Callable[..., Statistics]
MeasureSlope: TypeAlias = Callable[..., Array]
Split: TypeAlias = Callable[[Array], tuple[Array, Array]]
Pull: TypeAlias = Callable[[Array, Array, Array], Array]


SMOOTH = Param("smooth", 1e-6, NONNEGATIVE, "Added to numerator and denominator.")


def overlap_loss(
    loss_id: str,
    *,
    title: str,
    measure: tuple[Measure, MeasureSlope],
    finish: tuple[Callable[..., Any], Callable[..., Any]],
    params: tuple[Param, ...],
    page: Page,
) -> Loss:
    """Declare a loss that is a function of sums over masks.

    Parameters
    ----------
    measure
        The statistics of each element and their slope, as :func:`overlap_forms` takes them; one of
        them is ``wanted``, the mass of the targets.
    finish
        Summed statistics → the loss, and its slope with respect to each.
    """
    return Loss(
        loss_id,
        title,
        ("segmentation",),
        (MASK_SCORES, MASKS),
        overlap_forms(*measure),
        params=params,
        finish=finish[0],
        finish_slope=finish[1],
        reduction=Pooled(),
        hard_masks=True,
        counts=("wanted",),
        notes=empty_note,
        page=page,
    )


def overlap_forms(
    measure: Measure,
    measure_slope: MeasureSlope,
    axes: Sequence[FormAxes] = ("item", "item class"),
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
    """
    return tuple(
        _form(read_as, kind, SPLITS[read_as, kind], (measure, measure_slope))
        for kind in ("probabilities", "logits")
        for read_as in axes
    )


def _form(
    axes: FormAxes, kind: str, split: tuple[Split, Pull], measures: tuple[Measure, MeasureSlope]
) -> Form:
    (pair, pull), (measure, measure_slope) = split, measures

    def terms(predictions: Array, targets: Array, **params: Any) -> Statistics:
        return measure(*pair(predictions), mask(targets, predictions), **params)

    def pullback(
        predictions: Array, targets: Array, *, slopes: Any, **params: Any
    ) -> dict[str, Array]:
        hit, miss = pair(predictions)
        slope = measure_slope(hit, miss, mask(targets, predictions), slopes, **params)
        return {"predictions": pull(hit, miss, slope)}

    return Form(axes, kind, terms, pullback)


def complemented(probabilities: Array) -> tuple[Array, Array]:
    """Return (p, 1−p)."""
    return probabilities, 1.0 - probabilities


def straight(hit: Array, miss: Array, slope: Array) -> Array:  # noqa: ARG001
    """Return a slope with respect to p as it is."""
    return slope


def sigmoid_pullback(hit: Array, miss: Array, slope: Array) -> Array:
    """Carry a slope with respect to σ(z) back to z."""
    slopes = hit * miss
    slopes *= slope
    return slopes


def softmax_slopes(hit: Array, miss: Array, slope: Array) -> Array:  # noqa: ARG001
    """Carry slopes with respect to softmax(z) back to z."""
    return softmax_pullback(hit, slope)


SPLITS: dict[tuple[FormAxes, str], tuple[Split, Pull]] = {
    ("item", "probabilities"): (complemented, straight),
    ("item class", "probabilities"): (complemented, straight),
    ("item", "logits"): (sigmoid_pair, sigmoid_pullback),
    ("item class", "logits"): (softmax_pair, softmax_slopes),
}
"""How predictions become (p, 1 − p), and how a slope with respect to p goes back."""


def mask(targets: Array, predictions: Array) -> Array:
    """Return the targets as masks shaped like the predictions."""
    return targets if targets.shape == predictions.shape else distribution(targets, predictions)


def ratio(part: Any, whole: Any) -> Any:
    """Return part / whole, and 0 where the whole is 0: two empty masks agree."""
    return np.divide(part, whole, out=np.zeros_like(whole, dtype=np.float64), where=whole != 0.0)


def empty_note(*, wanted: Any, **_: Any) -> tuple[str, ...]:
    """Say how many target masks are empty."""
    masks, empty = np.size(wanted), int(np.sum(np.asarray(wanted) == 0.0))
    if not empty:
        return ()
    which = (
        "the target mask is empty" if masks == 1 else f"{empty} of {masks} target masks are empty"
    )
    return (f"{which}: the loss there only measures false alarms",)
