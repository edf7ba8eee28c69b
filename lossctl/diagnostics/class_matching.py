"""Classes whose order differs between predictions and targets, and inverted binary labels.

A matching of classes is found on half of the rows and judged on the other half. It is compared by
scores less their means, so that predictions of other shares of classes are no other order.
"""

import math

import numpy as np

from lossctl.core.lazy import record
from lossctl.core.loss import Array
from lossctl.diagnostics.agreement import Pairs, relation
from lossctl.diagnostics.agreement_scores import ranks
from lossctl.diagnostics.row_shifts import standardized

LEAST_RISE = 0.15  # of the accuracy
FAR = 6.0  # standard errors
LEAST_ROWS = 20
LEAST_IMAGES = 4


@record(frozen=True)
class Matching:
    """The order of classes that fits.

    Attributes
    ----------
    columns
        The column of the predictions that belongs to each class of the targets.
    accuracy, matched
        Share of rows whose class is predicted, as it is and in this order.
    gain
        Standard errors by which the loss falls.
    """

    columns: tuple[int, ...]
    accuracy: float
    matched: float
    gain: float


@record(frozen=True)
class Inversion:
    """Labels 0 and 1 that are exchanged: the area under the ROC curve, and the fall of the loss."""

    auc: float
    gain: float


def find_matching(pairs: Pairs) -> Matching | None:
    """Return the order of classes that fits far better than the present one, None for none."""
    scores, labels = _rows_of_classes(pairs)
    n, classes = scores.shape
    if n < LEAST_ROWS or classes < 2:
        return None
    predicted = np.argmax(scores, axis=1)
    accuracy = float(np.mean(predicted == labels))
    if accuracy > 1.0 - LEAST_RISE:
        return None
    confusion = np.zeros((classes, classes))
    np.add.at(confusion, (labels, predicted), 1.0)
    if confusion.max(axis=1).sum() / n < accuracy + LEAST_RISE:
        return None
    columns = _best_order(confusion)
    matched = float(confusion[np.arange(classes), columns].sum()) / n
    if matched < accuracy + LEAST_RISE:
        return None
    gain = _held_out_gain(scores, labels, predicted, classes)
    if gain < FAR:
        return None
    return Matching(tuple(int(column) for column in columns), accuracy, matched, gain)


def _rows_of_classes(pairs: Pairs) -> tuple[Array, Array]:
    """Return scores (m, C) and labels (m,) of single rows: pixels and tokens are rows too."""
    classes = pairs.scores.shape[-1]
    if not pairs.are_classes:
        return pairs.scores.reshape(-1, classes), np.argmax(pairs.targets, -1).reshape(-1)
    labels = pairs.targets.reshape(-1)
    counted = labels >= 0
    return pairs.scores.reshape(-1, classes)[counted], labels[counted]


def _best_order(confusion: Array) -> Array:
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - only where it may help

    # Classes that are matched equally well stay where they are.
    held = confusion + 1e-6 * np.eye(len(confusion))
    return np.asarray(linear_sum_assignment(held, maximize=True)[1])


def _held_out_gain(scores: Array, labels: Array, predicted: Array, classes: int) -> float:
    """Return by how many standard errors the order found on half of the rows fits the others."""
    half = np.arange(len(labels)) % 2 == 0
    confusion = np.zeros((classes, classes))
    np.add.at(confusion, (labels[half], predicted[half]), 1.0)
    columns = _best_order(confusion)
    rest, own = scores[~half], labels[~half]
    every = np.arange(len(own))
    plain = rest[every, columns[own]] - rest[every, own]
    centred = rest - rest.mean(axis=0)
    shape = centred[every, columns[own]] - centred[every, own]
    return min(standardized(plain), standardized(shape))


def find_inversion(pairs: Pairs) -> Inversion | None:
    """Return how labels 0 and 1 are exchanged, None where they are not.

    Both must hold: the order of the scores is reversed, and the loss of 1 − p is far lower.
    """
    scores, labels = _binary(pairs)
    if len(scores) < (LEAST_ROWS if scores.ndim == 1 else LEAST_IMAGES):
        return None
    order = relation(Pairs(scores, labels, pairs.rows))
    flat, hard = scores.reshape(-1), labels.reshape(-1) > 0.5
    if hard.all() or not hard.any() or (scores.ndim == 1 and not order.seen < -FAR):
        return None
    differences = scores * (1.0 - 2.0 * labels)
    gain = standardized(differences.reshape(len(differences), -1).mean(axis=1))
    auc = area(flat, hard)
    if gain < FAR or not _reversed(auc, hard):
        return None
    return Inversion(auc, gain)


def _binary(pairs: Pairs) -> tuple[Array, Array]:
    if pairs.are_classes and pairs.scores.shape[-1] == 2:
        scores = pairs.scores[..., 1] - pairs.scores[..., 0]
        return scores, np.asarray(pairs.targets, np.float64)
    if pairs.are_classes:
        return np.empty(0), np.empty(0)
    return pairs.scores, pairs.targets


def area(scores: Array, positive: Array) -> float:
    """Return the area under the ROC curve."""
    ones = int(np.count_nonzero(positive))
    others = len(positive) - ones
    return float(ranks(scores)[positive].mean() * len(scores) / others + 0.5) if others else 0.5


def _reversed(auc: float, positive: Array) -> bool:
    ones = int(np.count_nonzero(positive))
    error = math.sqrt((len(positive) + 1) / (12.0 * ones * (len(positive) - ones)))
    return auc < 0.5 - FAR * error and auc < 0.4
