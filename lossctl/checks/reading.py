"""How predictions and targets are read: as the loss reads them, or without one as they look."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from math import prod
from typing import Any, NamedTuple

import numpy as np

from lossctl.checks.facts import Form
from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array, Loss
from lossctl.core.options import OPTIONS, Options
from lossctl.engine.plan import Plan, Sources, make_plan
from lossctl.engine.sources import Source, is_text
from lossctl.losses.catalogue import get

MARKS = frozenset({-100.0, -1.0, 99.0, 255.0})  # labels of what is left out
LOOKED_AT = 65_536  # numbers that show what targets are
PAIR = ("predictions", "targets")
MEMBERS = "item member"  # axes of several values of what the targets are
PROBES = ("focal", "mse")  # losses that read data of which none was named


class Reading(NamedTuple):
    """How inputs fit each other: a plan of a loss that reads them, and whether they are swapped."""

    plan: Plan
    form: Form
    swapped: bool = False


def read_pairs(
    loss: Loss | None,
    params: Mapping[str, Any],
    sources: Sources,
    weights: Source | None,
    options: Options,
) -> Reading | None:
    """Fit predictions and targets; None for losses of other inputs.

    Raises
    ------
    DataError, UsageError
        When they do not fit each other, as ``compute`` says it.
    """
    if set(PAIR) - sources.keys():
        return None
    if loss is not None and loss.grouped == "lists":
        return None
    if loss is not None and loss.in_words and loss.inputs[0].axes != MEMBERS:
        return None
    if loss is None and options.task == "auto" and holds_several(sources):
        return None
    if loss is None:
        with _without_probe():
            return _read(loss, params, sources, weights, options)
    return _read(loss, params, sources, weights, options)


def holds_several(sources: Sources) -> bool:
    """Whether predictions hold several numbers for each target, which is no class but a number.

    Such are quantiles, and members of an ensemble. Targets of a type with fractions are classes
    where they are whole and at least half of them are numbers of scores.
    """
    predictions, targets = (sources[name] for name in PAIR)
    if is_text(targets) or targets.dtype.kind != "f" or not prod(targets.shape):
        return False
    if len(predictions.shape) != len(targets.shape) + 1:
        return False
    if predictions.shape[: len(targets.shape)] != targets.shape:
        return False
    values = _first_numbers(targets)
    values = values[np.isfinite(values)]
    marked = np.isin(values, list(MARKS))
    if (values != np.floor(values)).any():
        return True
    inside = (values >= 0.0) & (values <= predictions.shape[-1])
    return bool(np.count_nonzero(inside | marked) < 0.5 * values.size)


@contextmanager
def _without_probe() -> Iterator[None]:
    """Leave out of errors the loss that tries whether inputs fit, where the user gave none."""
    try:
        yield
    except (DataError, UsageError) as error:
        text = str(error)
        for probe in PROBES:
            text = text.removeprefix(f"{probe}: ").replace(f" fit {probe}", " fit each other")
        raise type(error)(text) from None


def _read(
    loss: Loss | None,
    params: Mapping[str, Any],
    sources: Sources,
    weights: Source | None,
    options: Options,
) -> Reading:
    """Fit predictions and targets, also in each other's place."""
    try:
        return _fitted(loss, params, sources, weights, options)
    except DataError:
        exchanged = {**sources, **dict(zip(PAIR, [sources[n] for n in PAIR[::-1]], strict=True))}
        if len(sources["targets"].shape) != len(sources["predictions"].shape) + 1:
            raise
        try:
            fitted = _fitted(loss, params, exchanged, weights, options)
        except (DataError, UsageError):
            fitted = None
        if fitted is None:
            raise
        return fitted._replace(swapped=True)


def _fitted(
    loss: Loss | None,
    params: Mapping[str, Any],
    sources: Sources,
    weights: Source | None,
    options: Options,
) -> Reading:
    if loss is None:
        loss, task = _look(sources, options)
        params, options = {}, _taken(loss, replace(options, task=task))
    plan = _plan(loss, params, sources, weights, options)
    lies = plan.fit.layout.lies
    if not all(name in lies for name in PAIR):
        raise DataError(f"{loss.id} reads no pairs of predictions and targets")
    form: Form = "values"
    if loss.has_classes:
        form = "rows" if plan.fit.layout.axes == "item class" else "items"
    return Reading(plan, form)


def _plan(
    loss: Loss,
    params: Mapping[str, Any],
    sources: Sources,
    weights: Source | None,
    options: Options,
) -> Plan:
    """Plan a loss; parameters that are measured from labels need labels that are right."""
    try:
        return make_plan(loss, params, sources, weights, options)
    except DataError:
        if options.class_weights is None and not any(param.measured for param in loss.params):
            raise
        given = {param.name for param in loss.params if not param.measured}
        kept = {name: value for name, value in params.items() if name in given}
        probe, options = get("focal"), replace(options, class_weights=None)
        loss, params = (loss, kept) if len(given) == len(loss.params) else (probe, {})
        return make_plan(loss, params, sources, weights, options)


def _taken(loss: Loss, options: Options) -> Options:
    """Return the options with those that the loss does not take at their defaults."""
    foreign = [name for name in options.changed if not OPTIONS[name].takes(loss)]
    return replace(options, **{name: OPTIONS[name].default for name in foreign})


def _look(sources: Sources, options: Options) -> tuple[Loss, str]:
    """Return a loss that reads the data as what they look like, and the task where it must be said.

    Labels with scores of classes, labels with one score each, or numbers.
    """
    predictions, targets = (sources[name] for name in PAIR)
    p, t = predictions.shape, targets.shape
    if is_text(targets) or len(p) == len(t) + 1 or options.task != "auto":
        return get("focal"), options.task
    if p != t or not _are_labels(_first_numbers(targets)):
        return get("mse"), "auto"
    if len(p) < 2 or p[1] == 1:
        return get("focal"), "binary"
    from lossctl.engine.bind.class_axis import holds_classes  # noqa: PLC0415 - few look at values

    try:
        rows = holds_classes(get("focal"), predictions, targets, options, None)
    except DataError:
        return get("focal"), "multilabel" if len(p) == 2 else "binary"
    return get("focal"), "multiclass" if rows else "multilabel" if len(p) == 2 else "binary"


def _are_labels(values: Array) -> bool:
    """Whether numbers are two labels, beside what is left out."""
    distinct = set(np.unique(values[np.isfinite(values)]).tolist())
    two = distinct - MARKS if distinct - {-1.0, 0.0, 1.0} else distinct
    return bool(distinct) and any(
        two <= labels or distinct <= labels
        for labels in ({0.0, 1.0}, {-1.0, 1.0}, {0.0, 255.0}, {1.0, 2.0})
    )


def _first_numbers(source: Source) -> Array:
    """Return numbers from all over a source: of large ones a few pieces."""
    size = prod(source.shape)
    if size <= LOOKED_AT:
        return np.asarray(source.read(0, size), dtype=np.float64)
    piece = LOOKED_AT // 8
    starts = np.linspace(0, size - piece, 8).astype(np.int64).tolist()
    return np.concatenate(
        [np.asarray(source.read(at, at + piece), dtype=np.float64) for at in starts]
    )
