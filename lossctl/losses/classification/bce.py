"""Binary cross-entropy from probabilities."""

from lossctl.core.domain import Interval, Param
from lossctl.core.loss import Array, Example, Loss, Page, Reference
from lossctl.kernels.probability.logistic import (
    clipped_inverse_pair,
    clipped_nll_of_labels,
    expected,
    expected_nll,
    items_clipped,
    sigmoid_residual,
)
from lossctl.losses.builders.elementwise import (
    BINARY_TARGETS,
    PREDICTED_PROBABILITIES,
    PROBABILITY,
    binary_form,
    clipped_note,
)


def value(predictions: Array, targets: Array, *, epsilon: float) -> Array:
    """Expected −log of the probability of the label."""
    return clipped_nll_of_labels(predictions, targets, epsilon)


def slope(predictions: Array, targets: Array, *, epsilon: float) -> Array:
    """(1−t)/(1−p) − t/p, each 0 where its probability is clipped."""
    inverse_p, inverse_q = clipped_inverse_pair(predictions, epsilon)
    return expected(targets, -inverse_p, inverse_q)


def value_of_logits(predictions: Array, targets: Array, *, epsilon: float) -> Array:  # noqa: ARG001
    """Evaluate from logits, where nothing needs clipping."""
    return expected_nll(targets, predictions)


def slope_of_logits(predictions: Array, targets: Array, *, epsilon: float) -> Array:  # noqa: ARG001
    """σ(z) − t, split so that confident labels keep their last bits."""
    return sigmoid_residual(targets, predictions)


BCE = Loss(
    "bce",
    "Binary cross-entropy",
    ("binary", "multilabel", "segmentation"),
    (PREDICTED_PROBABILITIES, BINARY_TARGETS),
    (
        binary_form("probabilities", value, slope, items_clipped),
        binary_form("logits", value_of_logits, slope_of_logits),
    ),
    params=(
        Param(
            "epsilon",
            1e-10,
            Interval(0.0, 0.5, "left"),
            "Lower clip of p and of 1 − p; at 0 a confident wrong prediction gives inf.",
        ),
    ),
    counts=("clipped",),
    notes=clipped_note,
    context="log",
    proper=True,
    bad_above=("chance", 2.0),
    page=Page(
        summary="Log loss of binary labels, from probabilities: −t·log p − (1−t)·log(1−p)",
        also_called=("log loss", "logarithmic score", "Bernoulli negative log-likelihood"),
        curve=PROBABILITY,
        formula="−[t·log max(p, ε) + (1−t)·log max(1−p, ε)]",
        use_when=(
            "the model's outputs are probabilities of two classes, or of several labels at once",
            "calibrated probabilities are wanted",
        ),
        avoid_when=(
            "logits are available: bce_with_logits needs no clipping",
            "exactly one of several classes is true (use cross_entropy)",
        ),
        expected={
            "perfect": "0",
            "chance": "log 2 ≈ 0.693 for balanced labels; the entropy of the label rate otherwise",
            "bad": "> 2 log 2 ≈ 1.386",
        },
        references=(
            Reference(
                "Gneiting & Raftery, Strictly proper scoring rules (2007)",
                "doi:10.1198/016214506000001437",
            ),
        ),
        examples=(
            Example(
                [0.9, 0.2, 0.8, 0.1],
                [1.0, 0.0, 1.0, 0.0],
                0.164252033486018,
                {},
                "−(log 0.9 + log 0.8 + log 0.8 + log 0.9) / 4",
            ),
        ),
        kinks="p = ε and p = 1 − ε, where the clipping begins",
    ),
)
