"""Prepare one block: read, cast, leave out what does not count, collect evidence and faults.

Loss functions see clean arrays only. An item that does not count keeps its place with a harmless
value and weight 0, so shapes, gradients and per-item values stay aligned with the data.
"""

from collections.abc import Sequence

import numpy as np

from lossctl.core.loss import Array
from lossctl.engine.block import Block
from lossctl.engine.columns import check_inputs, fill, read_inputs
from lossctl.engine.evidence import Evidence
from lossctl.engine.masks import count, either, unless_blank
from lossctl.engine.measured import Measured
from lossctl.engine.numbers import read_numbers, read_weights
from lossctl.engine.plan import Plan
from lossctl.engine.reader import BlockReader, Reader, nan_message
from lossctl.engine.record_blocks import prepare_records
from lossctl.engine.shapes import mass_tolerance
from lossctl.kernels.numeric.rows import row_sums


def prepare(plan: Plan, reader: Reader, *, seek_nan: bool = True) -> Block:
    """Prepare the block of a plan; without `seek_nan` the inputs are taken to hold no NaN."""
    if plan.fit.layout.form == "record":
        return prepare_records(plan, reader)
    look = BlockReader(plan, reader)
    columns, ignored = read_inputs(look)
    weights = read_weights(look)
    if weights is not None:
        ignored = either(ignored, unless_blank(weights == 0.0))  # no mask, no copy of the inputs
    holes = _holes(look, columns, ignored) if seek_nan else None
    skip = _apply_nan_policy(look, columns, holes, ignored)
    if skip is not None:
        columns = fill(plan, columns, skip)
        weights = np.where(skip, 0.0, 1.0 if weights is None else weights)
    if holes is not None and plan.options.nan == "propagate":
        columns = fill(plan, columns, holes, score=np.nan)
    _observe(look, columns[0], columns[-1], skip)
    arrays = check_inputs(look, columns)
    left_out, omitted = count(ignored), count(holes) if plan.options.nan == "omit" else 0
    width = 1 if look.layout.form == "row" else max(look.layout.columns, 1)
    items = (reader.stop - reader.start) * width - left_out - omitted
    return Block(
        reader.start, reader.stop, arrays, weights, items, left_out, omitted, look.evidence
    )


def first_look(plan: Plan, reader: Reader) -> Evidence:
    """Return what a first guess at the kind of the predictions needs: their range at least."""
    if plan.fit.layout.form == "record":
        return prepare_records(plan, reader).evidence
    look = BlockReader(plan, reader)
    scores = Measured(read_numbers(look, plan.sources[plan.loss.inputs[0].name]))
    look.evidence.low, look.evidence.high = scores.finite_extent()
    return look.evidence


def _holes(look: BlockReader, columns: Sequence[Measured], ignored: Array | None) -> Array | None:
    """Mark the items that count and hold a NaN; None when there are none."""
    holes = None
    for column in columns:
        holes = either(holes, _nan_mask(look, column))
    if holes is not None and ignored is not None:
        holes &= ~ignored
    return holes if holes is not None and holes.any() else None


def _nan_mask(look: BlockReader, column: Measured) -> Array | None:
    """Mark NaN by item; None when there is none."""
    if not column.has_nan:
        return None
    mask: Array = np.isnan(column.values)
    by_row = look.layout.form == "row" and mask.ndim == 2
    return np.logical_or.reduce(mask, axis=1) if by_row else mask


def _apply_nan_policy(
    look: BlockReader, columns: Sequence[Measured], holes: Array | None, ignored: Array | None
) -> Array | None:
    """Return the mask of items to leave out; record NaN as a fault when the policy is to raise."""
    if holes is None or look.plan.options.nan == "propagate":
        return ignored
    if look.plan.options.nan == "omit":
        return either(ignored, holes)
    first = tuple(int(part[0]) for part in np.nonzero(holes))
    for entry, column in zip(look.plan.loss.inputs, columns, strict=True):
        if np.isnan(column.values[first]).any():
            source = look.plan.sources[entry.name]
            look.blame(source, holes, nan_message(entry.name, source))
            break
    return ignored


def _observe(look: BlockReader, scores: Measured, targets: Measured, skip: Array | None) -> None:
    """Collect what decides the kind of the predictions."""
    plan, evidence = look.plan, look.evidence
    if not plan.loss.has_classes and plan.loss.inputs[0].expected is None:
        return
    evidence.low, evidence.high = scores.finite_extent()
    if look.layout.form == "element":
        evidence.hard = evidence.within_unit and _all_hard(scores.values, skip)
        if evidence.hard:
            evidence.soft_targets = _are_soft(targets.values)
        return
    evidence.hard = False
    if plan.kind == "probabilities":
        evidence.hard = evidence.within_unit and _all_hard(scores.values, skip)
        evidence.soft_targets = evidence.hard and _are_soft(targets.values)
        mass = row_sums(scores.values)
        loose = np.abs(mass - 1.0) > mass_tolerance(plan.sources["predictions"].dtype)
        if loose.any():
            evidence.unnormalized_rows = count(loose)
            evidence.loose_mass = float(mass[loose][0])


def _are_soft(labels: Array) -> bool:
    return labels.dtype.kind == "f" and bool((np.floor(labels) != labels).any())


def _all_hard(scores: Array, skip: Array | None) -> bool:
    """Whether every score that counts is 0 or 1; the first few usually settle it."""
    for part in (slice(0, 64), slice(64, None)):
        some = scores[part]
        hard = (some == 0.0) | (some == 1.0)
        if skip is not None:
            hard = (hard.T | skip[part].T).T
        if not hard.all():
            return False
    return True
