"""The Python function :func:`lossctl.calibrate`: how well probabilities are calibrated."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lossctl.calibration.decomposition import SCORES, Decomposition, total
from lossctl.calibration.measure import ClassCalibration, Pairs, measure
from lossctl.calibration.recalibrators import METHODS, Method, Recalibrator, fit
from lossctl.core.errors import DataError, UsageError
from lossctl.core.gate import Gate
from lossctl.core.loss import Array
from lossctl.core.notebook import frame, html_page
from lossctl.core.options import Options
from lossctl.core.result import SCHEMA_VERSION, strict
from lossctl.core.spelling import did_you_mean, number, option, some_of
from lossctl.data_places import Data, data_and_options
from lossctl.probability_reading import aligned, read_pairs, read_predictions
from lossctl.recommender.data_summary import Improvement
from lossctl.recommender.post_hoc import LEAST_ITEMS, Fitted, folds, improvement_of

ALPHA = 0.05  # of the sentences
NOTABLE = 0.1  # of a share, by which the mean of the probabilities misses it


@dataclass(frozen=True)
class Calibration:
    """How true probabilities are.

    Attributes
    ----------
    scores
        ``brier`` and ``log_loss`` with their parts. Of several classes Brier's is the sum over
        them, and the log-loss has no parts.
    classes
        One for each class; one where there is one probability per item.
    kind, evidence
        How the predictions were read, and why.
    recalibrator
        The map that was fitted, or applied: its classes in the order of the data.
    improvements
        What the fitted map gains on held-out folds.
    gates
        The limits and what they come to.
    """

    scores: dict[str, Decomposition]
    classes: tuple[ClassCalibration, ...]
    kind: str
    evidence: str
    items: int
    ignored: int = 0
    omitted: int = 0
    confidence: float = 0.95
    notes: tuple[str, ...] = ()
    recalibrator: Recalibrator | None = None
    applied: bool = False
    improvements: tuple[Improvement, ...] = ()
    gates: tuple[Gate, ...] = field(default=())

    @property
    def miscalibration(self) -> float:
        """The miscalibration of Brier's score."""
        return self.scores["brier"].miscalibration

    @property
    def discrimination(self) -> float:
        """The discrimination of Brier's score."""
        return self.scores["brier"].discrimination

    @property
    def uncertainty(self) -> float:
        """The uncertainty of Brier's score."""
        return self.scores["brier"].uncertainty

    def sentences(self) -> list[str]:
        """Say what was found."""
        several = len(self.classes) > 1
        true = [one.name for one in self.classes if one.band.p_value >= ALPHA]
        shown = [one for one in self.classes if not (several and one.band.p_value >= ALPHA)]
        lines = [line for one in shown for line in _said(one, self)]
        if several and true:
            noun = "class" if len(true) == 1 else "classes"
            lines.append(f"no miscalibration beyond chance: {noun} {some_of(true)}")
        return [*lines, *map(_gain, self.improvements)]

    def to_dict(self) -> dict[str, Any]:
        """Return it as strict JSON data."""
        return {
            "schema_version": SCHEMA_VERSION,
            "miscalibration": self.scores["brier"].to_dict()["miscalibration"],
            "discrimination": self.scores["brier"].to_dict()["discrimination"],
            "uncertainty": self.scores["brier"].to_dict()["uncertainty"],
            "scores": {name: parts.to_dict() for name, parts in self.scores.items()},
            "classes": [one.to_dict(self.confidence) for one in self.classes],
            "confidence": self.confidence,
            "input": {"kind": self.kind, "evidence": self.evidence},
            "items": self.items,
            "ignored": self.ignored,
            "omitted": self.omitted,
            "recalibrator": None if self.recalibrator is None else self.recalibrator.to_dict(),
            "applied": self.applied,
            "improvements": [strict(each.to_dict()) for each in self.improvements],
            "sentences": self.sentences(),
            "notes": list(self.notes),
            "gates": [gate.to_dict() for gate in self.gates],
        }

    def to_frame(self) -> Any:
        """Return a pandas frame: a row for each class and score."""
        names = ("class", "score", *Decomposition._fields)
        rows = [
            (one.name, name, *parts) for one in self.classes for name, parts in one.scores.items()
        ]
        return frame(names, rows)

    def __repr__(self) -> str:
        """Say the parts of Brier's score in one line."""
        parts = self.scores["brier"]
        return (
            f"<Calibration of {self.items} items: brier {number(parts.value)} = miscalibration "
            f"{number(parts.miscalibration)} − discrimination {number(parts.discrimination)} + "
            f"uncertainty {number(parts.uncertainty)}>"
        )

    def _repr_html_(self) -> str | None:
        """Show as its page in notebooks."""
        rows = [
            (f"{name} {part}", number(value))
            for name, parts in self.scores.items()
            for part, value in parts._asdict().items()
            if not math.isnan(value)
        ]
        return html_page(self, [*rows, *(("", line) for line in self.sentences())])


