"""Prepare a block of records: every input in its own shape, without the items that do not count."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from lossctl.core.loss import WHOLE_KINDS, Array, Input
from lossctl.engine.block import Block
from lossctl.engine.numbers import read_weights
from lossctl.engine.options import IGNORABLE
from lossctl.engine.plan import Plan
from lossctl.engine.reader import Look, Reader, nan_message

Column: TypeAlias = Array | None
LIKELY_MASS = 1e-3  # how far the exponentials of log-probabilities may be from summing to one


def prepare_records(plan: Plan, reader: Reader) -> Block:
    """Prepare the block of a plan of records."""
    look = Look(plan, reader)
    columns = [_read(look, entry) for entry in plan.loss.inputs]
    ignored = _ignored(look, columns)
    weights = read_weights(look)
    if weights is not None:
        ignored |= weights == 0.0
    holes = _holes(look, columns) & ~ignored
    skip = ignored
    if plan.options.nan == "omit":
        skip = ignored | holes
    elif plan.options.nan == "raise" and holes.any():
        _blame_nan(look, columns, holes)
    keep = None
    if skip.any():
        keep = look.keep = ~skip
        columns = [None if column is None else column[keep] for column in columns]
        weights = None if weights is None else weights[keep]
    whole = [_check(look, e, c) for e, c in zip(plan.loss.inputs, columns, strict=True)]
    if not look.evidence.faults:
        _observe(look, whole)
        _find_faults(look, whole)
    omitted = int(np.count_nonzero(holes)) if plan.options.nan == "omit" else 0
    left_out = int(np.count_nonzero(ignored))
    items = reader.stop - reader.start - left_out - omitted
    return Block(
        reader.start,
        reader.stop,
        tuple(whole),
        weights,
        items,
        left_out,
        omitted,
        look.evidence,
        keep,
    )


def _read(look: Look, entry: Input) -> Column:
    """Read one input: numbers in the computing dtype, whole numbers as they are."""
    plan, reader = look.plan, look.reader
    source = plan.sources.get(entry.name)
    if source is None:
        if entry.default is None:
            return None
        return np.full(reader.stop - reader.start, entry.default, plan.dtype)
    values = reader.items(plan.fit.layout, entry.name, source)
    return values if entry.kind in WHOLE_KINDS else values.astype(plan.dtype, copy=False)


def _ignored(look: Look, columns: Sequence[Column]) -> Array:
    """Mark the items whose label is to be ignored."""
    ignored = np.zeros(look.reader.stop - look.reader.start, bool)
    label = look.plan.options.ignore_index
    for entry, column in zip(look.plan.loss.inputs, columns, strict=True):
        if label is None or column is None or column.ndim != 1:
            continue
        if entry.kind in IGNORABLE:
            ignored |= column == label
    return ignored


def _holes(look: Look, columns: Sequence[Column]) -> Array:
    """Mark the items that hold a NaN."""
    holes = np.zeros(look.reader.stop - look.reader.start, bool)
    for column in columns:
        if column is not None and column.dtype.kind == "f" and np.isnan(np.min(column)):
            holes |= np.isnan(column).reshape(len(column), -1).any(axis=1)
    return holes


def _blame_nan(look: Look, columns: Sequence[Column], holes: Array) -> None:
    first = int(np.flatnonzero(holes)[0])
    for entry, column in zip(look.plan.loss.inputs, columns, strict=True):
        if column is not None and column.dtype.kind == "f" and np.isnan(column[first]).any():
            source = look.plan.sources[entry.name]
            look.blame(source, holes, nan_message(entry.name, source))
            return


def _check(look: Look, entry: Input, column: Column) -> Column:
    """Record values outside what the input declares; return it as the loss takes it."""
    if column is None or not column.size:
        return (
            column.astype(np.int64) if column is not None and entry.kind in WHOLE_KINDS else column
        )
    if entry.kind in WHOLE_KINDS:
        return _check_whole(look, entry, column)
    if entry.kind == "sign":
        return _check_signs(look, entry, column)
    if entry.domain is not None and entry.name in look.plan.sources:
        low, high = (
            float(np.fmin.reduce(column, axis=None)),
            float(np.fmax.reduce(column, axis=None)),
        )
        if not (np.isnan(low) or (low in entry.domain and high in entry.domain)):
            low_end, high_end = entry.domain.low, entry.domain.high
            below = column < low_end if low_end in entry.domain else column <= low_end
            above = column > high_end if high_end in entry.domain else column >= high_end
            message = (
                f"{entry.name} must lie in {entry.domain.describe()}, got {{value}} at {{where}}"
            )
            _blame(look, entry.name, column, below | above, message)
    return column


def _check_whole(look: Look, entry: Input, column: Array) -> Array:
    if column.dtype.kind == "f":
        wrong = np.floor(column) != column
        message = f"{entry.name} must be whole numbers, got {{value}} at {{where}}"
        _blame(look, entry.name, column, wrong, message)
        column = np.where(np.isfinite(column), column, 0.0)
    if entry.domain is not None:
        wrong = (column < entry.domain.low) | (column > entry.domain.high)
        message = f"{entry.name} must lie in {entry.domain.describe()}, got {{value}} at {{where}}"
        _blame(look, entry.name, column, wrong, message)
    return column.astype(np.int64)


def _check_signs(look: Look, entry: Input, column: Array) -> Array:
    """Return −1 and +1; 0 and 1 are mapped to them, but not both spellings in one array."""
    if (column * column == 1.0).all():
        look.evidence.labels |= {-1.0} if (column < 0.0).any() else set()
        return column
    wrong = (column != 1.0) & (column != 0.0) & (column != -1.0) & ~np.isnan(column)
    message = f"{entry.name} must be -1 and +1, or 0 and 1, got {{value}} at {{where}}"
    _blame(look, entry.name, column, wrong, message)
    if not wrong.any():
        look.evidence.labels |= set(np.unique(column[column <= 0.0]).tolist())
    return np.where(np.isnan(column), column, np.where(column > 0.0, 1, -1).astype(column.dtype))


def _find_faults(look: Look, arrays: Sequence[Column]) -> None:
    for name, wrong, message in look.plan.loss.faults(*arrays, **look.plan.arguments):
        _blame(look, name, None, wrong, message)


def _observe(look: Look, arrays: Sequence[Column]) -> None:
    """Collect the range of the first input, and whether its rows may be log-probabilities."""
    loss, first = look.plan.loss, arrays[0]
    if first is None or not first.size or (len(loss.forms) == 1 and not loss.inputs[0].expected):
        return
    look.evidence.low = float(np.fmin.reduce(first, axis=None))
    look.evidence.high = float(np.fmax.reduce(first, axis=None))
    if len(loss.forms) > 1 and (look.evidence.high <= 0.0 or look.evidence.within_unit):
        mass = (first if look.evidence.within_unit else np.exp(first)).sum(axis=-1)
        loose = ~(np.abs(mass - 1.0) <= LIKELY_MASS)
        if loose.any():
            look.evidence.loose_rows = int(np.count_nonzero(loose))
            look.evidence.loose_mass = float(mass[loose][0])


def _blame(look: Look, name: str, values: Column, wrong: Array, message: str) -> None:
    """Record wrong entries of the items that count, by their item."""
    if not wrong.any():
        return
    keep = look.keep
    flat = wrong.reshape(len(wrong), -1)
    by_item: Array = np.logical_or.reduce(flat, axis=1)
    seen = None
    if values is not None:
        seen = values.reshape(len(wrong), -1)[np.arange(len(wrong)), flat.argmax(axis=1)]
    if keep is not None:
        by_item = expand(by_item, keep)
        seen = None if seen is None else expand(seen, keep)
    look.blame(look.plan.sources[name], by_item, message, values=seen)


def expand(values: Array, keep: Array) -> Array:
    """Put what was found for the items that count back among all items; 0 for the others."""
    spread = np.zeros((len(keep), *values.shape[1:]), values.dtype)
    spread[keep] = values
    return spread
