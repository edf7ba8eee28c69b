"""Inputs in each other's place, and losses given targets of another kind than they are for."""

import math

import numpy as np

from lossctl.core.lazy import record
from lossctl.core.loss import Array
from lossctl.diagnostics.agreement import relation, value_pairs

LEAST_ROWS = 8
LEAST_FRACTIONS = 0.5  # of the values: the others may be saturated
MOST_CLASSES = 100
LEAST_SHARE = 0.25  # of the rarest class, of what it would have were all alike
SEEN = 6.0  # standard deviations of the permutations


@record(frozen=True)
class Swap:
    """Predictions that look like targets and targets that look like predictions.

    Attributes
    ----------
    distinct
        Distinct values of the predictions.
    fractions
        Share of the targets that are no whole numbers.
    what
        ``labels and probabilities`` or ``counts and values``.
    """

    what: str
    distinct: int
    fractions: float


def find_swap(predictions: Array, targets: Array) -> Swap | None:
    """Return why predictions and targets of one shape seem to be exchanged, None if they do not."""
    if predictions.size < LEAST_ROWS or not _are_whole(predictions) or _are_whole(targets):
        return None
    distinct = len(np.unique(predictions))
    fractions = float(np.mean(targets != np.rint(targets)))
    if fractions < LEAST_FRACTIONS:
        return None
    if targets.min() >= 0.0 and targets.max() <= 1.0:
        labels = set(np.unique(predictions).tolist()) <= {0.0, 1.0}
        return Swap("labels and probabilities", distinct, fractions) if labels else None
    counts = distinct > 2 and _are_counts(predictions, targets)
    return Swap("counts and values", distinct, fractions) if counts else None


def _are_whole(values: Array) -> bool:
    return bool(np.all(values == np.rint(values)))


def _are_counts(predictions: Array, targets: Array) -> bool:
    """Whether the whole numbers vary more than the values, to which they are related.

    A conditional mean varies less than what it predicts.
    """
    if not predictions.std() > 1.05 * targets.std():
        return False
    return relation(value_pairs(np.asarray(predictions, np.float64), targets)).seen > SEEN


@record(frozen=True)
class Labels:
    """Targets that are class labels: how many classes, and the share of the rarest."""

    classes: int
    rarest: float


def find_labels(values: Array, counts: Array) -> Labels | None:
    """Return the classes of targets with these whole values, ascending, and counts of each.

    None for values that are not 0 … C − 1, and for counts, which have a tail of rare values.
    """
    classes = len(values)
    if not 2 <= classes <= MOST_CLASSES or values[0] != 0 or values[-1] != classes - 1:
        return None
    fewest, total = float(counts.min()), float(counts.sum())
    surely = fewest - 2.0 * math.sqrt(fewest)  # the tail of few counts may look even by chance
    if classes > 2 and surely < LEAST_SHARE / classes * total:
        return None
    return Labels(classes, fewest / total)


@record(frozen=True)
class Divergence:
    """Which argument of a divergence is hard: shares of rows with a probability of 1."""

    hard_predictions: float
    hard_targets: float


def find_swapped_divergence(predictions: Array, targets: Array) -> Divergence | None:
    """Return how hard rows of probabilities (n, C) and targets (n, C) are, where exchanged."""
    if predictions.shape != targets.shape or predictions.ndim != 2 or len(targets) < LEAST_ROWS:
        return None
    if not (_are_shares(predictions) and _are_shares(targets)):
        return None
    hard = [float(np.mean(rows.max(axis=1) >= 1.0)) for rows in (predictions, targets)]
    if hard[0] < 0.9 or hard[1] > 0.1:
        return None
    return Divergence(*hard)


def _are_shares(rows: Array) -> bool:
    rows = np.asarray(rows, np.float64)
    good = np.isfinite(rows).all() and rows.min() >= 0.0
    return bool(good and np.allclose(rows.sum(axis=1), 1.0, atol=1e-3))
