"""Generalised IoU loss of boxes."""

from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.overlap import box_volumes
from lossctl.kernels.overlap.box_volumes import Spans
from lossctl.kernels.overlap.boxes import (
    Exponents,
    Slopes,
    Span,
    one_minus_iou,
    one_minus_iou_slopes,
    overlaps,
    uncovered_area,
    union_area,
    with_enclosing_area,
)
from lossctl.losses.builders.boxes import KINKS, NOTES, SHIFTED, SPACE_NOTE, box_loss


def value(x: Span, y: Span) -> Array:
    """1 − IoU, plus the share of the box around both that neither covers."""
    iou_loss = one_minus_iou(x, y)
    x, y, *_ = with_enclosing_area(x, y)
    return iou_loss + uncovered_area(x, y) / (x.enclosing * y.enclosing)


def slopes(x: Span, y: Span) -> tuple[Slopes, Slopes]:
    """Derivative with respect to the predicted boxes."""
    of_x, of_y = one_minus_iou_slopes(x, y)
    x, y, x_exponents, y_exponents = with_enclosing_area(x, y)
    return added(of_x, x, y, x_exponents), added(of_y, y, x, y_exponents)


def added(slopes: Slopes, along: Span, across: Span, exponents: Exponents) -> Slopes:
    """Add the slopes of 1 − |A ∪ B| / |C| along one axis."""
    union, around = union_area(along, across), along.enclosing * across.enclosing
    density = union / along.enclosing
    have_overlap = overlaps(along, across)
    size, overlap = density - across.size, have_overlap * across.intersection - density
    more = Slopes(size / around, overlap / around).times(exponents)
    return Slopes(slopes.size + more.size, slopes.overlap + more.overlap)


def value_in_space(spans: Spans) -> Array:
    """The same of volumes."""
    return box_volumes.one_minus_iou(spans) + box_volumes.uncovered_share(spans)


def slopes_in_space(spans: Spans) -> list[Slopes]:
    """Derivative with respect to the predicted boxes."""
    return box_volumes.with_uncovered_share(box_volumes.one_minus_iou_slopes(spans), spans)


GIOU = box_loss(
    "giou",
    title="Generalised IoU loss",
    value=value,
    slopes=slopes,
    in_space=(value_in_space, slopes_in_space),
    page=Page(
        summary="Generalized IoU (GIoU): 1 − IoU + empty share of the smallest enclosing box",
        also_called=("generalized intersection over union",),
        curve=SHIFTED,
        formula="1 − IoU + |C \\ (A ∪ B)| / |C|,  C: the smallest box around both",
        use_when=(
            "predictions may miss their targets",
            "a loss without parameters in [0, 2] is wanted for boxes (DETR adds it to mae)",
        ),
        avoid_when=(
            "one box lies inside the other for long: the loss is then that of IoU (use diou)",
        ),
        expected={"perfect": "0", "bad": "1 to 2: the boxes are disjoint"},
        references=(
            Reference(
                "Rezatofighi et al., Generalized intersection over union (2019)",
                "arXiv:1902.09630",
            ),
        ),
        examples=(
            Example.of(
                1.0793650793650793,
                "IoU 1/7; the box around both has area 9, of which 2 are empty: 6/7 + 2/9 = 68/63",
                predictions=[[0.0, 0.0, 2.0, 2.0]],
                targets=[[1.0, 1.0, 3.0, 3.0]],
            ),
            Example.of(
                1.5,
                "unit squares with a gap of 2: 1 + 2/4",
                {"box_format": "xywh"},
                predictions=[[0.0, 0.0, 1.0, 1.0]],
                targets=[[3.0, 0.0, 1.0, 1.0]],
            ),
            Example.of(
                1.3777777777777778,
                "IoU 1/15; the box around both has volume 27, of which 12 are empty: 14/15 + 4/9",
                predictions=[[0.0, 0.0, 0.0, 2.0, 2.0, 2.0]],
                targets=[[1.0, 1.0, 1.0, 3.0, 3.0, 3.0]],
            ),
        ),
        notes=(*NOTES, SPACE_NOTE),
        kinks=KINKS,
    ),
)
