"""Complete IoU loss (Zheng et al. 2020, equations 8 to 11)."""

from collections.abc import Sequence

from mpmath import atan, mpf, pi

from tests.oracles._numbers import Number, working_digits
from tests.oracles.detection._boxes import Box, centre_penalty, iou, read


def aspect(box: Box) -> mpf:
    """The angle whose tangent is width over height."""
    return atan((box.right - box.left) / (box.bottom - box.top))


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "values",
    box_format: str = "xyxy",
) -> mpf:
    """1 - IoU plus the penalties on the centres and on the aspect ratios."""
    with working_digits(predictions, targets):
        one, other = read(predictions, box_format), read(targets, box_format)
        v = 4 / pi**2 * (aspect(other) - aspect(one)) ** 2
        miss = 1 - iou(one, other)
        alpha = v / (miss + v) if v else mpf(0)
        return miss + centre_penalty(one, other) + alpha * v