class Request(NamedTuple):
    """What is asked: a map to fit, or to apply before anything is measured."""

    data: Data
    options: Options
    method: Method | None = None
    recalibrator: Recalibrator | None = None


def calibrate(
    *inputs: Any,
    recalibrate: str | None = None,
    apply: "Recalibrator | str | Path | None" = None,
    **keywords: Any,
) -> Calibration:
    """Measure how well probabilities are calibrated; fit or apply a map that improves it.

    Parameters
    ----------
    *inputs
        Probabilities or logits, and targets, as for :func:`lossctl.compute`: two labels, several
        classes, or rows of labels.
    recalibrate
        ``temperature``, ``platt`` or ``isotonic``: fit this map to all rows, and measure on
        held-out folds what it gains. It is the result's ``.recalibrator``.
    apply
        A map, or the file of one, to apply before anything is measured.
    **keywords
        Inputs by name, data (``weights``, ``table``, ``column``, …) and options (``input``,
        ``ignore_index``, ``confidence``, …), as for :func:`lossctl.compute`.

    Returns
    -------
    Calibration
        ``.miscalibration``, ``.scores``, ``.classes``, ``.to_dict()``.

    Raises
    ------
    UsageError, DataError
        For what cannot be read as probabilities and labels.

    Examples
    --------
    >>> import lossctl
    >>> found = lossctl.calibrate([0.9, 0.9, 0.1, 0.1], [1, 0, 0, 0])
    >>> round(found.miscalibration, 3), round(found.uncertainty, 4)
    (0.085, 0.1875)
    """
    names = ("predictions", "targets")
    data, options = data_and_options("calibrate", inputs, keywords, names)
    recalibrator = read_recalibrator(apply) if isinstance(apply, str | Path) else apply
    method = None if recalibrate is None else method_of(recalibrate)
    return calibrate_data(Request(data, options, method, recalibrator))


def method_of(name: str) -> Method:
    """Return the name of a map.

    Raises
    ------
    UsageError
        For another name, with the nearest one.
    """
    for method in METHODS:
        if name == method:
            return method
    hint = did_you_mean(name, METHODS)
    raise UsageError(
        f"{option('recalibrate')} must be one of {', '.join(METHODS)}, got {name!r}{hint}"
    )


