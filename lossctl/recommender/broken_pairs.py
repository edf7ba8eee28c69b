"""Predictions that cannot belong to their targets: of other rows, or of exchanged labels.

They are worse than chance and do not order the items, or fit the targets of other rows, or of
other classes, far better than their own. Overconfident predictions are worse than chance too, but
order the items.
"""

from collections.abc import Callable

import numpy as np

from lossctl.core.loss import Array
from lossctl.core.spelling import plural
from lossctl.diagnostics.agreement import Pairs, class_pairs, label_pairs, relation, value_pairs
from lossctl.diagnostics.agreement_scores import log_odds, log_probabilities
from lossctl.diagnostics.class_matching import area, find_inversion, find_matching
from lossctl.diagnostics.row_shifts import find_shift, follows_the_past
from lossctl.recommender.data_summary import DataSummary, class_axis
from lossctl.recommender.measure_labels import kind_of_predictions
from lossctl.recommender.post_hoc import score

LEAST_ITEMS = 20
MOST_VALUES = 200_000
MOST_PAIRED = 16_384  # rows, one after the other, that are paired with those of other rows
WORSE = 1.05  # times the loss of the best constant
SURE = 2.0  # standard deviations of all pairings


def fault_of(task: str, summary: DataSummary) -> str:
    """Say what is wrong with the predictions of a task, or nothing."""
    if summary.scores is None:
        return ""
    if task == "regression":
        return _fault_of_values(summary)
    if task in {"classification", "segmentation"}:
        return _fault_of_labels(summary)
    return ""


def _fault_of_values(summary: DataSummary) -> str:
    assert summary.scores is not None  # noqa: S101 - the caller has looked
    if summary.scores.shape != summary.targets.shape:
        return ""
    targets, scores = np.ravel(summary.targets), np.ravel(summary.scores)
    good = np.isfinite(targets) & np.isfinite(scores)
    targets, scores = targets[good], scores[good]
    if targets.size < LEAST_ITEMS or not targets.std() or not scores.std():
        return ""
    error, variance = float(np.mean((scores - targets) ** 2)), float(targets.var())
    pairs = value_pairs(scores, targets)
    correlation = float(np.corrcoef(pairs.scores, pairs.targets)[0, 1])
    measured = (
        f"MSE {error:.4g}, of the mean of the targets {variance:.4g}; rank correlation "
        f"{correlation:.2f}"
    )
    sureness, first = relation(pairs).seen, value_pairs(scores[:MOST_PAIRED], targets[:MOST_PAIRED])
    return _text(measured, error > WORSE * variance, sureness, first, _reversed_sign)


def _reversed_sign(_: Pairs, sureness: float) -> str:
    return "reversed sign" if sureness <= -SURE else ""


def _fault_of_labels(summary: DataSummary) -> str:
    labels, logits = _labels_and_logits(summary)
    if len(labels) < LEAST_ITEMS or len(np.unique(labels)) < 2:
        return ""
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    loss, constant = score("log_loss", labels, logits), float(-(shares * np.log(shares)).sum())
    sureness = relation(_paired(labels, logits)).seen
    if logits.ndim == 1:
        what = f"AUC {area(logits, labels == 1):.2f}"
    else:
        decided = np.argmax(logits, axis=1)
        predicted = np.bincount(decided, minlength=logits.shape[1]) / len(labels)
        actual = np.bincount(labels, minlength=logits.shape[1]) / len(labels)
        hits, by_chance = float(np.mean(decided == labels)), float(predicted @ actual)
        what = f"accuracy {hits:.2f}, expected by chance {by_chance:.2f}"
    measured = f"log loss {loss:.4g}, of the class shares {constant:.4g}; {what}"
    first = _paired(labels[:MOST_PAIRED], logits[:MOST_PAIRED])
    return _text(measured, loss > WORSE * constant, sureness, first, _exchanged)


def _paired(labels: Array, logits: Array) -> Pairs:
    if logits.ndim == 1:
        return label_pairs(log_odds(logits, from_logits=True), labels)
    return class_pairs(log_probabilities(logits, from_logits=True), labels)


def _exchanged(pairs: Pairs, sureness: float) -> str:
    if not pairs.are_classes:
        found = find_inversion(pairs) is not None or sureness <= -SURE
        return "exchanged labels" if found else ""
    return "exchanged columns" if find_matching(pairs) is not None or sureness <= -SURE else ""


def _text(
    measured: str,
    worse: bool,  # noqa: FBT001
    sureness: float,
    pairs: Pairs,
    exchanged: Callable[[Pairs, float], str],
) -> str:
    """Say what is wrong: `exchanged` names parts of the predictions in each other's place."""
    shift = find_shift(pairs)
    if shift is not None and not follows_the_past(pairs, shift):
        side = "after" if shift.lag > 0 else "before"
        rows = plural(abs(shift.lag), "row")
        cause = f"rows in another order (predictions fit the targets {rows} {side} them)"
    else:
        cause = exchanged(pairs, sureness if worse else 0.0)
        if not cause and (not worse or sureness >= SURE):
            return ""
        cause = cause or "a wrong file, or rows in another order"
    said = "worse than chance" if worse else "not of the rows of their targets"
    return (
        f"the predictions are {said} ({measured}): {cause}? No post-hoc step is evaluated on them"
    )


def _labels_and_logits(summary: DataSummary) -> tuple[Array, Array]:
    """Return labels (n,) and logits (n,) or (n, C) of those that count; none for other layouts."""
    assert summary.scores is not None  # noqa: S101 - the caller has looked
    assert summary.score_shape is not None  # noqa: S101 - they have a shape
    nothing = np.empty(0, dtype=np.int64), np.empty(0)
    kind, targets, scores = kind_of_predictions(summary), summary.targets, summary.scores
    axis = class_axis(summary.shape, summary.score_shape)
    rows = axis is None and targets.ndim == 2 and summary.one_hot
    if kind == "labels" or (axis is None and targets.shape != scores.shape):
        return nothing
    if axis is not None:
        scores = np.moveaxis(scores, axis, -1).reshape(-1, scores.shape[axis])
    scores = scores if axis is not None or rows else np.ravel(scores)
    labels = np.argmax(targets, axis=1) if rows else np.ravel(targets)
    step = max(len(labels) // MOST_VALUES, 1)
    labels, scores = labels[::step], scores[::step]
    good = np.isfinite(labels) & np.isfinite(scores.reshape(len(scores), -1)).all(axis=1)
    labels, scores = labels[good], scores[good]
    if not len(labels):
        return nothing
    if scores.ndim == 1:
        if len(np.unique(labels)) != 2:
            return nothing
        labels = (labels == labels.max()).astype(np.int64)
    else:
        labels = labels - (labels.min() == 1 and labels.max() == scores.shape[1])
        if labels.min() < 0 or labels.max() >= scores.shape[1]:
            return nothing
        labels = labels.astype(np.int64)
    return labels, _logits(scores) if kind == "probabilities" else scores


def _logits(probabilities: Array) -> Array:
    held = np.clip(probabilities, 1e-12, 1 - 1e-12)
    return np.log(held) - np.log1p(-held) if held.ndim == 1 else np.log(held)
