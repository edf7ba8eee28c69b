"""Observe what decides the kind of the predictions: their range, hard labels, sums of rows."""

from collections.abc import Sequence

import numpy as np

from lossctl.core.loss import Array
from lossctl.engine.bind.labels import mass_tolerance
from lossctl.engine.read.findings import Findings
from lossctl.engine.read.reader import BlockReader, InputBlock
from lossctl.kernels.numeric.rows import row_sums

LIKELY_MASS = 1e-3  # how far the exponentials of log-probabilities may be from summing to one


def observe(block: BlockReader, inputs: Sequence[InputBlock | None], filled: Array | None) -> None:
    """Add to the findings what the first input shows; `filled` items are no evidence."""
    scores, targets = inputs[0], inputs[-1]
    if scores is None or not scores.values.size or block.findings.faults:
        return
    findings = block.findings
    findings.low, findings.high = scores.finite_extent()
    axes = block.layout.axes
    if axes == "any":
        _observe_log_sums(block, scores.values)
    elif axes == "item":
        findings.hard = findings.within_unit and _all_hard(scores.values, filled)
        if findings.hard and targets is not None:
            findings.soft_targets = _are_soft(targets.values)
    elif block.plan.kind == "probabilities":
        findings.hard = findings.within_unit and _all_hard(scores.values, filled)
        if findings.hard and targets is not None:
            findings.soft_targets = _are_soft(targets.values)
        sums = row_sums(scores.values)
        wrong = np.abs(sums - 1.0) > mass_tolerance(block.plan.sources["predictions"].dtype)
        _add_sums(findings, sums, wrong)
    else:
        findings.hard = False


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
    for part in (slice(0, 64), slice(64, None)):
        some = scores[part]
        hard = (some == 0.0) | (some == 1.0)
        if filled is not None:
            hard = (hard.T | filled[part].T).T
        if not hard.all():
            return False
    return True
