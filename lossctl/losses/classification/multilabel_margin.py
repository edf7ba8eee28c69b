"""Multi-label margin loss."""

from typing import Any

import numpy as np

from lossctl.core.domain import NONNEGATIVE, Param
from lossctl.core.loss import Array, Curve, Example, Form, Loss, Page, Reference, Statistics
from lossctl.losses.builders.class_rows import LABEL_ROWS, LABEL_SCORES, class_hinges
from lossctl.losses.builders.elementwise import label_weight


def terms(predictions: Array, targets: Array, *, class_weights: Any, margin: float) -> Statistics:
    """Sum the hinges of every true label against every false one, over the number of labels."""
    count = predictions.shape[1]
    of_label, of_row = label_weight(class_weights)
    truth, absent, total = targets * of_label, 1.0 - targets, 0.0
    for label in range(count):
        hinges = class_hinges(predictions, np.full(len(predictions), label), margin)
        total = total + truth[:, label] * (absent * hinges).sum(axis=1)
    return {"loss": total / count, "weight": of_row}


def vjp(
    predictions: Array, targets: Array, *, slopes: Any, class_weights: Any, margin: float
) -> dict[str, Array]:
    """+1 for a false label that comes too close to a true one, −1 for that one; over L."""
    count = predictions.shape[1]
    truth, absent = targets * label_weight(class_weights)[0], 1.0 - targets
    slope = np.zeros_like(predictions)
    for label in range(count):
        hinges = class_hinges(predictions, np.full(len(predictions), label), margin)
        pair_slopes = truth[:, label, None] * absent * np.sign(hinges)
        slope += pair_slopes
        slope[:, label] -= pair_slopes.sum(axis=1)
    return {"predictions": slopes["loss"] * slope / count}


MULTILABEL_MARGIN = Loss(
    "multilabel_margin",
    "Multi-label margin loss",
    ("multilabel",),
    (LABEL_SCORES, LABEL_ROWS),
    (Form("item class", "logits", terms, vjp),),
    params=(
        Param(
            "margin",
            1.0,
            NONNEGATIVE,
            "Margin: difference of scores from which a false label has loss 0.",
        ),
    ),
    page=Page(
        summary="Multi-label hinge: max(0, margin − z_true + z_false) over pairs of labels, / L",
        also_called=("multi-label hinge", "label ranking hinge"),
        curve=Curve(
            "score of the true label minus that of the false one",
            -3.0,
            3.0,
            lambda x: ([[x, 0.0]], [[1.0, 0.0]]),
        ),
        formula="1/L·Σ_{y true} Σ_{j false} max(0, m − z_y + z_j)",
        use_when=(
            "several labels may be true at once and should rank above the others",
            "numbers of PyTorch's MultiLabelMarginLoss are to be reproduced",
        ),
        avoid_when=(
            "probabilities of labels are wanted (use bce_with_logits)",
            "there are many labels: the work grows with their square",
        ),
        expected={
            "perfect": "0: every true label is ahead of every false one by the margin",
            "chance": "m·k·(L − k)/L for k true labels, for equal scores",
        },
        references=(
            Reference(
                "PyTorch, MultiLabelMarginLoss",
                "https://pytorch.org/docs/stable/generated/torch.nn.MultiLabelMarginLoss.html",
            ),
        ),
        examples=(
            Example(
                [[0.125, 0.25, 0.5, 1.0]],
                [[1.0, 0.0, 0.0, 1.0]],
                0.8125,
                {},
                "(1.125 + 1.375 + 0.25 + 0.5) / 4",
            ),
        ),
        notes=(
            "PyTorch's list of true labels [3, 0, −1, 1] is the row [1, 0, 0, 1] here",
            "a row without a true label, or with true labels only, has loss 0",
        ),
        kinks="z_y − z_j = m for a true y and a false j, where the slope is taken as 0",
    ),
)
