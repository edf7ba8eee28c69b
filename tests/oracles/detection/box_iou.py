"""IoU loss (Yu et al. 2016), as 1 - IoU."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, working_digits
from tests.oracles.detection._boxes import iou, read


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "values",
    box_format: str = "xyxy",
) -> mpf:
    """1 - IoU."""
    with working_digits(predictions, targets):
        one, other = read(predictions, box_format), read(targets, box_format)
        return 1 - iou(one, other)
