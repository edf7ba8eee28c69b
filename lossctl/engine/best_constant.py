"""The mean loss of the best constant prediction of values, which a value is compared with.

It follows from moments of the targets, or from a search over the targets themselves, which are kept
up to :data:`KEPT_AT_MOST` and no further.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.loss import Array, Context
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.statistics import exact_sum
from lossctl.kernels.numeric.block_cache import once_a_block
from lossctl.kernels.numeric.pointwise import crossing
from lossctl.kernels.numeric.primitives import squared_deviations, sum_in_double

KEPT_AT_MOST = 1 << 20
"""Targets kept for the search of the best constant; with more of them it is not measured."""


class Spread(NamedTuple):
    """Total weight of some targets, their mean, and the squares of differences from it."""

    mass: float
    mean: float
    squares: float


class Excess(NamedTuple):
    """Total weight and mean of some targets, and what they cost more than as many of that mean.

    A loss that is linear in the target, but for a function of the target alone, exceeds that of the
    mean target by the same amount for every prediction.
    """

    mass: float
    mean: float
    excess: float


class Kept(NamedTuple):
    """Targets that count, and their weights."""

    targets: Array
    weights: Array | None


def statistics(word: Context, plan: Plan, targets: Array, weights: Array | None) -> Any:
    """Return what :func:`context_of` needs to know of a block, None where it needs nothing."""
    if word == "mean":
        return excess_of(plan, targets, weights)
    if word == "convex":
        few = math.prod(plan.fit.layout.item_shape) <= KEPT_AT_MOST
        return kept(targets, weights) if few else None
    return spread_of(targets, weights)


def context_of(word: Context, plan: Plan, parts: Sequence[Any]) -> dict[str, float]:
    """Return what the mean loss of a plan is to be compared with, from the statistics of blocks."""
    if not parts:
        return {}
    if word == "variance":
        return {"target_variance": variance_of(parts)}
    with np.errstate(all="ignore"):
        if word == "mean":
            constant = loss_of_mean(plan, parts)
        elif word == "moments":
            constant = loss_of_moments(plan, parts)
        else:
            constant = loss_of_search(plan, parts)
    return {"constant": constant} if math.isfinite(constant) else {}


@once_a_block
def spread_of(targets: Array, weights: Array | None) -> Spread:
    """Return the spread of a block."""
    if weights is None:
        mass, mean = _mean_target(targets, None)
        return Spread(mass, mean, float(squared_deviations(targets.reshape(-1), mean)))
    values = targets.astype(np.float64)
    mass, mean = _mean_target(values, weights)
    values -= mean
    return Spread(mass, mean, float((weights * values * values).sum()))


def variance_of(parts: Sequence[Spread]) -> float:
    """Return the variance of all targets from the spreads of their parts."""
    mass = exact_sum([part.mass for part in parts])
    mean = exact_sum([part.mass * part.mean for part in parts]) / mass
    between = exact_sum([part.mass * (part.mean - mean) ** 2 for part in parts])
    return (exact_sum([part.squares for part in parts]) + between) / mass


def excess_of(plan: Plan, targets: Array, weights: Array | None) -> Excess:
    """Return the excess of a block."""
    values = targets.astype(np.float64)
    mass, mean = _mean_target(values, weights)
    if not mass:
        return Excess(0.0, 0.0, 0.0)
    best = _of_mean(plan, mean)
    losses = item_losses(plan, values, predictions=best)
    own = float(item_losses(plan, np.array([mean]), predictions=best)[0])
    total = losses.sum() if weights is None else (weights * losses)[weights > 0.0].sum()
    return Excess(mass, mean, float(total) - mass * own)


def loss_of_mean(plan: Plan, parts: Sequence[Excess]) -> float:
    """Return the mean loss of the best prediction of all targets of a mean."""
    parts = [part for part in parts if part.mass]
    mass = exact_sum([part.mass for part in parts])
    mean = exact_sum([part.mass * part.mean for part in parts]) / mass
    means = np.array([part.mean for part in parts])
    losses = item_losses(plan, means, predictions=_of_mean(plan, mean)).tolist()
    between = [part.mass * loss for part, loss in zip(parts, losses, strict=True)]
    return exact_sum([*(part.excess for part in parts), *between]) / mass


def loss_of_moments(plan: Plan, parts: Sequence[Spread]) -> float:
    """Return the mean loss of predicting the mean and the variance of the targets."""
    variance = variance_of(parts)
    # only squared residuals count, and the mean of those is the variance
    residual, best = np.array([math.sqrt(variance)]), plan.loss.best_constant
    held = variance if best is None else best(variance, **plan.exact_arguments)
    return float(item_losses(plan, np.zeros(1), predictions=residual, variance=held)[0])


@once_a_block
def kept(targets: Array, weights: Array | None) -> Kept:
    """Return the targets of a block that count."""
    values = targets.astype(np.float64)
    if weights is None:
        return Kept(values, None)
    here = weights > 0.0
    return Kept(values[here], weights[here].astype(np.float64))


def loss_of_search(plan: Plan, parts: Sequence[Kept]) -> float:
    """Return the mean loss of the prediction at which the slopes of all targets cancel.

    It lies between two neighbouring targets, or on one of them where the loss has a kink there.
    """
    targets = np.concatenate([part.targets for part in parts])
    order = np.argsort(targets, kind="stable")
    targets, weights = targets[order], None
    if any(part.weights is not None for part in parts):
        weights = np.concatenate(
            [np.ones(len(p.targets)) if p.weights is None else p.weights for p in parts]
        )[order]
    found = [_least_loss(plan, targets, weights, each) for each in _by_column(plan)]
    return sum(found) / len(found)


def _by_column(plan: Plan) -> list[Mapping[str, Any]]:
    """Return the arguments of each column of predictions, which has a constant of its own."""
    columns = plan.fit.layout.columns
    return [
        {n: v[at] if isinstance(v, np.ndarray) else v for n, v in plan.exact_arguments.items()}
        for at in range(max(columns, 1))
    ]


def _least_loss(
    plan: Plan, targets: Array, weights: Array | None, arguments: Mapping[str, Any]
) -> float:
    """Return the mean loss of the best constant of targets in ascending order."""
    form = plan.loss.form("item", "values")
    slopes = {"loss": 1.0 if weights is None else weights}

    def slope(prediction: float) -> float:
        predictions = np.full(len(targets), prediction)
        gradient = form.vjp(predictions, targets, slopes=slopes, **arguments)
        return float(gradient["predictions"].sum())

    def loss(prediction: float) -> float:
        with np.errstate(all="ignore"):
            terms = form.terms(np.full(len(targets), prediction), targets, **arguments)
        losses = np.asarray(terms["loss"])
        return float(losses.mean() if weights is None else np.average(losses, weights=weights))

    below, above = 0, len(targets) - 1
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (middle, above) if slope(float(targets[middle])) < 0.0 else (below, middle)
    ends = float(targets[below]), float(targets[above])
    return min(map(loss, {*ends, crossing(slope, *ends)}))


def item_losses(plan: Plan, targets: Array, **constant: Any) -> Array:
    """Return the losses of targets for constant inputs, by name."""
    arrays = [
        targets if entry.name == "targets" else np.full(len(targets), constant[entry.name])
        for entry in plan.loss.inputs
    ]
    with np.errstate(all="ignore"):
        return np.asarray(plan.form.terms(*arrays, **plan.exact_arguments)["loss"])


def _of_mean(plan: Plan, mean: float) -> float:
    best = plan.loss.best_constant
    if best is not None:
        return best(mean, **plan.exact_arguments)
    domain = plan.loss.inputs[0].domain
    return mean if domain is None or mean in domain else max(mean, np.finfo(np.float64).tiny)


def _mean_target(values: Array, weights: Array | None) -> tuple[float, float]:
    if weights is None:
        mass = float(values.size)
        return mass, sum_in_double(values) / mass
    mass = float(weights.sum())
    return mass, float((weights * values).sum()) / mass if mass else 0.0
