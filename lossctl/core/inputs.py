"""The inputs most losses share."""

from lossctl.core.domain import UNIT
from lossctl.core.loss import Input

PREDICTED_VALUES = Input(
    "predictions", "item", "value", "predicted values, any shape", differentiable=True
)
TARGET_VALUES = Input("targets", "item", "value", "true values, shaped like the predictions")
REGRESSION = (PREDICTED_VALUES, TARGET_VALUES)

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
