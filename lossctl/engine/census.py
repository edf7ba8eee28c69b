"""Count the labels before anything else: for balanced weights and measured class priors.

Counts are of items that count at all: a label to ignore and an item of weight 0 are left out, but
other weights do not matter, unless labels are to be weighed.
"""

from collections.abc import Callable

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.engine.shapes import Fit
from lossctl.engine.sources import Source
from lossctl.engine.threads import run_blocks


def count_labels(
    targets: Source,
    fit: Fit,
    *,
    weights: Source | None,
    ignore_index: int | None,
    threads: int | None,
    weighed: bool = False,
) -> Array:
    """Count the labels of every class, but for items of weight 0; or add their weights (`weighed`).

    Returns
    -------
    array
        (C,) for classes, (2,) for one binary label (negatives, positives), (2, L) for labels with
        columns of their own. Soft targets count by their mass.
    """

    def work(start: int, stop: int) -> Array:
        labels = _read(targets, fit, start, stop)
        mass = np.ones(labels.shape[:1] if fit.layout.form == "row" else labels.shape)
        if weights is not None:
            mass = _read(weights, fit, start, stop).astype(np.float64)
            mass = mass if weighed else (mass > 0.0).astype(np.float64)
        if fit.targets == "index":
            return _count_index(labels, mass, fit.layout.columns, ignore_index)
        if fit.layout.form == "row":
            rows = np.where(mass[:, None] > 0.0, labels, 0.0).astype(np.float64)
            return np.asarray(np.nansum(rows * mass[:, None], axis=0))
        return _count_binary(labels.astype(np.float64), mass, ignore_index)

    parts = run_blocks(fit.layout.grid(), work, threads)
    counts: Array = np.sum(parts, axis=0)
    return counts


def _read(source: Source, fit: Fit, start: int, stop: int) -> Array:
    """Read rows of an array with one element a row, or shaped like the predictions."""
    one_each = len(source.shape) == len(fit.layout.item_shape) and fit.layout.form == "row"
    return source.read(start, stop) if one_each else fit.layout.read(source, start, stop)


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
