"""Judge held-out predictions by a metric, fold by fold, before and after steps after training."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lossctl.calibration.nll_fits import probabilities_and_logits
from lossctl.core.errors import DataError, LossctlError
from lossctl.core.loss import Array
from lossctl.core.options import Options
from lossctl.core.spec import parse_spec
from lossctl.data_places import Data
from lossctl.evaluation import evaluate
from lossctl.loss_specs import Spec
from lossctl.metric_specs import metric_spec
from lossctl.racing.drawings import HeldOut, pairs
from lossctl.recommender.data_summary import GREATEST, NOT_FITTED, require_measurable
from lossctl.recommender.post_hoc import fit_shift, fit_step, shift_for, steps_for

LOG_LOSS = ("log_loss", "bce", "bce_with_logits", "cross_entropy", "binary_cross_entropy")
STEP_METRICS = {  # ids of metrics, as steps after training know them
    "accuracy": "accuracy",
    "error_rate": "accuracy",
    "balanced_accuracy": "balanced_accuracy",
    "mcc": "mcc",
    "brier": "brier",
    "rmse": "rmse",
    "mse": "rmse",
    "r2": "rmse",
    "mae": "mae",
    "median_absolute_error": "medae",
    "quantile": "pinball",
}
POSITIVE = {"poisson_deviance", "gamma_deviance", "tweedie_deviance", "msle"}
F1 = {"macro": "f1_macro", "binary": "f1", None: "f1"}
READ = ("logits", "probabilities", "labels")  # kinds that the values of one fold must not decide


@dataclass(frozen=True)
class Entry:
    """A candidate as it is, or with a step after training, and its metric by fold.

    Attributes
    ----------
    candidate
        Its name.
    scores
        (J,), the metric of each fold of each drawing.
    step, setting, values
        The step, what was fitted on all rows in words, and its numbers; empty without one.
    """

    candidate: str
    scores: Array
    step: str = ""
    setting: str = ""
    values: tuple[float, ...] = ()

    @property
    def name(self) -> str:
        """The candidate with its step."""
        return f"{self.candidate}, then {self.setting}" if self.step else self.candidate


class Judge:
    """A metric by scikit-learn's definition, of rows of predictions.

    Attributes
    ----------
    name
        As it was asked for.
    higher_is_better
        Whether more is better.
    of_classes
        Whether it reads labels or scores of classes.
    step_metric
        Its name among metrics that steps after training are fitted to, or an empty text.
    quantile
        Of the pinball loss.
    needs_positive
        Whether predictions must be above 0.
    """

    def __init__(self, metric: str) -> None:
        """Resolve a metric by its name or spec.

        Raises
        ------
        UsageError
            For a name that is no metric.
        """
        self.name = metric
        name, params = parse_spec(metric)
        self._spec: Spec | None = None
        self.higher_is_better, self.of_classes, self.quantile = False, True, 0.5
        self.step_metric, self.needs_positive = "log_loss", False
        if name in LOG_LOSS and not params:
            return
        self._spec = metric_spec(name, params)
        target = self._spec.target
        self.higher_is_better = target.higher_is_better
        self.of_classes = "values" not in target.kinds
        self.step_metric = STEP_METRICS.get(target.id, "")
        self.needs_positive = target.id in POSITIVE
        said = self._spec.params
        if target.id == "f1":
            self.step_metric = F1.get(said.get("average"), "")
        self.quantile = float(said.get("q", 0.5)) if target.id == "quantile" else 0.5

    def spec(self, predictions: Array) -> Spec:
        """Return the metric as it reads predictions of a shape."""
        if self._spec is not None:
            return self._spec
        return metric_spec("cross_entropy" if predictions.ndim > 1 else "bce", {})

    def kind(self, predictions: Array, targets: Array, read_as: str = "auto") -> str:
        """Return what the predictions are read as: logits, probabilities, labels or values."""
        options, data = Options(input=read_as), Data((predictions, targets))
        (result,) = evaluate([self.spec(predictions)], data, options)
        return result.input.kind

    def value(self, predictions: Array, targets: Array, kind: str) -> float:
        """Return the metric of some rows.

        Raises
        ------
        DataError
            For rows of which it has no value.
        """
        spec = self.spec(predictions)
        read = kind if kind in READ and kind in (*spec.target.kinds, "labels") else "auto"
        options = Options() if read == "auto" else Options(input=read)
        (result,) = evaluate([spec], Data((predictions, targets)), options)
        value = float(result.value)
        if not abs(value) < GREATEST:  # beyond it, squares of differences leave floating point
            raise DataError(f"{self.name} is {value}")
        return value


@dataclass(frozen=True)
class Judged:
    """Every entry, the candidates that could not be judged with the reason, and notes.

    A step after which every fold has the value it had is no entry: `unchanged` names it.
    """

    entries: tuple[Entry, ...]
    failures: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


def judge_all(
    judge: Judge,
    targets: Array,
    held: Sequence[HeldOut],
    names: Sequence[str],
    *,
    steps: bool,
    read_as: str = "auto",
) -> Judged:
    """Judge every candidate on every fold, as it is and with each step after training.

    A step is fitted on the rows of other folds, of earlier ones where rows are in the order of
    time, and judged like any candidate.

    Parameters
    ----------
    judge
        The metric.
    targets
        (n,) classes from 0, or values; rows of other shapes have no steps.
    held
        Held-out predictions, of each drawing of folds.
    names
        Of the candidates, the simplest first.
    steps
        Whether steps after training are judged as well.
    read_as
        What scores of classes are; ``auto`` looks at the predictions.

    Raises
    ------
    DataError
        Where no candidate, or fewer than two folds, can be judged.
    """
    kinds, failures = _kinds(judge, targets, held[0], names, read_as)
    folds = list(pairs(list(held)))
    scores: dict[str, list[float]] = {name: [] for name in kinds}
    used, notes = [], []
    for each, fold in folds:
        rows = each.drawing.judges(fold)
        values, reasons = dict[str, float](), dict[str, str]()
        for name, kind in kinds.items():
            try:
                values[name] = judge.value(each.predictions[name][rows], targets[rows], kind)
            except LossctlError as error:
                reasons[name] = f"fold {fold}: {error}"
        if not values:  # such as one class alone: no fault of a candidate
            notes.append(f"left out {next(iter(reasons.values()))}")
            continue
        failures |= {name: why for name, why in reasons.items() if name not in failures}
        used.append((each, fold))
        for name, value in values.items():
            scores[name].append(value)
    good = [name for name in kinds if name not in failures]
    if not good:
        raise DataError(_none_judged(failures))
    if len(used) < 2:
        raise DataError(f"{judge.name} has a value on fewer than two folds: {'; '.join(notes)}")
    entries: list[Entry] = []
    unchanged: list[str] = []
    for name in good:
        plain = Entry(name, np.array(scores[name]))
        stepped = _stepped(judge, targets, name, kinds[name], used) if steps else []
        same = [np.array_equal(entry.scores, plain.scores) for entry in stepped]
        unchanged += [entry.name for entry, none in zip(stepped, same, strict=True) if none]
        entries += [plain, *(e for e, none in zip(stepped, same, strict=True) if not none)]
    return Judged(tuple(entries), failures, tuple(dict.fromkeys(notes)), tuple(unchanged))


def _none_judged(failures: Mapping[str, str]) -> str:
    name, why = next(iter(failures.items()))
    return f"no candidate can be judged; {name}: {why}"


def _require_all(predictions: Array, rows: Array) -> None:
    """Refuse predictions (n, …) with NaN; `rows` are their numbers in the file."""
    missing = np.flatnonzero(np.isnan(predictions).reshape(len(predictions), -1).any(axis=1))
    if missing.size:
        raise DataError(
            f"predictions: NaN in {missing.size} of {len(rows)} rows, first in row "
            f"{rows[missing[0]]} (counted from 0); every row that is judged needs a prediction"
        )


def _kinds(
    judge: Judge, targets: Array, first: HeldOut, names: Sequence[str], read_as: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Return what the predictions of each candidate are, and why some cannot be read."""
    kinds, failures, judged = {}, {}, first.drawing.judged
    for name in names:
        try:
            predictions = first.predictions[name][judged]
            require_measurable(predictions, "predictions")
            _require_all(predictions, np.flatnonzero(judged))
            kinds[name] = judge.kind(predictions, targets[judged], read_as)
        except LossctlError as error:
            failures[name] = str(error)
    if not kinds:
        raise DataError(_none_judged(failures))
    return kinds, failures


