"""Generalized cross-entropy."""

import numpy as np

from lossctl.core.domain import Interval, Param
from lossctl.core.loss import Array, Example, Loss, Page, Reference
from lossctl.kernels.numeric.primitives import exp
from lossctl.losses.builders.class_rows import (
    CLASS_SCORES,
    CLASS_TARGETS,
    MARGIN,
    nll_forms,
    one_minus_p_of,
)


def cost(nll: Array, q: float) -> Array:
    """(1 − p^q)/q as (1 − e^(−q·ℓ))/q."""
    return one_minus_p_of(q * nll) / q


def grad_nll(nll: Array, share: Array, q: float) -> Array:
    """p^q; from ℓ where p itself underflows."""
    return np.where(share > np.finfo(share.dtype).tiny, share**q, exp(-q * nll))


def grad_p(probability: Array, q: float) -> Array:
    """−p^(q−1)."""
    return -(probability ** (q - 1.0))


GENERALIZED_CROSS_ENTROPY = Loss(
    "generalized_cross_entropy",
    "Generalized cross-entropy",
    ("multiclass",),
    (CLASS_SCORES, CLASS_TARGETS),
    nll_forms(cost, grad_nll, grad_p),
    params=(
        Param(
            "q",
            0.7,
            Interval(0.0, 1.0, "right"),
            "Between cross-entropy (towards 0) and the mean absolute error 1 − p (at 1).",
        ),
    ),
    strict=True,
    proper=False,
    page=Page(
        summary="Generalized cross-entropy: (1 − p^q)/q, bounded, for noisy labels",
        also_called=("Lq loss",),
        curve=MARGIN,
        formula="(1 − p_y^q) / q",
        use_when=(
            "some class labels are wrong, so that confident errors may be label errors",
            "cross-entropy overfits the label noise and 1 − p learns too slowly",
        ),
        avoid_when=(
            "labels are clean (use cross_entropy, which is proper)",
            "training starts far off: the gradient vanishes for confident wrong predictions",
        ),
        expected={
            "perfect": "0",
            "chance": "(1 − C^−q)/q for C classes",
            "bad": "near its bound 1/q ≈ 1.43",
        },
        references=(
            Reference(
                "Zhang & Sabuncu, Generalized Cross Entropy Loss for Noisy Labels (2018)",
                "arXiv:1805.07836",
            ),
        ),
        examples=(
            Example([[0.25, 0.75]], [0], 1.0, {"q": 0.5}, "(1 − √¼) / ½"),
            Example([[2.0, 2.0, 2.0]], [1], 0.666666666666666667, {"q": 1.0}, "1 − ⅓"),
        ),
        notes=("this is the paper's plain loss, without its truncation at a threshold k",),
    ),
)
