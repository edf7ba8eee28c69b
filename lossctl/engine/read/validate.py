"""Check the inputs of a block by what they hold, and bring labels into the form the loss takes.

Encodings of labels: ``labels`` 0/1 (or soft) and ``signs`` an item; ``index`` the class of a row;
``one_hot`` a distribution per row; ``label_rows`` several labels per row.
"""

import math
from collections.abc import Sequence

import numpy as np

from lossctl.core.domain import Interval
from lossctl.core.loss import LABEL_KINDS, WHOLE_KINDS, Array, Input, no_notes
from lossctl.core.spelling import option
from lossctl.engine.bind.layout import MOST_LABELS
from lossctl.engine.read.reader import (
    BYTE,
    PERCENT,
    BlockReader,
    Findings,
    InputBlock,
    Negatives,
)
from lossctl.kernels.numeric.primitives import are_either, exp, least_and_greatest
from lossctl.kernels.numeric.rows import (
    are_hard,
    are_near_one,
    mass_tolerance,
    row_sums,
    surely_sum_to_one,
)

MOST_FILLED = 0.5  # no item that does not count is given a greater score
SCALE_TOLERANCE = 0.01  # how far rows of rescaled probabilities may be from their sum
LIKELY_MASS = 1e-3  # how far the exponentials of log-probabilities may be from summing to one


def check_inputs(
    block: BlockReader, inputs: Sequence[InputBlock | None], filled: Array | None
) -> tuple[Array | None, ...]:
    """Report values outside their domains; return the arrays as the loss takes them.

    What shows of the kind of the predictions is observed on the way; `filled` items are no
    evidence of it.
    """
    loss, findings = block.plan.loss, block.findings
    arrays = tuple(
        [
            None if values is None else _check(block, entry, values)
            for entry, values in zip(loss.inputs, inputs, strict=True)
        ]
    )
    if loss.has_classes and block.plan.label_maps:
        return arrays
    if loss.has_classes or len(loss.forms) > 1 or loss.inputs[0].expected is not None:
        observe(block, inputs, filled)
    if loss.grouped == "lists":
        _observe_relevance(block, inputs)
    if loss.has_classes and (findings.low < 0.0 or findings.high > 1.0):
        arrays = _clip_scores(block, inputs[0], arrays)
    if loss.faults is not no_notes and not findings.faults:
        for name, wrong, message in loss.faults(*arrays, **block.plan.arguments):
            block.report(name, wrong, message)
    return arrays


def _clip_scores(
    block: BlockReader, scores: InputBlock | None, arrays: tuple[Array | None, ...]
) -> tuple[Array | None, ...]:
    """Clip probabilities to [0, 1] that rounding took out of it, or all where that is asked for."""
    plan, findings = block.plan, block.findings
    if scores is None:
        return arrays
    is_read = plan.kind in {"probabilities", "labels"}
    values = scores.values
    if is_read or findings.near_unit:  # logits reach further, and are not counted
        low, high = -findings.slack, 1.0 + findings.slack
        findings.outside = int(np.count_nonzero((values < 0.0) | (values > 1.0)))
        findings.strays = int(np.count_nonzero((values < low) | (values > high)))
    if is_read and (plan.options.clip_predictions or findings.within_unit):
        return (np.clip(values, 0.0, 1.0), *arrays[1:])
    return arrays


def _check(block: BlockReader, entry: Input, values: InputBlock) -> Array:
    plan = block.plan
    labels = entry.kind in LABEL_KINDS and plan.loss.has_classes
    if not values.values.size:  # every item was taken out
        whole = entry.kind in WHOLE_KINDS or (labels and plan.fit.targets == "index")
        return values.values.astype(np.int64) if whole else values.values
    if labels:
        return _check_labels(block, entry, values)
    if plan.loss.has_classes and plan.label_maps:
        return _check_map(block, entry, values)
    if entry.kind in WHOLE_KINDS:
        return _check_whole(block, entry, values.values)
    if entry.kind == "sign":
        return _check_signs(block, entry, values)
    domain = None if entry.domain is None else entry.domain_with(plan.arguments)
    if domain is not None and entry.name in plan.sources:
        _check_domain(block, entry, values, domain)
    return values.values


