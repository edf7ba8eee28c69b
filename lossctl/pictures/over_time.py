"""Losses and metrics over checkpoints or epochs: the best one, and where warning signs begin."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from lossctl.checks.facts import Facts
from lossctl.checks.finding import Finding
from lossctl.checks.registry import shipped
from lossctl.checks.run_rules import run_rules
from lossctl.checks.series import root_of
from lossctl.comparing import names_of
from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.core.options import Options
from lossctl.core.spec import spec as spec_text
from lossctl.core.spelling import did_you_mean, number, option, shortened
from lossctl.data_places import Data
from lossctl.loss_specs import Spec
from lossctl.metrics import known_metrics
from lossctl.pictures.picture import Axis, Panel, Picture, Trace, floats
from lossctl.series_reading import evaluate_series, read_log

MOST_PANELS = 6  # the numbers have all
EPOCH = "epoch"  # of logs, whose columns are for training and validation
RULES = "LC7"  # of values over time
LONGEST = 20  # letters of a name beside an axis
BELOW = 0.09  # of the range of a panel: the row of each sign under the curves
CHECKPOINT = "checkpoint"
COUNTED = ("epoch", "step", "iteration")  # what columns and names of files count, and its prefixes
NEITHER = re.compile(  # columns of which neither more nor less is better
    r"(.*_)?(lr|learning_rate|epochs?|steps?|iter(ation)?s?|time|seconds|duration|elapsed|timestamp"
    r"|batch_size|momentum|weight_decay|norm|throughput|per_second|memory)(_.*)?"
)


class Series(NamedTuple):
    """Values over time.

    Attributes
    ----------
    values
        By name, in the order in which they are drawn; NaN or infinite where there are none.
    higher, neither
        Names of those of which more is better, and of those of which neither more nor less is.
    unit
        What they are counted in: epochs, steps, or checkpoints.
    files
        Where each checkpoint is, if they are files.
    steps
        (n,) the numbers of the checkpoints or rows; their places from 0 on when empty.
    names
        What checkpoints without numbers are called.
    """

    values: Mapping[str, Array]
    higher: frozenset[str]
    neither: frozenset[str] = frozenset()
    unit: str = EPOCH
    files: Sequence[str] = ()
    steps: Sequence[float] = ()
    names: Sequence[str] = ()

    @property
    def length(self) -> int:
        """The length of the longest of them."""
        return max(map(len, self.values.values()))

    def number_of(self, at: int) -> float | int:
        """Return the number of a place: of an epoch, of a step."""
        step = self.steps[at] if self.steps else at
        return int(step) if step == int(step) else step

    def place(self, at: int) -> str:
        """Return what a place is called."""
        return self.names[at] if self.names else f"{self.unit} {self.number_of(at)}"


def series_of(
    specs: Sequence[Spec],
    data: Data,
    options: Options,
    *,
    series: Any = None,
    log: Any = None,
    higher_is_better: Sequence[str] = (),
) -> Series:
    """Read a log, or evaluate losses and metrics on the predictions of every checkpoint.

    Parameters
    ----------
    specs
        What is evaluated; none for a log.
    data
        The targets and other inputs without predictions; of a log, how its text is read.
    series, log
        As for :func:`lossctl.check`; one of them.
    higher_is_better
        Columns of the log of which more is better; names of metrics are known.

    Raises
    ------
    UsageError, DataError
        For both or neither, a loss beside a log, and what cannot be read.
    """
    if (series is None) == (log is None):
        raise UsageError(
            f"give {option('series')}, predictions at every checkpoint, or {option('log')}, a log "
            "of training"
        )
    if log is not None:
        if specs or data.by_place or data.by_name:
            raise UsageError(f"{option('log')}: holds values; it takes no losses and no targets")
        values = read_log(log, data)
        for name in higher_is_better:
            if name not in values:
                hint = did_you_mean(name, values)
                raise UsageError(f"{option('higher_is_better')}: {name} is no column{hint}")
        return _of_log(values, frozenset({*higher_is_better, *filter(_is_higher, values)}))
    if higher_is_better:
        raise UsageError(f"{option('higher_is_better')}: is said of the columns of a log")
    values, places = evaluate_series(series, specs, data, options)
    higher = frozenset(
        spec_text(spec.target.id, spec.params)
        for spec in specs
        if getattr(spec.target, "higher_is_better", False)
    )
    files = [str(place) for place in places] if all(isinstance(p, str) for p in places) else []
    names = names_of(files) if files else []
    unit, steps = _numbered(names)
    return Series(values, higher, unit=unit, files=files, steps=steps, names=[] if steps else names)


def _of_log(values: Mapping[str, Array], higher: frozenset[str]) -> Series:
    """Return the columns of a log; one that counts epochs or steps is their axis."""
    counting = {name: _counted(name) for name, column in values.items() if _rises(column)}
    axis = next((name for name, unit in counting.items() if unit), None)
    neither = frozenset(
        name
        for name in values
        if NEITHER.fullmatch(root_of(name)) and "loss" not in name and name not in higher
    )
    if axis is None or len(values) == 1:
        return Series(values, higher, neither)
    rest = {name: column for name, column in values.items() if name != axis}
    return Series(rest, higher, neither, counting[axis] or EPOCH, steps=values[axis].tolist())


def _rises(column: Array) -> bool:
    return bool(np.isfinite(column).all() and (np.diff(column) > 0.0).all())


def _counted(name: str) -> str | None:
    """Return the unit that a column or a part of the name of a file counts."""
    word = name.lower().removeprefix("global").strip("_ .-=").removesuffix("s")
    return next((unit for unit in COUNTED if len(word) > 3 and unit.startswith(word)), None)


def _numbered(names: Sequence[str]) -> tuple[str, list[float]]:
    """Return the numbers in the names of checkpoints, where one differs and rises, and its unit."""
    parts = [re.split(r"(\d+)", name) for name in names]
    if not parts or len({len(each) for each in parts}) > 1:
        return CHECKPOINT, []
    differ = [at for at, column in enumerate(zip(*parts, strict=True)) if len(set(column)) > 1]
    if len(differ) != 1 or differ[0] % 2 == 0:
        return CHECKPOINT, []
    steps = [float(each[differ[0]]) for each in parts]
    if not _rises(np.array(steps)):
        return CHECKPOINT, []
    word = re.split(r"[^a-zA-Z]+", parts[0][differ[0] - 1].strip("_ .-=/"))[-1]
    return _counted(word) or CHECKPOINT, steps


def _is_higher(column: str) -> bool:
    """Whether the name of a column is that of a metric of which more is better."""
    found = known_metrics.find(root_of(column))
    return found is not None and known_metrics.load(found[0]).higher_is_better


def picture_of_series(given: Series) -> Picture:
    """Return the values over time, a panel for each quantity, and what stands out.

    Raises
    ------
    DataError
        When no value is finite.
    """
    judged = {name: v for name, v in given.values.items() if name not in given.neither}
    best = {name: _best(values, name in given.higher) for name, values in judged.items()}
    if not any(np.isfinite(values).any() for values in given.values.values()):
        raise DataError("no value over time is finite")
    signs = _signs(given)
    by_root: dict[str, list[str]] = {}
    for name in given.values:
        by_root.setdefault(_quantity(name, given), []).append(name)
    sentences = [_said(name, at, given) for name, at in best.items() if at is not None]
    sentences += [f"{each.code}: {each.message}" for each in signs]
    panels = [_panel(given, names, best, signs) for names in by_root.values()]
    if len(panels) > MOST_PANELS:
        sentences.append(f"drawn are {MOST_PANELS} of {len(panels)}; the numbers have all")
    facts: dict[str, Any] = {"values": given.length}
    facts |= {f"best.{name}": given.number_of(at) for name, at in best.items() if at is not None}
    title = f"Losses and metrics by {given.unit}"
    columns = _columns(given, best, signs)
    return Picture("series", title, columns, panels[:MOST_PANELS], None, facts, sentences)


def _quantity(name: str, given: Series) -> str:
    """Return what a series measures; series of the same share a panel and its scale."""
    return name if given.files or given.unit == CHECKPOINT else root_of(name)


def _best(values: Array, higher: bool) -> int | None:  # noqa: FBT001 - a fact of the series
    finite = np.isfinite(values)
    if not finite.any():
        return None
    worst = -np.inf if higher else np.inf
    shown = np.where(finite, values, worst)
    return int(shown.argmax() if higher else shown.argmin())


def _signs(given: Series) -> list[Finding]:
    """Ask the rules of `check`; they are of losses, but for the one that looks for NaN."""
    rules = [rule for code, rule in shipped().items() if code.startswith(RULES)]
    known = given.higher | given.neither
    losses = {name: v for name, v in given.values.items() if name not in known}
    others = {name: v for name, v in given.values.items() if name in known}
    found = list(run_rules(rules, Facts(series=losses), "none").findings) if losses else []
    finite = [rule for rule in rules if rule.name == "series-not-finite"]
    return found + list(run_rules(finite, Facts(series=others), "none").findings)


def _series_of(sign: Finding) -> str:
    """Return the series that a sign is of; of a gap the validation loss."""
    return str(sign.evidence.get("series", sign.evidence.get("validation")))


def _said(name: str, at: int, given: Series) -> str:
    values = given.values[name]
    word = "highest" if name in given.higher else "lowest"
    file = f", {given.files[at]}" if given.files else ""
    end = len(values) - 1
    of = f"of {given.number_of(0)} to {given.number_of(end)}"
    if given.names:
        of = f"{at + 1} of {len(values)}"
    of = "the last" if at == end else of
    return f"{name} is {word}, {number(float(values[at]), 4)}, at {given.place(at)} ({of}){file}"


def _panel(
    given: Series, names: Sequence[str], best: Mapping[str, int | None], signs: Sequence[Finding]
) -> Panel:
    x = np.array([float(given.number_of(at)) for at in range(given.length)])
    if given.names:
        x = np.arange(given.length, dtype=float)
    shown = {name: np.where(np.isfinite(v), v, np.nan) for name, v in given.values.items()}
    every = np.concatenate([shown[name] for name in names])
    every = every[np.isfinite(every)]
    low, high = (float(every.min()), float(every.max())) if every.size else (0.0, 1.0)
    step = BELOW * ((high - low) or abs(high) or 1.0)
    lines, marks = [], []
    for name in names:
        lines.append(Trace(name, x[: len(shown[name])], shown[name]))
        at = best.get(name)
        if at is not None:
            word = "highest" if name in given.higher else "lowest"
            label = f"{word} {name}: {given.place(at)}"
            marks.append(Trace(label, x[[at]], shown[name][[at]], "marks"))
    own = [each for each in signs if _series_of(each) in names]
    for row, sign in enumerate(own):
        start = int(sign.evidence["epoch"])
        y = low - step * (row + 1)
        of = f" of {_series_of(sign)}" if len(names) > 1 else ""
        label = f"{sign.code} {sign.name}{of}, from {given.place(start)}"
        marks.append(Trace("", x[[start, start]], np.array([y, high]), "dashed"))
        marks.append(Trace(label, x[[start]], np.array([y]), "marks"))
    is_whole = bool((x == np.rint(x)).all())
    axis = Axis(given.unit if given.steps else f"{given.unit}, from 0", x[0], x[-1], whole=is_whole)
    if given.names:
        axis = Axis(given.unit, names=given.names)
    return Panel("", axis, Axis(_label(names, given)), [*lines, *marks])


def _label(names: Sequence[str], given: Series) -> str:
    higher = [name in given.higher for name in names]
    root = shortened(_quantity(names[0], given) or "value", LONGEST)
    if given.neither.intersection(names):
        return root
    better = "more" if all(higher) else "less"
    return f"{root} ({better} is better)" if all(higher) or not any(higher) else root


def _columns(
    given: Series, best: Mapping[str, int | None], signs: Sequence[Finding]
) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {"series": [], given.unit: [], "value": [], "mark": []}
    if given.files:
        columns["file"] = []
    for name, values in given.values.items():
        marks = ["" for _ in values]
        if (at := best.get(name)) is not None:
            marks[at] = "best"
        for sign in signs:
            at = int(sign.evidence["epoch"])
            if _series_of(sign) == name:
                marks[at] = f"{marks[at]} {sign.code}".strip()
        columns["series"] += [name] * len(values)
        columns[given.unit] += [given.number_of(at) for at in range(len(values))]
        columns["value"] += floats(values)
        columns["mark"] += marks
        if given.files:
            columns["file"] += given.files
    return columns
