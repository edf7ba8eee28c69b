"""Tversky loss."""

from typing import Any

from lossctl.core.loss import Example, Page, Reference
from lossctl.kernels.overlap.soft_overlap import (
    COUNT_LOOPS,
    one_minus_tversky,
    one_minus_tversky_slope,
    soft_counts,
    soft_counts_slope,
)
from lossctl.losses.builders.masks import ERROR_WEIGHTS, OVERLAP, SMOOTH, overlap_loss


def finish(*, tp: Any, fp: Any, fn: Any, alpha: float, beta: float, smooth: float, **_: Any) -> Any:
    """One minus overlap, with separate weights of false positives and false negatives."""
    return one_minus_tversky(tp=tp, fp=fp, fn=fn, alpha=alpha, beta=beta, smooth=smooth)


def finish_slope(
    *, tp: Any, fp: Any, fn: Any, alpha: float, beta: float, smooth: float, **_: Any
) -> dict[str, Any]:
    """Derivative of the quotient with respect to the soft counts."""
    return one_minus_tversky_slope(tp=tp, fp=fp, fn=fn, alpha=alpha, beta=beta, smooth=smooth)


TVERSKY = overlap_loss(
    "tversky",
    title="Tversky loss",
    measure=(soft_counts, soft_counts_slope),
    loops=COUNT_LOOPS,
    finish=(finish, finish_slope),
    params=(*ERROR_WEIGHTS, SMOOTH),
    page=Page(
        summary="Tversky loss: 1 − TP / (TP + α·FP + β·FN), Dice with weights for FP and FN",
        also_called=("Tversky index", "F-beta loss"),
        curve=OVERLAP,
        formula="1 − (tp + s) / (tp + α·fp + β·fn + s),  tp = Σpt, fp = Σp(1−t), fn = Σ(1−p)t",
        use_when=(
            "false negatives cost more than false positives (beta > alpha), or the reverse",
            "objects are tiny or the pathology is rare",
        ),
        avoid_when=(
            "both errors cost the same: dice has fewer parameters",
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
        notes=(
            "alpha = beta = ½ with smooth s is dice with smooth 2s",
            "what Keras 3 calls false positives here is Σ(1 − p)·t: its alpha is this beta",
        ),
    ),
)
