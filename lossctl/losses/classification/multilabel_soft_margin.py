"""Multi-label soft margin loss."""

from typing import Any

from lossctl.core.loss import Array, Curve, Example, Form, Loss, Page, Reference, Statistics
from lossctl.kernels.numeric.rows import row_sums
from lossctl.kernels.probability.logistic import expected_nll, sigmoid_residual
from lossctl.losses.builders.class_rows import LABEL_ROWS, LABEL_SCORES
from lossctl.losses.builders.elementwise import label_weight, times


def terms(predictions: Array, targets: Array, *, class_weights: Any) -> Statistics:
    """Mean over the labels of a row of their binary cross-entropies."""
    of_label, of_row = label_weight(class_weights)
    nll = times(of_label, expected_nll(targets, predictions))
    return {"loss": row_sums(nll) / predictions.shape[1], "weight": of_row}


def vjp(predictions: Array, targets: Array, *, slopes: Any, class_weights: Any) -> dict[str, Array]:
    """(σ(z) − t) / L."""
    residual = sigmoid_residual(targets, predictions)
    scale = slopes["loss"] * label_weight(class_weights)[0] / predictions.shape[1]
    return {"predictions": times(scale, residual)}


MULTILABEL_SOFT_MARGIN = Loss(
    "multilabel_soft_margin",
    "Multi-label soft margin loss",
    ("multilabel",),
    (LABEL_SCORES, LABEL_ROWS),
    (Form("item class", "logits", terms, vjp, order="memory"),),
    proper=True,
    page=Page(
        summary="Multi-label soft margin: log loss of each label from logits, mean over labels",
        also_called=("multi-label log loss", "multi-label binary cross-entropy"),
        curve=Curve("score of a true label", -5.0, 5.0, lambda x: ([[x, -9.0]], [[1.0, 0.0]])),
        formula="−1/L·Σ_l [t_l·log σ(z_l) + (1 − t_l)·log σ(−z_l)]",
        use_when=(
            "several labels may be true at once and one value per row is wanted",
            "numbers of PyTorch's MultiLabelSoftMarginLoss are to be reproduced",
        ),
        avoid_when=(
            "one value per label is wanted (use bce_with_logits: the same mean)",
            "true labels are rare (use bce_with_logits with pos_weight, or asymmetric)",
        ),
        expected={
            "perfect": "0",
            "chance": "log 2 ≈ 0.693, for scores of 0",
            "bad": "> 2 log 2 ≈ 1.386",
        },
        references=(
            Reference(
                "PyTorch, MultiLabelSoftMarginLoss",
                "https://pytorch.org/docs/stable/generated/torch.nn.MultiLabelSoftMarginLoss.html",
            ),
        ),
        examples=(
            Example(
                [[2.0, -2.0, 1.0]],
                [[1.0, 0.0, 0.0]],
                0.522372569868055942,
                {},
                "(2·log(1 + e^−2) + log(1 + e)) / 3",
            ),
        ),
        notes=(
            (
                "class weights are weights of labels; the mean divides by their mean, "
                "PyTorch's does not"
            ),
        ),
    ),
)
