"""Prepare a block of records: every input in its own shape, without the items that do not count."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from lossctl.core.domain import Interval
from lossctl.core.loss import WHOLE_KINDS, Array, Input
from lossctl.core.options import IGNORABLE
from lossctl.engine.block import Block
from lossctl.engine.masks import count, either, unless_blank
from lossctl.engine.measured import Measured
from lossctl.engine.numbers import BEYOND, beyond_exact, may_be_beyond, read_weights
from lossctl.engine.plan import Plan
from lossctl.engine.reader import BlockReader, Reader, nan_message

Column: TypeAlias = Measured | None
LIKELY_MASS = 1e-3  # how far the exponentials of log-probabilities may be from summing to one


def prepare_records(plan: Plan, reader: Reader) -> Block:
    """Prepare the block of a plan of records."""
    look = BlockReader(plan, reader)
    columns = [_read(look, entry) for entry in plan.loss.inputs]
    weights = read_weights(look)
    ignored = _ignored(look, columns)
    if weights is not None:
        ignored = either(ignored, unless_blank(weights == 0.0))
    holes = _holes(columns, ignored)
    omits = plan.options.nan == "omit"
    if holes is not None and plan.options.nan == "raise":
        _blame_nan(look, columns, holes)
    skip = either(ignored, holes) if omits else ignored
    if skip is not None:
        keep = look.keep = ~skip
        columns = [None if column is None else Measured(column.values[keep]) for column in columns]
        weights = None if weights is None else weights[keep]
    arrays = [_check(look, e, c) for e, c in zip(plan.loss.inputs, columns, strict=True)]
    if not look.evidence.faults:
        _observe(look, columns[0])
        _find_faults(look, arrays)
    left_out, omitted = count(ignored), count(holes) if omits else 0
    return Block(
        reader.start,
        reader.stop,
        tuple(arrays),
        weights,
        reader.stop - reader.start - left_out - omitted,
        left_out,
        omitted,
        look.evidence,
        look.keep,
    )


def _read(look: BlockReader, entry: Input) -> Column:
    """Read one input: numbers in the computing dtype, whole numbers as they are."""
    plan, reader = look.plan, look.reader
    source = plan.sources.get(entry.name)
    if source is None:
        if entry.default is None:
            return None
        return Measured(np.full(reader.stop - reader.start, entry.default, plan.dtype))
    values = reader.items(plan.fit.layout, entry.name, source)
    if entry.kind in WHOLE_KINDS:
        return Measured(values)
    if may_be_beyond(source):
        _blame(look, entry.name, values, beyond_exact(values), BEYOND)
    return Measured(values.astype(plan.dtype, copy=False))


def _ignored(look: BlockReader, columns: Sequence[Column]) -> Array | None:
    """Mark the items whose label is to be ignored."""
    label = look.plan.options.ignore_index
    if label is None:
        return None
    ignored = None
    for entry, column in zip(look.plan.loss.inputs, columns, strict=True):
        if entry.kind not in IGNORABLE or column is None or column.values.ndim != 1:
            continue
        if column.may_hold(label):
            ignored = either(ignored, column.values == label)
    return None if ignored is None else unless_blank(ignored)


def _holes(columns: Sequence[Column], ignored: Array | None) -> Array | None:
    """Mark the items that count and hold a NaN."""
    holes = None
    for column in columns:
        if column is not None and column.has_nan:
            rows = np.isnan(column.values).reshape(len(column.values), -1)
            by_item: Array = np.logical_or.reduce(rows, axis=1)
            holes = either(holes, by_item)
    if holes is None or ignored is None:
        return holes
    return unless_blank(holes & ~ignored)


def _blame_nan(look: BlockReader, columns: Sequence[Column], holes: Array) -> None:
    first = int(np.flatnonzero(holes)[0])
    for entry, column in zip(look.plan.loss.inputs, columns, strict=True):
        if column is not None and column.has_nan and np.isnan(column.values[first]).any():
            source = look.plan.sources[entry.name]
            look.blame(source, holes, nan_message(entry.name, source))
            return


def _check(look: BlockReader, entry: Input, column: Column) -> Array | None:
    """Record values outside what the input declares; return it as the loss takes it."""
    if column is None:
        return None
    if not column.values.size:
        return column.values.astype(np.int64) if entry.kind in WHOLE_KINDS else column.values
    if entry.kind in WHOLE_KINDS:
        return _check_whole(look, entry, column.values)
    if entry.kind == "sign":
        return _check_signs(look, entry, column)
    if entry.domain is not None and entry.name in look.plan.sources:
        _check_domain(look, entry, column, entry.domain)
    return column.values


def _check_domain(look: BlockReader, entry: Input, column: Measured, domain: Interval) -> None:
    low, high = column.finite_extent()
    if np.isnan(low) or (low in domain and high in domain):
        return
    values = column.values
    below = values < domain.low if domain.low in domain else values <= domain.low
    above = values > domain.high if domain.high in domain else values >= domain.high
    message = f"{entry.name} must lie in {domain.describe()}, got {{value}} at {{where}}"
    _blame(look, entry.name, values, below | above, message)


def _check_whole(look: BlockReader, entry: Input, column: Array) -> Array:
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


def _check_signs(look: BlockReader, entry: Input, measured: Measured) -> Array:
    """Return −1 and +1; 0 and 1 are mapped to them, but not both spellings in one array."""
    column = measured.values
    if measured.low >= -1.0 and measured.high <= 1.0 and np.abs(column).min() == 1.0:
        look.evidence.labels |= {-1.0} if measured.low < 0.0 else set()
        return column
    wrong = (column != 1.0) & (column != 0.0) & (column != -1.0) & ~np.isnan(column)
    message = f"{entry.name} must be -1 and +1, or 0 and 1, got {{value}} at {{where}}"
    _blame(look, entry.name, column, wrong, message)
    if not wrong.any():
        look.evidence.labels |= set(np.unique(column[column <= 0.0]).tolist())
    return np.where(np.isnan(column), column, np.where(column > 0.0, 1, -1).astype(column.dtype))


def _find_faults(look: BlockReader, arrays: Sequence[Array | None]) -> None:
    for name, wrong, message in look.plan.loss.faults(*arrays, **look.plan.arguments):
        _blame(look, name, None, wrong, message)


def _observe(look: BlockReader, column: Column) -> None:
    """Collect the range of the first input, and whether its rows may be log-probabilities."""
    loss = look.plan.loss
    if len(loss.forms) == 1 and loss.inputs[0].expected is None:
        return
    if column is None or not column.values.size:
        return
    first = column.values
    look.evidence.low, look.evidence.high = column.finite_extent()
    if len(loss.forms) > 1 and (look.evidence.high <= 0.0 or look.evidence.within_unit):
        mass = (first if look.evidence.within_unit else np.exp(first)).sum(axis=-1)
        loose = ~(np.abs(mass - 1.0) <= LIKELY_MASS)
        if loose.any():
            look.evidence.unnormalized_rows = int(np.count_nonzero(loose))
            look.evidence.loose_mass = float(mass[loose][0])


def _blame(look: BlockReader, name: str, values: Array | None, wrong: Array, message: str) -> None:
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
