"""The landscape of a loss: its value when the predictions are scaled and shifted.

Logits are multiplied by a scale (one over a temperature) and shifted by a bias; probabilities
likewise as log odds; of several classes the shift is along the logarithms of the class shares; and
values are stretched about their mean and moved.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from lossctl.array_reading import as_array
from lossctl.calibration.recalibrators import log_odds, to_probabilities
from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array, Loss
from lossctl.core.options import Options
from lossctl.core.result import Reading
from lossctl.core.spec import spec as spec_text
from lossctl.core.spelling import number, option, plural
from lossctl.data_places import Data, Opened
from lossctl.engine.bind.inputs import bind_all
from lossctl.evaluation import evaluate, opened, places_of
from lossctl.loss_specs import Spec
from lossctl.pictures.picture import Axis, Mark, Picture, Surface, floats
from lossctl.recommender.data_summary import class_axis
from lossctl.recommender.post_hoc import FOLDS, LEAST_ITEMS, Fitted, folds, improvement_of

GRID = (33, 25)  # scales and shifts
LEAST_SCALE, MOST_SCALE = 0.05, 20.0
MOST_ROWS, MOST_NUMBERS = 10_000, 400_000  # of the sample that is looked at
WIDER = 1.6  # than the way to the optimum
STEPS = 100  # evaluations of a search
NEAR = 1e-3  # of a scale, by which one lies at the end of the search

Values = Mapping[str, Any]


class Way(NamedTuple):
    """How predictions are scaled and shifted.

    Attributes
    ----------
    change
        Predictions, a scale and a shift to changed predictions.
    x, y
        What the axes show.
    unit
        A shift that is neither small nor large.
    kind
        How the changed predictions are to be read.
    """

    change: Callable[[Array, float, float], Array]
    x: str
    y: str
    unit: float
    kind: str


class Evaluation(NamedTuple):
    """A loss on arrays, with other predictions in their place."""

    spec: Spec
    arrays: Values
    options: Options
    way: Way

    def __call__(self, scale: float, shift: float) -> float:
        """Return the loss with predictions that are scaled and shifted; NaN where it has none."""
        with np.errstate(invalid="ignore"):  # a logit of -inf at scale 0 has no value
            changed = self.way.change(self.arrays["predictions"], scale, shift)
        data = _data({**self.arrays, "predictions": changed})
        try:
            (result,) = evaluate([self.spec], data, self.options)
        except DataError:
            return np.nan
        return float(result.value)

    def of_rows(self, rows: Array) -> "Evaluation":
        """Return the same on some rows."""
        return self._replace(arrays={name: array[rows] for name, array in self.arrays.items()})


def landscape(spec: Spec, data: Data, options: Options) -> Picture:
    """Return the landscape of a loss around the given predictions.

    Raises
    ------
    UsageError, DataError
        For losses of other inputs than predictions and targets, for predictions that are labels,
        and for what cannot be evaluated.
    """
    evaluation, total = _read(spec, data, options)
    rows = len(evaluation.arrays["predictions"])
    present = Mark("present", 1.0, 0.0, evaluation(1.0, 0.0))
    best = _best(evaluation, present)
    surface = _surface(evaluation, present, best)
    label = spec_text(spec.target.id, spec.params)
    if not np.isfinite(surface.values).any():
        raise DataError(f"{label}: is finite at no scale and shift of the predictions")
    sentences = _sentences(evaluation, label, present, best)
    if rows < total:
        sentences.append(f"of {total} rows {rows}, evenly spread, are looked at")
    grid_x, grid_y = np.meshgrid(surface.xs, surface.ys)
    columns = {
        "scale": floats(grid_x),
        "shift": floats(grid_y),
        "value": floats(surface.values),
    }
    facts = {
        "present": present.value,
        "optimum": best.value,
        "scale": best.x,
        "shift": best.y,
        "at_end_of_search": "yes" if _is_end(best.x) else "no",
        "rows": rows,
    }
    return Picture("landscape", f"Landscape of {label}", columns, (), surface, facts, sentences)


def _best(evaluation: Evaluation, present: Mark) -> Mark:
    """Return the least value that was found, without a scale or shift that changes nothing."""
    scale, shift = _optimum(evaluation)
    value = evaluation(scale, shift)
    for one in ((1.0, shift), (scale, 0.0)):
        if evaluation(*one) <= value:
            (scale, shift), value = one, evaluation(*one)
    if not value < present.value:
        return present._replace(name="optimum")
    end = f", at the end of the search, scale {number(scale, 3)}" if _is_end(scale) else ""
    return Mark(f"{'least' if end else 'optimum'}{end}", scale, shift, value)


def _is_end(scale: float) -> bool:
    return not LEAST_SCALE * (1.0 + NEAR) < scale < MOST_SCALE * (1.0 - NEAR)


def _surface(evaluation: Evaluation, present: Mark, best: Mark) -> Surface:
    way = evaluation.way
    widest = max(2.0, WIDER * best.x)
    reach = max(2.0 * way.unit, WIDER * abs(best.y))
    xs = np.linspace(0.0, widest, GRID[0])
    ys = np.linspace(-reach, reach, GRID[1])
    values = np.array([[evaluation(x, y) for x in xs.tolist()] for y in ys.tolist()])
    x, y, label = Axis(way.x), Axis(way.y), evaluation.spec.target.id
    return Surface(x, y, label, xs, ys, values, [present, best])


def _optimum(
    evaluation: Evaluation, near: tuple[float, float] | None = None
) -> tuple[float, float]:
    """Search the least value by the simplex of Nelder and Mead, from `near` or a few points."""
    from scipy.optimize import minimize  # noqa: PLC0415 - slow to import

    unit = evaluation.way.unit

    def cost(point: Array) -> float:
        scale = float(np.exp(np.clip(point[0], np.log(LEAST_SCALE), np.log(MOST_SCALE))))
        value = evaluation(scale, float(point[1]) * unit)
        return value if np.isfinite(value) else 1e300

    if near is None:
        starts = [(a, b) for a in (-1.0, 0.0, 1.0) for b in (-1.0, 0.0, 1.0)]
        start = min(starts, key=lambda point: cost(np.array(point)))
    else:
        start = (float(np.log(near[0])), near[1] / unit)
    simplex = np.array(start) + np.array([[0.0, 0.0], [0.2, 0.0], [0.0, 0.2]])
    limits: Any = {"maxfev": STEPS, "xatol": 3e-4, "fatol": 1e-10, "initial_simplex": simplex}
    found = minimize(cost, np.array(start), method="Nelder-Mead", options=limits).x
    scale = float(np.exp(np.clip(found[0], np.log(LEAST_SCALE), np.log(MOST_SCALE))))
    return scale, float(found[1]) * unit


def _sentences(evaluation: Evaluation, label: str, present: Mark, best: Mark) -> list[str]:
    """Say where the optimum is, and whether rescaling alone would help on other rows."""
    at = f"scale {number(best.x, 3)}, shift {number(best.y, 3)}"
    first = (
        f"{label} is {number(present.value, 4)}; {at} has the least, {number(best.value, 4)}, on "
        "these rows"
    )
    found = [first, *_of_end(best, label)]
    rows = len(evaluation.arrays["predictions"])
    if rows < LEAST_ITEMS:
        return [
            *found,
            f"fewer than {LEAST_ITEMS} rows: what rescaling gains on others is not known",
        ]
    before, after = [], []
    for fit, judge in islice(folds(rows), FOLDS):
        scale, shift = _optimum(evaluation.of_rows(fit), (best.x, best.y))
        judged = evaluation.of_rows(judge)
        before.append(judged(1.0, 0.0))
        after.append(judged(scale, shift))
    if not np.isfinite([*before, *after]).all():
        return [*found, "the value on held-out rows is not finite: whether rescaling helps is open"]
    gain = improvement_of("rescaling", label, before, after, Fitted(lambda z: z, at))
    assert gain is not None  # noqa: S101 - there are folds
    verb = "would help" if gain.better else "would not help"
    if not gain.better and gain.after < gain.before:
        verb = "may help, but the gain is within its error"
    seen = f"{number(gain.before, 4)} before and {number(gain.after, 4)} after"
    return [*found, f"rescaling alone {verb}: on held-out folds {label} is {seen}"]


def _of_end(best: Mark, label: str) -> list[str]:
    """Say what it means that the least value lies where the search ends."""
    if not _is_end(best.x):
        return []
    end = f"{label} still falls at scale {number(best.x, 3)}, where the search ends"
    if best.x > 1.0:
        return [f"{end}: it has no optimum up to there, and greater scales lower it further"]
    return [f"{end}: the less the predictions differ, the better; they may say nothing of targets"]


# What is read


def _read(spec: Spec, data: Data, options: Options) -> tuple[Evaluation, int]:
    """Return the loss on a sample of rows in memory, and how many rows there are in all."""
    if not isinstance(spec.target, Loss) or spec.target.is_metric:
        raise UsageError(f"{spec.target.id}: has no landscape; it is of one loss")
    if options.reduction == "none":
        raise UsageError(f"{option('reduction', 'none')}: a landscape is of one value")
    places = places_of(data, [spec.target])
    with opened(data, places, options) as inputs:
        ((target, sources),) = bind_all(
            [spec.target], inputs.positional, inputs.named, options.axes
        )
        if set(sources) != {"predictions", "targets"} or inputs.group is not None:
            raise UsageError(
                f"{spec.target.id}: a landscape is of losses of predictions and targets alone"
            )
        arrays = {name: np.atleast_1d(as_array(source)) for name, source in sources.items()}
        arrays |= _weights(inputs)
    whole, total = arrays, len(arrays["predictions"])
    arrays = _sampled(arrays)
    (result,) = evaluate([spec], _data(arrays), options)
    if result.input.kind == "values":
        _require_no_infinity(whole)
    way = _way(result.input, arrays, options)
    if way.kind in {"logits", "probabilities"} and _takes_kind(target):
        options = replace(options, input=way.kind)
    return Evaluation(spec, arrays, options, way), total


def _require_no_infinity(arrays: Values) -> None:
    """Refuse infinite values, about whose mean nothing is stretched."""
    for name in ("predictions", "targets"):
        places = np.argwhere(np.isinf(arrays[name]))
        if len(places):
            at = tuple(places[0].tolist())
            raise DataError(
                f"{name}: {plural(len(places), 'infinite value')}, the first at item "
                f"{', '.join(map(str, at))}; a landscape is about the mean of finite values"
            )


def _takes_kind(loss: Loss) -> bool:
    return loss.kinds != ("values",) and loss.has_classes


def _data(arrays: Values) -> Data:
    given = dict(arrays)
    weights = given.pop("weights", None)
    return Data((), given, weights=weights)


def _weights(inputs: Opened) -> dict[str, Array]:
    return {} if inputs.weights is None else {"weights": as_array(inputs.weights)}


def _sampled(arrays: dict[str, Array]) -> dict[str, Array]:
    """Take every so many rows of the first axis."""
    predictions = arrays["predictions"]
    rows, width = len(predictions), max(predictions[:1].size, 1)
    most = min(MOST_ROWS, max(MOST_NUMBERS // width, 64))
    step = max(-(-rows // most), 1)
    return arrays if step == 1 else {name: array[::step] for name, array in arrays.items()}


def _way(reading: Reading, arrays: Values, options: Options) -> Way:
    kind, predictions, targets = reading.kind, arrays["predictions"], arrays["targets"]
    if kind == "labels":
        raise UsageError("predictions are labels, which cannot be scaled; give their scores")
    if kind == "values":
        return _of_values(np.asarray(predictions, float), targets)
    is_logit = kind != "probabilities"
    if reading.task in {"multiclass", "segmentation"} and reading.targets != "labels":
        axis = _axis(predictions.shape, targets.shape, options)
        if axis is not None:
            return _of_classes(predictions, targets, axis, is_logit=is_logit)
    x = "scale of the logits (1 / temperature)"
    if is_logit:
        return Way(lambda z, s, b: s * z + b, x, "shift of the logits (bias)", 1.0, "logits")

    def change(p: Array, scale: float, shift: float) -> Array:
        return to_probabilities(scale * log_odds(np.asarray(p, float)) + shift, joint=False)

    return Way(change, x, "shift of the logits (bias)", 1.0, "probabilities")


def _axis(p: tuple[int, ...], t: tuple[int, ...], options: Options) -> int | None:
    """Return the axis of classes; None where there is one score per item."""
    if options.class_axis is not None:
        return options.class_axis
    found = class_axis(t, p)
    if found is not None or p != t or len(p) < 2:
        return found
    return 1 if len(p) == 2 else len(p) - 1


def _of_values(predictions: Array, targets: Array) -> Way:
    centre = _of_any(np.nanmean, predictions)
    spread = _of_any(np.nanstd, targets) or 1.0
    return Way(
        lambda p, s, b: centre + s * (np.asarray(p, float) - centre) + b,
        "scale of the predictions about their mean",
        "shift of the predictions (unit of the targets)",
        0.5 * spread,
        "values",
    )


def _of_any(statistic: Callable[[Array], Any], values: Array) -> float:
    """Return a mean or a standard deviation, of numbers too whose sum overflows."""
    values = np.asarray(values, float)
    with np.errstate(over="ignore", invalid="ignore"):
        found = float(statistic(values))
    greatest = float(np.nanmax(np.abs(values), initial=0.0))
    if math.isfinite(found) or not math.isfinite(greatest):
        return found
    return greatest * float(statistic(values / greatest))


def _of_classes(predictions: Array, targets: Array, axis: int, *, is_logit: bool) -> Way:
    """Scale the logits of classes, and add so many times the logarithms of the class shares."""
    count = predictions.shape[axis]
    if targets.shape == predictions.shape:
        sums = np.moveaxis(np.asarray(targets, float), axis, -1).reshape(-1, count).sum(axis=0)
    elif np.asarray(targets).dtype.kind in "iuf":
        flat = np.ravel(targets)
        flat = flat[(flat >= 0) & (flat < count)].astype(np.int64)
        sums = np.bincount(flat, minlength=count).astype(np.float64)
    else:
        raise UsageError("targets are text: number the classes for a landscape")
    shares = np.log(np.maximum(sums, 0.5) / max(sums.sum(), 1.0))
    shares -= shares.mean()
    shape = [1] * predictions.ndim
    shape[axis] = count
    lower = shares.reshape(shape)

    def change(given: Array, scale: float, shift: float) -> Array:
        z = np.asarray(given, float)
        if not is_logit:
            z = np.log(np.clip(z, np.finfo(float).tiny, None))
        z = scale * z + shift * lower
        if is_logit:
            return np.asarray(z)
        z = np.exp(z - z.max(axis=axis, keepdims=True))
        return np.asarray(z / z.sum(axis=axis, keepdims=True))

    return Way(
        change,
        "scale of the logits (1 / temperature)",
        "shift along the log class shares",
        1.0,
        "logits" if is_logit else "probabilities",
    )
