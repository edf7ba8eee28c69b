"""Soft counts of two masks, on elements or on rows of classes, from probabilities or logits.

The complement q = 1 − p is an argument of its own: from logits it is known to the last bit where
p itself has rounded to 1, so a loss built from these sums cancels nowhere.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from lossctl.core.loss import Array, Form, Statistics
from lossctl.kernels.logistic import sigmoid
from lossctl.kernels.softmax import softmax_pair, softmax_pullback
from lossctl.kernels.targets import distribution

Measure: TypeAlias = Callable[..., Statistics]
MeasureSlope: TypeAlias = Callable[..., Array]


def overlap_forms(measure: Measure, measure_slope: MeasureSlope) -> tuple[Form, ...]:
    """Build every form of an overlap loss.

    Parameters
    ----------
    measure
        ``measure(p, q, t, **params)`` gives the statistics of each element, q being 1 − p.
    measure_slope
        ``measure_slope(p, q, t, slopes, **params)``: their derivative with respect to p, combined
        with the slopes of the loss.
    """

    def from_probabilities(predictions: Array, targets: Array, **params: Any) -> Statistics:
        return measure(predictions, 1.0 - predictions, mask(targets, predictions), **params)

    def pull_probabilities(
        predictions: Array, targets: Array, *, slopes: Any, **params: Any
    ) -> dict[str, Array]:
        masks = mask(targets, predictions)
        return {
            "predictions": measure_slope(predictions, 1.0 - predictions, masks, slopes, **params)
        }

    def from_logits(predictions: Array, targets: Array, **params: Any) -> Statistics:
        return measure(*probability_pair(predictions), mask(targets, predictions), **params)

    def pull_logits(
        predictions: Array, targets: Array, *, slopes: Any, **params: Any
    ) -> dict[str, Array]:
        hit, miss = probability_pair(predictions)
        slope = measure_slope(hit, miss, mask(targets, predictions), slopes, **params)
        by_row = predictions.ndim == 2
        return {"predictions": softmax_pullback(hit, slope) if by_row else hit * miss * slope}

    return (
        *(
            Form(layout, "probabilities", from_probabilities, pull_probabilities)
            for layout in ("element", "row")
        ),
        *(Form(layout, "logits", from_logits, pull_logits) for layout in ("element", "row")),
    )


def probability_pair(logits: Array) -> tuple[Array, Array]:
    """Return (p, 1−p): by the logistic function for elements, by softmax for rows of classes."""
    if logits.ndim == 2:
        return softmax_pair(logits)
    return sigmoid(logits), sigmoid(-logits)


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
