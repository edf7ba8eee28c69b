"""Negative log-likelihood ℓ = −log p, clipped from below at ε, and focal weights on it.

At p = 1 the slope of q^γ·ℓ, q = 1 − p, contains q^(γ−1)·ℓ, which tends to 0 for every γ > 0 but is
inf·0 as written when γ < 1; as q^γ·(ℓ/q) it is finite throughout.
"""

import math
from typing import Any

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.block_cache import greatest, least, once_a_block
from lossctl.kernels.numeric.pointwise import fast_power


def clipped_nll(probabilities: Array, epsilon: float) -> Array:
    """Return −log max(p, ε)."""
    nll = np.log(probabilities)
    # The logarithm is clipped, log 0 = −inf included, so that p need not be copied.
    if not least(probabilities) >= epsilon:
        nll = np.clip(nll, log_epsilon(epsilon), np.inf)  # maximum is half as fast
    return np.negative(nll, out=nll)


@once_a_block
def clipped_nll_pair(probabilities: Array, epsilon: float) -> tuple[Array, Array]:
    """Return (−log max(p, ε), −log max(1−p, ε)).

    Each is clipped by itself: in float32 ``1 − 1e-10`` is 1, so clipping p alone leaves log 0.
    """
    log_complement = -probabilities
    np.log1p(log_complement, out=log_complement)
    if not greatest(probabilities) <= 1.0 - epsilon:
        log_complement = np.clip(log_complement, log_epsilon(epsilon), np.inf)
    return clipped_nll(probabilities, epsilon), np.negative(log_complement, out=log_complement)


def clipped_inverse(probabilities: Array, epsilon: float) -> Array:
    """Return 1/p, 0 where p is clipped: minus the slope of :func:`clipped_nll`."""
    if epsilon == 0.0:
        return 1.0 / probabilities
    return (probabilities >= epsilon) / np.clip(probabilities, epsilon, np.inf)


def clipped_inverse_pair(probabilities: Array, epsilon: float) -> tuple[Array, Array]:
    """Return (1/p, 1/(1−p)), each 0 where its probability is clipped."""
    return clipped_inverse(probabilities, epsilon), clipped_inverse(1.0 - probabilities, epsilon)


def log_epsilon(epsilon: float) -> float:
    """Return log ε, −inf for 0."""
    return math.log(epsilon) if epsilon > 0.0 else -math.inf


def items_clipped(probabilities: Array, targets: Array, epsilon: float) -> Array | float:
    """Mark the binary items whose probability was clipped where it matters."""
    if least(probabilities) >= epsilon and greatest(probabilities) <= 1 - epsilon:
        return 0.0
    clipped_p = (probabilities < epsilon) & (targets > 0.0)
    return clipped_p | ((1.0 - probabilities < epsilon) & (targets < 1.0))


def rows_clipped(probabilities: Array, class_weights: Array, epsilon: float) -> Array:
    """Mark the rows in which a probability of a class with weight was clipped."""
    clipped: Array = (probabilities < epsilon) & (class_weights > 0.0)
    return np.logical_or.reduce(clipped, axis=1)


def focal_weighted(one_minus_p: Array, nll: Array, gamma: float) -> Array:
    """Return q^γ·ℓ for q = `one_minus_p` and ℓ = `nll`."""
    return fast_power(one_minus_p, gamma) * nll


def focal_weighted_slope(one_minus_p: Array, nll: Array, inverse: Any, gamma: float) -> Array:
    """Return −∂(q^γ·ℓ)/∂p = q^γ·(−∂ℓ/∂p + γ·ℓ/q), given −∂ℓ/∂p, 1/p."""
    return fast_power(one_minus_p, gamma) * (
        inverse + gamma * nll_over_complement(nll, one_minus_p)
    )


def nll_over_complement(nll: Array, one_minus_p: Array) -> Array:
    """Return ℓ/q, whose limit at q = 0 is 1."""
    return np.divide(nll, one_minus_p, out=np.ones_like(nll), where=one_minus_p != 0.0)
