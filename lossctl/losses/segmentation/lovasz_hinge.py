"""Lovász hinge loss."""

from typing import Any

import numpy as np

from lossctl.core.loss import Array, Curve, Example, Form, Grouped, Loss, Page, Reference
from lossctl.kernels.numeric.pointwise import relu
from lossctl.kernels.overlap.lovasz import lovasz_gradient
from lossctl.losses.builders.elementwise import PREDICTED_LOGITS, SIGN_TARGETS
from lossctl.losses.builders.masks import count_of


def terms(predictions: Array, targets: Array) -> dict[str, Any]:
    """Hinge errors of one group, times the Lovász gradient of their order."""
    errors, inside = 1.0 - predictions * targets, targets > 0.0
    loss = (lovasz_gradient(errors, inside) * relu(errors)).sum()
    return {"loss": loss, "empty_target": float(not inside.any())}


def vjp(predictions: Array, targets: Array, *, slopes: Any) -> dict[str, Array]:
    """Derivative of every hinge error times its weight; 0 at the hinge."""
    errors = 1.0 - predictions * targets
    error_slope = np.where(errors > 0.0, -targets, 0.0)
    return {"predictions": slopes["loss"] * lovasz_gradient(errors, targets > 0.0) * error_slope}


def notes(*, weight: float, empty_target: float, **_: Any) -> list[str]:
    """Say how many target masks are empty."""
    if not empty_target:
        return []
    which = count_of(empty_target, weight, "target")
    return [f"{which} empty: the loss there is its largest false positive"]


LOVASZ_HINGE = Loss(
    "lovasz_hinge",
    "Lovász hinge loss",
    ("segmentation",),
    (PREDICTED_LOGITS, SIGN_TARGETS),
    (Form("item", "logits", terms, vjp),),
    reduction=Grouped("set"),
    notes=notes,
    page=Page(
        summary="Lovász hinge: convex surrogate of 1 − IoU of a binary mask, from logits",
        also_called=("Lovász loss", "Jaccard hinge"),
        curve=Curve(
            "logit z on the mask and −z beside it",
            -2.0,
            2.0,
            lambda x: ([x, -x], [1.0, -1.0]),
            "logits",
        ),
        formula="Σ_k max(0, m_k)·[J(k) − J(k−1)],  m = 1 − s·z sorted downwards, s = ±1; "
        "J(k): Jaccard loss of a mask wrong in the first k items",
        use_when=(
            "the metric is the IoU of one binary mask, from thresholded logits",
            "a network trained with cross-entropy is fine-tuned for IoU",
        ),
        avoid_when=(
            "calibrated pixel probabilities are needed",
            "training starts from scratch: cross-entropy first is more stable",
            "there are several classes (use lovasz_softmax)",
        ),
        expected={
            "perfect": "0: every s·z is at least 1",
            "undecided": "1, all logits 0",
            "bad": "> 1",
        },
        references=(
            Reference("Berman, Rannen Triki & Blaschko, Lovász-Softmax (2017)", "arXiv:1705.08790"),
        ),
        examples=(
            Example(
                [2.0, -1.0, 0.5, -3.0],
                [1.0, 1.0, 0.0, 0.0],
                1.25,
                {},
                (
                    "2·½ + 1.5·(⅔ − ½): the largest error 2 is a false negative, then comes the "
                    "false positive 1.5"
                ),
            ),
        ),
        notes=(
            "masks are 0 and 1 (or −1 and +1); soft masks are refused",
            (
                "pooling batch takes everything as one mask, pooling sample one mask for each "
                "entry of the first axis; the authors recommend the latter for IoU by image"
            ),
            "the loss of an empty mask is its largest error: one false positive makes its IoU 0",
        ),
        kinks="equal errors (taken in the order of the items) and the hinge at s·z = 1 (slope 0)",
    ),
)
