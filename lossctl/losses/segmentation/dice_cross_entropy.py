"""Dice and cross-entropy, added."""

from typing import Any

import numpy as np

from lossctl.core.curves import OVERLAP
from lossctl.core.domain import NONNEGATIVE
from lossctl.core.inputs import MASK_SCORES, MASKS
from lossctl.core.loss import Example, Loss, Page, Pooled, Reference
from lossctl.core.param import Param
from lossctl.kernels import dice_statistics
from lossctl.kernels.clipping import EPSILON, clipped_note
from lossctl.kernels.dice_cross_entropy import compound_forms
from lossctl.kernels.overlap import SMOOTH, empty_note, ratio


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
    total = dice_weight * dice_statistics.one_minus_dice(shared, apart, smooth)
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
    slopes = dice_statistics.one_minus_dice_slope(shared, apart, smooth)
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
    compound_forms(dice_statistics.measure, dice_statistics.measure_slope),
    params=(
        Param("dice_weight", 0.5, NONNEGATIVE, "Weight of the Dice loss."),
        Param("cross_entropy_weight", 0.5, NONNEGATIVE, "Weight of the cross-entropy."),
        SMOOTH,
        EPSILON,
    ),
    finish=finish,
    finish_slope=finish_slope,
    reduction=Pooled(),
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
