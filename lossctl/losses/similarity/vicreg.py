"""VICReg loss."""

from typing import Any

import numpy as np

from lossctl.core.domain import NONNEGATIVE, Param
from lossctl.core.loss import Array, Curve, Example, Page, Reference
from lossctl.kernels.distance.similarity import centred, cost_of_rows, diagonal, rows_vjp
from lossctl.kernels.numeric.pointwise import relu, relu_slope
from lossctl.losses.builders.embeddings import ONE_NUMBER, VIEWS
from lossctl.losses.builders.records import batch_loss


def _deviations(centred_rows: Array, epsilon: float) -> Array:
    return np.sqrt(
        (centred_rows * centred_rows).sum(axis=0) / max(len(centred_rows) - 1, 1) + epsilon
    )


def _sides(centred_rows: Array) -> tuple[Array, Array]:
    """Return rows whose products are the covariances of the features."""
    right = np.ascontiguousarray(centred_rows.T)
    return right / max(len(centred_rows) - 1, 1), right


def _variance_hinge(centred_rows: Array, gamma: float, epsilon: float) -> Any:
    """Half of max(0, gamma − deviation) of the features, on average."""
    return 0.5 * relu(gamma - _deviations(centred_rows, epsilon)).mean()


def _redundancy(centred_rows: Array) -> Any:
    """Squared covariances between different features, over their number."""

    def cost(covariances: Array, at: slice) -> Array:
        covariances[diagonal(covariances, at)] = 0.0
        return (covariances * covariances).sum(axis=1)

    return cost_of_rows(*_sides(centred_rows), cost).sum() / centred_rows.shape[1]


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
    """Squared differences of the views, variance hinges and covariances, weighted."""
    gap = first - second
    a, b = centred(first), centred(second)
    variance_hinges = _variance_hinge(a, gamma, epsilon) + _variance_hinge(b, gamma, epsilon)
    covariances = (
        covariance_weight * (_redundancy(a) + _redundancy(b)) if covariance_weight else 0.0
    )
    return invariance_weight * (gap * gap).mean() + variance_weight * variance_hinges + covariances


def _side_slope(
    centred_rows: Array,
    variance_weight: float,
    covariance_weight: float,
    gamma: float,
    epsilon: float,
) -> Array:
    """Slope of the variance and covariance parts of one side, without that of the mean."""
    count, width = max(len(centred_rows) - 1, 1), centred_rows.shape[1]
    deviations = _deviations(centred_rows, epsilon)
    active = relu_slope(gamma - deviations) / np.where(deviations > 0.0, deviations, 1.0)
    gradient = (-0.5 * variance_weight / (count * width)) * active * centred_rows
    if not covariance_weight:  # covariances may be infinite, and 0 · inf is NaN
        return centred(gradient)

    def slopes_of_block(covariances: Array, at: slice) -> Array:
        covariances *= 2.0 / width
        covariances[diagonal(covariances, at)] = 0.0
        return covariances

    to_left, to_right = rows_vjp(*_sides(centred_rows), slopes_of_block)
    gradient += covariance_weight * (to_left / count + to_right).T
    return centred(gradient)


def vjp(
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
    difference = (2.0 * invariance_weight / max(first.size, 1)) * (first - second)
    weights_and_limits = (variance_weight, covariance_weight, gamma, epsilon)
    factor = np.asarray(slope, first.dtype)
    return {
        "first": factor * (difference + _side_slope(centred(first), *weights_and_limits)),
        "second": factor * (_side_slope(centred(second), *weights_and_limits) - difference),
    }


VICREG = batch_loss(
    "vicreg",
    title="VICReg loss",
    tasks=("embedding",),
    inputs=VIEWS,
    value=value,
    vjp=vjp,
    per_group=True,
    params=(
        Param(
            "invariance_weight",
            25.0,
            NONNEGATIVE,
            "Weight of the invariance term, the mean squared difference of the views.",
        ),
        Param(
            "variance_weight",
            25.0,
            NONNEGATIVE,
            "Weight of the variance term, the hinges max(0, gamma − deviation).",
        ),
        Param(
            "covariance_weight",
            1.0,
            NONNEGATIVE,
            "Weight of the covariance term, squared covariances between features.",
        ),
        Param("gamma", 1.0, NONNEGATIVE, "Target standard deviation of every feature."),
        Param("epsilon", 1e-4, NONNEGATIVE, "Added to the variances before the root."),
    ),
    page=Page(
        summary="VICReg: λ·invariance (mse of views) + μ·variance hinge + ν·covariances²",
        also_called=("variance-invariance-covariance regularization",),
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
            "the two views are of different modalities or networks",
        ),
        avoid_when=(
            "batches are very small: variances are then noise",
            "only directions matter, and negatives are available (use nt_xent)",
        ),
        expected={
            "perfect": "0: views agree, deviations of at least gamma, no covariances",
            "collapsed": "the variance weight times (gamma − √epsilon)",
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
