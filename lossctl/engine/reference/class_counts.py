"""Count the labels: before anything else for balanced weights and priors, or beside the loss.

Before, counts are of items that count at all: a label to ignore and an item of weight 0 are left
out, but other weights do not matter. Beside the loss, a label counts by the weight of its item.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.core.threads import run_blocks
from lossctl.engine.bind.layout import ONE_EACH, Fit, Layout, read_rows
from lossctl.engine.sources import Source


def count_labels(
    targets: Source,
    fit: Fit,
    *,
    weights: Source | None,
    ignore_index: int | None,
    threads: int | None,
) -> Array:
    """Count the labels of every class, but for items of weight 0.

    Returns
    -------
    array
        (C,) for classes, (2,) for one binary label (negatives, positives), (2, L) for labels with
        columns of their own. Soft targets count by their mass.
    """
    layout = fit.layout
    by_row = layout.axes == "item class"

    def work(start: int, stop: int) -> Array:
        lie = layout.lies.get("targets", ONE_EACH)
        labels = read_rows(targets, lie, start, stop, "class")
        mass = np.ones(labels.shape[:1] if by_row else labels.shape)
        if weights is not None:
            rows = read_rows(weights, layout.items_lie, start, stop, "class")
            mass = (rows > 0.0).astype(np.float64)
        if fit.targets == "index":
            return _count_index(labels, mass, layout.columns, ignore_index)
        if by_row:
            rows = np.where(mass[:, None] > 0.0, labels, 0.0).astype(np.float64)
            return np.asarray(np.nansum(rows * mass[:, None], axis=0))
        return _count_binary(labels.astype(np.float64), mass, ignore_index)

    parts = run_blocks(layout.grid(), work, threads)
    counts: Array = np.sum(parts, axis=0)
    return counts


def _count_index(targets: Array, mass: Array, classes: int, ignore_index: int | None) -> Array:
    kept = (targets >= 0) & (targets < classes) & (targets != ignore_index)
    return np.bincount(targets[kept].astype(np.intp), weights=mass[kept], minlength=classes)


def _count_binary(labels: Array, mass: Array, ignore_index: int | None) -> Array:
    kept = (labels >= -1.0) & (labels <= 1.0)
    if ignore_index is not None:
        kept &= labels != ignore_index
    mass = np.where(kept, mass, 0.0)
    positive = np.where(kept, np.clip(labels, 0.0, 1.0), 0.0) * mass
    return np.stack([mass.sum(axis=0) - positive.sum(axis=0), positive.sum(axis=0)])


class Count(NamedTuple):
    """Masses of the classes at `places`: of all of them (...), or of the few that a block holds."""

    places: Any
    masses: Array


def count_block(labels: Array, weights: Array | None, layout: Layout) -> Count:
    """Add the weights of each class of a block, with the labels as its loss takes them.

    Those are indices or distributions a row, or labels 0/1 or −1/+1 an element.
    """
    if layout.axes == "item class":
        return _count_rows(labels, weights, layout.columns)
    signs = labels.size > 0 and labels.min() < 0.0
    weighed = labels if weights is None else labels * weights
    positive = weighed.sum(axis=0, dtype=np.float64)
    whole = len(labels) if weights is None else weights.sum(axis=0)
    positive = 0.5 * (positive + whole) if signs else positive
    return Count(..., np.stack([whole - positive, positive]))


def _count_rows(labels: Array, weights: Array | None, classes: int) -> Count:
    if labels.ndim == 2:
        rows = labels if weights is None else labels * weights[:, None]
        return Count(..., rows.sum(axis=0, dtype=np.float64))
    if len(labels) >= classes:
        masses = np.bincount(labels, weights, minlength=classes)
        return Count(..., masses.astype(np.float64, copy=False))
    places, labels = np.unique(labels, return_inverse=True)
    return Count(places, np.bincount(labels, weights).astype(np.float64, copy=False))


def add_counts(counts: Sequence[Count], layout: Layout) -> Array:
    """Add the counts of blocks in the order of the grid; shaped as those of `count_labels`."""
    columns = max(layout.columns, 1)
    if layout.axes == "item class":
        shape: tuple[int, ...] = (columns,)
    else:
        shape = (2, columns) if layout.columns else (2,)
    total = np.zeros(shape)
    for count in counts:
        total[count.places] += count.masses
    return total


def balanced(counts: Array) -> Array:
    """Return n / (C·n_c): every class weighs the same in total."""
    _require_every_class(counts)
    return counts.sum(axis=0) / (len(counts) * counts)


def effective(beta: float) -> Callable[[Array], Array]:
    """Return (1 − β) / (1 − β^n_c), Cui et al. (2019), arXiv:1901.05555."""

    def weights(counts: Array) -> Array:
        _require_every_class(counts)
        return (1.0 - beta) / -np.expm1(counts * np.log(beta)) if beta else np.ones_like(counts)

    return weights


def _require_every_class(counts: Array) -> None:
    empty = np.flatnonzero(counts == 0.0)
    if len(empty):
        raise DataError(f"class weights cannot be measured: class {empty[0]} has no items")


def named_weights(name: str) -> Callable[[Array], Array]:
    """Return the rule behind ``balanced`` or ``effective:0.999``."""
    if name == "balanced":
        return balanced
    kind, _, number = name.partition(":")
    try:
        beta = float(number)
    except ValueError:
        beta = -1.0
    if kind != "effective" or not 0.0 <= beta < 1.0:
        raise UsageError(
            f"class_weights must be a list, balanced, or effective:β with β in [0, 1), got {name!r}"
        )
    return effective(beta)
