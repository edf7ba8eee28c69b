"""The rows of a sample as pairs whose agreement can be judged, whatever the data look like."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from lossctl.checks.facts import Facts
from lossctl.core.loss import Array
from lossctl.diagnostics.agreement import Pairs, class_pairs, label_pairs, value_pairs
from lossctl.diagnostics.agreement_scores import log_odds, log_probabilities

MOST_POSITIONS = 2_048  # of wide rows, evenly spread: enough to tell rows from each other
MOST_GAP = 64  # between sequences laid one after the other, so that none is shifted into the next


@lru_cache(maxsize=1)
def pairs_of_sample(facts: Facts) -> Pairs | None:
    """Return the rows of the sample as pairs, None where they cannot be judged."""
    sample = facts.sample
    if sample is None or not len(sample):
        return None
    return pair(facts, sample.predictions)


def pair(facts: Facts, predictions: Array, rows: Array | None = None) -> Pairs:
    """Pair predictions (m, K[, C]) with the targets of the sample.

    Parameters
    ----------
    rows
        Numbers of the rows, where they are not those of the sample.
    """
    sample = facts.sample
    assert sample is not None  # noqa: S101 - rules that come here need one
    rows = sample.rows if rows is None else rows
    targets, counts = sample.targets, sample.counts
    if counts.shape[1] > MOST_POSITIONS:
        places = np.linspace(0, counts.shape[1] - 1, MOST_POSITIONS).astype(np.int64)
        predictions, targets, counts = (part[:, places] for part in (predictions, targets, counts))
    if facts.form == "values":
        return _of_values(predictions, targets, counts, rows)
    from_logits = facts.looks in {"logits", "log_probabilities"}
    if facts.form == "items":
        scores = log_odds(predictions, from_logits=from_logits)
        labels = np.where(_fitting(counts, targets), _as_unit(targets), np.nan)
        pairs = label_pairs(_one(scores), _one(labels), rows)
    else:
        scores = log_probabilities(predictions, from_logits=from_logits)
        pairs = class_pairs(_one(scores), _one(_as_classes(targets, counts, facts)), rows)
    # Hard predictions do not say how sure they are.
    return pairs.expecting(None) if facts.looks == "labels" else pairs


def pairs_in_sequences(facts: Facts) -> Pairs | None:
    """Return the tokens of sequences (n, T) as rows one after the other; None for other data."""
    sample = facts.sample
    if sample is None or facts.form != "rows" or len(facts.item_shape) != 2 or sample.by_position:
        return None
    m, length = len(sample), facts.item_shape[1]
    places = np.arange(length) if sample.places is None else sample.places
    scores = log_probabilities(
        sample.predictions, from_logits=facts.looks in {"logits", "log_probabilities"}
    )
    classes = _as_classes(sample.targets, sample.counts, facts)
    rows = (np.arange(m)[:, None] * (length + MOST_GAP) + places).reshape(-1)
    flat = scores.reshape(len(rows), -1)
    return class_pairs(flat, classes.reshape(len(rows), *classes.shape[2:]), rows)


def _of_values(predictions: Array, targets: Array, counts: Array, rows: Array) -> Pairs:
    good = counts.all(axis=1)
    if predictions.shape != targets.shape:
        return value_pairs(rows[:0], rows[:0])
    return value_pairs(_one(predictions[good]), _one(targets[good]), rows[good])


def _one(values: Array) -> Array:
    """Drop the axis of the items of a row where each has one."""
    return values[:, 0] if values.shape[1] == 1 else values


def _fitting(counts: Array, targets: Array) -> Array:
    return counts.reshape(*counts.shape, *(1,) * (targets.ndim - counts.ndim))


def _as_unit(labels: Array) -> Array:
    """Return labels as 0 and 1, whichever two they are; soft labels as they are."""
    finite = labels[np.isfinite(labels)]
    if not finite.size or (finite.min() >= 0.0 and finite.max() <= 1.0):
        return labels
    return np.asarray(labels > 0.5 * (finite.min() + finite.max()), np.float64)


def _as_classes(targets: Array, counts: Array, facts: Facts) -> Array:
    """Return class indices from 0, −1 where ignored; shares of classes as they are."""
    if targets.ndim == 3:
        return np.where(counts[..., None], targets, 0.0)
    classes = facts.classes
    known = counts & (targets >= 0) & (targets <= classes)
    if not known.any():
        return np.full(targets.shape, -1, dtype=np.int64)
    first = int(targets[known].min() >= 1 and targets[known].max() == classes)
    indices = np.where(known, targets - first, -1.0)
    return np.where(indices < classes, indices, -1.0).astype(np.int64)


def sample_is_whole(facts: Facts) -> bool:
    """Whether the sample has every row."""
    sample = facts.sample
    return sample is not None and sample.has_whole_rows and len(sample) == sample.total


def as_saved(facts: Facts, values: Array) -> Array:
    """Return predictions (m, K[, C]) of the sample with the axes of the file, (m, …)."""
    shape = list(facts.predictions.shape[1:])
    if values.ndim == 2 or facts.class_axis is None:
        return values.reshape(len(values), *shape)
    classes = shape.pop(facts.class_axis - 1)
    return np.moveaxis(values.reshape(len(values), *shape, classes), -1, facts.class_axis)


def in_sample(facts: Facts, saved: Array) -> Array:
    """Return predictions with the axes of the file as (m, K[, C]): undo :func:`as_saved`."""
    sample = facts.sample
    assert sample is not None  # noqa: S101 - `as_saved` had one
    if sample.predictions.ndim == 3 and facts.class_axis is not None:
        saved = np.moveaxis(saved, facts.class_axis, -1)
    return saved.reshape(sample.predictions.shape)


def with_inputs_exchanged(facts: Facts) -> str:
    """Return the command with predictions and targets in each other's place."""
    repair, places = facts.repair, facts.repair.places
    if not places:
        return repair.rewrite(predictions="t", targets="p")
    exchanged = {"predictions": places["targets"], "targets": places["predictions"]}
    return replace(repair, places={**places, **exchanged}).compute()
