"""Dice and cross-entropy, added."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from lossctl.core.domain import NONNEGATIVE
from lossctl.core.loss import Array, Example, Form, Layout, Loss, Page, Reference, Statistics
from lossctl.core.param import Param
from lossctl.kernels.numeric.pointwise import zero_safe_product
from lossctl.kernels.overlap.soft_overlap import (
    dice_masses,
    dice_masses_slope,
    mask,
    one_minus_dice,
    one_minus_dice_slope,
    ratio,
)
from lossctl.kernels.probability.logistic import expected, expected_nll, sigmoid_residual
from lossctl.kernels.probability.nll import (
    clipped_inverse,
    clipped_inverse_pair,
    clipped_nll,
    clipped_nll_pair,
)
from lossctl.kernels.probability.softmax import negative_log_softmax, weighted_nll_vjp
from lossctl.losses.builders.masks import SMOOTH, SPLITS, Measure, MeasureSlope, empty_note
from lossctl.losses.builders.shared import EPSILON, MASK_SCORES, MASKS, OVERLAP, clipped_note

Surprise: TypeAlias = Callable[[Array, Array, float], Statistics]


Rise: TypeAlias = Callable[[Array, Array, Array, float], Array]


def compound_forms(measure: Measure, measure_slope: MeasureSlope) -> tuple[Form, ...]:
    """Build every form; `measure` and `measure_slope` are those of ``overlap_forms``."""
    return tuple(_form(layout, kind, measure, measure_slope) for layout, kind in SPLITS)


def _form(layout: Layout, kind: str, measure: Measure, measure_slope: MeasureSlope) -> Form:
    (pair, pull), (surprise, rise) = SPLITS[layout, kind], SURPRISES[layout, kind]

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

    return Form(layout, kind, terms, pullback)


def of_elements(predictions: Array, masks: Array, epsilon: float) -> Statistics:
    """−t·log p − (1−t)·log(1−p), both held at ε."""
    hit, miss = predictions < epsilon, 1.0 - predictions < epsilon
    return {
        "surprise": expected(masks, *clipped_nll_pair(predictions, epsilon)),
        "weight": np.ones_like(masks),
        "clipped": (hit & (masks > 0.0)) | (miss & (masks < 1.0)),
    }


def rise_of_elements(predictions: Array, masks: Array, slope: Array, epsilon: float) -> Array:
    """Its derivative with respect to p, times `slope`."""
    hit_rate, miss_rate = clipped_inverse_pair(predictions, epsilon)
    return slope * expected(masks, -hit_rate, miss_rate)


def of_element_logits(predictions: Array, masks: Array, _: float) -> Statistics:
    """The same for p = σ(z)."""
    return {
        "surprise": expected_nll(masks, predictions),
        "weight": np.ones_like(masks),
    }


def rise_of_element_logits(predictions: Array, masks: Array, slope: Array, _: float) -> Array:
    """Its derivative with respect to z, times `slope`."""
    return slope * sigmoid_residual(masks, predictions)


def of_rows(predictions: Array, masks: Array, epsilon: float) -> Statistics:
    """−t·log p of every class, held at ε."""
    return {
        "surprise": zero_safe_product(masks, clipped_nll(predictions, epsilon)),
        "weight": masks,
        "clipped": (predictions < epsilon) & (masks > 0.0),
    }


def rise_of_rows(predictions: Array, masks: Array, slope: Array, epsilon: float) -> Array:
    """Its derivative with respect to p, times `slope`."""
    return -zero_safe_product(slope * masks, clipped_inverse(predictions, epsilon))


def of_row_logits(predictions: Array, masks: Array, _: float) -> Statistics:
    """The same for p = softmax(z)."""
    return {"surprise": masks * negative_log_softmax(predictions), "weight": masks}


def rise_of_row_logits(predictions: Array, masks: Array, slope: Array, _: float) -> Array:
    """Its derivative with respect to z, times `slope`."""
    return weighted_nll_vjp(predictions, slope * masks)


SURPRISES: dict[tuple[Layout, str], tuple[Surprise, Rise]] = {
    ("element", "probabilities"): (of_elements, rise_of_elements),
    ("row", "probabilities"): (of_rows, rise_of_rows),
    ("element", "logits"): (of_element_logits, rise_of_element_logits),
    ("row", "logits"): (of_row_logits, rise_of_row_logits),
}


def finish(
    *,
    shared: Any,
    apart: Any,
    surprise: Any,
    weight: Any,
    smooth: float,
    dice_weight: float,
    cross_entropy_weight: float,
    **_: Any,
) -> Any:
    """Both halves, each with its weight; a half of weight 0 is left out, even if it is inf."""
    total = dice_weight * one_minus_dice(shared, apart, smooth)
    return total + cross_entropy_weight * ratio(surprise, weight) if cross_entropy_weight else total


def finish_slope(
    *,
    shared: Any,
    apart: Any,
    weight: Any,
    smooth: float,
    dice_weight: float,
    cross_entropy_weight: float,
    **_: Any,
) -> dict[str, Any]:
    """Derivative with respect to the masses and to the summed surprise."""
    slopes = one_minus_dice_slope(shared, apart, smooth)
    return {
        "shared": dice_weight * slopes["shared"],
        "apart": dice_weight * slopes["apart"],
        "surprise": cross_entropy_weight * ratio(np.ones_like(weight), weight),
    }


def notes(**totals: Any) -> tuple[str, ...]:
    """Say what is empty and what was clipped."""
    return (*empty_note(**totals), *clipped_note(**totals))


DICE_CROSS_ENTROPY = Loss(
    "dice_cross_entropy",
    "Dice and cross-entropy",
    ("segmentation",),
    (MASK_SCORES, MASKS),
    compound_forms(dice_masses, dice_masses_slope),
    params=(
        Param("dice_weight", 0.5, NONNEGATIVE, "Weight of the Dice loss."),
        Param("cross_entropy_weight", 0.5, NONNEGATIVE, "Weight of the cross-entropy."),
        SMOOTH,
        EPSILON,
    ),
    finish=finish,
    finish_slope=finish_slope,
    pooled=True,
    counts=("wanted", "clipped"),
    notes=notes,
    page=Page(
        summary="Overlap of the masks and surprise of the labels, in one loss.",
        curve=OVERLAP,
        formula="w_d·[1 − (2·Σpt + s) / (Σp + Σt + s)] + w_c·CE;  CE: mean of "
        "−t·log p − (1−t)·log(1−p) over elements, or of −Σ_c t_c·log p_c over rows",
        use_when=(
            "a segmentation network is trained: the cross-entropy steadies what Dice aims at",
            "the foreground is small and probabilities should still mean something",
        ),
        avoid_when=(
            "one of the halves alone is to be compared with published numbers",
            "images with an empty mask are many and each is scored alone",
        ),
        expected={
            "perfect": "0",
            "good": "< 0.3",
            "bad": "> 1",
        },
        references=(
            Reference("Taghanaki et al., Combo loss (2018)", "arXiv:1805.02798"),
            Reference("Isensee et al., nnU-Net (2018)", "arXiv:1809.10486"),
        ),
        examples=(
            Example(
                [0.5, 0.5],
                [1.0, 0.0],
                0.596573590279973,
                {"smooth": 0.0},
                "½·(1 − 2·½ / (1 + 1)) + ½·log 2",
            ),
        ),
        notes=(
            (
                "with average micro it is dice_weight·dice + cross_entropy_weight·cross_entropy "
                "(bce for elements), each as lossctl gives it alone"
            ),
            (
                "with average macro, weighted or one class each class has both halves of its own: "
                "its cross-entropy is the mean surprise of its own items, 0 for a class without "
                "items"
            ),
            "the authors of nnU-Net add the two with weights 1 and 1: twice the value here",
            "with pooling sample both halves are means of their sample",
        ),
        kinks="p = ε and p = 1 − ε when probabilities are given, where the clipping begins",
    ),
)
