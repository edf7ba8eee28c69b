"""What a message adds on labels that the loss cannot take: how they become such as it takes."""

import math

import numpy as np

from lossctl.core.loss import Array
from lossctl.core.spelling import option
from lossctl.engine.read.reader import BYTE, ROUNDED, BlockReader

LEAST_MARK = 99  # labels of items to leave out that stand in data: 99, 255, and what is negative


def two_labels_hint(labels: Array) -> str:
    """Say how two labels other than 0 and 1 become these; nothing for others."""
    if ((labels == 1.0) | (labels == -1.0)).all():
        return "; labels -1 and +1 become 0 and 1 by (t + 1) / 2"
    if ((labels == 1.0) | (labels == 2.0)).all():
        return "; labels 1 and 2 become 0 and 1 by t - 1"
    return ""


def eight_bits_hint(labels: Array, left_out: str | None = None) -> str:
    """Say how masks of 0 and 255, or such a label beside 0 and 1, are read; nothing for others."""
    marked = labels == BYTE
    if not marked.any():
        return ""
    rest = labels[~(marked | np.isnan(labels))] if labels.dtype.kind == "f" else labels[~marked]
    if not rest.any():
        return "; masks of 0 and 255 become 0 and 1 by t / 255"
    if left_out is None:
        left_out = f"; 255 is left out by {option('ignore_index', 255)}"
    return left_out if (rest <= 1).all() and (rest >= 0).all() else ""


def index_hint(index: Array, wrong: Array, classes: int) -> str:
    """Say what makes classes of indices of which some are none."""
    if not wrong.any():
        return ""
    low, high = np.nanmin(index), np.nanmax(index)
    if low == 1 and high == classes:
        return f"; labels from 1 to {classes} become that by t - 1"
    first = float(index[wrong][0])
    marks = math.isfinite(first) and not 0 <= first < LEAST_MARK
    if marks and not wrong.all() and (index[wrong] == first).all():
        left_out = f"; leave it out with {option('ignore_index', int(first))}"
        return eight_bits_hint(index, "") or left_out
    return f"; predictions have scores for {classes} classes"


def sums_hint(block: BlockReader, rows: Array, sums: Array) -> str:
    """Say how rows of targets that do not sum to 1 are read or made to."""
    loss = block.plan.loss
    if (np.abs(sums - 1.0) <= ROUNDED).all():
        return "; rounded? divide each row by its sum"
    if not ((rows == 0.0) | (rows == 1.0)).all():
        return "; divide each row by its sum"
    if "item" in loss.form_axes and not loss.joint_classes:
        return f"; several labels at once are read with {option('task', 'multilabel')}"
    return "; for several labels at once use bce"
