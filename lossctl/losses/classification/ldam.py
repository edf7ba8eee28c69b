"""Label-distribution-aware margin loss."""

from typing import Any

import numpy as np

from lossctl.core.domain import NONNEGATIVE, POSITIVE, Nullable, Param, ScalarOrList
from lossctl.core.loss import Array, Example, Loss, Page, Reference
from lossctl.kernels.numeric.rows import pick, put
from lossctl.kernels.probability.softmax import true_class_nll, true_class_slope
from lossctl.losses.builders.class_rows import (
    CLASS_SCORES,
    CLASS_TARGETS,
    MARGIN,
    expectation,
    row_form,
)


def class_margins(scores: Array, max_margin: float, counts: Array | float) -> Array:
    """Margin of every class, in proportion to n^−¼; the rarest class that occurs has the most."""
    class_counts = np.broadcast_to(np.asarray(counts, scores.dtype), scores.shape[1:])
    seen = class_counts > 0.0
    rarest = class_counts.min(where=seen, initial=np.inf)
    return max_margin * np.where(seen, rarest / np.where(seen, class_counts, rarest), 1.0) ** 0.25


def lowered(scores: Array, classes: Array, margins: Array, scale: float) -> Array:
    """s·(z − max z), the true class lowered by its margin."""
    gaps = scores - scores.max(axis=1, keepdims=True)
    put(gaps, classes, pick(gaps, classes) - margins[classes])
    return scale * gaps


def margin_nll(scores: Array, classes: Array, *, margins: Array, scale: float) -> Array:
    """−log softmax of the true class when its score is lowered by its margin."""
    return true_class_nll(lowered(scores, classes, margins, scale), classes)


def margin_nll_slope(scores: Array, classes: Array, *, margins: Array, scale: float) -> Array:
    """Scale times (softmax − onehot)."""
    gaps = lowered(scores, classes, margins, scale)
    return scale * true_class_slope(gaps, classes)


def value(
    predictions: Array, targets: Array, *, max_margin: float, scale: float, counts: Any
) -> Array:
    """Cross-entropy of scaled scores, the true one lowered by its margin."""
    margins = class_margins(predictions, max_margin, counts)
    return expectation(margin_nll, predictions, targets, margins=margins, scale=scale)


def slope(
    predictions: Array, targets: Array, *, max_margin: float, scale: float, counts: Any
) -> Array:
    """Derivative of :func:`value`."""
    margins = class_margins(predictions, max_margin, counts)
    return expectation(margin_nll_slope, predictions, targets, margins=margins, scale=scale)


LDAM = Loss(
    "ldam",
    "Label-distribution-aware margin loss",
    ("multiclass",),
    (CLASS_SCORES, CLASS_TARGETS),
    (row_form("logits", value, slope),),
    params=(
        Param("max_margin", 0.5, NONNEGATIVE, "Margin of the rarest class."),
        Param("scale", 30.0, POSITIVE, "Scale of the scores before the softmax."),
        Param(
            "counts",
            None,
            Nullable(ScalarOrList(POSITIVE)),
            "How many items of each class there are in training; measured from the targets when "
            "not given.",
            measured={None: lambda counts: counts},
        ),
    ),
    page=Page(
        summary="LDAM: cross-entropy with class margins ∝ n^−¼, larger for rare classes",
        also_called=("class-dependent margin",),
        curve=MARGIN,
        formula="−log(e^(s·(z_y − Δ_y)) / (e^(s·(z_y − Δ_y)) + Σ_{j≠y} e^(s·z_j))),  Δ_y ∝ n_y^−¼",
        use_when=(
            "classes are long-tailed and the rare ones should generalise",
            "scores are cosines in [−1, 1], for which the scale is meant",
        ),
        avoid_when=(
            "scores are ordinary logits: a scale of 30 saturates the softmax (set scale 1)",
            "classes are balanced (use cross_entropy)",
        ),
        expected={
            "perfect": "0",
            "chance": "log(1 + (C − 1)·e^(s·Δ)), for equal scores",
        },
        references=(
            Reference(
                "Cao et al., Learning Imbalanced Datasets with Label-Distribution-Aware Margin "
                "Loss (2019)",
                "arXiv:1906.07413",
            ),
        ),
        examples=(
            Example(
                [[1.5, 1.0]],
                [0],
                0.693147180559945309,
                {"counts": [1.0, 16.0]},
                "log(1 + e^(30·(1 − 1.5 + 0.5)))",
            ),
            Example(
                [[1.0, 1.25]],
                [1],
                0.693147180559945309,
                {"counts": [1.0, 16.0], "scale": 4.0},
                "log(1 + e^(4·(1 − 1.25 + 0.5/2))), for 16^−¼ = ½",
            ),
        ),
        notes=(
            "counts are those of the training data: give them when these targets are others",
            "soft targets take the expectation of the loss over the class",
        ),
    ),
)
