"""Generalised IoU loss (Rezatofighi et al. 2019, algorithm 1)."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, working_digits
from tests.oracles.detection._boxes import around, iou, read, union


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "values",
    box_format: str = "xyxy",
) -> mpf:
    """1 - (IoU - (C - U) / C)."""
    with working_digits(predictions, targets):
        one, other = read(predictions, box_format), read(targets, box_format)
        hull = around(one, other).area
        return 1 - (iou(one, other) - (hull - union(one, other)) / hull)
