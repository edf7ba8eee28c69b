"""VICReg loss."""

from typing import Any

import numpy as np

from lossctl.core.curves import Curve
from lossctl.core.domain import NONNEGATIVE
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.core.param import Param
from lossctl.core.records import batch_loss
from lossctl.kernels.piecewise_linear import relu, relu_slope
from lossctl.kernels.similarity import cost_of_rows, diagonal, pull_rows
from lossctl.kernels.standardize import centred
from lossctl.losses.similarity._inputs import ONE_NUMBER, VIEWS


def _deviations(apart: Array, epsilon: float) -> Array:
    return np.sqrt((apart * apart).sum(axis=0) / max(len(apart) - 1, 1) + epsilon)


def _sides(apart: Array) -> tuple[Array, Array]:
    """Return rows whose products are the covariances of the features."""
    right = np.ascontiguousarray(apart.T)
    return right / max(len(apart) - 1, 1), right


def _spread(apart: Array, gamma: float, epsilon: float) -> Any:
    """Half of what the deviations of the features lack to gamma, on average."""
    return 0.5 * relu(gamma - _deviations(apart, epsilon)).mean()


def _redundancy(apart: Array) -> Any:
    """Squared covariances between different features, over their number."""

    def cost(covariances: Array, at: slice) -> Array:
        covariances[diagonal(covariances, at)] = 0.0
        return (covariances * covariances).sum(axis=1)

    return cost_of_rows(*_sides(apart), cost).sum() / apart.shape[1]


def value(
    first: Array,
    second: Array,
    *,
    invariance_weight: float,
    variance_weight: float,
    covariance_weight: float,
    gamma: float,
    epsilon: float,
) -> Any:
    """Squared differences of the views, lack of variance and covariances, weighed."""
    gap = first - second
    a, b = centred(first), centred(second)
    spread = _spread(a, gamma, epsilon) + _spread(b, gamma, epsilon)
    rest = covariance_weight * (_redundancy(a) + _redundancy(b)) if covariance_weight else 0.0
    return invariance_weight * (gap * gap).mean() + variance_weight * spread + rest


def _side_slope(
    apart: Array, variance_weight: float, covariance_weight: float, gamma: float, epsilon: float
) -> Array:
    """Slope of the variance and covariance parts of one side, without that of the mean."""
    count, width = max(len(apart) - 1, 1), apart.shape[1]
    deviations = _deviations(apart, epsilon)
    active = relu_slope(gamma - deviations) / np.where(deviations > 0.0, deviations, 1.0)
    found = (-0.5 * variance_weight / (count * width)) * active * apart
    if not covariance_weight:  # covariances may be infinite, and 0 · inf is NaN
        return centred(found)

    def change(covariances: Array, at: slice) -> Array:
        covariances *= 2.0 / width
        covariances[diagonal(covariances, at)] = 0.0
        return covariances

    to_left, to_right = pull_rows(*_sides(apart), change)
    found += covariance_weight * (to_left / count + to_right).T
    return centred(found)


def pull(
    first: Array,
    second: Array,
    *,
    slope: float | Array,
    invariance_weight: float,
    variance_weight: float,
    covariance_weight: float,
    gamma: float,
    epsilon: float,
) -> dict[str, Array]:
    """Sum of the slopes of all parts."""
    apart = (2.0 * invariance_weight / max(first.size, 1)) * (first - second)
    given = (variance_weight, covariance_weight, gamma, epsilon)
    factor = np.asarray(slope, first.dtype)
    return {
        "first": factor * (apart + _side_slope(centred(first), *given)),
        "second": factor * (_side_slope(centred(second), *given) - apart),
    }


VICREG = batch_loss(
    "vicreg",
    title="VICReg loss",
    tasks=("embedding",),
    inputs=VIEWS,
    value=value,
    pull=pull,
    per_group=True,
    params=(
        Param("invariance_weight", 25.0, NONNEGATIVE, "Weight of the difference of the views."),
        Param("variance_weight", 25.0, NONNEGATIVE, "Weight of what deviations lack to gamma."),
        Param("covariance_weight", 1.0, NONNEGATIVE, "Weight of covariances between features."),
        Param("gamma", 1.0, NONNEGATIVE, "Deviation every feature should have."),
        Param("epsilon", 1e-4, NONNEGATIVE, "Added to the variances before the root."),
    ),
    page=Page(
        summary="Two views should agree, every feature should vary, and no two vary together.",
        curve=Curve(
            "how far the second view of one item has moved",
            -2.0,
            2.0,
            lambda x: (
                [[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]],
                [[x, 1.0], [1.0, 0.0], [2.0, 2.0]],
            ),
        ),
        formula="λ·mse(a, b) + ½μ·mean_j(max(0, γ − σ_j(a)) + max(0, γ − σ_j(b))) "
        "+ ν·Σ_{i≠j}(cov(a)_ij² + cov(b)_ij²)/D,  σ² = var + ε",
        use_when=(
            "representations are learnt from two views, without negatives",
            "the two sides differ in kind, or are of different networks",
        ),
        avoid_when=(
            "batches are very small: variances are then noise",
            "directions are what counts, and negatives are at hand (use nt_xent)",
        ),
        expected={
            "perfect": "0: views agree, deviations of at least gamma, no covariances",
            "collapsed": "the variance weight times gamma, less the root of epsilon",
            "bad": "> the variance weight",
        },
        references=(Reference("Bardes, Ponce & LeCun, VICReg (2021)", "arXiv:2105.04906"),),
        examples=(
            Example.of(
                22.75,
                "25·½ + 25·½·(0 + 1)/2 + (2² + 2²)/2: the second feature of b does not vary",
                {"epsilon": 0.0},
                first=[[0.0, 0.0], [2.0, 2.0]],
                second=[[0.0, 1.0], [2.0, 1.0]],
            ),
        ),
        notes=(
            ONE_NUMBER,
            (
                "as in the authors' code: the difference is a mean over features and the variance "
                "part is halved; the paper sums and does not halve"
            ),
            "variances divide by N − 1; those of a batch of one item are 0",
        ),
        kinks="a deviation of gamma or of 0, where the slope is taken as 0",
    ),
)
