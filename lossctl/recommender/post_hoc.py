"""What steps after training would gain, measured on held-out folds."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from lossctl.calibration.nll_fits import logsumexp, nll, platt, temperature
from lossctl.core.loss import Array
from lossctl.recommender.data_summary import NOT_FITTED, DataSummary, Improvement
from lossctl.recommender.decision_fits import (
    best_offsets,
    best_strength,
    best_threshold,
    of_decisions,
)

FOLDS = 5
REPEATS = 3
MOST_REPEATED = 20_000  # items above which the folds are drawn once
LEAST_ITEMS = 50
LEAST_IMAGES = 10
WORTH = 0.005  # gains of less than half a point (or half a percent of a loss) are not worth it
SURE = 1.5  # corrected standard errors
MOST_LISTED = 6  # weights of classes that a setting names
ASCENDING = ("accuracy", "balanced_accuracy", "f1", "f1_macro", "mcc", "dice", "iou")


@dataclass(frozen=True)
class Fitted:
    """A fitted step: what it does to logits, its setting in words, and its numbers."""

    change: Callable[[Array], Array]
    setting: str
    values: tuple[float, ...] = ()


def folds(
    count: int, groups: Array | None = None, labels: Array | None = None
) -> Iterator[tuple[Array, Array]]:
    """Yield rows to fit on and rows to judge by, five times, thrice where rows are few.

    Groups stay whole; without them every class of `labels` is spread evenly over the folds.
    """
    rng = np.random.default_rng(0)  # the same advice for the same data
    of_item = None if groups is None else np.unique(groups, return_inverse=True)[1]
    for _ in range(REPEATS if count <= MOST_REPEATED else 1):
        if of_item is not None:
            place = (rng.permutation(int(of_item.max()) + 1) % FOLDS)[of_item]
        else:
            order = rng.permutation(count)
            if labels is not None:
                order = order[np.argsort(labels[order], kind="stable")]
            place = np.empty(count, dtype=np.int64)
            place[order] = np.arange(count) % FOLDS
        for fold in range(FOLDS):
            fit, judge = np.flatnonzero(place != fold), np.flatnonzero(place == fold)
            if fit.size and judge.size:
                yield fit, judge


def class_improvements(
    labels: Array, logits: Array, groups: Array | None, metric: str
) -> list[Improvement]:
    """Measure the steps that can change a metric of two classes, logits (n,), or more, (n, C)."""
    if len(labels) < LEAST_ITEMS or len(np.unique(labels)) < 2:
        return []
    metrics = [metric] if metric != "unknown" else ["balanced_accuracy", "log_loss"]
    improvements = []
    for name in metrics:
        for step in _steps(name, binary=logits.ndim == 1):
            improvement = _cross_fit(step, name, labels, logits, groups)
            if improvement is not None:
                improvements.append(improvement)
    return improvements


def _steps(metric: str, *, binary: bool) -> tuple[str, ...]:
    if metric in {"log_loss", "brier"}:
        return ("temperature", "recalibration") if binary else ("temperature",)
    if metric in ASCENDING:
        return ("threshold",) if binary else ("prior_correction", "class_weights")
    return ()  # a ranking does not change under any of them


def _cross_fit(
    step: str, metric: str, labels: Array, logits: Array, groups: Array | None
) -> Improvement | None:
    before, after = [], []
    for fit, judge in folds(len(labels), groups, labels):
        if any(len(np.unique(labels[side])) < 2 for side in (fit, judge)):
            continue  # a group may hold all items of a class
        fitted = _fitted(step, metric, labels[fit], logits[fit])
        if fitted.setting == NOT_FITTED:
            base = score(metric, labels, logits)
            return Improvement(step, metric, base, base, 0.0, better=False, setting=NOT_FITTED)
        before.append(score(metric, labels[judge], logits[judge]))
        after.append(score(metric, labels[judge], fitted.change(logits[judge])))
    return improvement_of(step, metric, before, after, _fitted(step, metric, labels, logits))


def improvement_of(
    step: str, metric: str, before: list[float], after: list[float], fitted: Fitted
) -> Improvement | None:
    """Compare paired folds: better means a gain over 1.5 standard errors and over `WORTH`.

    The standard error is corrected for the rows that folds share (Nadeau and Bengio 2003,
    doi:10.1023/A:1024068626366): the variance over folds is divided by less than their number.
    """
    if not before:
        return None
    change = np.asarray(after) - np.asarray(before)
    change = change if metric in ASCENDING else -change
    count = len(change)
    shared = 1 / count + 1 / (FOLDS - 1)
    error = float(change.std(ddof=1) * math.sqrt(shared)) if count > 1 else math.inf
    mean, base = float(change.mean()), float(np.mean(before))
    worth = WORTH if metric in ASCENDING else WORTH * abs(base)
    better = mean > SURE * error and mean > worth
    reached = float(np.mean(after))
    return Improvement(step, metric, base, reached, error, better, fitted.setting, fitted.values)


def score(metric: str, labels: Array, logits: Array) -> float:
    """Return a metric of the decisions or probabilities that logits (n,) or (n, C) mean."""
    if metric == "log_loss":
        return float(np.mean(nll(labels, logits)))
    if metric == "brier":
        if logits.ndim == 1:
            return float(np.mean((1 / (1 + np.exp(-np.clip(logits, -500, 500))) - labels) ** 2))
        chances = np.exp(logits - logsumexp(logits)[:, None])
        chances[np.arange(len(labels)), labels] -= 1
        return float(np.mean(np.sum(chances**2, axis=1)))
    binary = logits.ndim == 1
    decided = (logits > 0).astype(np.int64) if binary else np.argmax(logits, axis=1)
    return of_decisions(metric, labels, decided)


def _fitted(step: str, metric: str, labels: Array, logits: Array) -> Fitted:
    if step == "threshold":
        cut = best_threshold(metric, labels, logits)
        share = 1 / (1 + math.exp(-max(min(cut, 500), -500)))
        return Fitted(lambda z: z - cut, f"threshold {share:.3g}", (share,))
    if step == "prior_correction":
        tau, lower = best_strength(metric, labels, logits)
        return Fitted(lambda z: z + lower, f"prior correction, strength {tau:.3g}", (tau,))
    if step == "class_weights":
        offsets = best_offsets(metric, labels, logits)
        factors = np.exp(offsets)
        text = f"class weights {_listed(factors)}"
        return Fitted(lambda z: z + offsets, text, tuple(factors.tolist()))
    if step == "temperature":
        heat, ends = temperature(labels, logits)
        text = f"temperature {heat:.3g}{', the end of its range' * ends}"
        return Fitted(lambda z: z / heat, text, (heat,))
    line = platt(labels, logits)
    if line is None:
        return Fitted(lambda z: z, NOT_FITTED)
    slope, shift = line
    text = f"recalibration, slope {slope:.3g}, shift {shift:.3g}"
    return Fitted(lambda z: slope * z + shift, text, line)


def _listed(weights: Array) -> str:
    shown = [f"{weight:.3g}" for weight in weights[:MOST_LISTED]]
    return ", ".join(shown) + (", …" if len(weights) > MOST_LISTED else "")


def shift_improvements(summary: DataSummary, metric: str, quantile: float) -> list[Improvement]:
    """Measure what adding one constant to the predictions of a regression would gain."""
    if summary.scores is None or summary.scores.size < LEAST_ITEMS:
        return []
    targets, scores = np.ravel(summary.targets), np.ravel(summary.scores)
    good = np.isfinite(targets) & np.isfinite(scores)
    targets, scores = targets[good], scores[good]
    groups = (
        summary.groups[good] if summary.groups is not None and summary.targets.ndim == 1 else None
    )
    name = "rmse" if metric in {"unknown", "r2"} else metric
    middle: dict[str, Callable[[Array], float]] = {
        "rmse": lambda e: float(e.mean()),
        "mae": lambda e: float(np.median(e)),
        "medae": lambda e: float(np.median(e)),
        "pinball": lambda e: float(np.quantile(e, quantile)),
    }
    if name not in middle:
        return []
    before, after = [], []
    for fit, judge in folds(len(targets), groups):
        shift = middle[name](targets[fit] - scores[fit])
        error = targets[judge] - scores[judge]
        before.append(_of_errors(name, error, quantile))
        after.append(_of_errors(name, error - shift, quantile))
    step = "quantile_shift" if name == "pinball" else "bias"
    shift = middle[name](targets - scores)
    fitted = Fitted(lambda z: z + shift, f"add {shift:.4g}", (shift,))
    improvement = improvement_of(step, name, before, after, fitted)
    return [improvement] if improvement else []


def mask_improvements(summary: DataSummary, metric: str) -> list[Improvement]:
    """Measure what another threshold would gain in the overlap of binary masks, image by image."""
    name = "dice" if metric == "unknown" else metric
    scores, count = summary.scores, len(summary.targets)
    if scores is None or scores.shape != summary.targets.shape or count < LEAST_IMAGES:
        return []
    if name not in {"dice", "iou"} or summary.score_moments.integral:
        return []
    shares = np.linspace(0.05, 0.95, 19)
    inside = summary.score_moments.low >= 0 and summary.score_moments.high <= 1
    cuts = shares if inside else np.log(shares / (1 - shares))
    is_object = summary.targets.reshape(count, -1) > 0
    flat = scores.reshape(count, -1)
    predicted = np.stack([np.count_nonzero(flat > cut, axis=1) for cut in cuts], axis=1)
    overlaps = np.stack(
        [np.count_nonzero((flat > cut) & is_object, axis=1) for cut in cuts], axis=1
    )
    actual = np.count_nonzero(is_object, axis=1)

    def overlap(images: Array) -> Array:
        shared, both = (
            overlaps[images].sum(axis=0),
            predicted[images].sum(axis=0) + actual[images].sum(),
        )
        return (
            2 * shared / np.maximum(both, 1)
            if name == "dice"
            else shared / np.maximum(both - shared, 1)
        )

    usual, before, after = len(cuts) // 2, [], []
    for fit, judge in folds(count, summary.groups):
        judged = overlap(judge)
        before.append(float(judged[usual]))
        after.append(float(judged[int(np.argmax(overlap(fit)))]))
    best = shares[int(np.argmax(overlap(np.arange(count))))]
    fitted = Fitted(lambda z: z - best, f"threshold {best:.3g}", (float(best),))
    improvement = improvement_of("threshold", name, before, after, fitted)
    return [improvement] if improvement else []


def _of_errors(metric: str, errors: Array, quantile: float) -> float:
    if metric == "rmse":
        return math.sqrt(float(np.mean(errors**2)))
    if metric == "pinball":
        return float(np.mean(np.maximum(quantile * errors, (quantile - 1) * errors)))
    return float(np.median(np.abs(errors)) if metric == "medae" else np.mean(np.abs(errors)))
