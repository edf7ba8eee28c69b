"""The losses behind rules and constraints: as in the catalogue, counting what they see."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from lossctl.core.build import elementwise
from lossctl.core.domain import NONNEGATIVE, POSITIVE, Interval
from lossctl.core.loss import Array, Form, Loss
from lossctl.core.param import Param
from lossctl.engine.sums import sum_in_double
from lossctl.kernels.ramp import relu
from lossctl.losses.catalogue import get

HALF = 0.5  # a truth below is false when rules are counted
PRICE = Param("penalty_weight", 10.0, NONNEGATIVE, "Price of a unit of penalty.")
LEAST_SHARE = 1e-300


def linear_value(predictions: Array, targets: Array, *, penalty_weight: float) -> Array:
    """The excess over the threshold, times its price."""
    return penalty_weight * relu(predictions - targets)


def linear_slope(predictions: Array, targets: Array, *, penalty_weight: float) -> Array:
    """The price where the threshold is exceeded, 0 at the threshold."""
    return penalty_weight * (predictions > targets).astype(predictions.dtype)


def hinge_value(
    predictions: Array, targets: Array, *, penalty_weight: float, margin: float
) -> Array:
    """What is missing to lie `margin` inside, times its price."""
    return penalty_weight * relu(predictions - targets + margin)


def hinge_slope(
    predictions: Array, targets: Array, *, penalty_weight: float, margin: float
) -> Array:
    """The price where less than `margin` is left, 0 at the corner."""
    return penalty_weight * (predictions - targets > -margin).astype(predictions.dtype)


def barrier_value(
    predictions: Array, targets: Array, *, penalty_weight: float, sharpness: float
) -> Array:
    """−log(−g)/t inside, and the tangent from g = −1/t² on."""
    g = predictions - targets
    edge = -1.0 / (sharpness * sharpness)
    inside = -np.log(-np.minimum(g, edge)) / sharpness
    tangent = sharpness * (np.maximum(g, edge) - edge)
    return penalty_weight * (inside + tangent)


def barrier_slope(
    predictions: Array, targets: Array, *, penalty_weight: float, sharpness: float
) -> Array:
    """1/(−g·t) inside, t from the edge on."""
    g = predictions - targets
    edge = -1.0 / (sharpness * sharpness)
    return penalty_weight * (-1.0 / (sharpness * np.minimum(g, edge)))


def _penalty(penalty: str, value: Any, slope: Any, params: tuple[Param, ...]) -> Loss:
    quadratic = get("constraint_violation")
    return elementwise(
        f"{penalty}_constraint_violation",
        title=f"{penalty} penalty of constraints",
        tasks=("logic",),
        inputs=tuple(quadratic.inputs),
        value=value,
        slope=slope,
        params=(PRICE, *params),
        page=quadratic.page,
    )


@cache
def penalty_loss(penalty: str, *, even: bool = False) -> Loss:
    """Return the loss of a constraint, which counts violations too.

    `even` says that every item counts once: counts are then taken of whole blocks, which is fast.
    """
    if penalty == "quadratic":
        loss = get("constraint_violation")
    elif penalty == "linear":
        loss = _penalty("linear", linear_value, linear_slope, ())
    elif penalty == "hinge":
        margin = Param("margin", 1.0, NONNEGATIVE, "How far inside is far enough.")
        loss = _penalty("hinge", hinge_value, hinge_slope, (margin,))
    else:
        sharpness = Param("sharpness", 5.0, POSITIVE, "t: higher is closer to a wall.")
        loss = _penalty("log_barrier", barrier_value, barrier_slope, (sharpness,))
    return _counting(loss, _shares_of_excess if even else _excesses)


@cache
def rule_loss(*, even: bool = False) -> Loss:
    """Return the loss of a rule, which sums its truth and counts where it is false too."""
    return _counting(get("rule_satisfaction"), _shares_of_truths if even else _truths)


@cache
def quantified_loss(quantifier: str, aggregator: str) -> Loss:
    """Return the loss of a rule over all rows at once: ((level − satisfaction) / τ)²."""
    base = get("rule_satisfaction")
    exponent = Param("p", 2.0, Interval(1.0, 64.0), "Exponent of the mean.")
    form = Form(
        "element",
        "values",
        _terms_of(quantifier, aggregator),
        _pullback_of(quantifier, aggregator),
    )
    return replace(
        base,
        id=f"rule_{quantifier}",
        forms=(form,),
        params=(*base.params, exponent),
        pooled=True,
        finish=_finish_of(quantifier, aggregator),
        finish_slope=_finish_slope_of(quantifier, aggregator),
        counts=("violated",),
    )


def _excesses(values: Array, targets: Array) -> dict[str, Any]:
    return {"violated": values > targets}


def _shares_of_excess(values: Array, targets: Array) -> dict[str, Any]:
    """The same as a share of the block: a number stands for every item."""
    return {"violated": np.count_nonzero(values > targets) / values.size}


def _truths(values: Array, _: Array) -> dict[str, Any]:
    return {"truth": values, "violated": values < HALF}


def _shares_of_truths(values: Array, _: Array) -> dict[str, Any]:
    """The same as a mean and a share of the block."""
    return {
        "truth": sum_in_double(values) / values.size,
        "violated": np.count_nonzero(values < HALF) / values.size,
    }


def _counting(loss: Loss, count: Callable[[Array, Array], dict[str, Any]]) -> Loss:
    (form,) = loss.forms

    def terms(predictions: Array, targets: Array, **given: Any) -> dict[str, Any]:
        found = form.terms(predictions, targets, **given)
        return {**found, **count(predictions, targets)}

    return replace(loss, forms=(replace(form, terms=terms),), counts=("violated",))


def shortfall_power(values: Array, quantifier: str, aggregator: str, p: float) -> Array:
    """Return what is averaged: (1 − v)^p for all, v^p for some, log v for the product."""
    if aggregator == "log_product":
        return np.log(np.maximum(values, values.dtype.type(1e-37)))
    return np.maximum(1.0 - values if quantifier == "forall" else values, 0.0) ** p


def satisfaction(mean: Any, quantifier: str, aggregator: str, p: float) -> Any:
    """Return the truth of the quantified rule from the mean of :func:`shortfall_power`."""
    if aggregator == "log_product":
        return np.exp(mean)
    root = mean ** (1.0 / p)
    return 1.0 - root if quantifier == "forall" else root


def satisfaction_slope(mean: Any, quantifier: str, aggregator: str, p: float) -> Any:
    """∂satisfaction/∂mean; 0 where the root has none."""
    if aggregator == "log_product":
        return np.exp(mean)
    safe = np.maximum(mean, LEAST_SHARE)
    root = np.where(mean > 0.0, safe ** (1.0 / p - 1.0) / p, 0.0)
    return -root if quantifier == "forall" else root


def power_slope(values: Array, quantifier: str, aggregator: str, p: float) -> Array:
    """∂/∂v of :func:`shortfall_power`."""
    if aggregator == "log_product":
        return 1.0 / np.maximum(values, values.dtype.type(1e-37))
    if quantifier == "forall":
        return -p * np.maximum(1.0 - values, 0.0) ** (p - 1.0)
    return p * np.maximum(values, 0.0) ** (p - 1.0)


def _terms_of(quantifier: str, aggregator: str) -> Callable[..., dict[str, Any]]:
    def terms(predictions: Array, targets: Array, *, p: float, **_: Any) -> dict[str, Any]:
        return {
            "power": shortfall_power(predictions, quantifier, aggregator, p),
            "level": targets,
            "weight": 1.0,
            **_truths(predictions, targets),
        }

    return terms


def _pullback_of(quantifier: str, aggregator: str) -> Callable[..., dict[str, Array]]:
    def pullback(predictions: Array, _: Array, *, slopes: Any, p: float, **__: Any) -> Any:
        slope = power_slope(predictions, quantifier, aggregator, p)
        return {"predictions": slopes["power"] * slope}

    return pullback


def _finish_of(quantifier: str, aggregator: str) -> Callable[..., Any]:
    def finish(
        *, power: Any, level: Any, weight: Any, p: float, temperature: float, **_: Any
    ) -> Any:
        found = satisfaction(power / weight, quantifier, aggregator, p)
        return ((level / weight - found) / temperature) ** 2

    return finish


def _finish_slope_of(quantifier: str, aggregator: str) -> Callable[..., dict[str, Any]]:
    def finish_slope(
        *, power: Any, level: Any, weight: Any, p: float, temperature: float, **_: Any
    ) -> dict[str, Any]:
        mean = power / weight
        found = satisfaction(mean, quantifier, aggregator, p)
        outer = 2.0 * (found - level / weight) / temperature**2
        inner = satisfaction_slope(mean, quantifier, aggregator, p)
        return {"power": outer * inner / weight}

    return finish_slope
