"""An overlap of masks with the surprise of their labels beside it, in every form.

To the statistics of the overlap are added ``surprise`` and ``weight``, whose quotient is the
cross-entropy (binary for elements, of classes for rows), and ``clipped``.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from lossctl.core.loss import Array, Form, FormAxes, Statistics
from lossctl.kernels.clipping import (
    clipped_rate,
    clipped_rates,
    clipped_surprise,
    clipped_surprises,
)
from lossctl.kernels.logistic import expected, expected_surprise, sigmoid_residual
from lossctl.kernels.overlap import SPLITS, Measure, MeasureSlope, mask
from lossctl.kernels.softmax import charges_pullback, row_surprise
from lossctl.kernels.targets import zero_safe_product

Surprise: TypeAlias = Callable[[Array, Array, float], Statistics]
Rise: TypeAlias = Callable[[Array, Array, Array, float], Array]


def compound_forms(measure: Measure, measure_slope: MeasureSlope) -> tuple[Form, ...]:
    """Build every form; `measure` and `measure_slope` are those of ``overlap_forms``."""
    return tuple(_form(axes, kind, measure, measure_slope) for axes, kind in SPLITS)


def _form(axes: FormAxes, kind: str, measure: Measure, measure_slope: MeasureSlope) -> Form:
    (pair, pull), (surprise, rise) = SPLITS[axes, kind], SURPRISES[axes, kind]

    def terms(predictions: Array, targets: Array, *, epsilon: float, **given: Any) -> Statistics:
        masks = mask(targets, predictions)
        overlap = measure(*pair(predictions), masks, **given)
        return {**overlap, **surprise(predictions, masks, epsilon)}

    def pullback(
        predictions: Array, targets: Array, *, slopes: Any, epsilon: float, **given: Any
    ) -> dict[str, Array]:
        masks, (hit, miss) = mask(targets, predictions), pair(predictions)
        shape = pull(hit, miss, measure_slope(hit, miss, masks, slopes, **given))
        return {"predictions": shape + rise(predictions, masks, slopes["surprise"], epsilon)}

    return Form(axes, kind, terms, pullback)


def of_elements(predictions: Array, masks: Array, epsilon: float) -> Statistics:
    """−t·log p − (1−t)·log(1−p), both held at ε."""
    hit, miss = predictions < epsilon, 1.0 - predictions < epsilon
    return {
        "surprise": expected(masks, *clipped_surprises(predictions, epsilon)),
        "weight": np.ones_like(masks),
        "clipped": (hit & (masks > 0.0)) | (miss & (masks < 1.0)),
    }


def rise_of_elements(predictions: Array, masks: Array, slope: Array, epsilon: float) -> Array:
    """Its derivative with respect to p, times `slope`."""
    hit_rate, miss_rate = clipped_rates(predictions, epsilon)
    return slope * expected(masks, -hit_rate, miss_rate)


def of_element_logits(predictions: Array, masks: Array, _: float) -> Statistics:
    """The same for p = σ(z)."""
    return {
        "surprise": expected_surprise(masks, predictions),
        "weight": np.ones_like(masks),
    }


def rise_of_element_logits(predictions: Array, masks: Array, slope: Array, _: float) -> Array:
    """Its derivative with respect to z, times `slope`."""
    return slope * sigmoid_residual(masks, predictions)


def of_rows(predictions: Array, masks: Array, epsilon: float) -> Statistics:
    """−t·log p of every class, held at ε."""
    return {
        "surprise": zero_safe_product(masks, clipped_surprise(predictions, epsilon)),
        "weight": masks,
        "clipped": (predictions < epsilon) & (masks > 0.0),
    }


def rise_of_rows(predictions: Array, masks: Array, slope: Array, epsilon: float) -> Array:
    """Its derivative with respect to p, times `slope`."""
    return -zero_safe_product(slope * masks, clipped_rate(predictions, epsilon))


def of_row_logits(predictions: Array, masks: Array, _: float) -> Statistics:
    """The same for p = softmax(z)."""
    return {"surprise": masks * row_surprise(predictions), "weight": masks}


def rise_of_row_logits(predictions: Array, masks: Array, slope: Array, _: float) -> Array:
    """Its derivative with respect to z, times `slope`."""
    return charges_pullback(predictions, slope * masks)


SURPRISES: dict[tuple[FormAxes, str], tuple[Surprise, Rise]] = {
    ("item", "probabilities"): (of_elements, rise_of_elements),
    ("item class", "probabilities"): (of_rows, rise_of_rows),
    ("item", "logits"): (of_element_logits, rise_of_element_logits),
    ("item class", "logits"): (of_row_logits, rise_of_row_logits),
}
