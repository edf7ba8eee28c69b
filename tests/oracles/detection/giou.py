"""Generalised IoU loss (Rezatofighi et al. 2019, algorithm 1)."""

from mpmath import mpf

from tests.oracles.detection._boxes import Box, around, iou, of_boxes, union


@of_boxes
def value(one: Box, other: Box) -> mpf:
    """1 - (IoU - (C - U) / C)."""
    hull = around(one, other).area
    return 1 - (iou(one, other) - (hull - union(one, other)) / hull)