def _check_domain(block: BlockReader, entry: Input, data: InputBlock, domain: Interval) -> None:
    low, high = data.finite_extent()
    if np.isnan(low) or (low in domain and high in domain):
        return
    values = data.values
    below = values < domain.low if domain.low in domain else values <= domain.low
    above = values > domain.high if domain.high in domain else values >= domain.high
    message = f"{entry.name} must lie in {domain.describe()}, got {{value}} at {{where}}"
    if entry.kind == "log-probability":
        message += "; give the logarithms of probabilities, and minus a −log p"
    if entry.kind == "relevance" and low < 0.0 == low % 1.0 and (values[below] == low).all():
        message += f"; leave padding out with {option('ignore_index', int(low))}"
    if entry.clipped_by and low == domain.low:
        message += f"; or set {entry.clipped_by}, which clips it"
    elif entry.unbounded_by is not None and low < domain.low:
        name, value = entry.unbounded_by
        message += f"; if it is a {value.replace('_', ' ')}, set {name}={value}"
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


def _check_labels(block: BlockReader, entry: Input, data: InputBlock) -> Array:
    encoding = block.plan.fit.targets
    if encoding == "index":
        return _check_index(block, entry, data)
    if encoding == "one_hot":
        return _check_rows(block, entry, data)
    if encoding == "signs":
        return _check_signs(block, entry, data)
    _check_unit(block, entry, data)
    return data.values


def _check_unit(block: BlockReader, entry: Input, data: InputBlock) -> None:
    if data.in_unit:
        if block.plan.loss.is_metric and _are_soft(data.values):
            _report_soft(block, entry, data.values)
        return
    from lossctl.engine.read import label_hints  # noqa: PLC0415 - messages only

    labels = data.values
    hint = label_hints.two_labels_hint(labels) or label_hints.eight_bits_hint(labels)
    if not hint and _may_be_map(data):
        hint = "; class indices? use a loss such as cross_entropy, with one score per class"
        if block.plan.loss.hard_masks:
            hint = f"; two label maps are read with {option('input', 'labels')}"
    _report(block, entry, (labels < 0.0) | (labels > 1.0), "must lie in [0, 1]", labels, hint=hint)


def _report_soft(block: BlockReader, entry: Input, labels: Array) -> None:
    """Report targets that are no labels: metrics count labels that are right."""
    _report(block, entry, np.floor(labels) != labels, "of a metric must be labels", labels)


def _may_be_map(data: InputBlock) -> bool:
    """Whether targets look like the classes of a label map."""
    return data.low >= 0.0 and data.high < MOST_LABELS and _all_whole(data.values)


def _check_signs(block: BlockReader, entry: Input, data: InputBlock) -> Array:
    """Return labels -1 and +1; 0 and 1 are mapped to them, but not both spellings in one array."""
    signs = data.values
    if are_either(signs, 1.0, -1.0):
        block.findings.labels |= {-1.0} if data.low < 0.0 else set()
        return signs
    if data.low == 0.0 and are_hard(signs):  # what follows takes ten times as long
        block.findings.labels.add(0.0)
        return 2.0 * signs - 1.0
    from lossctl.engine.read import label_hints  # noqa: PLC0415 - messages only

    wrong = (signs != 1.0) & (signs != 0.0) & (signs != -1.0) & ~np.isnan(signs)
    hint = label_hints.two_labels_hint(signs) or label_hints.eight_bits_hint(signs)
    _report(block, entry, wrong, "must be -1 and +1, or 0 and 1", signs, hint=hint)
    if not wrong.any():
        block.findings.labels |= {label for label in (0.0, -1.0) if (signs == label).any()}
    mapped: Array = np.where(signs > 0.0, 1, -1).astype(signs.dtype)
    return np.where(np.isnan(signs), signs, mapped) if data.has_nan else mapped


def _check_index(block: BlockReader, entry: Input, data: InputBlock) -> Array:
    classes, index = block.layout.columns, data.values
    if index.dtype.kind == "b":
        return index.astype(np.intp)
    if index.dtype.kind == "f":
        fractional = (np.floor(index) != index) & ~np.isnan(index)
        advice = "must be whole numbers, the index of the true class"
        _report(block, entry, fractional, advice, index)
    if data.low >= 0 and data.high < classes and not block.findings.faults:
        return index.astype(np.intp, copy=False)
    from lossctl.engine.read import label_hints  # noqa: PLC0415 - messages only

    wrong = (index < 0) | (index >= classes)
    advice = f"must be a class index from 0 to {classes - 1}"
    _report(block, entry, wrong, advice, index, hint=label_hints.index_hint(index, wrong, classes))
    return np.zeros(len(index), np.intp)


