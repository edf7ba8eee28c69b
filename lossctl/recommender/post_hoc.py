"""What steps after training would gain, measured on held-out folds."""

import math
from collections.abc import Callable, Iterator

import numpy as np

from lossctl.core.loss import Array
from lossctl.recommender.data_summary import NOT_FITTED, DataSummary, Improvement

FOLDS = 5
LEAST_ITEMS = 50
LEAST_IMAGES = 10
WORTH = 0.005  # gains of less than half a point (or half a percent of a loss) are not worth it
SEPARATED = 1e-4  # a log-loss on the rows fitted, under which every slope could be steeper
ASCENDING = ("accuracy", "balanced_accuracy", "f1", "f1_macro", "mcc", "dice", "iou")

Fit = Callable[[Array], Callable[[Array], Array]]


def folds(count: int, groups: Array | None = None) -> Iterator[tuple[Array, Array]]:
    """Yield rows to fit on and rows to judge by, five times; groups stay whole."""
    rng = np.random.default_rng(0)  # the same advice for the same data
    if groups is None:
        place = rng.permutation(count) % FOLDS
    else:
        _, of_item = np.unique(groups, return_inverse=True)
        place = (rng.permutation(int(of_item.max()) + 1) % FOLDS)[of_item]
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
        return ("threshold",) if binary else ("prior_correction",)
    return ()  # a ranking does not change under any of them


def _cross_fit(
    step: str, metric: str, labels: Array, logits: Array, groups: Array | None
) -> Improvement | None:
    before, after = [], []
    for fit, judge in folds(len(labels), groups):
        if len(np.unique(labels[fit])) < 2 or len(np.unique(labels[judge])) < 2:
            return None
        changed, setting = _fitted(step, metric, labels[fit], logits[fit])
        if setting == NOT_FITTED:
            base = score(metric, labels, logits)
            return Improvement(step, metric, base, base, 0.0, better=False, setting=NOT_FITTED)
        before.append(score(metric, labels[judge], logits[judge]))
        after.append(score(metric, labels[judge], changed(logits[judge])))
    _, setting = _fitted(step, metric, labels, logits)
    return improvement_of(step, metric, before, after, setting)


def improvement_of(
    step: str, metric: str, before: list[float], after: list[float], setting: str
) -> Improvement | None:
    """Compare paired folds: better means a gain over two standard errors and over `WORTH`."""
    if not before:
        return None
    change = np.asarray(after) - np.asarray(before)
    change = change if metric in ASCENDING else -change
    error = float(change.std(ddof=1) / math.sqrt(len(change))) if len(change) > 1 else math.inf
    mean, base = float(change.mean()), float(np.mean(before))
    worth = WORTH if metric in ASCENDING else WORTH * abs(base)
    better = mean > 2 * error and mean > worth
    return Improvement(step, metric, base, float(np.mean(after)), error, better, setting)


def score(metric: str, labels: Array, logits: Array) -> float:
    """Return a metric of the decisions or probabilities that logits (n,) or (n, C) mean."""
    if metric == "log_loss":
        return float(np.mean(_nll(labels, logits)))
    if metric == "brier":
        if logits.ndim == 1:
            return float(np.mean((1 / (1 + np.exp(-np.clip(logits, -500, 500))) - labels) ** 2))
        chances = np.exp(logits - _logsumexp(logits)[:, None])
        chances[np.arange(len(labels)), labels] -= 1
        return float(np.mean(np.sum(chances**2, axis=1)))
    decided = (logits > 0).astype(np.int64) if logits.ndim == 1 else np.argmax(logits, axis=1)
    return _of_decisions(metric, labels, decided)


def _of_decisions(metric: str, labels: Array, decided: Array) -> float:
    if metric == "accuracy":
        return float(np.mean(labels == decided))
    classes = np.unique(labels)
    true_positives = np.array([np.count_nonzero((labels == k) & (decided == k)) for k in classes])
    actual = np.array([np.count_nonzero(labels == k) for k in classes])
    predicted = np.array([np.count_nonzero(decided == k) for k in classes])
    if metric == "balanced_accuracy":
        return float(np.mean(true_positives / actual))
    if metric == "mcc":
        n, right = len(labels), float(true_positives.sum())
        spread = (n * n - float(np.sum(predicted**2))) * (n * n - float(np.sum(actual**2)))
        return (
            (right * n - float(np.dot(actual, predicted))) / math.sqrt(spread)
            if spread > 0
            else 0.0
        )
    f1 = 2 * true_positives / np.maximum(actual + predicted, 1)
    return float(f1[-1] if metric == "f1" else f1.mean())


def _nll(labels: Array, logits: Array) -> Array:
    if logits.ndim == 1:
        sign = np.where(labels == 1, -logits, logits)
        return np.maximum(sign, 0) + np.log1p(np.exp(-np.abs(sign)))
    return _logsumexp(logits) - logits[np.arange(len(labels)), labels]


def _logsumexp(logits: Array) -> Array:
    top = logits.max(axis=1)
    return top + np.log(np.sum(np.exp(logits - top[:, None]), axis=1))


