"""Recalibrators: maps from the probabilities of a model to calibrated ones, fitted and kept.

All start from logits: of one probability its log odds, of rows of classes the log of each. Several
classes are mapped one by one (but for the temperature) and divided by their sum, as scikit-learn
does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from lossctl.calibration.isotonic import fit_isotonic, grouped, knots
from lossctl.calibration.nll_fits import BEYOND, logistic_line, logsumexp, temperature
from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array

Method: TypeAlias = Literal["temperature", "platt", "isotonic"]
METHODS: tuple[Method, ...] = get_args(Method)
VERSION = 1  # of the files they are kept in
FARTHEST = 700.0  # log odds whose exponential is finite


@dataclass(frozen=True)
class Recalibrator:
    """A fitted map of probabilities.

    Attributes
    ----------
    columns
        How many classes each row has; 0 for one probability per item.
    joint
        Whether the classes of a row exclude each other, so that they add up to 1.
    values
        ``temperature``; ``slope`` and ``shift`` of each column; or ``scores`` and ``calibrated``,
        the knots of each column.
    rows
        How many it was fitted on.
    classes
        What the columns are called, where the data said it; of one probability per item the
        negative class and the positive one.
    """

    method: Method
    columns: int
    joint: bool
    values: Mapping[str, Any]
    rows: int
    classes: tuple[str, ...] = ()

    def apply(self, logits: Any) -> Array:
        """Return the calibrated probabilities of logits (n,), or (n, C), an array or lists.

        Raises
        ------
        DataError
            When they are no numbers, or of another shape.
        UsageError
            When it was fitted on another number of classes.
        """
        logits = _as_logits(logits)
        columns = logits.shape[1] if logits.ndim > 1 else 0
        if columns != self.columns:
            raise UsageError(
                f"the recalibrator is of {_classes(self.columns)}, the predictions of "
                f"{_classes(columns)}"
            )
        if self.method == "temperature":
            return to_probabilities(logits / self.values["temperature"], joint=self.joint)
        p = to_probabilities(logits, joint=self.joint).reshape(len(logits), max(columns, 1))
        odds = log_odds(p)
        mapped = np.stack([self._mapped(p[:, k], odds[:, k], k) for k in range(p.shape[1])], axis=1)
        if not self.columns:
            return np.asarray(mapped[:, 0])
        return _normalized(mapped) if self.joint else mapped

    def _mapped(self, p: Array, odds: Array, column: int) -> Array:
        if self.method == "platt":
            line = self.values["slope"][column] * odds + self.values["shift"][column]
            return to_probabilities(line, joint=False)
        scores, calibrated = (self.values[name][column] for name in ("scores", "calibrated"))
        return np.asarray(np.interp(p, scores, calibrated))

    def in_order(self, order: Sequence[int]) -> "Recalibrator":
        """Return the same map of classes in another order: its own places, in the new one.

        Of one probability per item ``(1, 0)`` makes the negative class the positive one.
        """
        classes = tuple(self.classes[at] for at in order) if self.classes else ()
        if self.columns:
            values = {
                name: each if self.method == "temperature" else [each[at] for at in order]
                for name, each in self.values.items()
            }
        else:
            values = dict(self.values) if list(order) == [0, 1] else self._of_the_other_class()
        return replace(self, values=values, classes=classes)

    def _of_the_other_class(self) -> dict[str, Any]:
        """Return the values of p → 1 − f(1 − p)."""
        if self.method == "platt":
            return {**self.values, "shift": [-self.values["shift"][0]]}
        if self.method == "isotonic":
            return {name: [[1.0 - p for p in each[0][::-1]]] for name, each in self.values.items()}
        return dict(self.values)

    @property
    def setting(self) -> str:
        """Say what was fitted."""
        if self.method == "temperature":
            return f"temperature {self.values['temperature']:.3g}"
        if self.method == "platt" and self.columns:
            return f"platt, a line for each of {self.columns} classes"
        if self.method == "platt":
            return (
                f"platt, slope {self.values['slope'][0]:.3g}, shift {self.values['shift'][0]:.3g}"
            )
        return f"isotonic, {sum(map(len, self.values['scores']))} knots"

    def to_dict(self) -> dict[str, Any]:
        """Return it as data."""
        return {
            "schema_version": VERSION,
            "recalibrator": self.method,
            "columns": self.columns,
            "joint": self.joint,
            "values": dict(self.values),
            "rows": self.rows,
            "classes": list(self.classes) or None,
        }

    @classmethod
    def from_dict(cls, data: Any) -> "Recalibrator":
        """Return what :meth:`to_dict` wrote.

        Raises
        ------
        ValueError
            For data that it did not write, with what is wrong.
        """
        if not isinstance(data, Mapping) or data.get("recalibrator") not in METHODS:
            raise ValueError("is no recalibrator, which `lossctl calibrate --save` writes")
        if data.get("schema_version") != VERSION:
            raise ValueError(f"has version {data.get('schema_version')!r}, not {VERSION}")
        method: Method = data["recalibrator"]
        columns, joint, rows = data.get("columns"), data.get("joint"), data.get("rows")
        whole = all(isinstance(n, int) and not isinstance(n, bool) for n in (columns, rows))
        if not whole or columns < 0 or not isinstance(joint, bool):  # type: ignore[operator]
            raise ValueError("needs columns, joint and rows")
        values = _read_values(method, data.get("values"), max(int(columns or 0), 1))
        classes = _read_classes(data.get("classes"), int(columns or 0) or 2)
        return cls(method, int(columns or 0), joint, values, int(rows or 0), classes)


def fit(method: Method, logits: Array, truth: Array, weight: Array, *, joint: bool) -> Recalibrator:
    """Fit a recalibrator to logits and labels, both (n,) or (n, C); the labels are 0 or 1.

    Raises
    ------
    UsageError
        Where a class has no positives or no negatives, or all its probabilities are equal; and
        where the best temperature lies beyond its range.
    """
    columns = logits.shape[1] if logits.ndim > 1 else 0
    if method == "temperature":
        heat = temperature(*_labelled(logits, truth, weight, joint=joint))
        if heat is None:
            raise UsageError(f"temperature is not fitted: {BEYOND}")
        return Recalibrator(method, columns, joint, {"temperature": heat}, len(logits))
    p = to_probabilities(logits, joint=joint).reshape(len(logits), -1)
    wide = truth.reshape(len(truth), -1)
    fits = [_fit_column(method, p[:, k], wide[:, k], weight, k) for k in range(p.shape[1])]
    names = ("slope", "shift") if method == "platt" else ("scores", "calibrated")
    values = {name: [one[at] for one in fits] for at, name in enumerate(names)}
    return Recalibrator(method, columns, joint, values, len(logits))


def _fit_column(method: Method, p: Array, truth: Array, weight: Array, column: int) -> Any:
    if method == "isotonic":
        groups = grouped(p, weight)
        scores, calibrated = knots(groups.scores, fit_isotonic(groups, truth, weight))
        return scores.tolist(), calibrated.tolist()
    ones = float(np.count_nonzero(truth))
    goals = np.where(truth == 1, (ones + 1) / (ones + 2), 1 / (len(truth) - ones + 2))  # Platt's
    line = logistic_line(goals, log_odds(p), weight)
    if line is None:
        raise UsageError(f"no line fits column {column}: its probabilities are all equal")
    return line.slope, line.shift


def _labelled(
    logits: Array, truth: Array, weight: Array, *, joint: bool
) -> tuple[Array, Array, Array]:
    """Return labels, logits and weights as fits of the log-loss take them."""
    if joint and truth.ndim > 1:
        return truth.argmax(axis=1), logits, weight
    if truth.ndim > 1:
        return truth.ravel(), logits.ravel(), np.repeat(weight, truth.shape[1])
    return truth, logits, weight


def to_probabilities(logits: Array, *, joint: bool) -> Array:
    """Return probabilities: the softmax of rows that are `joint`, else the sigmoid of each."""
    if joint and logits.ndim > 1:
        return np.asarray(np.exp(logits - logsumexp(logits)[:, None]))
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -FARTHEST, FARTHEST))))


def log_odds(p: Array) -> Array:
    """Return the log odds of probabilities; beyond ±36.7, where those near 1 end, none differ."""
    end = float(np.finfo(np.float64).epsneg)
    inside = np.clip(p, end, 1.0 - end)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def _normalized(p: Array) -> Array:
    """Divide rows by their sums; rows of zeros become even, as scikit-learn has it."""
    sums = p.sum(axis=1, keepdims=True)
    return np.asarray(np.where(sums > 0.0, p / np.where(sums > 0.0, sums, 1.0), 1.0 / p.shape[1]))


def _read_values(method: Method, values: Any, columns: int) -> dict[str, Any]:
    names = {
        "temperature": ("temperature",),
        "platt": ("slope", "shift"),
        "isotonic": ("scores", "calibrated"),
    }[method]
    if not isinstance(values, Mapping) or set(values) != set(names):
        raise ValueError(f"{method} needs the values {', '.join(names)}")
    if method == "temperature":
        heat = _numbers([values["temperature"]])[0]
        if heat <= 0.0:
            raise ValueError(f"the temperature must be above 0, got {heat:g}")
        return {"temperature": heat}
    if any(not isinstance(values[n], list) or len(values[n]) != columns for n in names):
        raise ValueError(f"{method} needs {columns} of {' and of '.join(names)}")
    if method == "platt":
        return {name: _numbers(values[name]) for name in names}
    pairs = [(_numbers(s), _numbers(c)) for s, c in zip(*(values[n] for n in names), strict=True)]
    for scores, calibrated in pairs:
        rising = np.all(np.diff(scores) > 0.0) and np.all(np.diff(calibrated) >= 0.0)
        inside = calibrated and min(calibrated) >= 0.0 and max(calibrated) <= 1.0
        if len(scores) != len(calibrated) or not (inside and rising):
            raise ValueError("isotonic needs rising scores and probabilities, as many of each")
    return {name: [pair[at] for pair in pairs] for at, name in enumerate(names)}


def _read_classes(names: Any, count: int) -> tuple[str, ...]:
    """Return the names of classes; files of older versions have none."""
    if names is None:
        return ()
    are_names = isinstance(names, list) and all(isinstance(name, str) for name in names)
    if not are_names or len(names) != count or len(set(names)) != count:
        raise ValueError(f"needs {count} different classes, or null")
    return tuple(names)


def _as_logits(given: Any) -> Array:
    try:
        logits = np.asarray(given, np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"logits: must be numbers, (n,) or (n, C): {error}") from None
    if logits.ndim not in {1, 2}:
        raise DataError(f"logits: must be (n,) or (n, C), got the shape {logits.shape}")
    return logits


def _numbers(values: Any) -> list[float]:
    is_list = isinstance(values, list)
    if not is_list or any(isinstance(v, bool) or not isinstance(v, int | float) for v in values):
        raise ValueError("its values must be numbers")
    found = [float(value) for value in values]
    if not np.all(np.isfinite(found)):
        raise ValueError("its values must be finite")
    return found


def _classes(columns: int) -> str:
    return f"{columns} classes" if columns else "one probability per item"
