"""Measure targets and predictions, and answer the questions they can answer."""

from collections.abc import Mapping

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.spelling import option
from lossctl.engine.bind.class_axis import ClassIndex, one_hot_axis, sums_to_one
from lossctl.engine.read.prediction_type import unlike_logits
from lossctl.engine.read.reader import NEAR, Findings
from lossctl.engine.read.validate import row_total
from lossctl.engine.sources import Source
from lossctl.recommender.broken_pairs import faults_of
from lossctl.recommender.data_summary import (
    IGNORED,
    DataSummary,
    Measurements,
    class_axis,
    summarize,
)
from lossctl.recommender.decision_tree import Tree
from lossctl.recommender.measure_labels import (
    MOST_CLASSES,
    classes_scored,
    exclude_unlabelled,
    measure_classes,
    measure_masks,
)
from lossctl.recommender.measure_values import measure_values
from lossctl.recommender.question import UNKNOWN
from lossctl.recommender.traverse import implied_task

OF_CLASSES = ("classification", "segmentation", "language")
OF_ITEMS = (*OF_CLASSES, "regression")  # whose losses read predictions beside targets
LABELS = {0.0, 1.0}  # what one-hot targets hold
FEW = 3  # items of the rarest value at the end of a tail of counts
LEAST_IDS = 20  # whole numbers, each once, of which no target is made


def probe(
    tree: Tree, sources: dict[str, Source], answers: Mapping[str, str], *, place: str = ""
) -> Measurements:
    """Measure the data in one pass.

    Parameters
    ----------
    tree
        The tree whose questions are to be answered.
    sources
        ``targets``, and where given ``predictions`` and ``groups``.
    answers
        Answers already given; they are never overruled, but contradictions are noted.
    place
        Where the targets were read from, FILE::COLUMN where they are one of several.

    Raises
    ------
    DataError
        For data that cannot belong to the task that was named.
    """
    summary, measurements = summarize(sources), Measurements()
    indexed = _classes_by_index(summary, sources, measurements, answers)
    if indexed is not sources:
        sources, summary = indexed, summarize(indexed)
    _count(summary, measurements)
    if (task := answers.get("task", UNKNOWN)) in {UNKNOWN, *OF_ITEMS}:
        label = place or sources["targets"].label
        _refuse_ids(summary, label, measurements, stated=task != UNKNOWN)
    task = _find_task(tree, summary, sources, measurements, answers)
    if not summary.moments.count:
        raise DataError("targets: every value is NaN or ignored")
    if summary.scores is not None and not summary.score_moments.count:
        measurements.unreadable_inputs["predictions"] = "no prediction is finite"
        summary.scores = summary.score_shape = None
    measurements.ranges["targets"] = (summary.moments.low, summary.moments.high)
    if summary.scores is not None:
        measurements.ranges["predictions"] = (summary.score_moments.low, summary.score_moments.high)
    if task in OF_CLASSES:
        _refuse_other_scales(summary, sources, measurements)
    measurements.findings = faults_of(
        task, summary, sources, measurements.facts.get("ignored_label")
    )
    if measurements.findings and task == "regression":
        summary.scores = None  # residuals would say nothing
    _measure_task(task, summary, measurements, answers)
    if measurements.findings:
        _forget_broken(measurements)
    branch = tree.branches.get(task)
    _note_contradictions(measurements, answers, {"task", *(branch.allowed if branch else ())})
    return measurements


def _count(summary: DataSummary, measurements: Measurements) -> None:
    """Count items and groups; note targets that are missing or all the same."""
    measurements.fact("items", summary.shape[0])
    if summary.missing:
        measurements.fact("missing", summary.missing)
        measurements.note(f"{summary.missing} targets are not finite and were left out")
    if summary.moments.count and summary.moments.low == summary.moments.high:
        measurements.note("all targets are equal: there is nothing to predict")
    if summary.groups is not None:
        measurements.fact("groups", len(set(summary.groups.tolist())))


def _find_task(
    tree: Tree,
    summary: DataSummary,
    sources: dict[str, Source],
    measurements: Measurements,
    answers: Mapping[str, str],
) -> str:
    """Return the task that was stated, that the answers imply, or that the data show."""
    task = answers.get("task", UNKNOWN)
    if task in {UNKNOWN, *OF_ITEMS}:
        _fit_shapes(summary, sources, measurements)
    if task in {UNKNOWN, *OF_CLASSES}:
        exclude_unlabelled(summary, measurements)
    if task == UNKNOWN and (implied := implied_task(tree, answers)):
        task = implied
        measurements.answer("task", task, "the other options are asked for it alone")
    elif task == UNKNOWN:
        task = _decide_task(summary, measurements)
    return task


