"""Targets of multi-class losses: an index (n,) with what it picks, or a distribution (n, C)."""

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.block_cache import once_a_block


def is_index(targets: Array) -> bool:
    """Whether the targets are class indices rather than distributions."""
    return targets.ndim == 1


@once_a_block
def are_hard(targets: Array) -> bool:
    """Whether all targets are 0 or 1, which shortens formulas; of soft ones the first few tell."""
    return all(bool(((t == 0.0) | (t == 1.0)).all()) for t in (targets[:64], targets))


def one_hot(classes: Array, like: Array) -> Array:
    """Return indices as rows of 0 and 1, shaped, typed and laid out in memory like `like`."""
    rows = np.zeros_like(like)
    rows.T[classes, np.arange(len(classes))] = 1.0
    return rows


@once_a_block
def distribution(targets: Array, like: Array) -> Array:
    """Return the targets as rows of probabilities shaped and typed like the predictions `like`."""
    return one_hot(targets, like) if is_index(targets) else targets


def smoothed_distribution(targets: Array, smoothing: float) -> Array:
    """Move a share of each row's mass to all its classes alike: (1−ε)·t + ε/C."""
    return (1.0 - smoothing) * targets + smoothing / targets.shape[1]


def places(rows: Array, classes: Array) -> tuple[Array, Array]:
    """Return `rows` flattened in memory order, and where ``rows[i, classes[i]]`` stands in it.

    One index into flat memory is read twice as fast as a pair of indices.
    """
    count, width = rows.shape
    if rows.flags.f_contiguous:
        return rows.reshape(-1, order="F"), classes * count + np.arange(count)
    return rows.reshape(-1), np.arange(0, count * width, width) + classes


def pick(rows: Array, classes: Array) -> Array:
    """Return ``rows[i, classes[i]]`` for every row."""
    flat, at = places(rows, classes)
    return flat[at]


def put(rows: Array, classes: Array, values: Array | float) -> None:
    """Set ``rows[i, classes[i]]`` for every row, in place; `rows` is contiguous."""
    flat, at = places(rows, classes)
    flat[at] = values
