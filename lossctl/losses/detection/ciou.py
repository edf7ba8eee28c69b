"""Complete IoU loss of boxes."""

import math

import numpy as np

from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.pointwise import over
from lossctl.kernels.overlap.boxes import (
    Slopes,
    Span,
    centre_distance,
    one_minus_iou,
    one_minus_iou_slopes,
    shape_scaled,
    with_centre_distance,
)
from lossctl.losses.builders.boxes import KINKS, NOTES, SHIFTED, box_loss

PER_RIGHT_ANGLE = 2.0 / math.pi


def angle_difference(x: Span, y: Span) -> Array:
    """Return atan(true w/h) − atan(predicted w/h), over a right angle."""
    width, height, _ = shape_scaled(x.size, y.size)
    true_width, true_height, _ = shape_scaled(x.target_size, y.target_size)
    cross = true_width * height - width * true_height
    return PER_RIGHT_ANGLE * np.arctan2(cross, true_width * width + true_height * height)


def value(x: Span, y: Span) -> Array:
    """1 − IoU, the distance of the centres, and α·v for shapes that differ."""
    iou_loss, shape = one_minus_iou(x, y), angle_difference(x, y) ** 2
    return (iou_loss + centre_distance(x, y)) + shape * over(shape, iou_loss + shape)


def slopes(x: Span, y: Span) -> tuple[Slopes, Slopes]:
    """Derivative with respect to the predicted boxes, that of α included."""
    iou_loss, angle = one_minus_iou(x, y), angle_difference(x, y)
    shape = angle * angle
    alpha = over(shape, iou_loss + shape)
    of_angle = 2.0 * angle * alpha * (2.0 - alpha)  # α·v = v² / (1 − IoU + v)
    width, height, exponents = shape_scaled(x.size, y.size)
    reach = width * width + height * height
    of_x, of_y = (
        Slopes((1.0 - alpha * alpha) * slope.size, (1.0 - alpha * alpha) * slope.overlap)
        for slope in one_minus_iou_slopes(x, y)
    )
    of_x, of_y = with_centre_distance((of_x, of_y), x, y)
    by_width = Slopes(of_angle * PER_RIGHT_ANGLE * height / reach, 0.0).times(exponents)
    by_height = Slopes(of_angle * PER_RIGHT_ANGLE * width / reach, 0.0).times(exponents)
    of_x = of_x._replace(size=of_x.size - by_width.size)
    of_y = of_y._replace(size=of_y.size + by_height.size)
    return of_x, of_y


CIOU = box_loss(
    "ciou",
    title="Complete IoU loss",
    value=value,
    slopes=slopes,
    page=Page(
        summary="Complete IoU (CIoU): 1 − IoU + centre distance term + aspect ratio term α·v",
        also_called=("complete intersection over union", "YOLO box loss"),
        curve=SHIFTED,
        formula="1 − IoU + ρ²/c² + α·v,  v = (2/π)²·(atan(w_t/h_t) − atan(w/h))²,  "
        "α = v / (1 − IoU + v)",
        use_when=(
            "overlap, centre distance and aspect ratio all count (YOLO's box loss)",
            "predictions may miss their targets, or lie inside them",
        ),
        avoid_when=("boxes are squares, or aspect ratios are noise (use diou)",),
        expected={"perfect": "0", "bad": "1 to 3: the boxes are disjoint"},
        references=(
            Reference("Zheng et al., Distance-IoU loss (2020)", "arXiv:1911.08287"),
            Reference(
                "Zheng et al., Enhancing geometric factors in model learning (2020)",
                "arXiv:2005.03572",
            ),
        ),
        examples=(
            Example.of(
                0.9682539682539683,
                "two squares: no difference in shape, 6/7 + 2/18 as diou",
                predictions=[[0.0, 0.0, 2.0, 2.0]],
                targets=[[1.0, 1.0, 3.0, 3.0]],
            ),
            Example.of(
                0.45785643007447525,
                "height √3: m = 1 − 1/√3, ρ²/c² = (√3 − 1)²/16, angles 30° and 45°: v = (1/6)²; "
                "m + ρ²/c² + v²/(m + v)",
                predictions=[[0.0, 0.0, 1.0, 1.0]],
                targets=[[0.0, 0.0, 1.0, 1.7320508075688772]],
            ),
        ),
        notes=(
            *NOTES,
            (
                "the gradient is that of the value; the authors (and torchvision) treat α as "
                "a constant, which gives other numbers"
            ),
            "boxes in space have no one aspect ratio: use giou or diou for them",
            "α has no threshold: the second paper sets it to 0 where IoU < ½",
        ),
        kinks=KINKS,
    ),
)
