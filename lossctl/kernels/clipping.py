"""Probabilities clipped from below at ε, and what is said about it."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lossctl.core.domain import Interval
from lossctl.core.loss import Array
from lossctl.core.param import Param
from lossctl.kernels.block_cache import once_a_block
from lossctl.kernels.extremes import greatest, least

EPSILON = Param(
    "epsilon",
    1e-10,
    Interval(0.0, 0.5, "left"),
    "Least probability, when probabilities are given; 0 lets a sure miss cost inf.",
)


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


def clipped_note(*, epsilon: float, clipped: Any = 0.0, **_: Any) -> Sequence[str]:
    """Say how many items were clipped at `epsilon`, if any."""
    count = int(np.sum(clipped))
    if not count:
        return ()
    verb = "item has" if count == 1 else "items have"
    return (f"{count} {verb} a probability below epsilon = {epsilon:g}, clipped to it",)
