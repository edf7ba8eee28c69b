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
    classes_scored,
    exclude_unlabelled,
    measure_classes,
    measure_masks,
    number_codes,
)
from lossctl.recommender.measure_values import measure_values
from lossctl.recommender.question import UNKNOWN
from lossctl.recommender.task_of_targets import decide_task
from lossctl.recommender.traverse import implied_task

OF_CLASSES = ("classification", "segmentation", "language")
OF_ITEMS = (*OF_CLASSES, "regression")  # whose losses read predictions beside targets
LABELS = {0.0, 1.0}  # what one-hot targets hold
LEAST_IDS = 20  # whole numbers, each once, of which no target is made


def probe(
    tree: Tree,
    sources: dict[str, Source],
    answers: Mapping[str, str],
    *,
    place: str = "",
    words: bool = False,
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
    words
        Whether the targets are numbers in place of text.

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
    task = _find_task(tree, summary, sources, measurements, answers, words=words)
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
    *,
    words: bool,
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
        task = decide_task(summary, measurements, words=words)
    if task == "classification":
        number_codes(summary, measurements)
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
