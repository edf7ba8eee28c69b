"""Logit-adjusted cross-entropy: a constant of each class is added to the logits.

e^(z + a) is taken as e^z·e^a: the sum of a large logit and a small constant keeps few digits of the
constant, and the exponential would make that visible.
"""

import numpy as np

from lossctl.core.domain import NONNEGATIVE, POSITIVE, Nullable, Param, ScalarOrList
from lossctl.core.loss import Array, Example, Loss, Page, Reference
from lossctl.kernels.numeric.pointwise import zero_safe_product
from lossctl.kernels.numeric.primitives import exp, expm1, log, log1p
from lossctl.kernels.numeric.rows import distribution, is_index, pick, put
from lossctl.kernels.probability.softmax import SHIFT_FREE
from lossctl.losses.builders.class_rows import CLASS_SCORES, CLASS_TARGETS, MARGIN, row_form


def powers_below_top(logits: Array, constants: Array) -> tuple[Array, Array, Array]:
    """Return the likeliest class, how far the others are below it, and e to minus that."""
    top_class = (logits + constants).argmax(axis=1)
    logit_gaps = pick(logits, top_class)[:, None] - logits
    constant_gaps = constants[top_class][:, None] - constants
    gaps = logit_gaps + constant_gaps
    if logit_gaps.min() >= -SHIFT_FREE[logits.dtype]:
        return top_class, gaps, exp(-logit_gaps) * exp(-constant_gaps)
    return top_class, gaps, exp(-gaps)


def adjusted_nll(logits: Array, constants: Array) -> Array:
    """Return −log softmax(z + a) for every class."""
    top_class, gaps, powers = powers_below_top(logits, constants)
    put(powers, top_class, 0.0)
    return gaps + log1p(powers.sum(axis=1))[:, None]


def adjusted_nll_vjp(logits: Array, targets: Array, constants: Array) -> Array:
    """Derivative of the expected nll with respect to the logits."""
    nll = adjusted_nll(logits, constants)
    powers = powers_below_top(logits, constants)[2]
    p = powers / powers.sum(axis=1, keepdims=True)
    if is_index(targets):
        put(p, targets, expm1(-pick(nll, targets)))
        return p
    target_weights = distribution(targets, logits)
    return p * (target_weights.sum(axis=1)[:, None] - target_weights) + expm1(-nll) * target_weights


def adjustments(predictions: Array, tau: float, priors: Array | float) -> Array:
    """τ·log π of every class; a class that never occurs has −inf and no part in the softmax."""
    if tau == 0.0:
        return np.zeros(predictions.shape[1], predictions.dtype)
    each = np.broadcast_to(np.asarray(priors, predictions.dtype), predictions.shape[1:])
    return tau * log(each)


def value(predictions: Array, targets: Array, *, tau: float, priors: Array | float) -> Array:
    """−log softmax(z + τ·log π) of the true class."""
    nll = adjusted_nll(predictions, adjustments(predictions, tau, priors))
    if is_index(targets):
        return pick(nll, targets)
    return zero_safe_product(targets, nll).sum(axis=1)


def slope(predictions: Array, targets: Array, *, tau: float, priors: Array | float) -> Array:
    """softmax(z + τ·log π) − target."""
    return adjusted_nll_vjp(predictions, targets, adjustments(predictions, tau, priors))


LOGIT_ADJUSTED_CROSS_ENTROPY = Loss(
    "logit_adjusted_cross_entropy",
    "Logit-adjusted cross-entropy",
    ("multiclass",),
    (CLASS_SCORES, CLASS_TARGETS),
    (row_form("logits", value, slope),),
    params=(
        Param("tau", 1.0, NONNEGATIVE, "Strength of the adjustment; 0 is cross-entropy."),
        Param(
            "priors",
            None,
            Nullable(ScalarOrList(POSITIVE)),
            "How frequent each class is in training, as shares or counts; measured from the "
            "targets when not given.",
            measured={None: lambda counts: counts},
        ),
    ),
    page=Page(
        summary="Cross-entropy of logits + τ·log class priors: logit adjustment for long tails",
        also_called=("balanced softmax",),
        curve=MARGIN,
        formula="log Σ_j e^(z_j + τ·log π_j) − (z_y + τ·log π_y),  π the class priors",
        use_when=(
            "classes are long-tailed and the metric is balanced accuracy",
            "a model was trained with this loss and its value is needed",
        ),
        avoid_when=(
            "probabilities at the data's own class frequencies are wanted (use cross_entropy)",
            "the priors of the training data are unknown and these targets are a small sample",
        ),
        expected={
            "perfect": "0",
            "chance": "the entropy of the class priors, for equal logits and tau 1",
        },
        references=(
            Reference(
                "Menon et al., Long-tail learning via logit adjustment (2021)", "arXiv:2007.07314"
            ),
        ),
        examples=(
            Example(
                [[2.0, 2.0]],
                [1],
                1.38629436111989062,
                {"priors": [0.75, 0.25]},
                "−log ¼: equal logits leave the priors",
            ),
            Example(
                [[2.0, 2.0], [-1.0, -1.0]],
                [0, 1],
                0.693147180559945309,
                {},
                "log 2 each: both classes occur once",
            ),
        ),
        notes=(
            "priors are those of the training data: give them when these targets are others",
            "only their ratios matter, so counts do as well as shares",
        ),
    ),
)
