"""Distance IoU loss of boxes."""

from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.overlap import box_volumes
from lossctl.kernels.overlap.box_volumes import Spans
from lossctl.kernels.overlap.boxes import (
    Slopes,
    Span,
    centre_distance,
    one_minus_iou,
    one_minus_iou_slopes,
    with_centre_distance,
)
from lossctl.losses.builders.boxes import KINKS, NOTES, SHIFTED, SPACE_NOTE, box_loss


def value(x: Span, y: Span) -> Array:
    """1 − IoU, plus the squared distance of the centres over that of the far corners."""
    return one_minus_iou(x, y) + centre_distance(x, y)


def slopes(x: Span, y: Span) -> tuple[Slopes, Slopes]:
    """Derivative with respect to the predicted boxes."""
    return with_centre_distance(one_minus_iou_slopes(x, y), x, y)


def value_in_space(spans: Spans) -> Array:
    """The same of volumes, and of the diagonal in space."""
    return box_volumes.one_minus_iou(spans) + box_volumes.centre_distance(spans)


def slopes_in_space(spans: Spans) -> list[Slopes]:
    """Derivative with respect to the predicted boxes."""
    return box_volumes.with_centre_distance(box_volumes.one_minus_iou_slopes(spans), spans)


DIOU = box_loss(
    "diou",
    title="Distance IoU loss",
    value=value,
    slopes=slopes,
    in_space=(value_in_space, slopes_in_space),
    page=Page(
        summary="Distance IoU (DIoU): 1 − IoU + (distance of centres / enclosing diagonal)²",
        also_called=("distance intersection over union",),
        curve=SHIFTED,
        formula="1 − IoU + ρ²/c²,  ρ: distance of the centres, c: diagonal of the box around both",
        use_when=(
            "predictions may miss their targets, or lie inside them",
            "centres should converge before sizes",
        ),
        avoid_when=("the shape of the boxes matters as much (use ciou)",),
        expected={"perfect": "0", "bad": "1 to 2: the boxes are disjoint"},
        references=(Reference("Zheng et al., Distance-IoU loss (2020)", "arXiv:1911.08287"),),
        examples=(
            Example.of(
                0.9682539682539683,
                "IoU 1/7; distance of centres √2, diagonal √18: 6/7 + 2/18 = 61/63",
                predictions=[[0.0, 0.0, 2.0, 2.0]],
                targets=[[1.0, 1.0, 3.0, 3.0]],
            ),
            Example.of(
                1.0444444444444445,
                "IoU 1/15; distance of centres √3, diagonal √27: 14/15 + 3/27 = 47/45",
                predictions=[[0.0, 0.0, 0.0, 2.0, 2.0, 2.0]],
                targets=[[1.0, 1.0, 1.0, 3.0, 3.0, 3.0]],
            ),
        ),
        notes=(*NOTES, SPACE_NOTE),
        kinks=KINKS,
    ),
)
