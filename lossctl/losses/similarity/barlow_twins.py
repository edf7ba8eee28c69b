"""Barlow Twins loss."""

from typing import Any, NamedTuple

import numpy as np

from lossctl.core.domain import NONNEGATIVE, Param
from lossctl.core.loss import Array, Curve, Example, Page, Reference
from lossctl.kernels.distance.similarity import centred, cost_of_rows, diagonal, rows_vjp
from lossctl.kernels.numeric.pointwise import quotient
from lossctl.losses.builders.embeddings import ONE_NUMBER, VIEWS
from lossctl.losses.builders.records import batch_loss


class Standardised(NamedTuple):
    """Columns of mean 0 and deviation 1 (n, d), and the deviations they had (1, d)."""

    columns: Array
    deviations: Array


def standardised(vectors: Array, epsilon: float) -> Standardised:
    """Divide centred columns by √(variance + ε); columns of no deviation become 0."""
    centred_columns = centred(vectors)
    deviations = np.sqrt((centred_columns * centred_columns).mean(axis=0, keepdims=True) + epsilon)
    return Standardised(quotient(centred_columns, deviations), deviations)


def standardised_vjp(standard: Standardised, slopes: Array) -> Array:
    """Carry slopes back through the division by the deviation, and the mean."""
    along = (standard.columns * slopes).mean(axis=0, keepdims=True)
    return quotient(centred(slopes) - along * standard.columns, standard.deviations)


def _sides(
    first: Array, second: Array, epsilon: float
) -> tuple[Standardised, Standardised, Array, Array]:
    """Return both sides standardised, and as rows whose products are the correlations."""
    a, b = standardised(first, epsilon), standardised(second, epsilon)
    left = np.ascontiguousarray(a.columns.T) / max(len(first), 1)
    return a, b, left, np.ascontiguousarray(b.columns.T)


def value(first: Array, second: Array, *, redundancy: float, epsilon: float) -> Any:
    """Squared differences of the correlations between the sides from the identity."""
    _, _, left, right = _sides(first, second, epsilon)

    def cost(correlations: Array, at: slice) -> Array:
        on_diagonal = diagonal(correlations, at)
        diagonal_values = correlations[on_diagonal]
        correlations[on_diagonal] = 0.0
        rest = (correlations * correlations).sum(axis=1)
        costs: Array = (1.0 - diagonal_values) ** 2 + redundancy * rest
        return costs

    return cost_of_rows(left, right, cost).sum()


def vjp(
    first: Array, second: Array, *, slope: float | Array, redundancy: float, epsilon: float
) -> dict[str, Array]:
    """−2(1 − C) on the diagonal and 2λC off it, through both sides and their deviations."""
    a, b, left, right = _sides(first, second, epsilon)

    def slopes_of_block(correlations: Array, at: slice) -> Array:
        on_diagonal = diagonal(correlations, at)
        diagonal_values = correlations[on_diagonal]
        correlations *= 2.0 * redundancy
        correlations[on_diagonal] = -2.0 * (1.0 - diagonal_values)
        return correlations

    to_left, to_right = rows_vjp(left, right, slopes_of_block)
    factor = np.asarray(slope, first.dtype)
    return {
        "first": standardised_vjp(a, factor * to_left.T / max(len(first), 1)),
        "second": standardised_vjp(b, factor * to_right.T),
    }


BARLOW_TWINS = batch_loss(
    "barlow_twins",
    title="Barlow Twins loss",
    tasks=("embedding",),
    inputs=VIEWS,
    value=value,
    vjp=vjp,
    per_group=True,
    params=(
        Param("redundancy", 0.0051, NONNEGATIVE, "Weight λ of the off-diagonal correlations."),
        Param("epsilon", 0.0, NONNEGATIVE, "Added to the variances of the features."),
    ),
    page=Page(
        summary="Barlow Twins: Σ (1 − C_ii)² + λ·Σ C_ij² of the correlations between two views",
        also_called=("redundancy reduction", "cross-correlation loss"),
        curve=Curve(
            "how far the second view of two items has moved",
            -2.0,
            2.0,
            lambda x: (
                [[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]],
                [[x, 1.0], [1.0, x], [2.0, 2.5]],
            ),
        ),
        formula="Σ_i (1 − C_ii)² + λ Σ_{i≠j} C_ij²,  C: correlations of the features of both views "
        "over the batch",
        use_when=(
            "representations are learnt from two views, without negatives",
            "features should not be redundant",
        ),
        avoid_when=(
            "batches are very small: correlations are then noise",
            "there are many thousands of features and memory is short in training",
        ),
        expected={
            "perfect": "0: features agree between the views and are uncorrelated otherwise",
            "chance": "the number of features, when the views are uncorrelated",
            "bad": "> the number of features",
        },
        references=(Reference("Zbontar et al., Barlow Twins (2021)", "arXiv:2103.03230"),),
        examples=(
            Example.of(
                1.5,
                "both features of the second view follow the first: C = [[1, 1], [0, 0]], "
                "0 + 1 + ½·1",
                {"redundancy": 0.5},
                first=[[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]],
                second=[[1.0, 1.0], [-1.0, -1.0], [1.0, 1.0], [-1.0, -1.0]],
            ),
        ),
        notes=(
            ONE_NUMBER,
            "the authors' code standardises with epsilon=1e-5, as batch normalisation does",
            "a feature that is the same for all items has correlation 0 with everything",
        ),
        kinks="a feature of no deviation, where the slope is taken as 0",
    ),
)