def read_recalibrator(path: str | Path) -> Recalibrator:
    """Read the file of a map.

    Raises
    ------
    UsageError
        For a file that cannot be read, or is none.
    """
    try:
        return Recalibrator.from_dict(json.loads(Path(path).read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(f"{option('apply')} {path}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        reason = "is not JSON" if isinstance(error, json.JSONDecodeError) else str(error)
        raise UsageError(f"{option('apply')} {path}: {reason}") from None


def recalibrated(request: Request) -> tuple[Array, list[str]]:
    """Return the calibrated probabilities of predictions, which need no targets, and notes."""
    assert request.recalibrator is not None  # noqa: S101 - the caller has one
    return read_predictions(request.data, request.options, request.recalibrator)


def calibrate_data(request: Request) -> Calibration:
    """Read the data and measure."""
    read = read_pairs(request.data, request.options)
    pairs, notes = read.pairs, list(read.notes)
    _require_hard(pairs)
    recalibrator = request.recalibrator
    if recalibrator is not None:
        recalibrator, note = aligned(recalibrator, pairs.classes)
        notes += [note] if note else []
        pairs = pairs._replace(p=_applied(recalibrator, pairs))
    improvements: tuple[Improvement, ...] = ()
    if request.method is not None:
        recalibrator = fitted(request.method, pairs)
        improvements = tuple(_held_out(request.method, pairs, recalibrator))
        if not improvements:
            few = len(pairs.truth) < LEAST_ITEMS
            why = f"fewer than {LEAST_ITEMS} rows" if few else "some folds do not fit the map"
            notes.append(f"{why}: no gain is measured on held-out folds")
    confidence = request.options.confidence
    classes = tuple(measure(pairs, confidence))
    return Calibration(
        _scores(pairs, classes),
        classes,
        read.kind,
        read.evidence,
        read.items,
        read.ignored,
        read.omitted,
        confidence,
        tuple(notes),
        recalibrator,
        request.recalibrator is not None,
        improvements,
    )


def _require_hard(pairs: Pairs) -> None:
    if not np.all((pairs.truth == 0.0) | (pairs.truth == 1.0)):
        raise DataError("targets hold soft labels; calibration is of labels 0 and 1")


def _applied(recalibrator: Recalibrator, pairs: Pairs) -> Array:
    columns = pairs.p.shape[1] if pairs.p.ndim > 1 else 0
    if columns and columns == recalibrator.columns and recalibrator.joint != pairs.joint:
        raise UsageError("the recalibrator is of classes that exclude each other, or these are not")
    return recalibrator.apply(pairs.logits)


def fitted(method: Method, pairs: Pairs) -> Recalibrator:
    """Fit a map to pairs."""
    found = fit(method, pairs.logits, pairs.truth, _row_weights(pairs), joint=pairs.joint)
    return replace(found, classes=tuple(pairs.classes))


def _row_weights(pairs: Pairs) -> Array:
    return pairs.weight if pairs.weight.ndim == 1 else np.asarray(pairs.weight.mean(axis=1))


def _scores(pairs: Pairs, classes: Sequence[ClassCalibration]) -> dict[str, Decomposition]:
    if len(classes) == 1:
        return dict(classes[0].scores)
    scores = {"brier": total([one.scores["brier"] for one in classes])}
    if not pairs.joint:
        return scores | {"log_loss": total([one.scores["log_loss"] for one in classes])}
    with np.errstate(divide="ignore"):
        own = -np.log(pairs.p[pairs.truth == 1.0])
    value = float(np.average(own, weights=pairs.weight))
    return scores | {"log_loss": Decomposition(value, math.nan, math.nan, math.nan)}


def _held_out(method: Method, pairs: Pairs, whole: Recalibrator) -> list[Improvement]:
    """Measure what a map gains on folds that it was not fitted on; nothing where one fits none."""
    if len(pairs.truth) < LEAST_ITEMS:
        return []
    weights = _row_weights(pairs)
    labels = pairs.truth if pairs.truth.ndim == 1 else pairs.truth.argmax(axis=1)
    before: dict[str, list[float]] = {name: [] for name in SCORES}
    after: dict[str, list[float]] = {name: [] for name in SCORES}
    for rows, judge in folds(len(labels), None, labels):
        part = Pairs(
            pairs.logits[rows], pairs.p[rows], pairs.truth[rows], weights[rows], pairs.joint, ()
        )
        try:
            mapped = fitted(method, part).apply(pairs.logits[judge])
        except UsageError:
            return []
        for scored, p in ((before, pairs.p[judge]), (after, mapped)):
            for name in SCORES:
                scored[name].append(
                    _score(name, p, pairs.truth[judge], weights[judge], pairs.joint)
                )
    step = Fitted(lambda z: z, whole.setting)
    found = [_compared(method, name, before[name], after[name], step) for name in SCORES]
    return [each for each in found if each is not None]


def _compared(
    method: Method, name: str, before: list[float], after: list[float], step: Fitted
) -> Improvement | None:
    """Compare folds; a score that becomes infinite is no gain."""
    if not np.isfinite([*before, *after]).all():
        base, reached = float(np.mean(before)), float(np.mean(after))
        return Improvement(
            method, name, base, reached, math.inf, better=False, setting=step.setting
        )
    return improvement_of(method, name, before, after, step)


def _score(name: str, p: Array, truth: Array, weight: Array, joint: bool) -> float:  # noqa: FBT001
    rule = SCORES[name]
    if truth.ndim == 1:
        return float(np.average(rule(p, truth), weights=weight))
    if joint and name == "log_loss":
        with np.errstate(divide="ignore"):
            return float(np.average(-np.log(p[truth == 1.0]), weights=weight))
    return float(np.average(rule(p, truth).sum(axis=1), weights=weight))


# What was found, in words


def _said(one: ClassCalibration, found: Calibration) -> list[str]:
    of_class = "" if len(found.classes) == 1 else f"class {one.name}: "
    name = f"{of_class}the probabilities"
    p = number(one.band.p_value, 2)
    parts = one.scores["brier"]
    size = (
        f"miscalibration {number(parts.miscalibration, 3)} of a Brier score of "
        f"{number(parts.value, 3)}"
    )
    if one.band.p_value >= ALPHA:
        return [f"{name} show no miscalibration beyond chance (p = {p}): {size}"]
    lines = [f"{name} are miscalibrated beyond chance (p = {p}): {size}"]
    limits = one.limits(found.confidence)["slope"]
    if one.line is not None and limits is not None and not limits[0] <= 1.0 <= limits[1]:
        word = "extreme" if one.line.slope < 1.0 else "timid"
        lines.append(
            f"{name} are too {word}: slope {number(one.line.slope, 3)} "
            f"({number(limits[0], 3)} to {number(limits[1], 3)}) where 1 is calibrated"
        )
    off = one.mean - one.rate
    if abs(off) > NOTABLE * min(one.rate, 1.0 - one.rate):
        word = "high" if off > 0.0 else "low"
        lines.append(
            f"{name} are too {word} on average: {number(one.mean, 3)} predicted, "
            f"{number(one.rate, 3)} seen"
        )
    return lines


def _gain(each: Improvement) -> str:
    if not math.isfinite(each.before):
        return f"{each.metric} is infinite: a probability of 0 or 1 is wrong"
    if not math.isfinite(each.after):
        return (
            f"{each.setting}: {each.metric} becomes infinite on held-out rows, where a "
            "probability of 0 or 1 is wrong"
        )
    verb = "lowers" if each.better else "does not lower"
    return (
        f"{each.setting} {verb} {each.metric} on held-out folds: {number(each.before, 4)} before, "
        f"{number(each.after, 4)} after"
    )
