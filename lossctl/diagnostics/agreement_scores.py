"""Scores whose inner product with the targets says how well a prediction fits a target.

Negative log-likelihoods are linear in the targets but for a term of the prediction alone: of class
rows −⟨target, log p⟩, of labels softplus(z) − y·z; the squared difference of ranks is too. So one
inner product, the agreement, judges every pairing of rows.
"""

import math

import numpy as np

from lossctl.core.loss import Array
from lossctl.diagnostics.distinct import distinct_counts

LEAST = 1e-12  # of a probability
MOST_LOGIT = -math.log(LEAST)
LEAST_ROWS_OF_RANKS = 20  # in a column that is ranked by itself


def log_probabilities(predictions: Array, *, from_logits: bool, axis: int = -1) -> Array:
    """Return log p of each class, with the axis of classes last."""
    rows = np.moveaxis(np.asarray(predictions, np.float64), axis, -1)
    if not from_logits:
        return np.log(np.clip(rows, LEAST, 1.0))
    with np.errstate(invalid="ignore"):  # rows that are not finite are left out later
        shifted = rows - rows.max(axis=-1, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return np.asarray(np.maximum(logs, math.log(LEAST)))


def log_odds(predictions: Array, *, from_logits: bool) -> Array:
    """Return the logit of each label."""
    values = np.asarray(predictions, np.float64)
    if from_logits:
        return np.clip(values, -MOST_LOGIT, MOST_LOGIT)
    held = np.clip(values, LEAST, 1.0 - LEAST)
    return np.asarray(np.log(held) - np.log1p(-held))


def ranks(values: Array) -> Array:
    """Return the ranks of values (n,) within (−½, ½), of equal values their mean."""
    counts = distinct_counts(values)[1]
    found = np.empty(values.size)
    found[np.argsort(values)] = np.repeat(np.cumsum(counts) - 0.5 * counts, counts)
    return found / max(values.size, 1) - 0.5


def column_ranks(values: Array) -> Array:
    """Return the ranks of values (n,) or (n, …): in each column, of few rows or images in all."""
    values = np.asarray(values, np.float64)
    if values.ndim == 1:
        return ranks(values)
    if values.ndim == 2 and len(values) >= LEAST_ROWS_OF_RANKS:
        return np.stack([ranks(column) for column in values.T], axis=1)
    return ranks(values.ravel()).reshape(values.shape)


def spread(values: Array) -> float:
    """Return a robust standard deviation: of the middle 90 %, or of all where those are equal."""
    low, high = np.quantile(values, [0.05, 0.95])
    return float(high - low) / 3.29 if high > low else float(np.std(values))