def _forget_broken(measurements: Measurements) -> None:
    """Forget what was measured from predictions that cannot belong to the targets."""
    measurements.improvements.clear()
    if measurements.answers.get("scheme") == "noisy_labels":
        del measurements.answers["scheme"], measurements.evidence["scheme"]


def _refuse_ids(
    summary: DataSummary, label: str, measurements: Measurements, *, stated: bool
) -> None:
    """Refuse whole numbers that stand for rows: each once, in ascending order or without a gap.

    Raises
    ------
    DataError
        With what was seen; where the task was stated it is a note.
    """
    moments, distinct = summary.moments, summary.distinct
    if len(summary.shape) != 1 or moments.count < LEAST_IDS or not moments.integral:
        return
    each_once = summary.rising or (distinct is not None and len(distinct) == moments.count)
    gapless = each_once and moments.high - moments.low + 1 == moments.count
    column = label.rpartition("::")[2].lower() if "::" in label else ""
    named = each_once and (
        column in {"id", "index", "row", "uid"} or column.endswith(("_id", " id"))
    )
    if not (summary.rising or gapless or named) or _agree(summary):
        return
    seen = f"{label}: {moments.count} different whole numbers from {moments.low:g}"
    seen = f"{seen} to {moments.high:g}{', in ascending order' if summary.rising else ''}"
    if stated:
        measurements.note(f"{seen}: they look like ids")
        return
    raise DataError(
        f"{seen}, are row ids, not targets: name the column of the targets (FILE::COLUMN), or "
        "state the task if these are the targets"
    )


def _agree(summary: DataSummary) -> bool:
    """Whether predictions, one for each target, go up with them."""
    scores = summary.scores
    if scores is None or scores.shape != summary.targets.shape or not scores.std():
        return False
    return bool(np.corrcoef(scores, summary.targets)[0, 1] > 0.5)


def _classes_by_index(
    summary: DataSummary,
    sources: dict[str, Source],
    measurements: Measurements,
    answers: Mapping[str, str],
) -> dict[str, Source]:
    """Return the sources with one-hot targets shaped like the predictions as class indices.

    Rows of them, (N, C), are measured as they are. Of labels by themselves the axis is kept.
    """
    task, targets = answers.get("task", UNKNOWN), sources["targets"]
    shape = targets.shape
    if summary.scores is None or sources["predictions"].shape != shape or len(shape) < 2:
        return sources
    if task not in {UNKNOWN, *OF_CLASSES} or not set(summary.distinct or {2.0}) <= LABELS:
        return sources
    axis = one_hot_axis(targets, IGNORED)
    rows = len(shape) == 2 and task != "segmentation"
    if not axis or (rows and sums_to_one(sources["predictions"], axis)):
        return sources
    measurements.fact("rows_of_classes" if rows else "class_axis", axis)
    if (stated := answers.get("classes", UNKNOWN)) in {"binary", "multilabel"}:
        measurements.fact("task", stated)
        return sources
    if rows:
        return sources
    measurements.note(
        f"the targets are one-hot along axis {axis}: read as classes "
        f"({option('classes', 'multilabel')} reads independent labels)"
    )
    return {**sources, "targets": ClassIndex(targets, axis, IGNORED)}


def _fit_shapes(
    summary: DataSummary, sources: dict[str, Source], measurements: Measurements
) -> None:
    """Find the shapes a loss can read; predictions that have none are left out of everything."""
    if summary.shapes_that_fit is None:
        predictions, targets = sources["predictions"], sources["targets"]
        measurements.unreadable_inputs["predictions"] = (
            f"{predictions.label} {predictions.shape} and {targets.label} {targets.shape} do not "
            "match: predictions need the shape of the targets, or one more axis for classes"
        )
        summary.scores = summary.score_shape = None
        return
    for name, shape in summary.shapes_that_fit.items():
        if shape != sources[name].shape:
            measurements.shapes[name] = shape
    if summary.shapes_that_fit:
        measurements.class_axis = class_axis(
            summary.shapes_that_fit["targets"], summary.shapes_that_fit["predictions"]
        )


def _refuse_other_scales(
    summary: DataSummary, sources: dict[str, Source], measurements: Measurements
) -> None:
    """Leave out predictions that are neither logits nor probabilities, such as percentages."""
    moments = summary.score_moments
    if summary.scores is None or (moments.low >= -NEAR and moments.high <= 1.0 + NEAR):
        return
    seen = Findings(
        low=moments.low,
        high=moments.high,
        scores=moments.count,
        whole=moments.integral,
        integers=sources["predictions"].dtype.kind in "iu",
    )
    rows = classes_scored(summary) is not None
    if rows and moments.low >= 0.0 and not moments.integral:
        seen.total = row_total(summary.scores.reshape(-1, summary.scores.shape[-1]))
    # without --input logits there is no other way to say so, and scores of classes may be shifted
    look = unlike_logits(seen, rows=rows, labels=False)
    if look is None or (rows and seen.total is None and not moments.integral):
        return
    measurements.unreadable_inputs["predictions"] = look
    summary.scores = summary.score_shape = None


