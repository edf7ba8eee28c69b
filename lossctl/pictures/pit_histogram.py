"""PIT histogram and coverage of forecast distributions."""

import numpy as np

from lossctl.core.spelling import number
from lossctl.forecasts import ForecastCalibration
from lossctl.pictures.picture import Axis, Panel, Picture, Trace, floats
from lossctl.uncertainty.shares import wilson_limits


def pit_histogram(found: ForecastCalibration) -> Picture:
    """Return the picture of a calibration of forecasts.

    One panel has the histogram of the probability integral transform, as a density, with what
    chance alone would show; the other how many targets quantiles and intervals cover.
    """
    pit = found.transform
    widths = np.diff(pit.edges)
    density = pit.shares / widths
    columns = {
        "from": floats(pit.edges[:-1]),
        "to": floats(pit.edges[1:]),
        "share": floats(pit.shares),
        "expected": floats(widths),
        "density": floats(density),
    }
    facts = {
        "forecast": found.forecast,
        found.measure: found.score,
        "coverage_error": found.coverage_error,
        "p_value": pit.p_value,
        "mean": pit.mean,
        "relative_variance": pit.spread,
        "items": found.items,
    }
    panels = [_histogram(found), _coverage(found)]
    return Picture("pit", "PIT and coverage", columns, panels, None, facts, found.sentences())


def _histogram(found: ForecastCalibration) -> Panel:
    pit = found.transform
    widths = np.diff(pit.edges)
    chance = np.array([wilson_limits(w, found.size, found.confidence) for w in widths.tolist()])
    low, high = (chance / widths[:, None]).T
    percent = number(100.0 * found.confidence, 4)
    x = np.repeat(pit.edges, 2)[1:-1]
    density = pit.shares / widths
    traces = [
        Trace("targets", pit.edges[:-1], density, "bars", pit.edges[1:]),
        Trace("calibrated", np.array([0.0, 1.0]), np.ones(2), "dashed"),
        Trace(
            f"{percent} % of calibrated forecasts, each bin",
            x, np.repeat(low, 2), "band", np.repeat(high, 2), colour=1,
        ),
    ]  # fmt: skip
    x_axis = Axis("probability integral transform (PIT)", 0.0, 1.0)
    return Panel("", x_axis, Axis("density of the targets", 0.0), traces)


def _coverage(found: ForecastCalibration) -> Panel:
    unit = np.array([0.0, 1.0])
    percent = number(100.0 * found.confidence, 4)
    level, observed, low, high = np.array(
        [[one.nominal, one.observed, one.low, one.high] for one in found.quantiles]
    ).T
    traces = [Trace("calibrated", unit, unit, "dashed")]
    if len(level) > 1:  # of one the band has no width
        traces.append(Trace(f"{percent} % limits of quantiles", level, low, "band", high))
    if found.intervals:  # hollow, since a quantile may have the same level and share
        nominal, covered = np.array([[one.nominal, one.observed] for one in found.intervals]).T
        traces.append(Trace("central intervals", nominal, covered, "open", colour=1))
    traces.append(Trace("quantiles", level, observed, "marks", colour=0))
    x_axis = Axis("level of the quantile or interval", 0.0, 1.0)
    return Panel("", x_axis, Axis("share of the targets covered", 0.0, 1.0), traces)
