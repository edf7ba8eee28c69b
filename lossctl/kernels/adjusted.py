"""Softmax of logits to which a constant of each class is added, without rounding the sum.

e^(z + a) is taken as e^z·e^a: the sum of a large logit and a small constant keeps few digits of the
constant, and the exponential would make that visible.
"""

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.softmax import SHIFT_FREE, pick, put
from lossctl.kernels.targets import distribution, is_index


def powers_below_top(logits: Array, constants: Array) -> tuple[Array, Array, Array]:
    """Return the likeliest class, how far the others are below it, and e to minus that."""
    top_class = (logits + constants).argmax(axis=1)
    below = pick(logits, top_class)[:, None] - logits
    lighter = constants[top_class][:, None] - constants
    gaps = below + lighter
    if below.min() >= -SHIFT_FREE[logits.dtype]:
        return top_class, gaps, np.exp(-below) * np.exp(-lighter)
    return top_class, gaps, np.exp(-gaps)


def adjusted_nll(logits: Array, constants: Array) -> Array:
    """Return −log softmax(z + a) for every class."""
    top_class, gaps, powers = powers_below_top(logits, constants)
    put(powers, top_class, 0.0)
    return gaps + np.log1p(powers.sum(axis=1))[:, None]


def adjusted_nll_vjp(logits: Array, targets: Array, constants: Array) -> Array:
    """Derivative of the expected surprise with respect to the logits."""
    surprise = adjusted_nll(logits, constants)
    powers = powers_below_top(logits, constants)[2]
    hit = powers / powers.sum(axis=1, keepdims=True)
    if is_index(targets):
        put(hit, targets, np.expm1(-pick(surprise, targets)))
        return hit
    cost = distribution(targets, logits)
    return hit * (cost.sum(axis=1)[:, None] - cost) + np.expm1(-surprise) * cost