def _measure_task(
    task: str, summary: DataSummary, measurements: Measurements, answers: Mapping[str, str]
) -> None:
    metric = answers.get("metric", UNKNOWN)
    if task == "classification":
        measure_classes(summary, measurements, answers.get("classes"), metric)
    elif task == "regression":
        measure_values(summary, measurements, answers, metric)
    elif task == "segmentation":
        measure_masks(summary, measurements, metric)


def _note_contradictions(
    measurements: Measurements, stated: Mapping[str, str], asked: set[str]
) -> None:
    """Keep the answers nobody gave by hand; note where the data say otherwise."""
    answers = {name: value for name, value in measurements.answers.items() if name in asked}
    for name in list(measurements.evidence):
        if name in stated and stated[name] not in {answers.get(name), UNKNOWN}:
            text = measurements.evidence.pop(name)
            if name in answers:
                measurements.note(
                    f"{name}: stated as {stated[name]}, but the data looks like {answers[name]} "
                    f"({text})"
                )
    measurements.answers = {name: value for name, value in answers.items() if name not in stated}


def _decide_task(summary: DataSummary, measurements: Measurements) -> str:
    """Decide what kind of targets these are; where both readings stand, leave it open."""
    task, reason = _task(summary, marked="ignored_label" in measurements.facts)
    if task == UNKNOWN:
        measurements.evidence["task"] = (
            f"the targets could be {reason}: set {option('task', 'classification')} or "
            f"{option('task', 'regression')}"
        )
    else:
        measurements.answer("task", task, reason)
    return task


def _task(summary: DataSummary, *, marked: bool) -> tuple[str, str]:
    if not summary.moments.integral:
        return "regression", f"{_axes(summary)} targets with fractions"
    labels = sorted(summary.distinct) if summary.distinct is not None else []
    if len(summary.shape) >= 3:
        if labels and len(labels) <= MOST_CLASSES:
            return "segmentation", f"targets of shape {summary.shape} hold {len(labels)} labels"
        return "regression", f"targets of shape {summary.shape} hold many values"
    if len(summary.shape) == 2:
        return _task_of_rows(summary, binary=bool(labels) and set(labels) <= {0.0, 1.0})
    if marked and len(labels) > 1:
        return (
            "classification",
            f"labels {labels[0]:g} to {labels[-1]:g} without gaps, and one label to ignore",
        )
    return _task_of_labels(summary, labels)


def _task_of_rows(summary: DataSummary, *, binary: bool) -> tuple[str, str]:
    if summary.score_shape is not None and len(summary.score_shape) == 3:
        return "classification", "one row of scores per target of a sequence"
    if binary:
        return "classification", "targets of 0 and 1 along two axes"
    return "regression", "whole numbers along two axes"


def _task_of_labels(summary: DataSummary, labels: list[float]) -> tuple[str, str]:
    if summary.score_shape is not None and len(summary.score_shape) == 2:
        return "classification", f"{summary.score_shape[1]} scores per item, whole-number targets"
    if labels and len(labels) <= 2:
        return "classification", f"{len(labels)} distinct whole values"
    if summary.score_shape is not None and not summary.score_moments.integral:
        return "regression", "one score per item and more than two distinct targets"
    return _classes_or_counts(summary, labels)


def _axes(summary: DataSummary) -> str:
    return f"{len(summary.shape)}-dimensional"


def _classes_or_counts(summary: DataSummary, labels: list[float]) -> tuple[str, str]:
    """Whole numbers, more than two: class labels have no gaps and no thinning tail."""
    if not labels or len(labels) > MOST_CLASSES:
        return "regression", "whole numbers with many distinct values"
    gaps = labels != [labels[0] + at for at in range(len(labels))]
    if gaps or labels[0] not in {0.0, 1.0}:
        return "regression", "whole numbers that are not 0 or 1 to C without gaps"
    assert summary.distinct is not None  # noqa: S101 - labels come from it
    counts = [summary.distinct[label] for label in labels]
    top = counts.index(max(counts[1:]), 1)  # zeros may be inflated: the mode of the others
    tail = zip(counts[top:], counts[top + 1 :], strict=False)
    thinning = all(below <= above + FEW for above, below in tail)
    if len(labels) >= 5 and thinning and counts[-1] <= FEW and top < len(labels) - 1:
        return "regression", f"whole numbers with a thinning tail ({counts[-1]} at {labels[-1]:g})"
    if labels[0] == 0 and (len(labels) <= 4 or not thinning or min(counts) > 5 * FEW):
        return "classification", f"labels 0 to {labels[-1]:g} without gaps"
    return UNKNOWN, f"classes or counts ({len(labels)} whole numbers from {labels[0]:g})"
