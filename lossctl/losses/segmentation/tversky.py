"""Tversky loss."""

from typing import Any

from lossctl.core.curves import OVERLAP
from lossctl.core.domain import NONNEGATIVE
from lossctl.core.inputs import MASK_SCORES, MASKS
from lossctl.core.loss import Array, Example, Loss, Page, Reference, Statistics
from lossctl.core.param import Param
from lossctl.kernels.overlap import empty_note, overlap_forms, ratio


def measure(hit: Array, miss: Array, targets: Array, **_: Any) -> Statistics:
    """Soft hits, false alarms and misses."""
    absent = 1.0 - targets
    return {"tp": hit * targets, "fp": hit * absent, "fn": miss * targets, "wanted": targets}


def measure_slope(hit: Array, miss: Array, targets: Array, slopes: Any, **_: Any) -> Array:  # noqa: ARG001
    """Derivative of the soft counts with respect to p."""
    return slopes["tp"] * targets + slopes["fp"] * (1.0 - targets) - slopes["fn"] * targets


def finish(*, tp: Any, fp: Any, fn: Any, alpha: float, beta: float, smooth: float, **_: Any) -> Any:
    """One minus overlap, with false alarms and misses priced separately."""
    price = alpha * fp + beta * fn
    return ratio(price, tp + price + smooth)


def finish_slope(
    *, tp: Any, fp: Any, fn: Any, alpha: float, beta: float, smooth: float, **_: Any
) -> dict[str, Any]:
    """Derivative of the quotient with respect to the soft counts."""
    price = alpha * fp + beta * fn
    whole = tp + price + smooth
    per_price = ratio(ratio(tp + smooth, whole), whole)
    return {
        "tp": -ratio(ratio(price, whole), whole),
        "fp": alpha * per_price,
        "fn": beta * per_price,
    }


TVERSKY = Loss(
    "tversky",
    "Tversky loss",
    ("segmentation",),
    (MASK_SCORES, MASKS),
    overlap_forms(measure, measure_slope),
    params=(
        Param("alpha", 0.3, NONNEGATIVE, "Price of a false alarm."),
        Param("beta", 0.7, NONNEGATIVE, "Price of a miss."),
        Param("smooth", 1e-6, NONNEGATIVE, "Added to numerator and denominator."),
    ),
    finish=finish,
    finish_slope=finish_slope,
    pooled=True,
    hard_masks=True,
    counts=("wanted",),
    notes=empty_note,
    page=Page(
        summary="Dice with false alarms and misses priced apart.",
        curve=OVERLAP,
        formula="1 − (tp + s) / (tp + α·fp + β·fn + s),  tp = Σpt, fp = Σp(1−t), fn = Σ(1−p)t",
        use_when=(
            "misses cost more than false alarms (beta > alpha), or the other way round",
            "objects are tiny or the pathology rare",
        ),
        avoid_when=(
            "both errors cost the same: dice says it with fewer parameters",
            "calibrated pixel probabilities are needed",
        ),
        expected={
            "perfect": "0",
            "good": "< 0.3",
            "bad": "> 0.7",
        },
        references=(Reference("Salehi et al., Tversky loss function (2017)", "arXiv:1706.05721"),),
        examples=(
            Example(
                [1.0, 1.0, 1.0, 0.0],
                [1.0, 0.0, 0.0, 1.0],
                0.565217391304348,
                {"smooth": 0.0},
                "1 − 1 / (1 + 0.3·2 + 0.7·1)",
            ),
        ),
        notes=("alpha = beta = ½ with smooth s is dice with smooth 2s",),
    ),
)
