"""Earth mover's distance of ordered classes: the ranked probability score."""

import numpy as np

from lossctl.core.domain import Interval, Param
from lossctl.core.loss import Array, Curve, Example, Loss, Page, Reference
from lossctl.kernels.numeric.pointwise import fast_power
from lossctl.kernels.numeric.rows import distribution
from lossctl.kernels.probability.softmax import softmax
from lossctl.losses.builders.class_rows import CLASS_SCORES, CLASS_TARGETS, row_form


def cumulated(p: Array, targets: Array) -> Array:
    """Return the differences of the cumulated probabilities and targets, (n, C − 1).

    Of hard targets from the end of the row, where the true class lies before: each is then a sum
    of probabilities alone.
    """
    truth = distribution(targets, p)
    excess = p - truth
    left = np.cumsum(excess, axis=1)[:, :-1]
    right = -np.cumsum(excess[:, ::-1], axis=1)[:, -2::-1]
    hard = ((truth == 0.0) | (truth == 1.0)).all(axis=1, keepdims=True)
    return np.where(hard & (np.cumsum(truth, axis=1)[:, :-1] > 0.5), right, left)


def cost(gaps: Array, p: float) -> Array:
    """Σ |difference|^p."""
    return fast_power(np.abs(gaps), p).sum(axis=1)


def cost_slope(gaps: Array, p: float) -> Array:
    """Derivative of :func:`cost` with respect to the differences."""
    if p == 2.0:
        return 2.0 * gaps
    return p * np.sign(gaps) * np.abs(gaps) ** (p - 1.0)


def value(predictions: Array, targets: Array, *, p: float) -> Array:
    """Evaluate from class probabilities, cumulated from the first class on."""
    excess = predictions - distribution(targets, predictions)
    return cost(np.cumsum(excess, axis=1)[:, :-1], p)


def slope(predictions: Array, targets: Array, *, p: float) -> Array:
    """Each probability is in all differences from its class on."""
    excess = predictions - distribution(targets, predictions)
    slopes = cost_slope(np.cumsum(excess, axis=1)[:, :-1], p)
    gradient = np.zeros_like(predictions)
    gradient[:, :-1] = np.cumsum(slopes[:, ::-1], axis=1)[:, ::-1]
    return gradient


def value_of_logits(predictions: Array, targets: Array, *, p: float) -> Array:
    """Evaluate for softmax of the logits."""
    return cost(cumulated(softmax(predictions), targets), p)


def slope_of_logits(predictions: Array, targets: Array, *, p: float) -> Array:
    """p_j·Σ_i p_i·(s_j − s_i), s_j the slope by p_j: s_j − s_i is that of the classes between."""
    shares = softmax(predictions)
    slopes = cost_slope(cumulated(shares, targets), p)
    gradient = np.zeros_like(predictions)
    for first in range(shares.shape[1]):
        between = np.zeros(len(shares), shares.dtype)
        for second in range(first + 1, shares.shape[1]):
            between += slopes[:, second - 1]
            both = shares[:, first] * shares[:, second] * between
            gradient[:, first] += both
            gradient[:, second] -= both
    return gradient


ORDINAL_EMD = Loss(
    "ordinal_emd",
    "Earth mover's distance of ordered classes",
    ("multiclass", "ordinal"),
    (CLASS_SCORES, CLASS_TARGETS),
    (
        row_form("logits", value_of_logits, slope_of_logits),
        row_form("probabilities", value, slope),
    ),
    params=(
        Param(
            "p",
            2.0,
            Interval(1.0, 8.0),
            "Power of the differences: 2 is the ranked probability score, 1 the distance itself.",
        ),
    ),
    strict=True,
    page=Page(
        summary="Squared earth mover's distance of ordered classes: Σ (cumulated p − cumulated t)²",
        also_called=("Wasserstein distance", "EMD", "discrete CRPS"),
        curve=Curve(
            "logit of the neighbour of the true class minus that of the class itself",
            -5.0,
            5.0,
            lambda x: ([[0.0, x, -9.0]], [0]),
            "logits",
        ),
        formula="Σ_k |Σ_{j ≤ k} (p_j − t_j)|^p over k < K − 1",
        use_when=(
            "classes have an order, and probability far from the true class should cost more",
            "forecasts of ordered categories are compared: the ranked probability score is proper",
            "targets are distributions over ratings (image quality, aesthetics)",
        ),
        avoid_when=(
            "classes have no order (use cross_entropy)",
            (
                "training starts from scratch: gradients are small far from the target (add "
                "cross_entropy)"
            ),
        ),
        expected={
            "perfect": "0",
            "chance": "for uniform p and a class in the middle of K: about K/12",
            "bad": "up to K − 1: all probability at the other end",
        },
        references=(
            Reference(
                "Hou, Yu & Samaras, Squared earth mover's distance-based loss for training deep "
                "neural networks (2016)",
                "arXiv:1611.05916",
            ),
            Reference(
                "Epstein, A scoring system for probability forecasts of ranked categories (1969)",
                "doi:10.1175/1520-0450(1969)008<0985:ASSFPF>2.0.CO;2",
            ),
        ),
        examples=(
            Example(
                [[0.5, 0.25, 0.25]],
                [0],
                0.3125,
                {"input": "probabilities"},
                "(½ − 1)² + (¾ − 1)²",
            ),
            Example(
                [[0.5, 0.25, 0.25]],
                [2],
                1.25,
                {"p": 1.0, "input": "probabilities"},
                "½ + ¾: half moves by two classes, a quarter by one",
            ),
        ),
        notes=(
            "classes are taken in the order of their columns",
            "NIMA takes the root of the mean: (value/K)^½",
        ),
        kinks="equal cumulated probabilities with p = 1, where the slope 0 is chosen",
    ),
)
