"""Distance IoU loss (Zheng et al. 2020, equation 7)."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, working_digits
from tests.oracles.detection._boxes import centre_penalty, iou, read


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "values",
    box_format: str = "xyxy",
) -> mpf:
    """1 - IoU plus the penalty on the centres."""
    with working_digits(predictions, targets):
        one, other = read(predictions, box_format), read(targets, box_format)
        return 1 - iou(one, other) + centre_penalty(one, other)
