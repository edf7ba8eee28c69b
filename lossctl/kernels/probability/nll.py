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
    surprise = np.log(probabilities)
    if not least(probabilities) >= epsilon:
        surprise = np.clip(surprise, log_epsilon(epsilon), np.inf)  # maximum is half as fast
    return np.negative(surprise, out=surprise)


@once_a_block
def clipped_nll_pair(probabilities: Array, epsilon: float) -> tuple[Array, Array]:
    """Return (−log max(p, ε), −log max(1−p, ε)).

    p and 1−p are clipped apart: in float32 ``1 − 1e-10`` is 1, so clipping p alone leaves log 0.
    """
    miss = -probabilities
    np.log1p(miss, out=miss)
    if not greatest(probabilities) <= 1.0 - epsilon:
        miss = np.clip(miss, log_epsilon(epsilon), np.inf)
    return clipped_nll(probabilities, epsilon), np.negative(miss, out=miss)


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
    hits = (probabilities < epsilon) & (targets > 0.0)
    return hits | ((1.0 - probabilities < epsilon) & (targets < 1.0))


def rows_clipped(probabilities: Array, charges: Array, epsilon: float) -> Array:
    """Mark the rows in which a probability that costs something was clipped."""
    clipped: Array = (probabilities < epsilon) & (charges > 0.0)
    return np.logical_or.reduce(clipped, axis=1)


def focal_weighted(miss: Array, surprise: Array, gamma: float) -> Array:
    """Return q^γ·ℓ for q = `miss` and ℓ = `surprise`."""
    return fast_power(miss, gamma) * surprise


def focal_weighted_slope(miss: Array, surprise: Array, rate: Any, gamma: float) -> Array:
    """Return −∂(q^γ·ℓ)/∂p = q^γ·(rate + γ·ℓ/q), where rate = −∂ℓ/∂p."""
    return fast_power(miss, gamma) * (rate + gamma * nll_over_complement(surprise, miss))


def nll_over_complement(surprise: Array, miss: Array) -> Array:
    """Return ℓ/q, whose limit at q = 0 is 1."""
    return np.divide(surprise, miss, out=np.ones_like(surprise), where=miss != 0.0)
