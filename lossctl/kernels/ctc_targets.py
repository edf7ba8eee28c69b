"""Targets and lengths of CTC as the recurrences rely on them, and what may be wrong with them."""

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.loss import Array
from lossctl.kernels.ctc import Batch


def batch_of(
    scores: Array,
    targets: Array,
    input_lengths: Array | None,
    target_lengths: Array | None,
    blank: int,
) -> Batch:
    """Return targets and lengths, already checked by :func:`faults`.

    `scores` are (N, T, C), `targets` (N, S), padded with anything where lengths say so. Without
    lengths every frame counts, and every target up to the first negative one.
    """
    samples, frames, _ = scores.shape
    if input_lengths is None:
        input_lengths = np.full(samples, frames)
    counted = _counted(targets, target_lengths)
    return Batch(
        np.where(counted, targets, blank).astype(np.intp),
        input_lengths.astype(np.intp),
        counted.sum(axis=1),
        blank,
    )


def faults(
    scores: Array,
    targets: Array,
    input_lengths: Array | None,
    target_lengths: Array | None,
    blank: int,
) -> list[tuple[str, Array, str]]:
    """Return what is wrong with targets and lengths: the input, the samples, a message.

    Raises
    ------
    UsageError
        When the blank is not one of the classes.
    """
    _, frames, classes = scores.shape
    if blank >= classes:
        raise UsageError(f"ctc: blank must be a class from 0 to {classes - 1}, got {blank}")
    found = []
    for name, lengths, most, what in (
        ("input_lengths", input_lengths, frames, "frames"),
        ("target_lengths", target_lengths, targets.shape[1], "symbols of a padded target"),
    ):
        if lengths is not None:
            message = f"{name} must be at most the {most} {what}; it is more at {{where}}"
            found.append((name, lengths > most, message))
    counted = _counted(targets, target_lengths)
    strange = counted & ((targets < 0) | (targets >= classes))
    message = f"targets must be classes from 0 to {classes - 1}; one is not at {{where}}"
    found.append(("targets", strange, message))
    blanks = counted & (targets == blank)
    message = f"targets must not hold the blank, {blank}; one does at {{where}}"
    found.append(("targets", blanks, message))
    return [(name, wrong, message) for name, wrong, message in found if wrong.any()]


def per_label(target_lengths: Array) -> Array:
    """Return what PyTorch's mean divides each loss by before it averages: labels, at least 1."""
    return np.maximum(target_lengths, 1)


def _counted(targets: Array, target_lengths: Array | None) -> Array:
    """Mark the targets that count."""
    if target_lengths is None:
        return np.logical_and.accumulate(targets >= 0, axis=1)
    return np.arange(targets.shape[1]) < target_lengths[:, None]
