"""What scores of a discriminator cost, by the game that is played.

Each function takes scores and answers their cost and its derivative.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.logistic import sigmoid, softplus
from lossctl.kernels.piecewise_linear import relu

Cost: TypeAlias = Callable[[Array], tuple[Array, Array]]


def nll_of_real(scores: Array) -> tuple[Array, Array]:
    """−log D, for D = sigmoid(score)."""
    return softplus(-scores), -sigmoid(-scores)


def nll_of_fake(scores: Array) -> tuple[Array, Array]:
    """−log(1 − D)."""
    return softplus(scores), sigmoid(scores)


def log_fake(scores: Array) -> tuple[Array, Array]:
    """Return log(1 − D)."""
    return -softplus(scores), -sigmoid(scores)


def square_to_one(scores: Array) -> tuple[Array, Array]:
    """½(score − 1)²."""
    return 0.5 * (scores - 1.0) ** 2, scores - 1.0


def square_to_zero(scores: Array) -> tuple[Array, Array]:
    """½·score²."""
    return 0.5 * scores * scores, scores


def hinge_at_real(scores: Array) -> tuple[Array, Array]:
    """max(0, 1 − score); slope 0 on the edge."""
    short = relu(1.0 - scores)
    return short, -np.sign(short)


def hinge_at_fake(scores: Array) -> tuple[Array, Array]:
    """max(0, 1 + score); slope 0 on the edge."""
    short = relu(1.0 + scores)
    return short, np.sign(short)


def minus(scores: Array) -> tuple[Array, Array]:
    """−score."""
    return -scores, np.full_like(scores, -1.0)


def itself(scores: Array) -> tuple[Array, Array]:
    """Return the score."""
    return scores, np.ones_like(scores)


REAL: dict[str, Cost] = {
    "bce": nll_of_real,
    "least_squares": square_to_one,
    "hinge": hinge_at_real,
    "wasserstein": minus,
}
FAKE: dict[str, Cost] = {
    "bce": nll_of_fake,
    "least_squares": square_to_zero,
    "hinge": hinge_at_fake,
    "wasserstein": itself,
}
GENERATED: dict[str, Cost] = {
    "bce": nll_of_real,
    "minimax": log_fake,
    "least_squares": square_to_one,
    "hinge": minus,
    "wasserstein": minus,
}
