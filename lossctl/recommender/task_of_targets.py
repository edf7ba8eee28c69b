"""Tell classes from numbers: which task whole-number targets belong to, or that both are possible.

Class labels are few values that do not thin out like counts; where a distribution of counts fits
as well, the question stays open.
"""

import math
from itertools import pairwise

import numpy as np

from lossctl.core.loss import Array
from lossctl.core.spelling import option
from lossctl.recommender.data_summary import DataSummary, Measurements
from lossctl.recommender.question import UNKNOWN

MOST_CLASSES = 64
MOST_CODES = 12  # different labels with gaps, or that start at neither 0 nor 1
LEAST_EACH = 5  # items of a code, on average
CHANCE = 2.0  # standard deviations, by which a value may be commoner than the one below
FEW = 3  # items of the rarest value at the end of a tail of counts
LIKE_COUNTS = 0.1  # total variation from the nearest distribution of counts
FEWEST_GRADES, MOST_GRADES = 5, 12
GRADED = 4.0  # the commonest grade beside the rarest
BENT = 4.0  # logarithms of the shares of grades are concave, nearly


def decide_task(summary: DataSummary, measurements: Measurements, *, words: bool) -> str:
    """Decide what kind of targets these are; where both readings stand, leave it open.

    `words` says that the targets are numbers in place of text, which names classes.
    """
    task, reason = _task(summary, marked="ignored_label" in measurements.facts, words=words)
    if task == UNKNOWN:
        measurements.evidence["task"] = (
            f"the targets could be {reason}: set {option('task', 'classification')} or "
            f"{option('task', 'regression')}"
        )
    else:
        measurements.answer("task", task, reason)
    return task


def _task(summary: DataSummary, *, marked: bool, words: bool) -> tuple[str, str]:
    if not summary.moments.integral:
        return "regression", f"{len(summary.shape)}-dimensional targets with fractions"
    labels = sorted(summary.distinct) if summary.distinct is not None else []
    if len(summary.shape) >= 3:
        few = labels and len(labels) <= MOST_CLASSES
        held = f"{len(labels)} labels" if few else "many values"
        what = f"targets of shape {summary.shape} hold {held}"
        return ("segmentation" if few else "regression"), what
    if len(summary.shape) == 2:
        return _task_of_rows(summary, binary=bool(labels) and set(labels) <= {0.0, 1.0})
    if words and labels:
        return "classification", f"{len(labels)} different texts"
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


def _classes_or_counts(summary: DataSummary, labels: list[float]) -> tuple[str, str]:
    """Whole numbers, more than two: class labels are few and have no thinning tail."""
    if not labels or len(labels) > MOST_CLASSES:
        return "regression", "whole numbers with many distinct values"
    assert summary.distinct is not None  # noqa: S101 - labels come from it
    counts = [summary.distinct[label] for label in labels]
    gapless = labels == [labels[0] + at for at in range(len(labels))]
    numbered = gapless and labels[0] in {0.0, 1.0}
    thinning = gapless and _thins_out(counts)
    if numbered and thinning and len(labels) >= FEWEST_GRADES and counts[-1] <= FEW:
        return "regression", f"whole numbers with a thinning tail ({counts[-1]} at {labels[-1]:g})"
    few = len(labels) <= MOST_CODES and sum(counts) >= LEAST_EACH * len(labels)
    if not (numbered or few):
        return "regression", "whole numbers that are not 0 or 1 to C without gaps"
    if both := _other_than_classes(labels, counts, gapless=gapless):
        return UNKNOWN, f"{both} ({len(labels)} whole numbers from {labels[0]:g})"
    if numbered:
        return "classification", f"labels {labels[0]:g} to {labels[-1]:g} without gaps"
    listed = ", ".join(f"{label:g}" for label in labels)
    return "classification", f"{len(labels)} codes that do not thin out ({listed})"


def _thins_out(counts: list[int], deviations: float = 0.0) -> bool:
    """Whether each value is rarer than the one below, from the commonest on.

    It may be commoner by a few items, or by so many standard deviations of the difference.
    """
    top = counts.index(max(counts[1:]), 1)  # zeros may be inflated: the mode of the others
    falls = all(
        below <= above + max(FEW, deviations * math.sqrt(above + below))
        for above, below in pairwise(counts[top:])
    )
    return falls and top < len(counts) - 1


def _other_than_classes(labels: list[float], counts: list[int], *, gapless: bool) -> str:
    """Return what few whole numbers may be beside classes, or nothing."""
    if gapless and _thins_out(counts, CHANCE) and _like_counts(np.array(counts)):
        return "classes or counts"
    if are_grades(labels, counts):
        return "ordered grades or counts"
    slack = FEW if labels[0] == 0 else -1  # codes begin elsewhere, amounts of some items at 0
    if not gapless and all(below <= above + slack for above, below in pairwise(counts)):
        return "classes or amounts"
    return "classes or amounts" if _widen(labels) else ""


def _widen(labels: list[float]) -> bool:
    """Whether gaps widen twice and never narrow, as of answers 0, 1, 2, 3, 7, 12 to how often.

    Codes are numbered evenly, or some of them are missing, anywhere.
    """
    gaps = [high - low for low, high in pairwise(labels)]
    wider = [high - low for low, high in pairwise(gaps)]
    return min(wider, default=-1) >= 0 and sum(step > 0 for step in wider) >= 2


def _like_counts(counts: Array) -> bool:
    """Whether a Poisson or a negative binomial distribution, from the first value, is near."""
    n, at = counts.sum(), np.arange(len(counts))
    mean = float(counts @ at / n)
    variance = float(counts @ (at - mean) ** 2 / n)
    nearest = 1.0
    sizes = [math.inf, *([mean**2 / (variance - mean)] if variance > mean else [])]
    for size in sizes:
        logs = [log_count(int(k), mean, size) for k in at]
        shares = np.exp(logs)
        outside = max(1.0 - float(shares.sum()), 0.0)
        nearest = min(nearest, 0.5 * (float(np.abs(counts / n - shares).sum()) + outside))
    return nearest < LIKE_COUNTS


def log_count(k: int, mean: float, size: float) -> float:
    """Return log P(k) of a negative binomial distribution; infinite size is Poisson's."""
    if math.isinf(size):
        return k * math.log(mean) - mean - math.lgamma(k + 1)
    chosen = math.lgamma(k + size) - math.lgamma(size) - math.lgamma(k + 1)
    return chosen + size * math.log(size / (size + mean)) + k * math.log(mean / (size + mean))


def are_grades(labels: list[float], counts: list[int]) -> bool:
    """Whether the shares of the labels rise to one in the middle and fall again, as of grades."""
    if not FEWEST_GRADES <= len(labels) <= MOST_GRADES:
        return False
    if labels != [labels[0] + at for at in range(len(labels))]:
        return False
    top = counts.index(max(counts))
    if top in {0, len(counts) - 1} or max(counts) < GRADED * min(counts):
        return False
    rises = all(low <= high for low, high in pairwise(counts[: top + 1]))
    falls = all(low <= high for high, low in pairwise(counts[top:]))
    bent = all(
        BENT * middle**2 >= below * above
        for below, middle, above in zip(counts, counts[1:], counts[2:], strict=False)
    )
    return rises and falls and bent
