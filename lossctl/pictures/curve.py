"""Curves of losses, and of their derivatives, over a residual, probability, logit or overlap."""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from lossctl.api import compute, value_and_gradient
from lossctl.core.errors import DataError, LossctlError, UsageError
from lossctl.core.loss import Array, Loss
from lossctl.core.spec import spec as spec_text
from lossctl.core.spelling import did_you_mean, listed, option
from lossctl.engine.bind.inputs import input_names
from lossctl.loss_specs import Spec, params_of
from lossctl.losses.builders.elementwise import LOGIT, PROBABILITY, RESIDUAL
from lossctl.losses.builders.masks import OVERLAP
from lossctl.pictures.picture import Axis, Panel, Picture, Trace, floats

POINTS = 201
MOST_CURVES = 8  # as many as colours that everybody tells apart
MOST_IN_TITLE = 3  # losses with their parameters
SHARES = ("probability", "overlap")  # axes from 0 to 1
STEP = 1e-6  # of the derivative of the inputs along the axis


class Way(NamedTuple):
    """The inputs of a loss at a point of an axis, and how its predictions are to be read."""

    inputs: Callable[[float], Any]
    kind: str = "auto"


class Variable(NamedTuple):
    """What curves can be drawn over: its axis and the ways in which losses take it."""

    label: str
    low: float
    high: float
    ways: Sequence[Way]


def _logit(p: float) -> float:
    return math.log(p / (1.0 - p))


OF_LOGITS = (
    Way(lambda x: ([x], [1.0]), "logits"),
    Way(lambda x: ([[x, 0.0]], [0]), "logits"),
    Way(lambda x: ([x], [1.0])),
    Way(lambda x: ([1.0 / (1.0 + math.exp(-x))], [1.0]), "probabilities"),
)
VARIABLES: Mapping[str, Variable] = {
    "residual": Variable(
        "residual e = p − t (unit of the targets)",
        RESIDUAL.low,
        RESIDUAL.high,
        (Way(RESIDUAL.inputs),),
    ),
    "probability": Variable(
        "probability p of the true class",
        PROBABILITY.low,
        PROBABILITY.high,
        (
            Way(PROBABILITY.inputs, "probabilities"),
            Way(lambda x: ([[x, 1.0 - x]], [0]), "probabilities"),
            Way(lambda x: ([_logit(x)], [1.0]), "logits"),
            Way(lambda x: ([[_logit(x), 0.0]], [0]), "logits"),
        ),
    ),
    "logit": Variable("logit z of the true class", LOGIT.low, LOGIT.high, OF_LOGITS),
    "overlap": Variable(
        OVERLAP.label, OVERLAP.low, OVERLAP.high, (Way(OVERLAP.inputs, OVERLAP.kind),)
    ),
}


def required_params(loss: Loss) -> dict[str, Any]:
    """Return values of the parameters that must be given: those of the first example."""
    example = loss.page.examples[0].params if loss.page.examples else {}
    return {
        entry.name: example.get(entry.name, next(iter(entry.domain.inside())))
        for entry in loss.params
        if entry.required
    }


def own_way(loss: Loss) -> Way:
    """Return the inputs along the curve of the page of a loss."""
    return Way(loss.page.curve.inputs, loss.page.curve.kind)


def value_at(loss: Loss, way: Way, params: Mapping[str, Any], point: float) -> float:
    """Return the loss at a point."""
    args, keywords = _call(way, params, way.inputs(point))
    return float(compute(loss, *args, **keywords).value)


def slope_at(loss: Loss, way: Way, params: Mapping[str, Any], point: float) -> tuple[float, float]:
    """Return the loss at a point and its derivative along the axis, by the chain rule."""
    inputs = way.inputs(point)
    args, keywords = _call(way, params, inputs)
    result, gradients = value_and_gradient(loss, *args, **keywords)
    names = input_names(loss)
    before, after = (_by_name(way.inputs(point + at), names) for at in (-STEP, STEP))
    slope = 0.0
    for name in before:
        change = (np.asarray(after[name], float) - np.asarray(before[name], float)) / (2 * STEP)
        if name in gradients:  # to nine digits: what follows is the noise of the difference
            slope += float(np.sum(gradients[name] * np.round(change, 9)))
        elif np.any(change):  # the axis moves an input without a gradient
            ends = [value_at(loss, way, params, point + at) for at in (-STEP, STEP)]
            return float(result.value), float(np.round((ends[1] - ends[0]) / (2 * STEP), 6))
    return float(result.value), slope


def _call(way: Way, params: Mapping[str, Any], inputs: Any) -> tuple[Sequence[Any], dict[str, Any]]:
    # each point of the curve is one small call: a pool of threads would cost more than it
    keywords: dict[str, Any] = {"threads": 1, **params}
    if way.kind != "auto":
        keywords["input"] = way.kind
    return ((), {**inputs, **keywords}) if isinstance(inputs, Mapping) else (inputs, keywords)


def _by_name(inputs: Any, names: Sequence[str]) -> dict[str, Any]:
    return dict(inputs) if isinstance(inputs, Mapping) else dict(zip(names, inputs, strict=False))


