"""How true the probabilities of one class, or of each of several, are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lossctl.calibration.consistency import Consistency, consistency
from lossctl.calibration.decomposition import SCORES, Decomposition, decompose
from lossctl.calibration.isotonic import fit_isotonic, grouped, knots
from lossctl.calibration.nll_fits import Line, logistic_line
from lossctl.calibration.recalibrators import log_odds
from lossctl.core.loss import Array
from lossctl.core.result import finite_or_none, strict

BARS = 20  # of the histogram of probabilities


class Pairs(NamedTuple):
    """Predictions and labels as arrays.

    Attributes
    ----------
    logits, p
        (n,) of one probability per item, or (n, C), as logits and as probabilities.
    truth
        Labels in [0, 1], of the same shape.
    weight
        Above 0, of the same shape or (n,).
    joint
        Whether the columns are classes that exclude each other.
    names
        What each column is called; one for (n,).
    classes
        Names of the classes, where the data says them; for (n,) of both.
    """

    logits: Array
    p: Array
    truth: Array
    weight: Array
    joint: bool
    names: Sequence[str]
    classes: Sequence[str] = ()

    def column(self, k: int) -> tuple[Array, Array, Array]:
        """Return probabilities, labels and weights of one column, without those that weigh 0."""
        weight = self.weight if self.weight.ndim == 1 else self.weight[:, k]
        p, truth = (one if one.ndim == 1 else one[:, k] for one in (self.p, self.truth))
        kept = weight > 0.0
        return (p, truth, weight) if kept.all() else (p[kept], truth[kept], weight[kept])


@dataclass(frozen=True)
class ClassCalibration:
    """How true the probabilities of one class are.

    Attributes
    ----------
    name
        Of the class; ``positive`` where there is one.
    rows
        How many count.
    rate, mean
        The share of the class among the targets, and the mean of its probabilities.
    scores
        ``brier`` and ``log_loss``, each with its parts.
    line
        Slope and shift of the log odds that fit best, with standard errors: 1 and 0 of calibrated
        probabilities. None where no line does: all probabilities are equal, or a cut separates.
    curve
        Probabilities and calibrated probabilities at the knots of the isotonic curve.
    band
        What calibrated probabilities would show.
    histogram
        Share of the rows in each twentieth of the probabilities.
    """

    name: str
    rows: int
    rate: float
    mean: float
    scores: dict[str, Decomposition]
    line: Line | None
    curve: tuple[Array, Array]
    band: Consistency
    histogram: Array

    def limits(self, confidence: float) -> dict[str, tuple[float, float] | None]:
        """Return the intervals of slope and shift."""
        if self.line is None:
            return {"slope": None, "shift": None}
        from lossctl.uncertainty.distributions import t_quantile  # noqa: PLC0415 - SciPy

        z = t_quantile(0.5 + 0.5 * confidence, math.inf)
        line = self.line
        return {
            "slope": (line.slope - z * line.slope_error, line.slope + z * line.slope_error),
            "shift": (line.shift - z * line.shift_error, line.shift + z * line.shift_error),
        }

    def to_dict(self, confidence: float) -> dict[str, Any]:
        """Return it as strict JSON data."""
        line = None if self.line is None else self.line
        limits = self.limits(confidence)
        return {
            "class": self.name,
            "rows": self.rows,
            "rate": self.rate,
            "mean_probability": self.mean,
            **{name: parts.to_dict() for name, parts in self.scores.items()},
            "slope": None if line is None else finite_or_none(line.slope),
            "slope_interval": limits["slope"] and list(limits["slope"]),
            "shift": None if line is None else finite_or_none(line.shift),
            "shift_interval": limits["shift"] and list(limits["shift"]),
            "p_value": self.band.p_value,
            "samples": self.band.samples,
            "curve": {"probability": self.curve[0].tolist(), "calibrated": self.curve[1].tolist()},
            "band": {
                "probability": self.band.scores.tolist(),
                "low": self.band.low.tolist(),
                "high": self.band.high.tolist(),
            },
            "histogram": strict(self.histogram.tolist()),
        }


def measure_class(
    name: str, p: Array, truth: Array, weight: Array, confidence: float
) -> ClassCalibration:
    """Measure the probabilities (n,) of one class; every weight is above 0."""
    groups = grouped(p, weight)
    fitted = fit_isotonic(groups, truth, weight)
    calibrated = fitted[groups.place]
    scores = {
        rule: decompose(function, p, calibrated, truth, weight) for rule, function in SCORES.items()
    }
    line = logistic_line(truth, log_odds(p), weight) if 0.0 < truth.mean() < 1.0 else None
    if line is not None and not math.isfinite(line.slope_error):
        line = None
    shares = np.histogram(p, BARS, (0.0, 1.0), weights=weight)[0] / weight.sum()
    return ClassCalibration(
        name,
        len(p),
        float(np.average(truth, weights=weight)),
        float(np.average(p, weights=weight)),
        scores,
        line,
        knots(groups.scores, fitted),
        consistency(p, truth, groups, weight, confidence),
        shares,
    )


def measure(pairs: Pairs, confidence: float) -> list[ClassCalibration]:
    """Measure each class, in order."""
    return [measure_class(name, *pairs.column(k), confidence) for k, name in enumerate(pairs.names)]
