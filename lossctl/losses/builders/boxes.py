"""Build losses of boxes; their inputs, their parameter, a curve and notes."""

from collections.abc import Callable, Mapping

from lossctl.core.domain import Choice, Param
from lossctl.core.loss import Array, Curve, Input, Loss, Page
from lossctl.kernels.overlap.boxes import (
    FORMATS,
    Slopes,
    Span,
    box_slopes,
    edges,
    spans,
)
from lossctl.losses.builders.records import record_loss

BOXES = (
    Input(
        "predictions", "item 4", "box", "predicted boxes, four numbers each", differentiable=True
    ),
    Input("targets", "item 4", "box", "true boxes, in the same format"),
)

FORMAT = Param(
    "box_format",
    "xyxy",
    Choice(FORMATS),
    "What the four numbers are: two corners (torchvision, Pascal VOC), the upper left corner and "
    "the size (COCO), or the centre and the size (YOLO).",
)

SHIFTED = Curve(
    "shift of a square of side 1",
    -2.0,
    2.0,
    lambda x: ([[x, 0.0, x + 1.0, 1.0]], [[0.0, 0.0, 1.0, 1.0]]),
)

NOTES = (
    "invariant to scale and origin: coordinates may be pixels or fractions",
    "a box without area is an error that names the row",
    "nothing is added to denominators, since areas are positive (torchvision adds 1e-7)",
)

KINKS = "edges that coincide, where each box has half of the slope; boxes that only touch"


def box_loss(
    loss_id: str,
    *,
    title: str,
    value: Callable[[Span, Span], Array],
    slopes: Callable[[Span, Span], tuple[Slopes, Slopes]],
    page: Page,
) -> Loss:
    """Declare a loss of a predicted and a true box.

    `value` takes what the boxes span along x and along y and gives the loss of each pair, (n,);
    `slopes` gives its derivatives with respect to both spans.
    """

    def value_of_boxes(predictions: Array, targets: Array, *, box_format: str) -> Array:
        return value(*spans(predictions, targets, box_format))

    def slopes_of_boxes(
        predictions: Array, targets: Array, *, box_format: str
    ) -> Mapping[str, Array]:
        x, y = spans(predictions, targets, box_format)
        return box_slopes(x, y, *slopes(x, y), box_format)

    return record_loss(
        loss_id,
        title=title,
        tasks=("detection",),
        inputs=BOXES,
        value=value_of_boxes,
        slopes=slopes_of_boxes,
        faults=faulty_boxes,
        params=(FORMAT,),
        page=page,
    )


def faulty_boxes(
    predictions: Array, targets: Array, *, box_format: str
) -> list[tuple[str, Array, str]]:
    """Find boxes without an area."""
    known = {"xyxy": "needs x2 > x1 and y2 > y1; COCO has box_format=xywh, YOLO cxcywh"}
    what = known.get(box_format, "needs w > 0 and h > 0")
    message = f"the box at {{where}} is empty: {box_format} {what}"
    return [
        (
            name,
            (edges(boxes, 0, box_format)[2] <= 0.0) | (edges(boxes, 1, box_format)[2] <= 0.0),
            message,
        )
        for name, boxes in (("predictions", predictions), ("targets", targets))
    ]