def curve(
    specs: Sequence[Spec],
    over: str | None = None,
    sweeps: Mapping[str, Sequence[Any]] | None = None,
    limits: tuple[float | None, float | None] = (None, None),
) -> Picture:
    """Return the curves of losses, and of their derivatives.

    Parameters
    ----------
    specs
        The losses, in the order in which they are drawn.
    over
        residual, probability, logit or overlap; by default what the page of the first loss shows.
    sweeps
        Values of parameters: each loss that has one is drawn with each value.
    limits
        Ends of the axis; None for the usual one.

    Raises
    ------
    UsageError
        For losses that have no such curve, and for too many of them.
    """
    swept = _swept(specs, sweeps or {})
    if len(swept) > MOST_CURVES:
        raise UsageError(f"a picture holds at most {MOST_CURVES} curves, got {len(swept)}")
    variable = _variable(specs, over)
    low, high = (
        usual if given is None else given
        for usual, given in zip((variable.low, variable.high), limits, strict=True)
    )
    if not low < high:
        raise UsageError(f"the axis must begin below its end, got {low:g} to {high:g}")
    if over in SHARES and not 0.0 <= low < high <= 1.0:
        raise UsageError(f"{option('over', over)}: lies from 0 to 1, got {low:g} to {high:g}")
    points = np.linspace(low, high, POINTS)
    named = [(_label(one), *_traced(one, variable, points)) for one in swept]
    x = Axis(variable.label, low, high)
    y = Axis("loss (0 is best)" if _from_zero(named) else "loss")
    values = [Trace(label, points, each) for label, each, _ in named]
    slopes = [Trace(label, points, each) for label, _, each in named]
    panels = [Panel("", x, y, values), Panel("", x, Axis("derivative of the loss"), slopes)]
    labels = [label for label, _, _ in named]
    columns: dict[str, list[Any]] = {
        "loss": [label for label in labels for _ in points],
        "x": floats(points) * len(named),
        "value": [value for trace in values for value in floats(trace.y)],
        "derivative": [slope for trace in slopes for slope in floats(trace.y)],
    }
    return Picture(
        "curve",
        f"Loss and derivative: {listed(_shortly(labels, swept))}",
        columns,
        panels,
        facts={"axis": variable.label, "losses": labels},
    )


def _shortly(labels: Sequence[str], specs: Sequence[Spec]) -> list[str]:
    """Return the losses as a title names them: of many without the parameters in the legend."""
    if len(labels) <= MOST_IN_TITLE:
        return list(labels)
    ids = list(dict.fromkeys(spec.target.id for spec in specs))
    more = len(ids) - MOST_IN_TITLE
    return ids if more <= 0 else [*ids[:MOST_IN_TITLE], f"{more} more"]


def _from_zero(named: Sequence[tuple[str, Array, Array]]) -> bool:
    values = np.concatenate([one[1] for one in named])
    return bool(np.nanmin(values, initial=np.inf) >= 0.0)


def _label(spec: Spec) -> str:
    return spec_text(spec.target.id, spec.params)


def _swept(specs: Sequence[Spec], sweeps: Mapping[str, Sequence[Any]]) -> list[Spec]:
    """Return each loss with each combination of the values of its parameters."""
    known = {name for spec in specs for name in params_of(spec.target)}
    for name in sweeps:
        if name not in known:
            hint = did_you_mean(name, known)
            names = listed(spec.target.id for spec in specs)
            raise UsageError(f"{option('sweep')}: {name} is no parameter of {names}{hint}")
    swept = []
    for spec in specs:
        if not isinstance(spec.target, Loss) or spec.target.is_metric:
            raise UsageError(f"{spec.target.id}: has no curve; curves are of losses")
        own = [name for name in sweeps if name in params_of(spec.target)]
        swept += [
            spec._replace(params={**spec.params, **dict(zip(own, values, strict=True))})
            for values in product(*(sweeps[name] for name in own))
        ]
    return swept


def _variable(specs: Sequence[Spec], over: str | None) -> Variable:
    if not specs:
        raise UsageError("no loss was asked for")
    if over is not None:
        if over not in VARIABLES:
            hint = did_you_mean(over, VARIABLES)
            raise UsageError(
                f"{option('over')} must be one of {', '.join(VARIABLES)}, got {over!r}{hint}"
            )
        return VARIABLES[over]
    pages = [spec.target.page.curve for spec in specs if isinstance(spec.target, Loss)]
    if len({page.label for page in pages}) > 1:
        axes = listed(dict.fromkeys(f"{page.label!r}" for page in pages))
        raise UsageError(
            f"these losses are drawn over {axes}; say one axis with {option('over')} "
            f"({', '.join(VARIABLES)})"
        )
    page = pages[0]
    return Variable(page.label, page.low, page.high, (Way(page.inputs, page.kind),))


def _traced(spec: Spec, variable: Variable, points: Array) -> tuple[Array, Array]:
    """Return the values and the derivatives of one loss at every point."""
    loss = spec.target
    params = {**required_params(loss), **spec.params}
    if spec.preset is not None:
        params = {**spec.preset.params_of(loss), **params}
    way = _way(loss, variable, params, float(points[len(points) // 2]))
    rows = [_point(loss, way, params, point) for point in points.tolist()]
    values, slopes = np.array(rows).T
    return values, slopes


def _point(loss: Loss, way: Way, params: Mapping[str, Any], point: float) -> tuple[float, float]:
    """Return value and derivative at a point, NaN where the loss has none."""
    try:
        return slope_at(loss, way, params, point)
    except (DataError, ArithmeticError, ValueError):
        return math.nan, math.nan


def _way(loss: Loss, variable: Variable, params: Mapping[str, Any], middle: float) -> Way:
    """Return the first way in which a loss takes the axis.

    Raises
    ------
    UsageError
        When it takes none, with its own axis.
    """
    for way in variable.ways:
        try:
            value_at(loss, way, params, middle)
        except (LossctlError, ValueError, ArithmeticError):
            continue
        return way
    page = loss.page.curve
    value_at(loss, own_way(loss), params, 0.5 * (page.low + page.high))  # parameters that are wrong
    raise UsageError(
        f"{loss.id}: cannot be drawn over {variable.label!r}; its own axis is {page.label!r}"
    )