def _fitted(
    step: str, metric: str, labels: Array, logits: Array
) -> tuple[Callable[[Array], Array], str]:
    """Fit a step; return what it does to logits, and its setting in words."""
    if step == "threshold":
        cut = best_threshold(metric, labels, logits)
        return lambda z: z - cut, f"threshold {1 / (1 + math.exp(-max(min(cut, 500), -500))):.3g}"
    if step == "prior_correction":
        shares = np.bincount(labels, minlength=logits.shape[1]) / len(labels)
        lower = np.log(np.maximum(shares, 1 / len(labels)))
        strengths = np.linspace(0, 1.5, 7)
        tau = max(strengths, key=lambda t: score(metric, labels, logits - t * lower))
        return lambda z: z - tau * lower, f"prior correction, strength {tau:.3g}"
    if step == "temperature":
        heat = _temperature(labels, logits)
        return lambda z: z / heat, f"temperature {heat:.3g}"
    line = platt(labels, logits)
    if line is None:
        return lambda z: z, NOT_FITTED
    slope, shift = line
    return lambda z: slope * z + shift, f"recalibration, slope {slope:.3g}, shift {shift:.3g}"


def best_threshold(metric: str, labels: Array, logits: Array) -> float:
    """Return the cut on the logits that is best for a metric, among their quantiles."""
    # 0 is among the cuts, so that fitting can always choose to change nothing.
    cuts = np.unique(np.append(np.quantile(logits, np.linspace(0.002, 0.998, 250)), 0.0))
    positive, negative = np.sort(logits[labels == 1]), np.sort(logits[labels != 1])
    true_positives = positive.size - np.searchsorted(positive, cuts, side="right")
    false_positives = negative.size - np.searchsorted(negative, cuts, side="right")
    values = _of_counts(
        metric,
        true_positives,
        false_positives,
        positive.size - true_positives,
        negative.size - false_positives,
    )
    return float(cuts[int(np.argmax(values))])


def _of_counts(metric: str, tp: Array, fp: Array, fn: Array, tn: Array) -> Array:
    """Return a metric of binary decisions for arrays of counts."""
    if metric == "accuracy":
        return tp + tn
    if metric == "balanced_accuracy":
        return tp / np.maximum(tp + fn, 1) + tn / np.maximum(tn + fp, 1)
    if metric == "mcc":
        root = np.sqrt(1.0 * (tp + fp)) * np.sqrt(1.0 * (tp + fn))
        root = root * np.sqrt(1.0 * (tn + fp)) * np.sqrt(1.0 * (tn + fn))
        return (1.0 * tp * tn - 1.0 * fp * fn) / np.maximum(root, 1e-300)
    f1 = 2 * tp / np.maximum(2 * tp + fp + fn, 1)
    return f1 if metric == "f1" else f1 + 2 * tn / np.maximum(2 * tn + fp + fn, 1)


def _temperature(labels: Array, logits: Array) -> float:
    """Minimise the log-loss over one temperature by golden sections of its logarithm."""
    # On the logarithm: halving and doubling the temperature are steps of one size.
    ratio = (math.sqrt(5) - 1) / 2
    low, high = math.log(0.05), math.log(20.0)

    def cost(log_heat: float) -> float:
        return float(np.mean(_nll(labels, logits / math.exp(log_heat))))

    for _ in range(40):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if cost(left) < cost(right):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def platt(labels: Array, logits: Array) -> tuple[float, float] | None:
    """Fit slope and shift of the logits by damped Newton steps; None where they do not converge.

    They do not where a cut separates the classes, so that every steeper slope is better.
    """
    centre, scale = float(logits.mean()), float(logits.std())
    if not (math.isfinite(scale) and scale > 0):
        return None
    unit = (logits - centre) / scale
    line, cost = np.zeros(2), math.log(2.0)
    for _ in range(100):
        chances = 1 / (1 + np.exp(-np.clip(line[0] * unit + line[1], -500, 500)))
        gap, weight = chances - labels, chances * (1 - chances)
        gradient = np.array([np.dot(gap, unit), gap.sum()])
        cross = np.dot(weight, unit)
        curve = np.array([[np.dot(weight, unit**2), cross], [cross, weight.sum()]])
        ridge = 1e-12 * len(labels)
        step = np.linalg.solve(curve + ridge * np.eye(2), gradient)
        step, line, cost, before = *_damped(labels, unit, line, step, cost), cost
        if cost < SEPARATED:
            return None
        if float(np.abs(step).max()) < 1e-8 or before - cost < 1e-15 * cost:
            slope = float(line[0]) / scale
            return slope, float(line[1]) - slope * centre
    return None


def _damped(
    labels: Array, unit: Array, line: Array, step: Array, cost: float
) -> tuple[Array, Array, float]:
    """Halve a Newton step until the log-loss is no greater; return step, line and log-loss."""
    for _ in range(40):
        tried = line - step
        reached = float(np.mean(_nll(labels, tried[0] * unit + tried[1])))
        if reached <= cost:
            return step, tried, reached
        step = 0.5 * step
    return np.zeros(2), line, cost


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
    improvement = improvement_of(
        step, name, before, after, f"add {middle[name](targets - scores):.4g}"
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
    improvement = improvement_of("threshold", name, before, after, f"threshold {best:.3g}")
    return [improvement] if improvement else []


def _of_errors(metric: str, errors: Array, quantile: float) -> float:
    if metric == "rmse":
        return math.sqrt(float(np.mean(errors**2)))
    if metric == "pinball":
        return float(np.mean(np.maximum(quantile * errors, (quantile - 1) * errors)))
    return float(np.median(np.abs(errors)) if metric == "medae" else np.mean(np.abs(errors)))
