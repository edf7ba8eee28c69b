"""Probabilities and their labels in memory, read as losses read them: for calibration."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from lossctl.array_reading import as_array
from lossctl.calibration.measure import Pairs
from lossctl.calibration.recalibrators import Recalibrator, log_odds, to_probabilities
from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array, Example, Form, Pooled, Reference, Statistics
from lossctl.core.metric import Metric, metric_page, no_slope
from lossctl.core.options import Options, require_use
from lossctl.core.spelling import option, some_of
from lossctl.data_places import Data, Opened
from lossctl.engine.bind.class_names import named_by, names_by_columns
from lossctl.engine.bind.inputs import bind_all
from lossctl.engine.evaluate import Request, first_plan, with_all_rows
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.averages import class_names_of
from lossctl.engine.resolve import resolve
from lossctl.engine.sources import names_of
from lossctl.evaluation import opened, places_of
from lossctl.loss_specs import Spec
from lossctl.metrics.counts import INPUTS, classes_of, one_hot

ROUNDING = 1e-3  # by which rows of probabilities may miss 1
DEPENDENT = (
    "items of one sample (pixels, tokens) depend on each other, which bands and p-values do not "
    "know: they are too narrow"
)


def _items(predictions: Array, targets: Array, **_: Any) -> Statistics:
    return {"score": predictions, "truth": targets}


def _rows(predictions: Array, targets: Array, **_: Any) -> Statistics:
    return {"score": predictions, "truth": one_hot(classes_of(targets), predictions.shape[1])}


PAIRS = Metric(
    "calibration",
    "Probabilities and labels",
    ("binary", "multilabel", "multiclass"),
    INPUTS,
    (
        Form("item", "probabilities", _items, no_slope),
        Form("item", "logits", _items, no_slope),
        Form("item class", "probabilities", _rows, no_slope),
        Form("item class", "logits", _rows, no_slope),
    ),
    reduction=Pooled(joint=True),
    counts=("score", "truth"),
    whole=True,
    needs="scores",
    page=metric_page(
        "Scores and labels of all rows, by which probabilities are judged",
        "none",
        use_when=("`lossctl calibrate` reads them",),
        avoid_when=("a single number is asked for: see brier",),
        reference=Reference(
            "Dimitriadis, Gneiting and Jordan (2021)", "doi:10.1073/pnas.2016191118"
        ),
        example=Example([0.5], [1], 0.0, {}, ""),
        expected={},
    ),
)


class PairsRead(NamedTuple):
    """Pairs, how they were read, and how many items do not count."""

    pairs: Pairs
    kind: str
    evidence: str
    task: str
    items: int
    ignored: int
    omitted: int
    notes: tuple[str, ...]


def read_pairs(data: Data, options: Options) -> PairsRead:
    """Read predictions and targets, all of them in memory.

    Raises
    ------
    UsageError, DataError
        For what cannot be read as probabilities or logits and their labels.
    """
    require_use([PAIRS], options)
    if options.nan == "propagate":
        raise UsageError(
            f"{option('nan', 'propagate')}: what is NaN has no calibration; "
            f"{option('nan', 'omit')} leaves it out"
        )
    places = places_of(data, [PAIRS])
    with opened(data, places, options) as inputs, np.errstate(all="ignore"):
        ((_, sources),) = bind_all([PAIRS], inputs.positional, inputs.named, options.axes)
        request = Request(PAIRS, {}, None, dict(sources))
        plan = first_plan(request, {}, inputs.weights, options)
        (resolved,) = with_all_rows(resolve([plan], [None]))
        plan, sums = resolved.plan, resolved.totals.sums
        if plan.kind not in {"logits", "probabilities", "log_probabilities"}:
            raise DataError(
                "the predictions are labels, which have no calibration; give probabilities or "
                "logits"
            )
        joint = plan.fit.layout.axes == "item class"
        pairs = _pairs(sums, plan, joint=joint)
        decision, totals = resolved.decision, resolved.totals
        dependent = plan.fit.layout.item_shape[1:] and not plan.fit.layout.column_is_item
    return PairsRead(
        pairs,
        decision.kind,
        decision.evidence,
        plan.fit.task,
        totals.items,
        totals.ignored,
        totals.omitted,
        (
            *inputs.notes,
            *decision.warnings,
            *resolved.notes,
            *plan.fit.notes,
            *((DEPENDENT,) if dependent else ()),
        ),
    )


def _pairs(sums: Mapping[str, Any], plan: Plan, *, joint: bool) -> Pairs:
    score, truth, weight = (np.asarray(sums[n], float) for n in ("score", "truth", "weight"))
    if weight.ndim == 1 and not (weight > 0.0).all():
        kept = weight > 0.0
        score, truth, weight = score[kept], truth[kept], weight[kept]
    if score.ndim > 1 and score.shape[1] == 1:
        score, truth = score[:, 0], truth[:, 0]
        weight = weight if weight.ndim == 1 else weight[:, 0]
        joint = False
    logits, p = as_pairs(score, is_logit=plan.kind != "probabilities", joint=joint)
    if joint and score.shape[1] == 2:  # of two classes the second is the positive one
        logits, p, truth, joint = logits[:, 1] - logits[:, 0], p[:, 1], truth[:, 1], False
    classes = class_names_of(plan)
    if classes is None or len(classes) != (p.shape[1] if p.ndim > 1 else 2):
        classes = ()
    return Pairs(logits, p, truth, weight, joint, _names(classes, p), classes)


def as_pairs(score: Array, *, is_logit: bool, joint: bool) -> tuple[Array, Array]:
    """Return logits and probabilities of scores (n,) or (n, C)."""
    if is_logit:
        return score, to_probabilities(score, joint=joint)
    if not joint:
        return log_odds(score), score
    return np.log(np.clip(score, np.finfo(np.float64).tiny, None)), score


def _names(classes: Sequence[str], p: Array) -> list[str]:
    if p.ndim == 1:
        return [classes[1]] if classes else ["positive"]
    return list(classes) or [str(k) for k in range(p.shape[1])]


def aligned(recalibrator: Recalibrator, names: Sequence[str]) -> tuple[Recalibrator, str | None]:
    """Return a recalibrator with its classes in the order of these names, and a note.

    Where one side has no names classes go by position, which the note says of a recalibrator that
    has.

    Raises
    ------
    UsageError
        For names of other classes.
    """
    classes = recalibrator.classes
    if not classes or not names:
        return recalibrator, _by_position(recalibrator) if classes else None
    found = named_by(names, classes)
    if found is None or sorted(found) != sorted(classes):
        raise UsageError(
            f"the recalibrator is of the classes {some_of(classes)}, the predictions of "
            f"{some_of(names)}; if these are the same, name them with {option('class_names')}"
        )
    return recalibrator.in_order([classes.index(name) for name in found]), None


def _by_position(recalibrator: Recalibrator) -> str:
    start = "the predictions do not name their classes: "
    if recalibrator.columns:
        return f"{start}those of the recalibrator, {some_of(recalibrator.classes)}, go by position"
    return f"{start}taken as those of {recalibrator.classes[1]}, as the recalibrator has it"


# Predictions without targets


def read_predictions(
    data: Data, options: Options, recalibrator: Recalibrator
) -> tuple[Array, list[str]]:
    """Return the calibrated probabilities of predictions alone, in their shape, and notes.

    Of a recalibrator of several classes the last axis holds them, or the second. Two columns of
    one that is of one probability are the two classes.

    Raises
    ------
    UsageError, DataError
        When they cannot be read, or have another number of classes.
    """
    place = next(iter(data.by_place), data.by_name.get("predictions"))
    if place is None and not (data.column or {}).get("predictions"):
        raise UsageError(f"{option('apply')}: say which predictions it is applied to")
    places = places_of(data._replace(by_place=data.by_place[:1]), [PAIRS])
    with opened(data, {"predictions": places["predictions"]}, options) as inputs:
        source = _only(inputs)
        values = as_array(source).astype(np.float64)
        names = options.class_names or names_by_columns(names_of(source))
    if not np.isfinite(values).all():
        raise DataError("the predictions hold NaN or infinite numbers")
    if options.input not in {"auto", "probabilities", "logits", "log_probabilities"}:
        raise UsageError(f"{option('input', options.input)}: has no calibration")
    is_logit = options.input in {"logits", "log_probabilities"} or (
        options.input == "auto" and not _are_probabilities(values, recalibrator)
    )
    recalibrator, note = aligned(recalibrator, names if len(names) > 1 else ())
    return _mapped(values, recalibrator, is_logit=is_logit), [note] if note else []


def _mapped(values: Array, recalibrator: Recalibrator, *, is_logit: bool) -> Array:
    """Return the calibrated probabilities of scores in any shape that holds what was fitted."""
    columns = recalibrator.columns
    if not columns and values.ndim == 2 and values.shape[1] > 2:
        raise DataError(
            f"the recalibrator is of one probability per item, but the predictions {values.shape} "
            f"are rows of {values.shape[1]} classes"
        )
    if not columns:
        if values.ndim > 1 and values.shape[-1] == 2:
            logits = as_pairs(values, is_logit=is_logit, joint=True)[0]
            second = recalibrator.apply((logits[..., 1] - logits[..., 0]).ravel())
            return np.stack([1.0 - second, second], axis=-1).reshape(values.shape)
        logits = as_pairs(values.ravel(), is_logit=is_logit, joint=False)[0]
        return recalibrator.apply(logits).reshape(values.shape)
    axis = next((at for at in (-1, 1) if values.ndim > 1 and values.shape[at] == columns), None)
    if axis is None:
        raise DataError(
            f"the recalibrator is of {columns} classes, but the predictions have the shape "
            f"{values.shape}"
        )
    moved = np.moveaxis(values, axis, -1)
    rows = moved.reshape(-1, columns)
    logits = as_pairs(rows, is_logit=is_logit, joint=recalibrator.joint)[0]
    return np.moveaxis(recalibrator.apply(logits).reshape(moved.shape), -1, axis)


def _only(inputs: Opened) -> Any:
    return next(iter([*inputs.positional, *inputs.named.values()]))


def _are_probabilities(values: Array, recalibrator: Recalibrator) -> bool:
    inside = bool(np.all((values >= 0.0) & (values <= 1.0)))
    if not (inside and recalibrator.joint and values.ndim > 1):
        return inside
    axis = -1 if values.shape[-1] == recalibrator.columns else 1
    return bool(np.all(np.abs(values.sum(axis=axis) - 1.0) < ROUNDING))


def spec() -> Spec:
    """Return what places of data are bound for."""
    return Spec(PAIRS, {})
