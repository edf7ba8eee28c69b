"""Prepare one block: read, cast, leave out what does not count, check, collect findings.

Loss functions see clean arrays only. An item that does not count keeps its place with a harmless
value and weight 0 (``fill``), so that shapes, gradients and per-item values stay aligned with the
data; or it is taken out (``drop``), where a loss looks at several items or items are large.
"""

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.loss import Array, Input
from lossctl.engine.plan import Plan
from lossctl.engine.read.reader import (
    BlockReader,
    Findings,
    InputBlock,
    Reader,
    nan_message,
)


class Block(NamedTuple):
    """Rows `start` to `stop`, ready for the functions of a loss.

    Attributes
    ----------
    arrays
        The inputs in declared order, (n, …); None for an optional one that is not given.
    weights
        Weight of every item; None when each counts once.
    items, ignored, omitted
        How many items count, and how many do not: for their label or weight, and for a NaN.
    keep
        Marks the rows of the block that `arrays` hold, where others were taken out.
    weightless
        How many of the ignored weigh 0 and nothing else: a mean by items divides by them too.
    """

    start: int
    stop: int
    arrays: tuple[Any, ...]
    weights: Array | None
    items: int
    ignored: int
    omitted: int
    findings: Findings
    keep: Array | None = None
    weightless: int = 0


def prepare(plan: Plan, reader: Reader, *, seek_nan: bool = True) -> Block:
    """Prepare the block of a plan; without `seek_nan` the inputs are taken to hold no NaN."""
    block = BlockReader(plan, reader)
    inputs = read_inputs(block)
    ignored, weightless = _ignored(block, inputs) if plan.ignorable else None, 0
    weights = None
    if plan.weights is not None and (of_items := block.weights()) is not None:
        weights = of_items.values
        if not of_items.low > 0.0 and (blank := unless_blank(weights == 0.0)) is not None:
            weightless = _count_weightless(weights, blank, ignored)
            ignored = either(ignored, blank)  # no mask where none weighs 0: inputs stay uncopied
    nan = _nan_items(block, inputs, ignored) if seek_nan else None
    policy = plan.options.nan
    if nan is not None and policy == "raise":
        _report_nan(block, inputs, nan)
    left_out = either(ignored, nan) if policy == "omit" else ignored
    items, ignored_items, omitted_items = _count(block, ignored, nan if policy == "omit" else None)
    if nan is not None and policy == "omit":
        block.findings.omitted_places = _digest_of(nan, reader.start)
    if left_out is not None and plan.loss.left_out == "drop":
        keep = block.keep = ~left_out
        inputs = [None if entry is None else InputBlock(entry.values[keep]) for entry in inputs]
        weights = None if weights is None else weights[keep]
        nan = None if nan is None else unless_blank(nan[keep])
        left_out = None
    elif left_out is not None:  # places stay, so the sum runs in the same order as without a mask
        inputs = _fill(plan, inputs, left_out)
        weights = np.where(left_out, 0.0, 1.0 if weights is None else weights)
    # A label cannot be NaN and a comparison with NaN hides it: one NaN score makes the item NaN.
    if nan is not None and policy == "propagate" and _moves_nan(plan):
        inputs = _fill(plan, inputs, nan, first=np.nan)
    arrays = _check(block, inputs, left_out)
    return Block(
        reader.start,
        reader.stop,
        arrays,
        weights,
        items,
        ignored_items,
        omitted_items,
        block.findings,
        block.keep,
        weightless,
    )


def first_look(plan: Plan, reader: Reader) -> Findings:
    """Return what a first guess at the kind of the predictions needs: their range at least."""
    if plan.loss.in_words:
        return prepare(plan, reader).findings
    block = BlockReader(plan, reader)
    scores = block.read(plan.readings[0])
    block.findings.low, block.findings.high = scores.finite_extent()
    block.findings.slack = plan.slack
    return block.findings


def read_inputs(block: BlockReader) -> list[InputBlock | None]:
    """Read every input: numbers in the computing dtype, whole numbers and indices as they are."""
    readings = block.plan.readings
    if len(readings) == len(block.plan.loss.inputs):
        return [block.read(reading) for reading in readings]
    given = {reading.name: reading for reading in readings}
    return [
        block.read(given[entry.name]) if entry.name in given else _default(block, entry)
        for entry in block.plan.loss.inputs
    ]


def _default(block: BlockReader, entry: Input) -> InputBlock | None:
    """Return the default of an input that is not given, if it has one."""
    if entry.default is None:
        return None
    plan, reader = block.plan, block.reader
    shape = (reader.stop - reader.start, *plan.fit.layout.items_lie.own)
    return InputBlock(np.full(shape, entry.default, plan.dtype))


def _ignored(block: BlockReader, inputs: Sequence[InputBlock | None]) -> Array | None:
    """Mark the items whose label is to be ignored; None for none."""
    label, ignored = block.plan.options.ignore_index, None
    axes = block.layout.item_axes
    for place in block.plan.ignorable:
        values = inputs[place]
        if values is None or values.values.ndim != axes:
            continue
        if label is not None and values.may_hold(label):
            ignored = either(ignored, values.values == label)
    return None if ignored is None else unless_blank(ignored)


