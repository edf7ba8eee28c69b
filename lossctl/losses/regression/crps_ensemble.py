"""CRPS of a forecast given as an ensemble, or samples."""

from typing import Any

import numpy as np

from lossctl.core.domain import Choice, Param
from lossctl.core.loss import Array, Curve, Example, Input, Page, Reference
from lossctl.kernels.numeric.pointwise import relu
from lossctl.kernels.numeric.rows import row_sums
from lossctl.losses.builders.records import record_loss


def rank_weights(members: int, dtype: Any, *, estimator: str) -> Array:
    """Return what the k-th smallest member counts in half the mean distance of two members."""
    pairs = members * (members if estimator == "empirical" else members - 1)
    ranks = 2.0 * np.arange(members) - (members - 1)
    return (ranks / max(pairs, 1)).astype(dtype)


def value(predictions: Array, targets: Array, *, estimator: str) -> Array:
    """Σ of the spacings of sorted members, cut at the target, each times a share of the pairs.

    Between the members k and k + 1 that is k·(k − 1) pairs below the target and that of the M − k
    members above it, k² and (M − k)² where a member also pairs with itself: nothing cancels.
    """
    ordered, target = np.sort(predictions, axis=1), targets[:, None]
    cut = np.clip(target, ordered[:, :-1], ordered[:, 1:])
    below, above = shares_of_pairs(ordered.shape[1], ordered.dtype, estimator)
    losses = relu(ordered[:, 0] - targets) + relu(targets - ordered[:, -1])
    losses += row_sums((cut - ordered[:, :-1]) * below)
    return losses + row_sums((ordered[:, 1:] - cut) * above)


def shares_of_pairs(members: int, dtype: Any, estimator: str) -> tuple[Array, Array]:
    """Return the shares of all pairs that lie below each spacing, and above it, (M − 1,) each."""
    itself = 0.0 if estimator == "empirical" else 1.0
    below = np.arange(1.0, members)
    above = members - below
    pairs = members * (members - itself)
    return (
        (below * (below - itself) / pairs).astype(dtype),
        (above * (above - itself) / pairs).astype(dtype),
    )


def slopes(predictions: Array, targets: Array, *, estimator: str) -> dict[str, Array]:
    """Sign of the error over the number of members, less the share by rank."""
    members = predictions.shape[1]
    order = predictions.argsort(axis=1, kind="stable")
    spread = np.empty_like(predictions)
    weights = rank_weights(members, predictions.dtype, estimator=estimator)
    np.put_along_axis(spread, order, np.broadcast_to(weights, predictions.shape), axis=1)
    return {"predictions": np.sign(predictions - targets[:, None]) / members - spread}


CRPS_ENSEMBLE = record_loss(
    "crps_ensemble",
    title="CRPS of an ensemble",
    tasks=("regression", "forecasting", "uncertainty"),
    inputs=(
        Input(
            "predictions",
            "item member",
            "value",
            "members of the ensemble, or samples of the forecast: (N, M)",
            differentiable=True,
        ),
        Input("targets", "item", "value", "true values, one per item"),
    ),
    value=value,
    slopes=slopes,
    params=(
        Param(
            "estimator",
            "empirical",
            Choice(("empirical", "fair")),
            "CRPS of the members as they are, or of the distribution they were drawn from (fair).",
        ),
    ),
    page=Page(
        summary="CRPS of an ensemble: mean |member − target| − ½ mean |member − member|",
        also_called=("energy form of the CRPS", "fair CRPS", "sample CRPS"),
        curve=Curve(
            "target; members at −1, 0 and 1",
            -3.0,
            3.0,
            lambda x: ([[-1.0, 0.0, 1.0]], [x]),
        ),
        formula="(1/M)·Σ_i |p_i − t| − (1/2M²)·Σ_i Σ_j |p_i − p_j|;  fair: 1/(2M(M − 1))",
        use_when=(
            "a forecast is an ensemble or a set of samples: weather, simulations, MC dropout",
            "ensembles of different sizes are compared (estimator=fair)",
        ),
        avoid_when=(
            "the forecast has a density in closed form (use crps_gaussian or a likelihood)",
            "the members are quantiles (use crps_quantile)",
        ),
        expected={
            "perfect": "0: all members at the target",
            "bad": "> the mae of the median of the members: their spread is far too wide",
        },
        references=(
            Reference(
                "Gneiting & Raftery, Strictly proper scoring rules, prediction, and estimation "
                "(2007), equation 21",
                "doi:10.1198/016214506000001437",
            ),
            Reference("Ferro, Fair scores for ensemble forecasts (2014)", "doi:10.1002/qj.2270"),
        ),
        examples=(
            Example.of(
                0.5,
                "(1 + 1)/2 − (2 + 2)/(2·4)",
                predictions=[[0.0, 2.0]],
                targets=[1.0],
            ),
            Example.of(
                0.0,
                "(1 + 1)/2 − (2 + 2)/(2·2)",
                {"estimator": "fair"},
                predictions=[[0.0, 2.0]],
                targets=[1.0],
            ),
        ),
        notes=(
            "of one member it is mae",
            "the mean of the fair estimate does not depend on the size of the ensemble",
        ),
        kinks="a member at the target, where the slope 0 is chosen, and equal members: their order",
    ),
)
