"""Reliability: what was seen for each probability, with what chance alone would show."""

import numpy as np

from lossctl.calibrating import Calibration
from lossctl.calibration.measure import ClassCalibration
from lossctl.core.spelling import number
from lossctl.pictures.picture import Axis, Panel, Picture, Trace, floats

SEEN = 0.01  # beside a single probability, so that its band has a width
MOST_PANELS = 6  # classes that are drawn; the numbers have all


def reliability(found: Calibration) -> Picture:
    """Return the picture of a calibration: a panel for each class, of one also a histogram.

    The curve is isotonic, so that there are no bins to choose; the band holds the curves of
    calibrated probabilities, with the confidence of the calibration.
    """
    drawn = sorted(found.classes, key=lambda one: -one.scores["brier"].miscalibration)[:MOST_PANELS]
    panels = [_panel(one, found) for one in found.classes if one in drawn]
    if len(found.classes) == 1:
        panels.append(_histogram(found.classes[0]))
    sentences = found.sentences()
    if len(drawn) < len(found.classes):
        sentences.append(
            f"drawn are the {len(drawn)} classes of the greatest miscalibration, of "
            f"{len(found.classes)}; the numbers have all"
        )
    columns: dict[str, list[object]] = {
        name: [] for name in ("class", "probability", "calibrated", "low", "high")
    }
    for one in found.classes:
        scores, calibrated = one.curve
        columns["class"] += [one.name] * len(scores)
        columns["probability"] += floats(scores)
        columns["calibrated"] += floats(calibrated)
        columns["low"] += floats(np.interp(scores, one.band.scores, one.band.low))
        columns["high"] += floats(np.interp(scores, one.band.scores, one.band.high))
    facts = {
        f"{name}.{part}": value
        for name, parts in found.scores.items()
        for part, value in parts._asdict().items()
    }
    return Picture("reliability", "Reliability", columns, panels, None, facts, sentences)


def _panel(one: ClassCalibration, found: Calibration) -> Panel:
    unit = np.array([0.0, 1.0])
    percent = number(100.0 * found.confidence, 4)
    scores, low, high = one.band.scores, one.band.low, one.band.high
    if len(scores) == 1:
        scores = scores[0] + np.array([-SEEN, SEEN])
        low, high = np.repeat(low, 2), np.repeat(high, 2)
    band = Trace(f"{percent} % of curves of calibrated probabilities", scores, low, "band", high)
    return Panel(
        f"class {one.name}" if len(found.classes) > 1 else "",
        Axis("predicted probability", 0.0, 1.0),
        Axis("share seen (isotonic)", 0.0, 1.0),
        [band, Trace("calibrated", unit, unit, "dashed"), Trace("predictions", *one.curve)],
    )


def _histogram(one: ClassCalibration) -> Panel:
    edges = np.linspace(0.0, 1.0, len(one.histogram) + 1)
    bars = Trace("share of rows", edges[:-1], one.histogram, "bars", edges[1:])
    return Panel("", Axis("predicted probability", 0.0, 1.0), Axis("share of rows", 0.0), [bars])
