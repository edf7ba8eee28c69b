"""The Python function :func:`lossctl.calibrate_forecast`: how true forecast distributions are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lossctl.array_reading import as_array
from lossctl.calibration.integral_transform import (
    Coverage,
    Forecasts,
    Transform,
    interval_coverage,
    of_members,
    of_quantiles,
    quantile_coverage,
    transform,
)
from lossctl.core.errors import DataError, UsageError
from lossctl.core.gate import Gate
from lossctl.core.loss import Array
from lossctl.core.notebook import frame, html_table
from lossctl.core.options import Options
from lossctl.core.result import SCHEMA_VERSION, finite_or_none
from lossctl.core.spec import parse_spec
from lossctl.core.spelling import did_you_mean, number, option, plural
from lossctl.data_places import Data, data_and_options
from lossctl.engine.bind.inputs import bind_all, input_names
from lossctl.evaluation import evaluate, opened, places_of
from lossctl.loss_specs import Spec
from lossctl.losses.catalogue import get

ALPHA = 0.05  # of the sentences
SURE = 1.96  # standard errors of a mean or a variance that are said
READ_BY: Mapping[str, str] = {  # what reads the inputs of each kind of forecast, and judges them
    "quantiles": "crps_quantile",
    "ensemble": "crps_ensemble",
    "gaussian": "gaussian_nll",
}
DEVIATIONS: Mapping[str, Callable[[Array], Array]] = {  # by what `spread` of gaussian_nll says
    "variance": np.sqrt,
    "log_variance": lambda given: np.exp(0.5 * given),
    "deviation": np.asarray,
}


@dataclass(frozen=True)
class ForecastCalibration:
    """How true forecast distributions are.

    Attributes
    ----------
    forecast
        ``quantiles``, ``ensemble`` or ``gaussian``.
    transform
        Where the targets lie in the forecasts: the PIT histogram, with its test.
    quantiles, intervals
        How many targets lie below quantiles, and in central intervals, with their limits.
    measure, score
        The loss that judges such forecasts, and its value: their CRPS, of quantiles about.
    items, omitted
        How many targets count, and how many have no finite forecast or value.
    size
        How many of equal weight say as much as those that count.
    gates
        The limits and what they come to.
    """

    forecast: str
    transform: Transform
    quantiles: tuple[Coverage, ...]
    intervals: tuple[Coverage, ...]
    measure: str
    score: float
    items: int
    size: float
    omitted: int = 0
    confidence: float = 0.95
    notes: tuple[str, ...] = ()
    gates: tuple[Gate, ...] = ()

    @property
    def coverage_error(self) -> float:
        """The greatest distance of the coverage of a quantile from its level."""
        return max(abs(one.observed - one.nominal) for one in self.quantiles)

    def sentences(self) -> list[str]:
        """Say what was found."""
        pit = self.transform
        p = number(pit.p_value, 2)
        if pit.p_value >= ALPHA:
            lines = [f"the forecasts show no miscalibration beyond chance (p = {p})"]
        else:
            lines = [f"the forecasts are miscalibrated beyond chance (p = {p})"]
        if abs(pit.mean_z) > SURE:
            word = "high" if pit.mean < 0.5 else "low"
            mean = number(pit.mean, 3)
            lines.append(f"they are too {word}: mean PIT {mean} where 0.5 is calibrated")
        if abs(pit.spread_z) > SURE:
            word = "narrow" if pit.spread > 1.0 else "wide"
            lines.append(f"they are too {word}: {self._spread_seen()}")
        if self.omitted:
            noun = plural(self.omitted, "item")
            lines.append(f"{noun} without a finite forecast and target left out")
        return lines

    def _spread_seen(self) -> str:
        """Say the interval whose coverage is farthest off, or the variance of the PIT."""
        if not self.intervals:
            times = number(self.transform.spread, 3)
            return f"the PIT has {times} times the variance of calibrated forecasts"
        far = max(self.intervals, key=lambda one: abs(one.observed - one.nominal))
        shares = [number(100.0 * each, 3) for each in (far.observed, far.nominal)]
        return f"{shares[0]} % of the targets lie in the {shares[1]} % interval"

    def to_dict(self) -> dict[str, Any]:
        """Return it as strict JSON data."""
        pit = self.transform
        return {
            "schema_version": SCHEMA_VERSION,
            "forecast": self.forecast,
            "measure": self.measure,
            "score": finite_or_none(self.score),
            "coverage_error": self.coverage_error,
            "pit": {
                "edges": pit.edges.tolist(),
                "shares": pit.shares.tolist(),
                "p_value": pit.p_value,
                "mean": pit.mean,
                "relative_variance": pit.spread,
            },
            "quantiles": [_coverage(one, "level") for one in self.quantiles],
            "intervals": [
                {**_coverage(one, "nominal"), "mean_width": finite_or_none(one.width or 0.0)}
                for one in self.intervals
            ],
            "confidence": self.confidence,
            "items": self.items,
            "omitted": self.omitted,
            "sentences": self.sentences(),
            "notes": list(self.notes),
            "gates": [gate.to_dict() for gate in self.gates],
        }

    def to_frame(self) -> Any:
        """Return a pandas frame: a row for each quantile and interval."""
        return frame(COVERAGE, self.rows())

    def rows(self) -> list[tuple[Any, ...]]:
        """Return a row for each quantile and interval, in the order of `COVERAGE`."""
        of = [("quantile", one) for one in self.quantiles]
        of += [("interval", one) for one in self.intervals]
        return [(kind, *one) for kind, one in of]

    def __repr__(self) -> str:
        """Say the main numbers in one line."""
        return (
            f"<ForecastCalibration of {self.items} {self.forecast} forecasts: {self.measure} "
            f"{number(self.score)}, coverage error {number(self.coverage_error, 3)}, PIT p "
            f"{number(self.transform.p_value, 2)}>"
        )

    def _repr_html_(self) -> str:
        """Show as a table in notebooks."""
        rows = [
            (f"{kind} {number(nominal, 4)}", number(observed, 4))
            for kind, nominal, observed, *_ in self.rows()
        ]
        first = (self.measure, number(self.score))
        return html_table([first, *rows, *(("", line) for line in self.sentences())])


COVERAGE = ("of", "nominal", "observed", "low", "high", "mean_width")


def _coverage(one: Coverage, name: str) -> dict[str, Any]:
    return {name: one.nominal, "observed": one.observed, "interval": [one.low, one.high]}


class ForecastRequest(NamedTuple):
    """What is asked: the kind of the forecasts, what reads them, where they are."""

    forecast: str
    spec: Spec
    data: Data
    options: Options


def calibrate_forecast(*inputs: Any, forecast: Any, **keywords: Any) -> ForecastCalibration:
    """Measure how true forecast distributions are: PIT, coverage of quantiles and intervals.

    Parameters
    ----------
    *inputs
        Quantiles (N, Q) or an ensemble (N, M), and targets (N,); of Gaussian forecasts means,
        variances and targets. Arrays or files, as for :func:`lossctl.compute`.
    forecast
        ``"quantiles:q=[0.1,0.5,0.9]"``, ``"ensemble"``, ``"gaussian"`` or
        ``"gaussian:spread=deviation"``; or a pair, ``("quantiles", {"q": [0.1, 0.5, 0.9]})``.
    **keywords
        Inputs by name, data (``weights``, ``table``, ``column``, …) and options (``nan``,
        ``confidence``, …), as for :func:`lossctl.compute`.

    Returns
    -------
    ForecastCalibration
        ``.transform``, ``.quantiles``, ``.intervals``, ``.score``, ``.to_dict()``.

    Raises
    ------
    UsageError, DataError
        For what cannot be read as forecasts and targets.

    Examples
    --------
    >>> import lossctl
    >>> found = lossctl.calibrate_forecast(
    ...     [[0.0, 1.0, 2.0]] * 4, [0.5, 1.5, 2.5, -0.5], forecast="ensemble"
    ... )
    >>> found.transform.shares
    array([0.5, 0.5])
    """
    kind, spec = forecast_of(forecast)
    names = input_names(spec.target)
    data, options = data_and_options("calibrate_forecast", inputs, keywords, names)
    return calibrate_forecasts(ForecastRequest(kind, spec, data, options))


def forecast_of(given: Any) -> tuple[str, Spec]:
    """Return the kind of forecasts, and the loss that reads their inputs.

    Raises
    ------
    UsageError
        For another kind, with the nearest one.
    """
    if isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], Mapping):
        name, params = given
    else:
        name, params = parse_spec(str(given))
    if name not in READ_BY:
        hint = did_you_mean(str(name), READ_BY)
        raise UsageError(
            f"{option('forecast')} must be one of {', '.join(READ_BY)}, got {name!r}{hint}"
        )
    spec = Spec(get(READ_BY[name]), dict(params))
    if name == "quantiles" and not isinstance(params.get("q"), Sequence):
        raise UsageError(
            f"{option('forecast')} quantiles: say their levels, quantiles:q=[0.1,0.5,0.9]"
        )
    return name, spec


def calibrate_forecasts(request: ForecastRequest) -> ForecastCalibration:
    """Read the data and measure.

    Raises
    ------
    UsageError, DataError
        For what cannot be read as such forecasts and their targets.
    """
    given, omitted, notes = _read(request)
    options = request.options
    with np.errstate(over="ignore", invalid="ignore"):  # of numbers near the end of float64
        return ForecastCalibration(
            request.forecast,
            transform(given),
            tuple(quantile_coverage(given, options.confidence)),
            tuple(interval_coverage(given, options.confidence)),
            *_score(request, given),
            len(given.targets),
            given.size,
            omitted,
            options.confidence,
            tuple(notes),
        )


def _read(request: ForecastRequest) -> tuple[Forecasts, int, list[str]]:
    """Return the forecasts that count, how many do not, and notes."""
    spec, data, options = request.spec, request.data, request.options
    places = places_of(data, [spec.target])
    with opened(data, places, options) as inputs:
        ((_, sources),) = bind_all([spec.target], inputs.positional, inputs.named, options.axes)
        arrays = {name: as_array(source) for name, source in sources.items()}
        weights = None if inputs.weights is None else as_array(inputs.weights)
        notes = list(inputs.notes)
    # what does not fit is said as by compute, and so is how many quantiles cross
    (result,) = evaluate([spec], Data((), arrays, weights=weights), options)
    targets = np.ravel(np.asarray(arrays["targets"], np.float64))
    values, levels = _distribution(request, arrays)
    weight = np.ones(targets.shape) if weights is None else _spread_out(weights, arrays["targets"])
    good = np.isfinite(values).all(axis=1) & np.isfinite(targets) & (weight > 0.0)
    if not good.any():
        raise DataError("no item has a finite forecast and target")
    notes += [line for line in result.notes if line not in notes]
    if arrays["targets"].ndim > 1:
        notes.append("values of one row depend on each other, which p and limits do not know")
    given = Forecasts(values[good], levels, targets[good], weight[good])
    return given, int(np.count_nonzero(~good)), notes


def _distribution(request: ForecastRequest, arrays: Mapping[str, Array]) -> tuple[Array, Array]:
    predictions = np.asarray(arrays["predictions"], np.float64)
    if request.forecast == "gaussian":
        mean, spread = np.ravel(predictions), np.ravel(np.asarray(arrays["variance"], np.float64))
        form = str(request.spec.params.get("spread", "variance"))
        with np.errstate(all="ignore"):
            deviation = DEVIATIONS[form](spread)
        return np.stack([mean, deviation], axis=1), np.empty(0)
    if request.forecast == "ensemble":
        return of_members(predictions.reshape(-1, predictions.shape[-1]))
    levels = np.asarray(request.spec.params["q"], np.float64)
    values = predictions.reshape(-1, len(levels))
    falling = np.count_nonzero(values[:, levels.argmin()] > values[:, levels.argmax()])
    if 2 * falling > len(values):
        low, high = number(float(levels.min())), number(float(levels.max()))
        raise DataError(
            f"predictions: in {falling} of {plural(len(values), 'row')} the quantile {low} lies "
            f"above the quantile {high}; give the levels q in the order of the columns"
        )
    return of_quantiles(values, levels)


def _spread_out(weights: Array, targets: Array) -> Array:
    """Return a weight for each target; those of rows are for all of their values."""
    shape = weights.shape + (1,) * (targets.ndim - weights.ndim)
    return np.ravel(np.broadcast_to(weights.reshape(shape), targets.shape)).astype(np.float64)


def _score(request: ForecastRequest, given: Forecasts) -> tuple[str, float]:
    """Return the loss that is made for such forecasts, and its value."""
    if request.forecast == "gaussian":
        loss = "crps_gaussian"
        arrays = {"predictions": given.values[:, 0], "scale": given.values[:, 1]}
    else:
        loss, arrays = READ_BY[request.forecast], {"predictions": given.values}
    params = {"q": given.levels.tolist()} if request.forecast == "quantiles" else {}
    spec = Spec(get(loss), params)
    data = Data((), {**arrays, "targets": given.targets}, weights=given.weight)
    (result,) = evaluate([spec], data, Options(threads=request.options.threads))
    return loss, float(result.value)
