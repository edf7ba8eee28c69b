"""IoU loss of boxes."""

from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.overlap import box_volumes
from lossctl.kernels.overlap.boxes import Slopes, Span, one_minus_iou, one_minus_iou_slopes
from lossctl.losses.builders.boxes import KINKS, NOTES, SHIFTED, SPACE_NOTE, box_loss


def value(x: Span, y: Span) -> Array:
    """1 − IoU."""
    return one_minus_iou(x, y)


def slopes(x: Span, y: Span) -> tuple[Slopes, Slopes]:
    """Derivative with respect to the predicted boxes; 0 for boxes that do not meet."""
    return one_minus_iou_slopes(x, y)


BOX_IOU = box_loss(
    "box_iou",
    title="Box IoU loss",
    value=value,
    slopes=slopes,
    in_space=(box_volumes.one_minus_iou, box_volumes.one_minus_iou_slopes),
    page=Page(
        summary="1 − IoU of two boxes: one minus intersection over union",
        also_called=("bounding box IoU", "intersection over union"),
        curve=SHIFTED,
        formula="1 − |A ∩ B| / |A ∪ B|",
        use_when=(
            "the metric is IoU and predictions already overlap their targets",
            "boxes of all sizes should count equally",
        ),
        avoid_when=(
            "predictions may miss their targets: the gradient is then 0 (use giou, diou or ciou)",
            "IoU of masks is meant (use jaccard)",
        ),
        expected={"perfect": "0", "good": "< 0.3", "bad": "1: the boxes are disjoint"},
        references=(
            Reference(
                "Yu et al., UnitBox: an advanced object detection network (2016)",
                "arXiv:1608.01471",
            ),
        ),
        examples=(
            Example.of(
                0.9285714285714286,
                "squares of area 4 share 1 of 7: 6/7; the others are disjoint: (6/7 + 1) / 2",
                predictions=[[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 1.0, 1.0]],
                targets=[[1.0, 1.0, 3.0, 3.0], [2.0, 0.0, 3.0, 1.0]],
            ),
            Example.of(
                0.5,
                "the same centre, height 2 and 1: 1 − 2/4",
                {"box_format": "cxcywh"},
                predictions=[[1.0, 1.0, 2.0, 2.0]],
                targets=[[1.0, 1.0, 2.0, 1.0]],
            ),
            Example.of(
                0.9333333333333333,
                "cubes of volume 8 share 1 of 15: 14/15",
                predictions=[[0.0, 0.0, 0.0, 2.0, 2.0, 2.0]],
                targets=[[1.0, 1.0, 1.0, 3.0, 3.0, 3.0]],
            ),
        ),
        notes=(*NOTES, SPACE_NOTE, "UnitBox takes −log IoU; 1 − IoU is what later detectors use"),
        kinks=KINKS,
    ),
)
