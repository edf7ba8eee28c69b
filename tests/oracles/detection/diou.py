"""Distance IoU loss (Zheng et al. 2020, equation 7)."""

from mpmath import mpf

from tests.oracles.detection._boxes import Box, centre_penalty, iou, of_boxes


@of_boxes
def value(one: Box, other: Box) -> mpf:
    """1 - IoU plus the penalty on the centres."""
    return 1 - iou(one, other) + centre_penalty(one, other)
