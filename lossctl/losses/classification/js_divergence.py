"""Jensen–Shannon divergence between rows of probabilities."""

import numpy as np

from lossctl.core.loss import Array, Example, Loss, Page, Reference
from lossctl.kernels.numeric.rows import distribution, is_index
from lossctl.kernels.probability.divergence import LEAST_SLOPE, js_slope, js_terms
from lossctl.kernels.probability.softmax import softmax_pair, softmax_vjp
from lossctl.losses.builders.class_rows import CLASS_SCORES, CLASS_TARGETS, MARGIN, row_form


def value(predictions: Array, targets: Array) -> Array:
    """Evaluate from probabilities."""
    truth = distribution(targets, predictions)
    return js_terms(truth, predictions, truth - predictions).sum(axis=1)


def slope(predictions: Array, targets: Array) -> Array:
    """½·log(p/m)."""
    truth = distribution(targets, predictions)
    return js_slope(truth, predictions, truth - predictions)


def value_of_logits(predictions: Array, targets: Array) -> Array:
    """Evaluate for p = softmax(z)."""
    truth, p, difference = compared(predictions, targets)
    return js_terms(truth, p, difference).sum(axis=1)


def slope_of_logits(predictions: Array, targets: Array) -> Array:
    """Carry ½·log(p/m) back through softmax."""
    truth, p, difference = compared(predictions, targets)
    return softmax_vjp(p, np.clip(js_slope(truth, p, difference), LEAST_SLOPE, np.inf))


def compared(logits: Array, targets: Array) -> tuple[Array, Array, Array]:
    """Return t, p and t − p, the last exact for hard targets however sure p is."""
    truth, (p, one_minus_p) = distribution(targets, logits), softmax_pair(logits)
    difference = truth * one_minus_p - (1.0 - truth) * p if is_index(targets) else truth - p
    return truth, p, difference


JS_DIVERGENCE = Loss(
    "js_divergence",
    "Jensen–Shannon divergence",
    ("multiclass",),
    (CLASS_SCORES, CLASS_TARGETS),
    (
        row_form("probabilities", value, slope),
        row_form("logits", value_of_logits, slope_of_logits),
    ),
    strict=True,
    proper=False,
    page=Page(
        summary="Jensen–Shannon divergence: ½·KL(t ‖ m) + ½·KL(p ‖ m), m = (t + p)/2",
        also_called=("information radius",),
        curve=MARGIN,
        formula="½·KL(t ‖ m) + ½·KL(p ‖ m),  m = (t + p) / 2",
        use_when=(
            "two distributions are compared and neither is the reference",
            "predictions may be 0 where targets are not: the value stays finite",
        ),
        avoid_when=(
            "a model is trained far from the target: the loss saturates at log 2",
            "targets are class indices (use cross_entropy)",
        ),
        expected={
            "perfect": "0: the distributions agree",
            "bad": "log 2 ≈ 0.693: disjoint distributions",
        },
        references=(
            Reference(
                "Lin, Divergence measures based on the Shannon entropy (1991)",
                "doi:10.1109/18.61115",
            ),
        ),
        examples=(
            Example([[1.0, 0.0]], [[0.0, 1.0]], 0.693147180559945309, {}, "log 2: disjoint"),
            Example(
                [[0.5, 0.5]],
                [[1.0, 0.0]],
                0.215761554338835696,
                {},
                "½·log 4/3 + ½·(½·log ⅔ + ½·log 2)",
            ),
        ),
        notes=("natural logarithms; its square root is a metric",),
    ),
)
