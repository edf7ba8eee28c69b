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
from lossctl.uncertainty.resampled import corrected_error

FOLDS = 5
REPEATS = 3
MOST_REPEATED = 20_000  # items above which the folds are drawn once
LEAST_ITEMS = 50
LEAST_IMAGES = 10
WORTH = 0.005  # gains of less than half a point (or half a percent of a loss) are not worth it
SURE = 2.0  # corrected standard errors: of steps that gain nothing one in thirty is advised
DIVERGED = 10.0  # times the metric without a step
MOST_LISTED = 6  # weights of classes that a setting names
ASCENDING = ("accuracy", "balanced_accuracy", "f1", "f1_macro", "mcc", "dice", "iou")


@dataclass(frozen=True)
class Fitted:
    """A fitted step: what it does to logits, its setting in words, and its numbers."""

    change: Callable[[Array], Array]
    setting: str
    values: tuple[float, ...] = ()


def fold_numbers(
    count: int,
    rng: np.random.Generator,
    groups: Array | None = None,
    labels: Array | None = None,
    *,
    of: int = FOLDS,
) -> Array:
    """Draw the fold of each row.

    Groups stay whole; without them every class of `labels` is spread evenly over the folds.
    """
    if groups is not None:
        of_item = np.unique(groups, return_inverse=True)[1]
        return np.asarray((rng.permutation(int(of_item.max()) + 1) % of)[of_item])
    order = rng.permutation(count)
    if labels is not None:
        order = order[np.argsort(labels[order], kind="stable")]
    place = np.empty(count, dtype=np.int64)
    place[order] = np.arange(count) % of
    return place


def folds(
    count: int, groups: Array | None = None, labels: Array | None = None
) -> Iterator[tuple[Array, Array]]:
    """Yield rows to fit on and rows to judge by, five times, thrice where rows are few."""
    rng = np.random.default_rng(0)  # the same advice for the same data
    for _ in range(REPEATS if count <= MOST_REPEATED else 1):
        place = fold_numbers(count, rng, groups, labels)
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
        for step in steps_for(name, binary=logits.ndim == 1):
            improvement = _cross_fit(step, name, labels, logits, groups)
            if improvement is not None:
                improvements.append(improvement)
    return improvements


def steps_for(metric: str, *, binary: bool) -> tuple[str, ...]:
    """Return the steps after training that can change a metric of classes."""
    if metric in {"log_loss", "brier"}:
        return ("temperature", "recalibration") if binary else ("temperature",)
    if metric in ASCENDING:
        return ("threshold",) if binary else ("prior_correction", "class_weights")
    return ()  # a ranking does not change under any of them


def _cross_fit(
    step: str, metric: str, labels: Array, logits: Array, groups: Array | None
) -> Improvement | None:
    before, after = [], []
    whole = fit_step(step, metric, labels, logits)
    not_fitted = whole.setting == NOT_FITTED
    for fit, judge in folds(len(labels), groups, labels):
        if any(len(np.unique(labels[side])) < 2 for side in (fit, judge)):
            continue  # a group may hold all items of a class
        fitted = fit_step(step, metric, labels[fit], logits[fit])
        before.append(score(metric, labels[judge], logits[judge]))
        after.append(score(metric, labels[judge], fitted.change(logits[judge])))
        diverged = not after[-1] <= _most(metric, before[-1])
        if not_fitted or fitted.setting == NOT_FITTED or diverged:
            base = score(metric, labels, logits)
            return Improvement(step, metric, base, base, 0.0, better=False, setting=NOT_FITTED)
    return improvement_of(step, metric, before, after, whole)


def _most(metric: str, before: float) -> float:
    """Return what a metric can become by a step that was fitted; beyond, its fit diverged."""
    return math.inf if metric in ASCENDING else DIVERGED * max(before, 1.0)


def improvement_of(
    step: str, metric: str, before: list[float], after: list[float], fitted: Fitted
) -> Improvement | None:
    """Compare paired folds: better means a gain over `SURE` standard errors and over `WORTH`.

    The standard error is corrected for the rows that folds share.
    """
    if not before:
        return None
    change = np.asarray(after) - np.asarray(before)
    change = change if metric in ASCENDING else -change
    error = corrected_error(change, 1 / (FOLDS - 1))
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


def fit_step(step: str, metric: str, labels: Array, logits: Array) -> Fitted:
    """Fit a step to labels (n,) and logits (n,) or (n, C); no other step has other numbers."""
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
        return _divided(temperature(labels, logits))
    return _on_a_line(platt(labels, logits))


def _divided(heat: float | None) -> Fitted:
    if heat is None:
        return Fitted(lambda z: z, NOT_FITTED)
    return Fitted(lambda z: z / heat, f"temperature {heat:.3g}", (heat,))


def _on_a_line(line: tuple[float, float] | None) -> Fitted:
    if line is None:
        return Fitted(lambda z: z, NOT_FITTED)
    slope, shift = line
    text = f"recalibration, slope {slope:.3g}, shift {shift:.3g}"
    return Fitted(lambda z: slope * z + shift, text, line)


def _listed(weights: Array) -> str:
    shown = [f"{weight:.3g}" for weight in weights[:MOST_LISTED]]
    return ", ".join(shown) + (", …" if len(weights) > MOST_LISTED else "")


def shift_for(metric: str) -> str:
    """Return the step after training that can change a metric of values, or nothing."""
    if metric in {"rmse", "mae", "medae"}:
        return "bias"
    return "quantile_shift" if metric == "pinball" else ""


def best_shift(metric: str, errors: Array, quantile: float) -> float:
    """Return what to add to predictions, by the errors (n,), targets − predictions."""
    if metric == "pinball":
        return float(np.quantile(errors, quantile))
    return float(errors.mean() if metric == "rmse" else np.median(errors))


def fit_shift(metric: str, errors: Array, quantile: float) -> Fitted:
    """Return the step that adds it."""
    shift = best_shift(metric, errors, quantile)
    return Fitted(lambda z: z + shift, f"add {shift:.4g}", (shift,))


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
    step = shift_for(name)
    if not step:
        return []
    before, after = [], []
    for fit, judge in folds(len(targets), groups):
        shift = best_shift(name, targets[fit] - scores[fit], quantile)
        error = targets[judge] - scores[judge]
        before.append(_of_errors(name, error, quantile))
        after.append(_of_errors(name, error - shift, quantile))
    improvement = improvement_of(
        step, name, before, after, fit_shift(name, targets - scores, quantile)
    )
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
