"""Residuals of a regression: predictions beside targets, and what is left over."""

import math

import numpy as np

from lossctl.array_reading import as_array
from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.core.options import Options
from lossctl.core.spelling import number, plural
from lossctl.data_places import Data
from lossctl.engine.bind.inputs import bind_all
from lossctl.evaluation import evaluate, opened, places_of
from lossctl.loss_specs import Spec
from lossctl.losses.catalogue import get
from lossctl.pictures.picture import Axis, Panel, Picture, Trace, floats

MOST_POINTS = 2000  # that are drawn, and that the numbers have
BINS = 41  # odd, so that one value lies in the middle of its bin
CENTRAL = (0.005, 0.995)  # shares between which a histogram of heavy tails ends
HEAVY = 3.0  # times the central range, beyond which tails are heavy
SURE = 1.96  # standard errors of a mean


def spec() -> Spec:
    """Return the loss that reads the inputs as numbers."""
    return Spec(get("mse"), {})


def residuals(data: Data, options: Options) -> Picture:
    """Return predictions beside targets, and residuals p − t beside predictions.

    Raises
    ------
    UsageError, DataError
        For what cannot be read as numbers and their predictions.
    """
    p, t, left_out = _read(data, options)
    e = p - t
    step = -(-len(e) // MOST_POINTS)
    shown = slice(None, None, step)
    ends = np.array([min(p.min(), t.min()), max(p.max(), t.max())])
    width = np.array([p.min(), p.max()])
    edges, beyond = _edges(e)
    shares = np.histogram(np.clip(e, edges[0], edges[-1]), edges)[0] / len(e)
    tails = f"the bins at the ends hold {beyond} beyond" if beyond else ""
    unit = "(unit of the targets)"
    panels = [
        Panel(
            "",
            Axis(f"prediction {unit}"),
            Axis(f"target {unit}"),
            [Trace("no error", ends, ends, "dashed"), Trace("items", p[shown], t[shown], "points")],
        ),
        Panel(
            "",
            Axis(f"prediction {unit}"),
            Axis(f"residual p − t {unit}"),
            [
                Trace("no error", width, np.zeros(2), "dashed"),
                Trace("items", p[shown], e[shown], "points"),
            ],
        ),
        Panel(
            tails,
            Axis(f"residual p − t {unit}"),
            Axis("share of items", 0.0),
            [Trace("share of items", edges[:-1], shares, "bars", edges[1:])],
        ),
    ]
    columns = {
        "prediction": floats(p[shown]),
        "target": floats(t[shown]),
        "residual": floats(e[shown]),
    }
    facts = {
        "items": len(e),
        "mean": float(e.mean()),
        "standard_deviation": float(e.std()),
        "median": float(np.median(e)),
        "mean_absolute": float(np.abs(e).mean()),
    }
    sentences = _sentences(e, t, left_out)
    if step > 1:
        sentences.append(f"drawn are {len(p[shown])} of {len(e)} items, evenly spread")
    return Picture("residuals", "Residuals", columns, panels, None, facts, sentences)


def _edges(e: Array) -> tuple[Array, int]:
    """Return the edges of the bins, and how many of heavy tails lie beyond them."""
    low, high = np.quantile(e, CENTRAL)
    if high > low and float(np.ptp(e)) > HEAVY * (high - low):
        return np.linspace(low, high, BINS + 1), int(np.count_nonzero((e < low) | (e > high)))
    return np.histogram_bin_edges(e, BINS), 0


def _read(data: Data, options: Options) -> tuple[Array, Array, int]:
    """Return predictions and targets of the items that are numbers, and how many are not."""
    places = places_of(data, [spec().target])
    with opened(data, places, options) as inputs:
        ((_, sources),) = bind_all([spec().target], inputs.positional, inputs.named, options.axes)
        arrays = {name: np.atleast_1d(as_array(source)) for name, source in sources.items()}
    evaluate([spec()], Data((), arrays), options)  # what does not fit is said as by compute
    p, t = (np.ravel(np.asarray(arrays[n], np.float64)) for n in ("predictions", "targets"))
    good = np.isfinite(p) & np.isfinite(t)
    if not good.any():
        raise DataError("no item has a finite prediction and target")
    return p[good], t[good], int(np.count_nonzero(~good))


def _sentences(e: Array, t: Array, left_out: int) -> list[str]:
    mean, error = float(e.mean()), float(e.std() / math.sqrt(len(e)))
    spread = f"{number(float(e.std()), 4)}, of targets {number(float(t.std()), 4)}"
    seen = f"mean residual {number(mean, 3)} (standard error {number(error, 2)})"
    lines = [f"{seen}, standard deviation {spread}"]
    if abs(mean) > SURE * error and len(e) > 1:
        word = "high" if mean > 0.0 else "low"
        lines.append(f"the predictions are too {word} on average, beyond chance")
    if left_out:
        lines.append(f"{plural(left_out, 'item')} without a finite number left out")
    return lines