def _check_map(block: BlockReader, entry: Input, data: InputBlock) -> Array:
    """Return the classes of a label map as rows of 0 and 1, or of NaN."""
    labels, classes = data.values, block.layout.columns
    nan = np.isnan(labels)
    wrong = ((np.floor(labels) != labels) | (labels < 0) | (labels >= classes)) & ~nan
    _report(block, entry, wrong, "must be labels, whole numbers from 0 on", labels)
    rows = np.zeros((len(labels), classes), block.plan.dtype, order="F")
    rows[np.arange(len(labels)), np.where(wrong | nan, 0, labels).astype(np.intp)] = 1.0
    rows[nan] = np.nan
    return rows


def _check_rows(block: BlockReader, entry: Input, data: InputBlock) -> Array:
    """Check soft or one-hot rows; return exact one-hot rows as indices."""
    rows = data.values
    if block.plan.loss.is_metric and _are_soft(rows):
        _report_soft(block, entry, rows)
        return np.zeros(len(rows), np.intp)
    if not data.in_unit:
        from lossctl.engine.read import label_hints  # noqa: PLC0415 - messages only

        wrong: Array = (rows < 0.0) | (rows > 1.0)
        hint = label_hints.eight_bits_hint(rows)
        if not hint and data.low >= 0.0 and _all_whole(rows):
            hint = "; class indices? then predictions need one more axis, with one score per class"
        _report(block, entry, wrong, "must lie in [0, 1] in every class", rows, hint=hint)
        return rows
    may_be_hard = are_either(rows, 0.0, 1.0)
    tolerance = mass_tolerance(block.plan.sources["targets"].dtype)
    if not may_be_hard and surely_sum_to_one(rows, tolerance):
        return rows
    sums = row_sums(rows)
    if not are_near_one(sums, tolerance):
        unnormalized = np.abs(sums - 1.0) > tolerance
        if unnormalized.any():
            from lossctl.engine.read.label_hints import sums_hint  # noqa: PLC0415 - messages only

            hint = sums_hint(block, rows, sums[unnormalized])
            _report(block, entry, unnormalized, "rows must sum to 1", sums, hint=hint)
    # Whether all rows of a block are hard is decided for each block: index and distribution take
    # different kernels, whose values agree to the last bits but not beyond.
    hard = may_be_hard and least_and_greatest(sums) == (1.0, 1.0)
    return rows.argmax(axis=1) if hard else rows


def _report(
    block: BlockReader, entry: Input, wrong: Array, advice: str, values: Array, *, hint: str = ""
) -> None:
    message = f"{entry.name} {advice}, got {{value}} at {{where}}"
    block.report(entry.name, wrong, message, values, hint)


def observe(block: BlockReader, inputs: Sequence[InputBlock | None], filled: Array | None) -> None:
    """Add to the findings what the first input shows; `filled` items are no evidence."""
    plan, findings = block.plan, block.findings
    scores, targets = inputs[0], inputs[plan.loss.place_of_targets]
    if scores is None or not scores.values.size or findings.faults:
        return
    findings.low, findings.high = scores.finite_extent()
    findings.scores = scores.values.size
    findings.slack = plan.slack
    axes = block.layout.axes
    if axes == "any":
        _observe_log_sums(block, scores.values)
        return
    if plan.loss.has_classes:
        _observe_look(block, scores.values, filled)
    if axes == "item class" and plan.kind != "probabilities":
        findings.hard = False
        return
    within_unit = findings.within_unit
    findings.hard = within_unit and _all_hard(scores.values, filled)
    findings.whole = findings.hard or (not within_unit and findings.whole)
    if findings.hard and targets is not None:
        findings.soft_targets = _are_soft(targets.values)
    if axes == "item class":
        tolerance = mass_tolerance(plan.sources["predictions"].dtype)
        if not surely_sum_to_one(scores.values, tolerance):
            sums = row_sums(scores.values)
            if not are_near_one(sums, tolerance):
                _add_sums(findings, sums, np.abs(sums - 1.0) > tolerance)


