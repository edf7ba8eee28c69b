"""Read labels in their encoding and refuse those outside their range.

Encodings: ``labels`` 0/1 (or soft) an element; ``index`` the class of a row; ``one_hot`` a
distribution a row.
"""

import numpy as np

from lossctl.core.loss import Array
from lossctl.engine.measured import Measured
from lossctl.engine.reader import BlockReader
from lossctl.engine.shapes import mass_tolerance
from lossctl.engine.sources import Source
from lossctl.kernels.numeric.rows import row_sums


def read_labels(look: BlockReader, source: Source) -> tuple[Measured, Array | None]:
    """Return the targets, and the mask of items whose label is ignored (None for none)."""
    plan = look.plan
    index = plan.fit.targets == "index"
    targets = Measured(look.reader.flat(source) if index else look.matrix(source))
    label = plan.options.ignore_index
    if (
        plan.fit.targets in {"one_hot", "label_rows"}
        or label is None
        or not targets.may_hold(label)
    ):
        return targets, None
    ignored = targets.values == label
    return targets, ignored if ignored.any() else None


def check_labels(look: BlockReader, targets: Measured) -> Array:
    """Record labels outside their range; return them as the loss takes them."""
    if look.plan.fit.targets == "index":
        return _check_index(look, targets)
    if look.plan.fit.targets == "one_hot":
        return _check_rows(look, targets)
    if look.plan.fit.targets == "signs":
        return _check_signs(look, targets)
    _check_unit(look, targets)
    return targets.values


def _check_unit(look: BlockReader, measured: Measured) -> None:
    if measured.in_unit:
        return
    targets = measured.values
    signs = ((targets == 1.0) | (targets == -1.0)).all()
    advice = (
        "must be 0 or 1 (or between); labels -1 and +1 become that by (t + 1) / 2"
        if signs
        else "must lie in [0, 1]"
    )
    _blame(look, targets, (targets < 0.0) | (targets > 1.0), advice)


def _check_signs(look: BlockReader, measured: Measured) -> Array:
    """Return labels -1 and +1; 0 and 1 are mapped to them, but not both spellings in one array."""
    targets = measured.values
    if (targets * targets == 1.0).all():
        look.evidence.labels |= {-1.0} if measured.low < 0.0 else set()
        return targets
    wrong = (targets != 1.0) & (targets != 0.0) & (targets != -1.0)
    _blame(look, targets, wrong, "must be -1 and +1, or 0 and 1")
    look.evidence.labels |= {label for label in (0.0, -1.0) if (targets == label).any()}
    return 2.0 * (targets > 0.0).astype(targets.dtype) - 1.0


def _check_index(look: BlockReader, measured: Measured) -> Array:
    classes, targets = look.layout.columns, measured.values
    if targets.dtype.kind == "b":
        return targets.astype(np.intp)
    if targets.dtype.kind == "f":
        fractional = (np.floor(targets) != targets) & ~np.isnan(targets)
        _blame(look, targets, fractional, "must be whole numbers, the index of the true class")
    if measured.low >= 0 and measured.high < classes and not look.evidence.faults:
        return targets.astype(np.intp, copy=False)
    advice = f"must be a class index from 0 to {classes - 1}; a label to leave out is ignore_index"
    _blame(look, targets, (targets < 0) | (targets >= classes), advice)
    return np.zeros(len(targets), np.intp)


def _check_rows(look: BlockReader, measured: Measured) -> Array:
    """Check soft or one-hot rows; return exact one-hot rows as indices."""
    targets = measured.values
    if not measured.in_unit:
        wrong: Array = (targets < 0.0) | (targets > 1.0)
        _blame(
            look, targets, np.logical_or.reduce(wrong, axis=1), "must lie in [0, 1] in every class"
        )
        return targets
    mass = row_sums(targets)
    loose = np.abs(mass - 1.0) > mass_tolerance(look.plan.sources["targets"].dtype)
    advice = "rows must sum to 1 (for several labels at once use bce or task multilabel)"
    _blame(look, mass, loose, advice)
    hard = (mass == 1.0).all() and ((targets == 0.0) | (targets == 1.0)).all()
    return targets.argmax(axis=1) if hard else targets


def _blame(look: BlockReader, values: Array, wrong: Array, advice: str) -> None:
    source = look.plan.sources["targets"]
    look.blame(source, wrong, f"targets {advice}, got {{value}} at {{where}}", values=values)
