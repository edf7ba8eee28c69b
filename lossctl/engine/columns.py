"""The inputs of a block, one column for each input the loss declares, in declared order."""

import math
from collections.abc import Sequence

import numpy as np

from lossctl.core.domain import Interval
from lossctl.core.loss import LABEL_KINDS, Array, Input
from lossctl.engine.labels import check_labels, read_labels
from lossctl.engine.measured import Measured
from lossctl.engine.numbers import read_numbers
from lossctl.engine.plan import Plan
from lossctl.engine.reader import BlockReader


def read_inputs(look: BlockReader) -> tuple[list[Measured], Array | None]:
    """Read every input; also return the mask of items whose label is ignored (None for none)."""
    columns: list[Measured] = []
    ignored = None
    for entry in look.plan.loss.inputs:
        source = look.plan.sources.get(entry.name)
        if source is None:
            columns.append(Measured(np.full_like(columns[0].values, entry.default)))
        elif entry.kind in LABEL_KINDS:
            column, ignored = read_labels(look, source)
            columns.append(column)
        else:
            columns.append(Measured(read_numbers(look, source)))
    return columns, ignored


def fill(
    plan: Plan, columns: Sequence[Measured], mask: Array, *, score: float | None = None
) -> list[Measured]:
    """Give the marked items harmless values: valid ones, whatever the predictions are read as.

    `score` is put in place of the first input's harmless value.
    """
    width = columns[0].values.shape[1] if columns[0].values.ndim > mask.ndim else 0
    filled: list[Measured] = []
    for entry, column in zip(plan.loss.inputs, columns, strict=True):
        values = column.values
        harmless = _harmless(plan, entry, width if values.ndim > mask.ndim else 0)
        if score is not None and not filled:
            harmless = score
        wide = mask[:, None] if values.ndim > mask.ndim else mask
        filled.append(Measured(np.where(wide, values.dtype.type(harmless), values)))
    return filled


def _harmless(plan: Plan, entry: Input, width: int) -> float:
    if entry.kind == "sign":
        return 1.0
    if entry.kind == "label":
        return 1.0 / width if width else 0
    if entry.kind == "log-probability":
        return -math.log(width or 2)
    if plan.loss.has_classes:
        return 1.0 / (width or 2)
    return entry.domain.inside()[1] if entry.domain is not None else 0.0


def check_inputs(look: BlockReader, columns: Sequence[Measured]) -> tuple[Array, ...]:
    """Record values outside their domains; return the arrays as the loss takes them."""
    arrays = []
    for entry, column in zip(look.plan.loss.inputs, columns, strict=True):
        if entry.kind in LABEL_KINDS:
            arrays.append(check_labels(look, column))
            continue
        if entry.domain is not None and entry.name in look.plan.sources:
            _check_domain(look, entry, column, entry.domain)
        arrays.append(column.values)
    return tuple(arrays)


def _check_domain(look: BlockReader, entry: Input, column: Measured, domain: Interval) -> None:
    if column.low in domain and column.high in domain:
        return
    values = column.values
    below = values < domain.low if domain.low in domain else values <= domain.low
    above = values > domain.high if domain.high in domain else values >= domain.high
    message = f"{entry.name} must lie in {domain.describe()}, got {{value}} at {{where}}"
    look.blame(look.plan.sources[entry.name], below | above, message, values=values)
