"""What losses of generated data share: tasks, references, and what a discriminator's scores cost.

Each cost takes scores and gives their cost and its derivative.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np

from lossctl.core.domain import Choice, Param
from lossctl.core.loss import Array, Reference
from lossctl.kernels.numeric.pointwise import relu
from lossctl.kernels.probability.logistic import sigmoid, softplus

GAN_TASKS = ("generative", "gan")

GAN_REFERENCES = (
    Reference("Goodfellow et al., Generative adversarial networks (2014)", "arXiv:1406.2661"),
    Reference(
        "Mao et al., Least squares generative adversarial networks (2017)", "arXiv:1611.04076"
    ),
    Reference("Lim & Ye, Geometric GAN: the hinge (2017)", "arXiv:1705.02894"),
    Reference("Arjovsky, Chintala & Bottou, Wasserstein GAN (2017)", "arXiv:1701.07875"),
)

STYLE_TASKS = ("generative", "style transfer")

STYLE_REFERENCES = (
    Reference(
        "Gatys, Ecker & Bethge, A neural algorithm of artistic style (2015)", "arXiv:1508.06576"
    ),
    Reference("Johnson, Alahi & Fei-Fei, Perceptual losses (2016)", "arXiv:1603.08155"),
)

Cost: TypeAlias = Callable[[Array], tuple[Array, Array]]


def nll_of_real(scores: Array) -> tuple[Array, Array]:
    """−log D, for D = sigmoid(score)."""
    return softplus(-scores), -sigmoid(-scores)


def nll_of_fake(scores: Array) -> tuple[Array, Array]:
    """−log(1 − D)."""
    return softplus(scores), sigmoid(scores)


def log_of_fake(scores: Array) -> tuple[Array, Array]:
    """log(1 − D)."""
    return -softplus(scores), -sigmoid(scores)


def squared_error_to_one(scores: Array) -> tuple[Array, Array]:
    """½(score − 1)²."""
    return 0.5 * (scores - 1.0) ** 2, scores - 1.0


def squared_error_to_zero(scores: Array) -> tuple[Array, Array]:
    """½·score²."""
    return 0.5 * scores * scores, scores


def hinge_of_real(scores: Array) -> tuple[Array, Array]:
    """max(0, 1 − score); slope 0 on the edge."""
    hinge = relu(1.0 - scores)
    return hinge, -np.sign(hinge)


def hinge_of_fake(scores: Array) -> tuple[Array, Array]:
    """max(0, 1 + score); slope 0 on the edge."""
    hinge = relu(1.0 + scores)
    return hinge, np.sign(hinge)


def negative(scores: Array) -> tuple[Array, Array]:
    """−score."""
    return -scores, np.full_like(scores, -1.0)


def identity(scores: Array) -> tuple[Array, Array]:
    """The score itself."""
    return scores, np.ones_like(scores)


REAL: dict[str, Cost] = {
    "bce": nll_of_real,
    "least_squares": squared_error_to_one,
    "hinge": hinge_of_real,
    "wasserstein": negative,
}

FAKE: dict[str, Cost] = {
    "bce": nll_of_fake,
    "least_squares": squared_error_to_zero,
    "hinge": hinge_of_fake,
    "wasserstein": identity,
}

GENERATED: dict[str, Cost] = {
    "bce": nll_of_real,
    "minimax": log_of_fake,
    "least_squares": squared_error_to_one,
    "hinge": negative,
    "wasserstein": negative,
}


def mode_of(costs: Mapping[str, Cost]) -> Param:
    """Declare the mode parameter, of the modes that one player has costs for."""
    return Param(
        "mode", "bce", Choice(tuple(costs)), "GAN objective: the loss applied to the scores."
    )
