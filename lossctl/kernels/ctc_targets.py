"""Targets and lengths of CTC, checked: what the recurrences rely on."""

from typing import NoReturn

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.kernels.ctc import Batch


def batch(
    shape: tuple[int, int, int],
    targets: Array,
    input_lengths: Array,
    target_lengths: Array,
    *,
    blank: int = 0,
) -> Batch:
    """Check targets and lengths against scores of shape (T, N, C).

    Parameters
    ----------
    shape
        Frames, samples, classes.
    targets
        (N, S) padded, or (sum(target_lengths),) packed one after another; whole numbers.
        Padding may hold anything.
    input_lengths, target_lengths
        (N,) whole numbers in 0 to T, and in 0 to S.
    blank
        The class that stands for no label.

    Raises
    ------
    DataError
        A shape, a length or a label is wrong; the message names the first sample and what was seen.
    UsageError
        `blank` is not one of the classes.
    """
    frames, samples, classes = shape
    if not 0 <= blank < classes:
        raise UsageError(f"ctc: blank must be a class from 0 to {classes - 1}, got {blank}")
    inputs = _lengths("input_lengths", input_lengths, samples, frames, "the frames of the scores")
    if targets.ndim == 1:
        labels = _lengths("target_lengths", target_lengths, samples, len(targets), "all targets")
        targets = padded(targets, labels)
    elif targets.ndim == 2 and len(targets) == samples:
        labels = _lengths(
            "target_lengths", target_lengths, samples, targets.shape[1], "the width of the targets"
        )
    else:
        raise DataError(
            f"targets: expected ({samples}, S) padded or one packed axis for scores of shape "
            f"{shape}, got shape {targets.shape}"
        )
    return Batch(_labels(targets, labels, classes, blank), inputs, labels, blank)


def padded(packed: Array, target_lengths: Array) -> Array:
    """Turn targets one after another, (sum(target_lengths),), into rows (N, S) filled up with 0."""
    if packed.size != target_lengths.sum():
        raise DataError(
            f"targets: {packed.size} packed labels, but target_lengths add up to "
            f"{target_lengths.sum()}"
        )
    width = int(target_lengths.max(initial=0))
    rows = np.zeros((len(target_lengths), width), packed.dtype)
    rows[np.arange(width) < target_lengths[:, None]] = packed
    return rows


def per_label(target_lengths: Array) -> Array:
    """Return what PyTorch's mean divides each loss by before it averages: labels, at least 1."""
    return np.maximum(target_lengths, 1)


def _lengths(name: str, lengths: Array, samples: int, most: int, limit: str) -> Array:
    """Check one length a sample."""
    if lengths.shape != (samples,):
        raise DataError(f"{name}: expected shape ({samples},), got {lengths.shape}")
    wrong = ~((lengths >= 0) & (lengths <= most) & (lengths == np.floor(lengths)))
    if wrong.any():
        first = int(wrong.argmax())
        raise DataError(
            f"{name}: sample {first} has {lengths[first]}; "
            f"it must be a whole number from 0 to {most}, {limit}"
        )
    return lengths.astype(np.intp)


def _labels(targets: Array, target_lengths: Array, classes: int, blank: int) -> Array:
    """Check the labels that count and return them as indices, with the blank as padding."""
    counted = np.arange(targets.shape[1]) < target_lengths[:, None]
    labels = np.where(counted, targets, blank)
    wrong = ~((labels >= 0) & (labels < classes) & (labels == np.floor(labels)))
    if wrong.any():
        _refuse(labels, wrong, f"it must be a class from 0 to {classes - 1}")
    found = labels.astype(np.intp)
    blanks = counted & (found == blank)
    if blanks.any():
        _refuse(found, blanks, "that is the blank, which targets must not hold")
    return found


def _refuse(labels: Array, wrong: Array, why: str) -> NoReturn:
    """Name the first label at fault."""
    sample, place = np.argwhere(wrong)[0]
    raise DataError(
        f"targets: sample {sample} has {labels[sample, place]} at position {place}; {why}"
    )