def _observe_relevance(block: BlockReader, inputs: Sequence[InputBlock | None]) -> None:
    """Look for relevance below 0 and where in its list it stands."""
    layout = block.layout
    for entry, data in zip(block.plan.loss.inputs, inputs, strict=True):
        if entry.kind != "relevance" or data is None or not data.values.size or data.low >= 0.0:
            continue
        negative = data.values < 0.0
        if not negative.any():  # NaN hides that
            continue
        _, bounds = layout.groups_between(block.reader.start, block.reader.stop)
        if block.keep is not None:
            bounds = np.append(0, np.cumsum(block.keep))[bounds]
        follows = negative[:-1] & ~negative[1:]  # an item with relevance after one without
        follows[bounds[(bounds > 0) & (bounds < len(negative))] - 1] = False  # of another list
        below = data.values[negative]
        block.findings.negatives = Negatives(
            len(below),
            float(below.min()),
            float(below.max()),
            not follows.any(),
            not negative.all(),
        )


def _observe_look(block: BlockReader, scores: Array, filled: Array | None) -> None:
    """Look for what logits are not: whole numbers, rows of percentages, log-probabilities."""
    findings = block.findings
    findings.integers = block.plan.sources["predictions"].dtype.kind in "iu"
    if findings.low < 0.0 and findings.high > MOST_FILLED:
        findings.whole = False
        return
    if filled is not None:  # what stands for items that do not count is no evidence
        scores = scores[~filled]
        findings.scores = scores.size
        if not scores.size:
            findings.low, findings.high = math.inf, -math.inf
            return
        findings.low, findings.high = InputBlock(scores).finite_extent()
    row_logits = block.layout.axes == "item class" and block.plan.kind != "probabilities"
    seen_as_hard = findings.within_unit and not row_logits
    findings.whole = findings.low >= 0.0 and (seen_as_hard or _all_whole(scores))
    if not row_logits:
        return
    if findings.high <= 0.0 and block.plan.form.kind == "log_probabilities":
        return  # which these are; the loss says of which rows they are not
    if findings.high <= 0.0:
        if surely_sum_to_one(scores, LIKELY_MASS, "sums of e^x of rows"):
            return
        sums = row_sums(exp(scores))
        if not are_near_one(sums, LIKELY_MASS):
            _add_sums(findings, sums, ~(np.abs(sums - 1.0) <= LIKELY_MASS))
    elif findings.low >= 0.0:
        findings.total = row_total(scores)


def row_total(scores: Array) -> float | None:
    """Return 100 or 255 where every row sums to about that, as percentages do; else None."""
    sums = row_sums(scores)
    fitting = [
        one for one in (PERCENT, BYTE) if (np.abs(sums - one) <= SCALE_TOLERANCE * one).all()
    ]
    return fitting[0] if fitting else None


def _all_whole(scores: Array) -> bool:
    """Whether every score is a whole number or NaN; the first few usually settle it."""
    return all(
        bool(((np.floor(some) == some) | np.isnan(some)).all()) for some in (scores[:64], scores)
    )


def _observe_log_sums(block: BlockReader, scores: Array) -> None:
    """Look whether rows may be probabilities or log-probabilities, where several kinds are read."""
    findings = block.findings
    if len(block.plan.loss.forms) == 1 or not (findings.high <= 0.0 or findings.within_unit):
        return
    sums = (scores if findings.within_unit else np.exp(scores)).sum(axis=-1)
    _add_sums(findings, sums, ~(np.abs(sums - 1.0) <= LIKELY_MASS))


def _add_sums(findings: Findings, sums: Array, wrong: Array) -> None:
    if wrong.any():
        findings.unnormalized_rows = int(np.count_nonzero(wrong))
        findings.first_row_sum = float(sums[wrong][0])


def _are_soft(labels: Array) -> bool:
    return labels.dtype.kind == "f" and bool((np.floor(labels) != labels).any())


def _all_hard(scores: Array, filled: Array | None) -> bool:
    """Whether every score that counts is 0 or 1; the first few usually settle it."""
    if filled is None:
        return are_either(scores, 0.0, 1.0)
    for part in (slice(0, 64), slice(64, None)):
        some = scores[part]
        hard = (some == 0.0) | (some == 1.0)
        hard = (hard.T | filled[part].T).T
        if not hard.all():
            return False
    return True
