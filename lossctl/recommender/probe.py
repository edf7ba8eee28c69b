"""Measure targets and predictions, and answer the questions they can answer."""

from collections.abc import Mapping

from lossctl.core.errors import DataError
from lossctl.engine.sources import Source
from lossctl.recommender.data_summary import Measured, Scan, class_axis, scan
from lossctl.recommender.decision_tree import Tree
from lossctl.recommender.measure_labels import leave_out, measure_classes, measure_masks
from lossctl.recommender.measure_values import measure_values
from lossctl.recommender.question import UNKNOWN
from lossctl.recommender.traverse import implied_task

MOST_CLASSES = 64
OF_CLASSES = ("classification", "segmentation", "language")
OF_ITEMS = (*OF_CLASSES, "regression")  # whose losses read predictions beside targets
FEW = 3  # items of the rarest value at the end of a tail of counts


def probe(tree: Tree, sources: dict[str, Source], said: Mapping[str, str]) -> Measured:
    """Measure the data in one pass.

    Parameters
    ----------
    tree
        The tree whose questions are to be answered.
    sources
        ``targets``, and where given ``predictions`` and ``groups``.
    said
        Answers already given; they are never overruled, but contradictions are noted.

    Raises
    ------
    DataError
        For data that cannot belong to the task that was named.
    """
    found = scan(sources)
    out = Measured()
    out.fact("items", found.shape[0])
    if found.missing:
        out.fact("missing", found.missing)
        out.note(f"{found.missing} targets are NaN and were left out")
    if found.moments.count and found.moments.low == found.moments.high:
        out.note("all targets are equal: there is nothing to learn")
    if found.groups is not None:
        out.fact("groups", len(set(found.groups.tolist())))
    task = said.get("task", UNKNOWN)
    if task in {UNKNOWN, *OF_ITEMS}:
        _fit(found, sources, out)
    if task in {UNKNOWN, *OF_CLASSES}:
        leave_out(found, out)
    if task == UNKNOWN and (implied := implied_task(tree, said)):
        task = implied
        out.answer("task", task, "the other options are asked for it alone")
    elif task == UNKNOWN:
        task = _decide_task(found, out)
    out.ranges["targets"] = (found.moments.low, found.moments.high)
    if found.scores is not None:
        out.ranges["predictions"] = (found.score_moments.low, found.score_moments.high)
    _measure_task(task, found, out, said)
    branch = tree.branches.get(task)
    _compare(out, said, {"task", *(branch.allowed if branch else ())})
    return out


def _fit(found: Scan, sources: dict[str, Source], out: Measured) -> None:
    """Find the shapes a loss can read; predictions that have none are left out of everything."""
    if found.fitted is None:
        predictions, targets = sources["predictions"], sources["targets"]
        out.unread["predictions"] = (
            f"{predictions.label} {predictions.shape} and {targets.label} {targets.shape} do not "
            "fit each other: predictions are shaped like the targets, or have a class axis more"
        )
        found.scores = found.score_shape = None
        return
    for name, shape in found.fitted.items():
        if shape != sources[name].shape:
            out.shapes[name] = shape
    if found.fitted:
        out.class_axis = class_axis(found.fitted["targets"], found.fitted["predictions"])


def _measure_task(task: str, found: Scan, out: Measured, said: Mapping[str, str]) -> None:
    metric = said.get("metric", UNKNOWN)
    if task == "classification":
        measure_classes(found, out, said.get("classes"), metric)
    elif task == "regression":
        measure_values(found, out, said, metric)
    elif task == "segmentation":
        measure_masks(found, out, metric)


def _compare(out: Measured, said: Mapping[str, str], asked: set[str]) -> None:
    """Keep the answers nobody gave by hand; note where the data say otherwise."""
    answers = {name: value for name, value in out.answers.items() if name in asked}
    for name in list(out.evidence):
        if name in said and said[name] not in {answers.get(name), UNKNOWN}:
            text = out.evidence.pop(name)
            if name in answers:
                out.note(f"{name}: you say {said[name]}, the data {answers[name]} ({text})")
    out.answers = {name: value for name, value in answers.items() if name not in said}


def _decide_task(found: Scan, out: Measured) -> str:
    """Decide what kind of targets these are; where both readings stand, leave it open."""
    task, why = _task(found)
    if task == UNKNOWN:
        out.evidence["task"] = (
            f"the targets could be {why}: say --task classification or regression"
        )
    else:
        out.answer("task", task, why)
    return task


def _task(found: Scan) -> tuple[str, str]:
    if not found.moments.count:
        raise DataError("targets: every value is NaN or ignored")
    if not found.moments.integral:
        return "regression", f"{_axes(found)} targets with fractions"
    labels = sorted(found.distinct) if found.distinct is not None else []
    if len(found.shape) >= 3:
        if labels and len(labels) <= MOST_CLASSES:
            return "segmentation", f"targets of shape {found.shape} hold {len(labels)} labels"
        return "regression", f"targets of shape {found.shape} hold many values"
    if len(found.shape) == 2:
        return _task_of_rows(found, binary=bool(labels) and set(labels) <= {0.0, 1.0})
    return _task_of_labels(found, labels)


def _task_of_rows(found: Scan, *, binary: bool) -> tuple[str, str]:
    if found.score_shape is not None and len(found.score_shape) == 3:
        return "classification", "a row of scores for each target of a sequence"
    if binary:
        return "classification", "two axes of 0 and 1"
    return "regression", "two axes of whole numbers"


def _task_of_labels(found: Scan, labels: list[float]) -> tuple[str, str]:
    if found.score_shape is not None and len(found.score_shape) == 2:
        return "classification", f"{found.score_shape[1]} scores an item, whole targets"
    if labels and len(labels) <= 2:
        return "classification", f"{len(labels)} distinct whole values"
    if found.score_shape is not None and not found.score_moments.integral:
        return "regression", "one score an item and more than two distinct targets"
    return _classes_or_counts(found, labels)


def _axes(found: Scan) -> str:
    return f"{len(found.shape)}-dimensional"


def _classes_or_counts(found: Scan, labels: list[float]) -> tuple[str, str]:
    """Whole numbers, more than two: class labels have no gaps and no thinning tail."""
    if not labels or len(labels) > MOST_CLASSES:
        return "regression", "whole numbers with many distinct values"
    gaps = labels != [labels[0] + at for at in range(len(labels))]
    if gaps or labels[0] not in {0.0, 1.0}:
        return "regression", "whole numbers that do not run from 0 or 1 without gaps"
    assert found.distinct is not None  # noqa: S101 - labels come from it
    counts = [found.distinct[label] for label in labels]
    top = counts.index(max(counts[1:]), 1)  # zeros may be inflated: the mode of the others
    tail = zip(counts[top:], counts[top + 1 :], strict=False)
    thinning = all(below <= above + FEW for above, below in tail)
    if len(labels) >= 5 and thinning and counts[-1] <= FEW and top < len(labels) - 1:
        return "regression", f"whole numbers whose tail thins out ({counts[-1]} at {labels[-1]:g})"
    if labels[0] == 0 and (len(labels) <= 4 or not thinning or min(counts) > 5 * FEW):
        return "classification", f"labels 0 to {labels[-1]:g} without gaps"
    return UNKNOWN, f"classes or counts ({len(labels)} whole numbers from {labels[0]:g})"
