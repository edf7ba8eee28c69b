"""IoU loss (Yu et al. 2016), as 1 - IoU."""

from mpmath import mpf

from tests.oracles.detection._boxes import Box, iou, of_boxes


@of_boxes
def value(one: Box, other: Box) -> mpf:
    """1 - IoU."""
    return 1 - iou(one, other)