def _nan_items(
    block: BlockReader, inputs: Sequence[InputBlock | None], ignored: Array | None
) -> Array | None:
    """Mark the items that count and hold a NaN; None for none."""
    nan = None
    for values in inputs:
        if values is not None and values.has_nan:
            nan = either(nan, block.by_item(np.isnan(values.values)))
    if nan is None:
        return None
    return unless_blank(nan if ignored is None else nan & ~ignored)


def _report_nan(block: BlockReader, inputs: Sequence[InputBlock | None], nan: Array) -> None:
    """Report the items that hold a NaN by the first input that holds one there."""
    first = tuple(int(part[0]) for part in np.nonzero(nan))
    name = next(
        entry.name
        for entry, values in zip(block.plan.loss.inputs, inputs, strict=True)
        if values is not None and values.has_nan and np.isnan(values.values[first]).any()
    )
    block.report(name, nan, nan_message(name, block.plan.sources[name]))


def _digest_of(mask: Array, first_row: int) -> int:
    """Return a number that stands for the items of a mask, whatever blocks they are cut into."""
    from lossctl.engine.digests import mixed  # noqa: PLC0415 - few inputs hold NaN

    places = np.flatnonzero(mask) + first_row * (mask.size // len(mask))
    return int(mixed(places.astype(np.uint64)).sum())


def _count(
    block: BlockReader, ignored: Array | None, omitted: Array | None
) -> tuple[int, int, int]:
    """Return how many items count, are ignored, and are omitted."""
    items = (block.reader.stop - block.reader.start) * block.layout.items_a_row
    if ignored is None and omitted is None:
        return items, 0, 0
    left_out = 0 if ignored is None else int(np.count_nonzero(ignored))
    holding_nan = 0 if omitted is None else int(np.count_nonzero(omitted))
    return items - left_out - holding_nan, left_out, holding_nan


def _count_weightless(weights: Array, blank: Array, ignored: Array | None) -> int:
    """Count the items whose weight is 0; −0 is that of a mask or a condition that is not met."""
    merely = blank & ~np.signbit(weights)
    return int(np.count_nonzero(merely if ignored is None else merely & ~ignored))


def _moves_nan(plan: Plan) -> bool:
    """Whether a NaN that is to propagate is put into the first input: no label can hold it."""
    return plan.loss.left_out == "fill" or plan.loss.has_classes


def _fill(
    plan: Plan, inputs: Sequence[InputBlock | None], mask: Array, *, first: float | None = None
) -> list[InputBlock | None]:
    """Give the marked items harmless values: valid ones, whatever the predictions are read as.

    `first` is put in place of the first input's harmless value.
    """
    filled: list[InputBlock | None] = []
    for entry, data in zip(plan.loss.inputs, inputs, strict=True):
        if data is None:
            filled.append(None)
            continue
        values = data.values
        width = values.shape[-1] if values.ndim > mask.ndim else 0
        harmless = _harmless(plan, entry, width)
        if first is not None and not filled:
            harmless = first
        wide = mask[:, None] if values.ndim > mask.ndim else mask
        filled.append(InputBlock(np.where(wide, values.dtype.type(harmless), values)))
    return filled


def _harmless(plan: Plan, entry: Input, width: int) -> float:
    """Return a value that every reading of an input of rows of `width` classes allows."""
    if entry.kind == "sign":
        return 1.0
    if plan.loss.has_classes and plan.label_maps:
        return 0.0
    if entry.kind == "label":
        return 1.0 / width if width else 0
    read_as_such = plan.kind == "log_probabilities" and entry is plan.loss.inputs[0]
    if entry.kind == "log-probability" or read_as_such:
        return -math.log(width or 2)
    if plan.loss.has_classes:
        return 1.0 / (width or 2)
    return entry.domain.inside()[1] if entry.domain is not None else 0.0


def _check(
    block: BlockReader, inputs: Sequence[InputBlock | None], filled: Array | None
) -> tuple[Array | None, ...]:
    """Report what lies outside the declared domains; return the arrays as the loss takes them."""
    if block.plan.loss.takes_anything:
        return tuple([None if values is None else values.values for values in inputs])
    return _checks()(block, inputs, filled)


@cache  # asking for an import in every block takes longer than many checks
def _checks() -> Callable[..., tuple[Array | None, ...]]:
    from lossctl.engine.read.validate import check_inputs  # noqa: PLC0415 - plain values need none

    return check_inputs


def either(first: Array | None, second: Array | None) -> Array | None:
    """Mark what one of two masks marks; None marks nothing."""
    if first is None or second is None:
        return first if second is None else second
    return first | second


def unless_blank(mask: Array) -> Array | None:
    """Return a mask, None if it marks nothing."""
    return mask if mask.any() else None