def _stepped(
    judge: Judge, targets: Array, name: str, kind: str, folds: Sequence[tuple[HeldOut, int]]
) -> list[Entry]:
    """Judge a candidate with each step after training that can change the metric."""
    metric, first = judge.step_metric, folds[0][0]
    predictions = first.predictions[name]
    if not metric or targets.ndim > 1 or predictions.ndim > 2 or kind == "labels":
        return []
    if judge.of_classes:
        binary = predictions.ndim == 1 or predictions.shape[1] == 2
        if targets.max(initial=0) > 1 and binary:
            return []
        names = steps_for(metric, binary=binary)
    else:
        names = (shift_for(metric),) if shift_for(metric) and predictions.ndim == 1 else ()
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is no entry
        found = [_one_step(judge, targets, name, folds, kind=kind, step=step) for step in names]
    return [entry for entry in found if entry is not None]


def _one_step(
    judge: Judge,
    targets: Array,
    name: str,
    folds: Sequence[tuple[HeldOut, int]],
    *,
    kind: str,
    step: str,
) -> Entry | None:
    """Judge one step; None where nothing can be fitted."""

    def fitted(rows: Array, scores: Array) -> Any:
        if not judge.of_classes:
            return fit_shift(judge.step_metric, targets[rows] - scores[rows], judge.quantile)
        if len(np.unique(targets[rows])) < 2:
            return None
        found = fit_step(step, judge.step_metric, targets[rows], scores[rows])
        return None if found.setting == NOT_FITTED else found

    every: dict[int, Array] = {}  # logits of each drawing: they are made once
    values = []
    for held, fold in folds:
        scores = every.get(id(held))
        if scores is None:
            scores = every[id(held)] = _as_logits(held.predictions[name], kind, judge)
        fit = held.drawing.trains(fold)
        fit = fit[held.drawing.judged[fit]]
        rows = held.drawing.judges(fold)
        change = fitted(fit, scores) if fit.size else None
        if change is None and fit.size:
            return None
        changed = scores[rows] if change is None else change.change(scores[rows])
        read = "logits" if judge.of_classes else kind
        try:
            values.append(judge.value(changed, targets[rows], read))
        except LossctlError:
            return None
    held = folds[0][0]
    all_rows = np.flatnonzero(held.drawing.judged)
    last = fitted(all_rows, every[id(held)])
    return last and Entry(name, np.array(values), step, last.setting, last.values)


def _as_logits(predictions: Array, kind: str, judge: Judge) -> Array:
    """Return scores of classes as logits; values as they are."""
    if not judge.of_classes:
        return predictions
    return probabilities_and_logits(predictions, kind)[1]
