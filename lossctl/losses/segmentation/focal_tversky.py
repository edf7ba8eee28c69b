"""Focal Tversky loss."""

from typing import Any

import numpy as np

from lossctl.core.domain import POSITIVE, Param
from lossctl.core.loss import Example, Page, Reference
from lossctl.kernels.overlap.soft_overlap import (
    COUNT_LOOPS,
    one_minus_tversky,
    one_minus_tversky_slope,
    soft_counts,
    soft_counts_slope,
)
from lossctl.losses.builders.masks import ERROR_WEIGHTS, OVERLAP, SMOOTH, overlap_loss


def finish(*, gamma: float, target_mass: Any, **params: Any) -> Any:  # noqa: ARG001
    """Tversky loss to the power γ."""
    return one_minus_tversky(**params) ** gamma


def finish_slope(*, gamma: float, target_mass: Any, **params: Any) -> dict[str, Any]:  # noqa: ARG001
    """γ·x^(γ−1) times the slope of x, the Tversky loss; 0 at its minimum x = 0 where γ < 1."""
    base = np.asarray(one_minus_tversky(**params), np.float64)
    if gamma < 1.0:
        power_slope = gamma * np.power(base, gamma - 1.0, out=np.zeros_like(base), where=base > 0.0)
    else:
        power_slope = gamma * base ** (gamma - 1.0)
    return {name: power_slope * slope for name, slope in one_minus_tversky_slope(**params).items()}


FOCAL_TVERSKY = overlap_loss(
    "focal_tversky",
    title="Focal Tversky loss",
    measure=(soft_counts, soft_counts_slope),
    loops=COUNT_LOOPS,
    finish=(finish, finish_slope),
    params=(
        Param("gamma", 0.75, POSITIVE, "Exponent of the Tversky loss."),
        *ERROR_WEIGHTS,
        SMOOTH,
    ),
    page=Page(
        summary="Focal Tversky: (1 − Tversky index)^γ, reweights easy against hard masks",
        curve=OVERLAP,
        formula="[1 − (tp + s) / (tp + α·fp + β·fn + s)]^γ,  tp, fp, fn as in tversky",
        use_when=(
            "lesions or objects are tiny and false negatives cost more than false positives",
            (
                "classes or images differ much in difficulty and each has its own loss "
                "(average macro, pooling sample)"
            ),
        ),
        avoid_when=(
            "there is only one pool: the exponent then only rescales the value (use tversky)",
            "calibrated pixel probabilities are needed",
        ),
        expected={
            "perfect": "0",
            "good": "< 0.4",
            "bad": "> 0.8",
        },
        references=(
            Reference("Abraham & Khan, A novel focal Tversky loss (2018)", "arXiv:1810.07842"),
        ),
        examples=(
            Example(
                [1.0, 1.0, 0.0, 0.0],
                [1.0, 0.0, 1.0, 0.0],
                0.25,
                {"gamma": 2.0, "alpha": 0.25, "beta": 0.75, "smooth": 0.0},
                "(1 − 1 / (1 + 0.25 + 0.75))²",
            ),
        ),
        notes=(
            (
                "gamma is the exponent itself; the paper writes the exponent as 1/γ, and its γ = "
                "4/3 is the 0.75 here"
            ),
            (
                "the paper's α weights false negatives; here alpha weights false positives "
                "and beta false negatives, as in tversky"
            ),
            "the paper sums over classes; average macro takes their mean",
            (
                "gamma below 1 makes the gradient unbounded towards a perfect mask; at the "
                "perfect mask itself it is given as 0"
            ),
        ),
        kinks="the perfect mask, where gamma ≤ 1",
    ),
)
