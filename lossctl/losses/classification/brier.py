"""Brier score, binary, multi-label and multi-class."""

from lossctl.core.loss import Array, Example, Loss, Page, Reference
from lossctl.kernels.numeric.residual_costs import (
    squared_error,
    squared_error_slope,
    squared_error_total,
)
from lossctl.kernels.numeric.rows import distribution
from lossctl.kernels.probability.logistic import sigmoid_pair
from lossctl.kernels.probability.softmax import softmax_pair, softmax_vjp
from lossctl.losses.builders.class_rows import LABELS_OR_CLASSES, SCORES_OR_CLASSES, row_form
from lossctl.losses.builders.elementwise import PROBABILITY, binary_form


def errors(p: Array, one_minus_p: Array, targets: Array) -> Array:
    """Return p − t from p and 1 − p, exact for hard labels however sure p is."""
    return p * (1.0 - targets) - one_minus_p * targets


def value_of_logits(predictions: Array, targets: Array) -> Array:
    """Evaluate for p = σ(z)."""
    return errors(*sigmoid_pair(predictions), targets) ** 2


def slope_of_logits(predictions: Array, targets: Array) -> Array:
    """2·(p − t)·p·(1 − p)."""
    p, one_minus_p = sigmoid_pair(predictions)
    return 2.0 * errors(p, one_minus_p, targets) * (p * one_minus_p)


def row_value(predictions: Array, targets: Array) -> Array:
    """Squared distance of a row of probabilities from its target row."""
    return squared_error(predictions, distribution(targets, predictions)).sum(axis=1)


def row_slope(predictions: Array, targets: Array) -> Array:
    """Twice the distance in every class."""
    return squared_error_slope(predictions, distribution(targets, predictions))


def row_value_of_logits(predictions: Array, targets: Array) -> Array:
    """Evaluate for p = softmax(z)."""
    truth = distribution(targets, predictions)
    return (errors(*softmax_pair(predictions), truth) ** 2).sum(axis=1)


def row_slope_of_logits(predictions: Array, targets: Array) -> Array:
    """Carry twice the distance back through softmax."""
    p, one_minus_p = softmax_pair(predictions)
    return softmax_vjp(p, 2.0 * errors(p, one_minus_p, distribution(targets, predictions)))


BRIER = Loss(
    "brier",
    "Brier score",
    ("binary", "multilabel", "multiclass"),
    (SCORES_OR_CLASSES, LABELS_OR_CLASSES),
    (
        binary_form(
            "probabilities",
            squared_error,
            squared_error_slope,
            total=squared_error_total,
            has_slopes=True,
        ),
        binary_form("logits", value_of_logits, slope_of_logits),
        row_form("probabilities", row_value, row_slope),
        row_form("logits", row_value_of_logits, row_slope_of_logits),
    ),
    proper=True,
    page=Page(
        summary="Brier score: (p − t)², the mean squared error of predicted probabilities",
        also_called=("quadratic score", "mean squared error of probabilities"),
        curve=PROBABILITY,
        formula="(p − t)²;   classes: Σ_c (p_c − t_c)² of each row",
        use_when=(
            "probabilities are evaluated: it is proper, and bounded unlike cross-entropy",
            "some labels are wrong and one confident wrong prediction should not dominate",
        ),
        avoid_when=(
            "rare events matter: it hardly separates 0.001 from 0.01 (use bce or cross_entropy)",
            (
                "a model is trained from logits: the gradient vanishes for confident wrong "
                "predictions"
            ),
        ),
        expected={
            "perfect": "0",
            "chance": "¼ at p = ½; 1 − 1/C for uniform rows of C classes",
            "bad": "1 for a confident wrong prediction; 2 for a row of classes",
        },
        references=(
            Reference(
                "Brier, Verification of forecasts expressed in terms of probability (1950)",
                "doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2",
            ),
        ),
        examples=(
            Example([0.75, 0.5], [1.0, 0.0], 0.15625, {}, "(¼² + ½²) / 2"),
            Example([[0.5, 0.25, 0.25]], [0], 0.375, {}, "½² + ¼² + ¼²"),
        ),
        notes=(
            "Brier's own sum over both classes of a binary event is twice the elementwise value",
            "scikit-learn's brier_score_loss halves rows of classes only with scale_by_half=True",
        ),
    ),
)
