"""Dice and cross-entropy, added.

To the statistics of the overlap are added ``nll`` and ``weight``, whose quotient is the
cross-entropy (binary for elements, of classes for rows), and ``clipped``.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from lossctl.core.domain import NONNEGATIVE, Param
from lossctl.core.loss import (
    Array,
    Example,
    Form,
    FormAxes,
    Loss,
    Page,
    Pooled,
    Reference,
    Statistics,
)
from lossctl.kernels.numeric.pointwise import zero_safe_product
from lossctl.kernels.overlap.soft_overlap import (
    dice_masses,
    dice_masses_slope,
    mask,
    one_minus_dice,
    one_minus_dice_slope,
    ratio,
)
from lossctl.kernels.probability.logistic import (
    clipped_inverse,
    clipped_inverse_pair,
    clipped_nll,
    clipped_nll_pair,
    expected,
    expected_nll,
    sigmoid_residual,
)
from lossctl.kernels.probability.softmax import negative_log_softmax, weighted_nll_vjp
from lossctl.losses.builders.elementwise import EPSILON, clipped_note
from lossctl.losses.builders.masks import (
    MASK_SCORES,
    MASKS,
    OVERLAP,
    SMOOTH,
    SPLITS,
    Measure,
    MeasureSlope,
    empty_note,
)

Nll: TypeAlias = Callable[[Array, Array, float], Statistics]
NllSlope: TypeAlias = Callable[[Array, Array, Array, float], Array]


def compound_forms(measure: Measure, measure_slope: MeasureSlope) -> tuple[Form, ...]:
    """Build every form; `measure` and `measure_slope` are those of ``overlap_forms``."""
    return tuple(_form(axes, kind, measure, measure_slope) for axes, kind in SPLITS)


def _form(axes: FormAxes, kind: str, measure: Measure, measure_slope: MeasureSlope) -> Form:
    (split_p, split_vjp), (nll, nll_slope) = SPLITS[axes, kind], NLLS[axes, kind]

    def terms(predictions: Array, targets: Array, *, epsilon: float, **params: Any) -> Statistics:
        masks = mask(targets, predictions)
        overlap = measure(*split_p(predictions), masks, **params)
        return {**overlap, **nll(predictions, masks, epsilon)}

    def vjp(
        predictions: Array, targets: Array, *, slopes: Any, epsilon: float, **params: Any
    ) -> dict[str, Array]:
        masks, (p, one_minus_p) = mask(targets, predictions), split_p(predictions)
        overlap_slope = split_vjp(
            p, one_minus_p, measure_slope(p, one_minus_p, masks, slopes, **params)
        )
        return {
            "predictions": overlap_slope + nll_slope(predictions, masks, slopes["nll"], epsilon)
        }

    return Form(axes, kind, terms, vjp)


def nll_of_probabilities(predictions: Array, masks: Array, epsilon: float) -> Statistics:
    """−t·log p − (1−t)·log(1−p), both held at ε."""
    low, high = predictions < epsilon, 1.0 - predictions < epsilon
    return {
        "nll": expected(masks, *clipped_nll_pair(predictions, epsilon)),
        "weight": np.ones_like(masks),
        "clipped": (low & (masks > 0.0)) | (high & (masks < 1.0)),
    }


def nll_slope_of_probabilities(
    predictions: Array, masks: Array, slope: Array, epsilon: float
) -> Array:
    """Its derivative with respect to p, times `slope`."""
    inverse_p, inverse_q = clipped_inverse_pair(predictions, epsilon)
    return slope * expected(masks, -inverse_p, inverse_q)


def nll_of_logits(predictions: Array, masks: Array, _: float) -> Statistics:
    """The same for p = σ(z)."""
    return {
        "nll": expected_nll(masks, predictions),
        "weight": np.ones_like(masks),
    }


def nll_slope_of_logits(predictions: Array, masks: Array, slope: Array, _: float) -> Array:
    """Its derivative with respect to z, times `slope`."""
    return slope * sigmoid_residual(masks, predictions)


def nll_of_rows(predictions: Array, masks: Array, epsilon: float) -> Statistics:
    """−t·log p of every class, held at ε."""
    return {
        "nll": zero_safe_product(masks, clipped_nll(predictions, epsilon)),
        "weight": masks,
        "clipped": (predictions < epsilon) & (masks > 0.0),
    }


def nll_slope_of_rows(predictions: Array, masks: Array, slope: Array, epsilon: float) -> Array:
    """Its derivative with respect to p, times `slope`."""
    return -zero_safe_product(slope * masks, clipped_inverse(predictions, epsilon))


def nll_of_row_logits(predictions: Array, masks: Array, _: float) -> Statistics:
    """The same for p = softmax(z)."""
    return {"nll": masks * negative_log_softmax(predictions), "weight": masks}


def nll_slope_of_row_logits(predictions: Array, masks: Array, slope: Array, _: float) -> Array:
    """Its derivative with respect to z, times `slope`."""
    return weighted_nll_vjp(predictions, slope * masks)


NLLS: dict[tuple[FormAxes, str], tuple[Nll, NllSlope]] = {
    ("item", "probabilities"): (nll_of_probabilities, nll_slope_of_probabilities),
    ("item class", "probabilities"): (nll_of_rows, nll_slope_of_rows),
    ("item", "logits"): (nll_of_logits, nll_slope_of_logits),
    ("item class", "logits"): (nll_of_row_logits, nll_slope_of_row_logits),
}


def finish(
    *,
    intersection: Any,
    difference: Any,
    nll: Any,
    weight: Any,
    smooth: float,
    dice_weight: float,
    cross_entropy_weight: float,
    **_: Any,
) -> Any:
    """Both halves, each with its weight; a half of weight 0 is left out, even if it is inf."""
    total = dice_weight * one_minus_dice(intersection, difference, smooth)
    return total + cross_entropy_weight * ratio(nll, weight) if cross_entropy_weight else total


def finish_slope(
    *,
    intersection: Any,
    difference: Any,
    weight: Any,
    smooth: float,
    dice_weight: float,
    cross_entropy_weight: float,
    **_: Any,
) -> dict[str, Any]:
    """Derivative with respect to the sums of the overlap and to the summed nll."""
    slopes = one_minus_dice_slope(intersection, difference, smooth)
    return {
        "intersection": dice_weight * slopes["intersection"],
        "difference": dice_weight * slopes["difference"],
        "nll": cross_entropy_weight * ratio(np.ones_like(weight), weight),
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
    reduction=Pooled(),
    counts=("target_mass", "clipped"),
    notes=notes,
    page=Page(
        summary="w_d·Dice loss + w_c·cross-entropy: the compound segmentation loss of nnU-Net",
        also_called=("nnU-Net loss", "DiceCE", "compound loss"),
        curve=OVERLAP,
        formula="w_d·[1 − (2·Σpt + s) / (Σp + Σt + s)] + w_c·CE;  CE: mean of "
        "−t·log p − (1−t)·log(1−p) over elements, or of −Σ_c t_c·log p_c over rows",
        use_when=(
            "a segmentation network is trained: cross-entropy stabilizes the Dice loss",
            "the foreground is small and probabilities should still be meaningful",
        ),
        avoid_when=(
            "Dice or cross-entropy alone is compared with published numbers",
            "many images have an empty mask and each has a loss of its own",
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
                "with average micro it is dice_weight·dice + "
                "cross_entropy_weight·cross_entropy (bce for elements), each as lossctl gives"
                " it alone"
            ),
            (
                "with average macro, weighted or one class each class has its own Dice and "
                "cross-entropy: the latter is the mean of −log p over its own items, 0 for a "
                "class without items"
            ),
            "the authors of nnU-Net add the two with weights 1 and 1: twice the value here",
            "with pooling sample both parts are means of their sample",
        ),
        kinks="p = ε and p = 1 − ε when probabilities are given, where the clipping begins",
    ),
)
