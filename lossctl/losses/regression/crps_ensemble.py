"""CRPS of a forecast given as an ensemble, or samples."""

import numpy as np

from lossctl.core.domain import NONNEGATIVE, Choice, Param
from lossctl.core.errors import DataError
from lossctl.core.loss import Array, Curve, Example, Input, Page, Reference
from lossctl.kernels.numeric.pointwise import relu
from lossctl.kernels.numeric.rows import row_sums
from lossctl.losses.builders.records import record_loss


def value(
    predictions: Array, targets: Array, member_weights: Array | None, *, estimator: str
) -> Array:
    """Σ of the spacings of sorted members, cut at the target, each times a share of the pairs.

    Between the members k and k + 1 that is k·(k − 1) pairs below the target and that of the M − k
    members above it, k² and (M − k)² where a member also pairs with itself: nothing cancels. Of
    weighted members k is the sum of the weights.
    """
    order = predictions.argsort(axis=1, kind="stable")
    ordered, target = np.take_along_axis(predictions, order, axis=1), targets[:, None]
    cut = np.clip(target, ordered[:, :-1], ordered[:, 1:])
    below, above = shares_of_pairs(sorted_weights(member_weights, order), estimator)
    losses = relu(ordered[:, 0] - targets) + relu(targets - ordered[:, -1])
    losses += row_sums((cut - ordered[:, :-1]) * below.astype(ordered.dtype, copy=False))
    return losses + row_sums((ordered[:, 1:] - cut) * above.astype(ordered.dtype, copy=False))


def sorted_weights(member_weights: Array | None, order: Array) -> Array:
    """Return the weights of the sorted members in float64, one row for all where none are given.

    Raises
    ------
    DataError
        Where some items have only members of weight 0.
    """
    if member_weights is None:
        return np.ones((1, order.shape[1]))
    if not member_weights.any(axis=1).all():
        raise DataError(
            "member_weights: some items have only members of weight 0; give one member of each a "
            "weight, or leave these items out with weights"
        )
    weights: Array = np.take_along_axis(member_weights, order, axis=1).astype(np.float64)
    return weights / weights.max(axis=1, keepdims=True)


def around(weights: Array) -> tuple[Array, Array]:
    """Return the sums of the weights before each sorted member and after it."""
    before, after = np.zeros_like(weights), np.zeros_like(weights)
    np.cumsum(weights[:, :-1], axis=1, out=before[:, 1:])
    after[:, :-1] = weights[:, :0:-1].cumsum(axis=1)[:, ::-1]
    return before, after


def shares_of_pairs(weights: Array, estimator: str) -> tuple[Array, Array]:
    """Return the shares of all pairs that lie below each spacing, and above it, (·, M − 1) each.

    Where no member pairs with itself it is W_k·(W·W_k − Σ w²)/W over all pairs, of which the
    bracket is the weight of pairs with a member below, less Σ w² of those above. Of one member
    that has a weight there are no pairs, and it is the share of the members.
    """
    before, after = around(weights)
    below, above = before[:, 1:], after[:, :-1]
    whole = before[:, -1:] + weights[:, -1:]
    if estimator == "empirical":
        pairs = whole * whole
        return below * below / pairs, above * above / pairs
    own, paired = weights * weights, weights * (before + after)
    (own_before, own_after), (paired_before, paired_after) = around(own), around(paired)
    pairs = paired.sum(axis=1, keepdims=True)
    any_pair, counted = pairs > 0.0, np.where(pairs > 0.0, pairs, 1.0)
    lower = (paired_before[:, 1:] - own_after[:, :-1]) / whole
    upper = (paired_after[:, :-1] - own_before[:, 1:]) / whole
    return (
        np.where(any_pair, below * lower / counted, below / whole),
        np.where(any_pair, above * upper / counted, above / whole),
    )


def slopes(
    predictions: Array, targets: Array, member_weights: Array | None, *, estimator: str
) -> dict[str, Array]:
    """Sign of the error times the share of the member, less its share of the pairs by rank."""
    order = predictions.argsort(axis=1, kind="stable")
    weights = sorted_weights(member_weights, order)
    before, after = around(weights)
    whole = before[:, -1:] + weights[:, -1:]
    pairs = whole * whole
    if estimator == "fair":
        pairs = (weights * (before + after)).sum(axis=1, keepdims=True)
    by_rank = weights * (before - after) / np.where(pairs > 0.0, pairs, 1.0)
    spread, share = np.empty_like(predictions), np.empty_like(predictions)
    np.put_along_axis(spread, order, np.broadcast_to(by_rank, predictions.shape), axis=1)
    np.put_along_axis(share, order, np.broadcast_to(weights / whole, predictions.shape), axis=1)
    return {"predictions": np.sign(predictions - targets[:, None]) * share - spread}


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
        Input(
            "member_weights",
            "item member",
            "value",
            "weights of the members, (N, M); 1 when not given",
            NONNEGATIVE,
            optional=True,
        ),
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
        formula="(1/M)·Σ_i |p_i − t| − (1/2M²)·Σ_i Σ_j |p_i − p_j|;  fair: 1/(2M(M − 1));  with "
        "weights w of sum W: Σ_i w_i·|p_i − t|/W − Σ_i Σ_j w_i·w_j·|p_i − p_j|/(2W²), fair: "
        "2(W² − Σ_i w_i²)",
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
            Example.of(
                0.625,
                "(3·1 + 1·1)/4 − 2·3·1·2/(2·16)",
                predictions=[[0.0, 2.0]],
                targets=[1.0],
                member_weights=[[3.0, 1.0]],
            ),
        ),
        notes=(
            "of one member it is mae",
            "weights of members need not sum to 1",
            "the mean of the fair estimate does not depend on the size of the ensemble",
        ),
        kinks="a member at the target, where the slope 0 is chosen, and equal members: their order",
    ),
)
