"""Check the inputs of a block by what they hold, and bring labels into the form the loss takes.

Encodings of labels: ``labels`` 0/1 (or soft) and ``signs`` an item; ``index`` the class of a row;
``one_hot`` a distribution a row; ``label_rows`` several labels a row.
"""

from collections.abc import Sequence

import numpy as np

from lossctl.core.domain import Interval
from lossctl.core.loss import LABEL_KINDS, WHOLE_KINDS, Array, Input, no_notes
from lossctl.engine.bind.labels import mass_tolerance
from lossctl.engine.read.observe import observe
from lossctl.engine.read.reader import BlockReader, InputBlock
from lossctl.kernels.numeric.rows import row_sums


def check_inputs(
    block: BlockReader, inputs: Sequence[InputBlock | None], filled: Array | None
) -> tuple[Array | None, ...]:
    """Report values outside their domains; return the arrays as the loss takes them.

    What shows of the kind of the predictions is observed on the way; `filled` items are no
    evidence of it.
    """
    loss = block.plan.loss
    arrays = tuple(
        [
            None if values is None else _check(block, entry, values)
            for entry, values in zip(loss.inputs, inputs, strict=True)
        ]
    )
    if loss.has_classes or len(loss.forms) > 1 or loss.inputs[0].expected is not None:
        observe(block, inputs, filled)
    if loss.faults is not no_notes and not block.findings.faults:
        for name, wrong, message in loss.faults(*arrays, **block.plan.arguments):
            block.report(name, wrong, message)
    return arrays


def _check(block: BlockReader, entry: Input, values: InputBlock) -> Array:
    labels = entry.kind in LABEL_KINDS and block.plan.loss.has_classes
    if not values.values.size:  # every item was taken out
        whole = entry.kind in WHOLE_KINDS or (labels and block.plan.fit.targets == "index")
        return values.values.astype(np.int64) if whole else values.values
    if labels:
        return _check_labels(block, entry, values)
    if entry.kind in WHOLE_KINDS:
        return _check_whole(block, entry, values.values)
    if entry.kind == "sign":
        return _check_signs(block, entry, values)
    if entry.domain is not None and entry.name in block.plan.sources:
        _check_domain(block, entry, values, entry.domain)
    return values.values


def _check_domain(block: BlockReader, entry: Input, given: InputBlock, domain: Interval) -> None:
    low, high = given.finite_extent()
    if np.isnan(low) or (low in domain and high in domain):
        return
    values = given.values
    below = values < domain.low if domain.low in domain else values <= domain.low
    above = values > domain.high if domain.high in domain else values >= domain.high
    message = f"{entry.name} must lie in {domain.describe()}, got {{value}} at {{where}}"
    block.report(entry.name, below | above, message, values)


def _check_whole(block: BlockReader, entry: Input, values: Array) -> Array:
    if values.dtype.kind == "f":
        wrong = np.floor(values) != values
        message = f"{entry.name} must be whole numbers, got {{value}} at {{where}}"
        block.report(entry.name, wrong, message, values)
        values = np.where(np.isfinite(values), values, 0.0)
    if entry.domain is not None:
        wrong = (values < entry.domain.low) | (values > entry.domain.high)
        message = f"{entry.name} must lie in {entry.domain.describe()}, got {{value}} at {{where}}"
        block.report(entry.name, wrong, message, values)
    return values.astype(np.int64)


def _check_labels(block: BlockReader, entry: Input, given: InputBlock) -> Array:
    encoding = block.plan.fit.targets
    if encoding == "index":
        return _check_index(block, entry, given)
    if encoding == "one_hot":
        return _check_rows(block, entry, given)
    if encoding == "signs":
        return _check_signs(block, entry, given)
    _check_unit(block, entry, given)
    return given.values


def _check_unit(block: BlockReader, entry: Input, given: InputBlock) -> None:
    if given.in_unit:
        return
    labels = given.values
    signs = ((labels == 1.0) | (labels == -1.0)).all()
    advice = (
        "must be 0 or 1 (or between); labels -1 and +1 become that by (t + 1) / 2"
        if signs
        else "must lie in [0, 1]"
    )
    _report(block, entry, (labels < 0.0) | (labels > 1.0), advice, labels)


def _check_signs(block: BlockReader, entry: Input, given: InputBlock) -> Array:
    """Return labels -1 and +1; 0 and 1 are mapped to them, but not both spellings in one array."""
    signs = given.values
    if (signs * signs == 1.0).all():
        block.findings.labels |= {-1.0} if given.low < 0.0 else set()
        return signs
    wrong = (signs != 1.0) & (signs != 0.0) & (signs != -1.0) & ~np.isnan(signs)
    _report(block, entry, wrong, "must be -1 and +1, or 0 and 1", signs)
    if not wrong.any():
        block.findings.labels |= {label for label in (0.0, -1.0) if (signs == label).any()}
    mapped: Array = np.where(signs > 0.0, 1, -1).astype(signs.dtype)
    return np.where(np.isnan(signs), signs, mapped) if given.has_nan else mapped


def _check_index(block: BlockReader, entry: Input, given: InputBlock) -> Array:
    classes, index = block.layout.columns, given.values
    if index.dtype.kind == "b":
        return index.astype(np.intp)
    if index.dtype.kind == "f":
        fractional = (np.floor(index) != index) & ~np.isnan(index)
        advice = "must be whole numbers, the index of the true class"
        _report(block, entry, fractional, advice, index)
    if given.low >= 0 and given.high < classes and not block.findings.faults:
        return index.astype(np.intp, copy=False)
    advice = f"must be a class index from 0 to {classes - 1}; a label to leave out is ignore_index"
    _report(block, entry, (index < 0) | (index >= classes), advice, index)
    return np.zeros(len(index), np.intp)


def _check_rows(block: BlockReader, entry: Input, given: InputBlock) -> Array:
    """Check soft or one-hot rows; return exact one-hot rows as indices."""
    rows = given.values
    if not given.in_unit:
        wrong: Array = (rows < 0.0) | (rows > 1.0)
        _report(block, entry, wrong, "must lie in [0, 1] in every class", rows)
        return rows
    sums = row_sums(rows)
    unnormalized = np.abs(sums - 1.0) > mass_tolerance(block.plan.sources["targets"].dtype)
    advice = "rows must sum to 1 (for several labels at once use bce or task multilabel)"
    _report(block, entry, unnormalized, advice, sums)
    # Whether all rows of a block are hard is decided for each block: index and distribution take
    # different kernels, whose values agree to the last bits but not beyond.
    hard = (sums == 1.0).all() and ((rows == 0.0) | (rows == 1.0)).all()
    return rows.argmax(axis=1) if hard else rows


def _report(block: BlockReader, entry: Input, wrong: Array, advice: str, values: Array) -> None:
    message = f"{entry.name} {advice}, got {{value}} at {{where}}"
    block.report(entry.name, wrong, message, values)
