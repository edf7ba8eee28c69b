"""Complete IoU loss (Zheng et al. 2020, equations 8 to 11)."""

from mpmath import atan, mpf, pi

from tests.oracles.detection._boxes import Box, centre_penalty, iou, of_boxes


def aspect(box: Box) -> mpf:
    """The angle whose tangent is width over height."""
    width, height = box.sides
    return atan(width / height)


@of_boxes
def value(one: Box, other: Box) -> mpf:
    """1 - IoU plus the penalties on the centres and on the aspect ratios."""
    v = 4 / pi**2 * (aspect(other) - aspect(one)) ** 2
    miss = 1 - iou(one, other)
    alpha = v / (miss + v) if v else mpf(0)
    return miss + centre_penalty(one, other) + alpha * v
