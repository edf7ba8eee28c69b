"""Fits of decisions to a metric of them: a threshold, or an offset of each class."""

import math

import numpy as np

from lossctl.core.loss import Array

STRENGTHS = np.linspace(0, 1.5, 7)  # of a correction by the logarithms of the class shares
MOST_FITTED = 5000  # items that offsets of classes are fitted on
CUTS = 40
LEAST_GAIN = 1e-9
SURE_OF_TUNED = 3.0  # standard errors by which a threshold that was tuned must be better


def of_decisions(metric: str, labels: Array, decided: Array) -> float:
    """Return a metric of class decisions."""
    if metric == "accuracy":
        return float(np.mean(labels == decided))
    classes = int(max(labels.max(), decided.max())) + 1
    actual = np.bincount(labels, minlength=classes)
    predicted = np.bincount(decided, minlength=classes)
    true_positives = np.bincount(labels[labels == decided], minlength=classes)
    if metric == "mcc":
        n, right = float(len(labels)), float(true_positives.sum())
        sides = [n * n - float(np.sum(np.square(1.0 * side))) for side in (predicted, actual)]
        spread = sides[0] * sides[1]
        joint = right * n - float(np.dot(1.0 * actual, predicted))
        return joint / math.sqrt(spread) if spread > 0 else 0.0
    if metric == "balanced_accuracy":
        present = actual > 0
        return float(np.mean(true_positives[present] / actual[present]))
    sizes = np.maximum(actual + predicted, 1)
    if metric == "f1":
        return float(2 * true_positives[-1] / sizes[-1])
    present = actual + predicted > 0
    return float(np.mean(2 * true_positives[present] / sizes[present]))


def best_threshold(metric: str, labels: Array, logits: Array) -> float:
    """Return the cut on the logits for a metric: that of the probabilities, or a better one.

    The cut at which the metric is best on the labels is the best of many, so it gains less on
    others. That of the probabilities (`expected_threshold`) needs no labels, and is taken unless
    the tuned one is better by `SURE_OF_TUNED` standard errors, as where scores are no
    probabilities (the two approaches of Ye et al. 2012, arXiv:1206.4625).
    """
    cuts = _cuts(logits)
    counts = _counts(labels == 1, logits, cuts)
    values = _of_counts(metric, *counts)
    tuned = int(np.argmax(values))
    expected = int(np.argmin(np.abs(cuts - expected_threshold(metric, labels, logits))))
    error = _error_of_change(metric, [each[[expected, tuned]] for each in counts])
    surely = values[tuned] - values[expected] > SURE_OF_TUNED * error
    return float(cuts[tuned if surely else expected])


def expected_threshold(metric: str, labels: Array, logits: Array) -> float:
    """Return the cut on the logits at which the metric that their probabilities expect is best.

    For balanced accuracy that is the share of positives, of which the labels tell more.
    """
    if metric == "balanced_accuracy":
        share = float(np.mean(labels == 1))
        return math.log(share / (1 - share))
    cuts = _cuts(logits)
    chances = 1 / (1 + np.exp(-np.clip(logits, -500, 500)))
    order = np.argsort(logits, kind="stable")
    at = np.searchsorted(logits[order], cuts, side="right")
    below = np.append(0.0, np.cumsum(chances[order]))
    positives, missed = below[-1], below[at]
    decided = len(logits) - at
    true_positives = positives - missed
    values = _of_counts(metric, true_positives, decided - true_positives, missed, at - missed)
    return float(cuts[int(np.argmax(values))])


def _cuts(logits: Array) -> Array:
    # 0 is among the cuts, so that fitting can always choose to change nothing.
    return np.unique(np.append(np.quantile(logits, np.linspace(0.002, 0.998, 250)), 0.0))


def _counts(positive: Array, logits: Array, cuts: Array) -> tuple[Array, Array, Array, Array]:
    """Return true and false positives, false and true negatives at each cut."""
    of_positive, of_negative = np.sort(logits[positive]), np.sort(logits[~positive])
    true_positives = of_positive.size - np.searchsorted(of_positive, cuts, side="right")
    false_positives = of_negative.size - np.searchsorted(of_negative, cuts, side="right")
    return (
        true_positives, false_positives,
        of_positive.size - true_positives, of_negative.size - false_positives,
    )  # fmt: skip


def _error_of_change(metric: str, counts: list[Array]) -> float:
    """Return the standard error of what a metric gains between two cuts, of counts (2,) each.

    Only the items between the cuts change; those of either class are taken as a Poisson number.
    """
    tp, fp, fn, tn = counts
    old = _of_counts(metric, *(each[:1] for each in counts))
    errors = []
    for moved, changed in (
        (tp[1] - tp[0], (tp[1:], fp[:1], fn[1:], tn[:1])),
        (fp[1] - fp[0], (tp[:1], fp[1:], fn[:1], tn[1:])),
    ):
        gain = _of_counts(metric, *changed) - old
        errors.append(float(gain[0]) / math.sqrt(max(abs(int(moved)), 1)))
    return math.hypot(*errors)


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


def log_shares(labels: Array, classes: int) -> Array:
    """Return the logarithms of the shares of the classes; of those without items, of one item."""
    counts = np.bincount(labels, minlength=classes)
    return np.log(np.maximum(counts, 1) / len(labels))


def best_strength(metric: str, labels: Array, logits: Array) -> tuple[float, Array]:
    """Return how much of the log shares to take from the scores, and the offsets of that."""
    shares = log_shares(labels, logits.shape[1])
    reached = [
        of_decisions(metric, labels, np.argmax(logits - tau * shares, axis=1)) for tau in STRENGTHS
    ]
    tau = float(STRENGTHS[int(np.argmax(reached))])
    return tau, -tau * shares


def best_offsets(metric: str, labels: Array, logits: Array) -> Array:
    """Return offsets of the classes, (C,), found one class after the other from those of shares."""
    step = -(-len(labels) // MOST_FITTED)
    labels, logits = labels[::step], logits[::step]
    offsets = best_strength(metric, labels, logits)[1]
    reached = of_decisions(metric, labels, np.argmax(logits + offsets, axis=1))
    for k in np.argsort(np.bincount(labels, minlength=logits.shape[1]), kind="stable"):
        others = logits + offsets
        others[:, k] = -np.inf
        second, highest = np.argmax(others, axis=1), others.max(axis=1)
        needed = highest - logits[:, k]  # an offset above it decides for k
        for cut in np.unique(np.quantile(needed, (np.arange(CUTS) + 0.5) / CUTS)):
            value = of_decisions(metric, labels, np.where(needed < cut, k, second))
            if value > reached + LEAST_GAIN:
                reached, offsets = value, offsets.copy()
                offsets[k] = cut
    return np.asarray(offsets - offsets.mean())
