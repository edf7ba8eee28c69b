"""Inputs, curves, parameters and notes that losses of several families share."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lossctl.core.domain import UNIT, Interval, Param
from lossctl.core.loss import Curve, Input

BINARY_TARGETS = Input(
    "targets",
    "item",
    "label",
    "labels 0 or 1, or soft labels between, shaped like predictions",
    UNIT,
)

SIGN_TARGETS = Input(
    "targets", "item", "sign", "labels -1 and +1, or 0 and 1, shaped like the predictions"
)

PREDICTED_PROBABILITIES = Input(
    "predictions",
    "item",
    "probability",
    "probabilities of the positive label, any shape",
    differentiable=True,
)

PREDICTED_LOGITS = Input(
    "predictions",
    "item",
    "logit",
    "logits of the positive label, any shape",
    differentiable=True,
)

CLASS_SCORES = Input(
    "predictions",
    "item class",
    "score",
    "class logits or probabilities: (N, C), (N, C, H, W) or (N, T, C)",
    differentiable=True,
)

CLASS_TARGETS = Input(
    "targets",
    "item | item class",
    "label",
    "class index of each item, or one-hot / soft rows shaped like the predictions",
    UNIT,
)

SCORES_OR_CLASSES = Input(
    "predictions",
    "item [class]",
    "score",
    "probabilities or logits of the positive label (any shape), or class scores with a class axis",
    differentiable=True,
)

LABELS_OR_CLASSES = Input(
    "targets",
    "item | item class",
    "label",
    "labels 0 or 1 (or soft) shaped like the predictions; or class indices or one-hot rows",
    UNIT,
)

MASK_SCORES = Input(
    "predictions",
    "item [class]",
    "score",
    "probabilities, logits or a hard mask, any shape; or class scores with a class axis",
    differentiable=True,
)

MASKS = Input(
    "targets",
    "item | item class",
    "label",
    "masks of 0 and 1 (or soft) shaped like the predictions; or an index mask",
    UNIT,
)

SIGNED_SCORES = Input(
    "predictions",
    "item",
    "score",
    "scores, any shape: positive speaks for the label +1",
    differentiable=True,
)

LABEL_SCORES = Input(
    "predictions",
    "item label",
    "logit",
    "scores of every label, one row an item: (N, L)",
    differentiable=True,
)

LABEL_ROWS = Input(
    "targets", "item label", "label", "rows of labels 0 or 1, shaped like the predictions", UNIT
)

PROBABILITY = Curve("p of a positive label", 0.02, 0.98, lambda x: ([x], [1.0]), "probabilities")
LOGIT = Curve("logit z of a positive label", -5.0, 5.0, lambda x: ([x], [1.0]), "logits")

MARGIN = Curve(
    "logit of the true class minus that of one other",
    -5.0,
    5.0,
    lambda x: ([[x, 0.0]], [0]),
    "logits",
)

OVERLAP = Curve(
    "p on the mask and 1 − p beside it",
    0.0,
    1.0,
    lambda x: ([x, 1.0 - x], [1.0, 0.0]),
    "probabilities",
)

TRUTH = Curve("truth of the rule", 0.0, 1.0, lambda x: ([x],))
CONSTRAINT = Curve("constraint value", -1.0, 1.0, lambda x: ([x],))

EPSILON = Param(
    "epsilon",
    1e-10,
    Interval(0.0, 0.5, "left"),
    "Least probability, when probabilities are given; 0 lets a sure miss cost inf.",
)


def clipped_note(*, epsilon: float, clipped: Any = 0.0, **_: Any) -> Sequence[str]:
    """Say how many items were clipped at `epsilon`, if any."""
    count = int(np.sum(clipped))
    if not count:
        return ()
    verb = "item has" if count == 1 else "items have"
    return (f"{count} {verb} a probability below epsilon = {epsilon:g}, clipped to it",)
