"""Lovász-softmax loss."""

from typing import Any, TypeAlias

import numpy as np

from lossctl.core.domain import Choice, IntegerRange, Param
from lossctl.core.errors import DataError, UsageError
from lossctl.core.list_domains import ListOf, Union
from lossctl.core.loss import Array, Curve, Example, Grouped, Loss, Page, Reference
from lossctl.kernels.overlap.lovasz import lovasz_gradient
from lossctl.losses.builders.class_rows import CLASS_SCORES, CLASS_TARGETS
from lossctl.losses.builders.masks import count_of, overlap_forms


def index_of(masks: Array, p: Array) -> Array:
    """Return the true class of each item; an item whose NaN is propagated has none of its own."""
    soft = ((masks != 0.0) & (masks != 1.0)).any(axis=1)
    if (soft & ~np.isnan(p).any(axis=1)).any():
        raise DataError("lovasz_softmax needs one true class per item: targets hold soft rows")
    return masks.argmax(axis=1)


Classes: TypeAlias = str | tuple[int, ...]


def counted(targets: Array, columns: int, classes: Classes) -> list[int]:
    """Return the classes that are averaged."""
    if isinstance(classes, str):
        return list(range(columns)) if classes == "all" else np.unique(targets).tolist()
    if max(classes) >= columns:
        raise UsageError(
            f"lovasz_softmax: classes has {max(classes)}, but there are {columns} classes: "
            f"0 to {columns - 1}"
        )
    return list(classes)


def measure(p: Array, one_minus_p: Array, targets: Array, *, classes: Classes) -> dict[str, Any]:
    """Average the classes: errors |t − p|, weighed by what each adds to the Jaccard loss."""
    truth = index_of(targets, p)
    chosen, total = counted(truth, p.shape[1], classes), 0.0
    for column in chosen:
        inside = truth == column
        errors = np.where(inside, one_minus_p[:, column], p[:, column])
        total += float((lovasz_gradient(errors, inside) * errors).sum())
    considered = chosen if isinstance(classes, tuple) else range(p.shape[1])
    absent = len(considered) - np.isin(considered, truth).sum()
    return {"loss": total / len(chosen), "class_masks": len(considered), "empty_target": absent}


def measure_slope(
    p: Array, one_minus_p: Array, targets: Array, slopes: Any, *, classes: Classes
) -> Array:
    """Derivative with respect to p."""
    truth = index_of(targets, p)
    chosen, gradient = counted(truth, p.shape[1], classes), np.zeros(p.shape)
    for column in chosen:
        inside = truth == column
        errors = np.where(inside, one_minus_p[:, column], p[:, column])
        gradient[:, column] = (
            np.where(inside, -1.0, 1.0) * lovasz_gradient(errors, inside) / len(chosen)
        )
    return slopes["loss"] * gradient


def notes(*, class_masks: float, empty_target: float, classes: Classes, **_: Any) -> list[str]:
    """Say how many classes do not occur in the targets of their group."""
    if not empty_target:
        return []
    which = count_of(empty_target, class_masks, "class")
    if classes != "present":
        return [f"{which} empty: the loss there is its largest false positive"]
    return [
        f"{which} empty and left out: false positives there only count as errors of the true class"
    ]


LOVASZ_SOFTMAX = Loss(
    "lovasz_softmax",
    "Lovász-softmax loss",
    ("segmentation",),
    (CLASS_SCORES, CLASS_TARGETS),
    overlap_forms(measure, measure_slope, ("item class",)),
    params=(
        Param(
            "classes",
            "present",
            Union(
                (
                    Choice(("present", "all")),
                    ListOf(IntegerRange(), ((0,), (1, 0)), "a list of classes", distinct=True),
                )
            ),
            "Average the classes that occur in the targets of the group, all, or those of a list.",
        ),
    ),
    reduction=Grouped("set"),
    notes=notes,
    page=Page(
        summary="Lovász-softmax: surrogate of 1 − mean IoU of the classes, from probabilities",
        also_called=("mean IoU surrogate", "mIoU loss"),
        curve=Curve(
            "p of the true class, two items of two classes",
            0.0,
            1.0,
            lambda x: ([[x, 1.0 - x], [1.0 - x, x]], [0, 1]),
            "probabilities",
        ),
        formula="mean over classes of Σ_k m_k·[J(k) − J(k−1)],  m = |t − p| sorted downwards; "
        "J(k): Jaccard loss of a mask wrong in the first k items",
        use_when=(
            "the metric is the mean IoU of several classes",
            "small classes and small objects matter as much as large ones",
        ),
        avoid_when=(
            "calibrated pixel probabilities are needed",
            "training starts from scratch: cross-entropy first is more stable",
            "targets are soft",
        ),
        expected={
            "perfect": "0",
            "good": "< 0.3",
            "bad": "> 0.7",
        },
        references=(
            Reference("Berman, Rannen Triki & Blaschko, Lovász-Softmax (2017)", "arXiv:1705.08790"),
        ),
        examples=(
            Example(
                [[0.75, 0.25], [0.5, 0.5], [0.125, 0.875]],
                [0, 1, 1],
                0.354166666666667,
                {},
                "[(½·½ + ¼·½ + ⅛·0) + (½·½ + ¼·(⅔ − ½) + ⅛·(1 − ⅔))] / 2",
            ),
            Example(
                [[0.75, 0.25], [0.5, 0.5], [0.125, 0.875]],
                [0, 1, 1],
                0.333333333333333,
                {"classes": [1]},
                "class 1 alone: ½·½ + ¼·(⅔ − ½) + ⅛·(1 − ⅔)",
            ),
        ),
        notes=(
            (
                "pooling batch takes the classes over everything, pooling sample over each entry "
                "of the first axis"
            ),
            (
                "with classes all, or in a list, the loss of a class that does not occur is its "
                "largest probability"
            ),
            "a list of classes such as classes=[1,2] leaves out the background, class 0",
        ),
        kinks="equal errors, taken in the order of the items",
    ),
)
