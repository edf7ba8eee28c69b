"""Build losses of boxes; their inputs, their parameter, a curve and notes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from lossctl.core.domain import Choice, Param
from lossctl.core.loss import Array, Curve, Input, Loss, Page
from lossctl.kernels.overlap.box_volumes import Spans
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
IN_SPACE = (
    replace(
        BOXES[0], axes="item 4 | item 6", help="predicted boxes, four numbers each, or six in space"
    ),
    replace(BOXES[1], axes="item 4 | item 6"),
)

FORMAT = Param(
    "box_format",
    "xyxy",
    Choice(FORMATS),
    "What the numbers are: two corners (torchvision, Pascal VOC), the upper left corner and "
    "the size (COCO), or the centre and the size (YOLO); likewise for boxes in space.",
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

SPACE_NOTE = (
    "boxes in space have six numbers, x1 y1 z1 x2 y2 z2 (MONAI) or likewise with w h d, and "
    "volumes for areas"
)

KINKS = "edges that coincide, where each box has half of the slope; boxes that only touch"


def box_loss(
    loss_id: str,
    *,
    title: str,
    value: Callable[[Span, Span], Array],
    slopes: Callable[[Span, Span], Sequence[Slopes]],
    page: Page,
    in_space: tuple[Callable[[Spans], Array], Callable[[Spans], Sequence[Slopes]]] | None = None,
) -> Loss:
    """Declare a loss of a predicted and a true box.

    `value` takes what the boxes span along x and along y and gives the loss of each pair, (n,);
    `slopes` gives its derivatives with respect to both spans. `in_space` are the same functions of
    all three spans, of a loss that also takes boxes in space.
    """

    def value_of_boxes(predictions: Array, targets: Array, *, box_format: str) -> Array:
        places = spans(predictions, targets, box_format)
        return in_space[0](places) if in_space and len(places) > 2 else value(*places)

    def slopes_of_boxes(
        predictions: Array, targets: Array, *, box_format: str
    ) -> Mapping[str, Array]:
        places = spans(predictions, targets, box_format)
        of_places = in_space[1](places) if in_space and len(places) > 2 else slopes(*places)
        return box_slopes(places, of_places, box_format)

    return record_loss(
        loss_id,
        title=title,
        tasks=("detection",),
        inputs=IN_SPACE if in_space else BOXES,
        value=value_of_boxes,
        slopes=slopes_of_boxes,
        faults=faulty_boxes,
        params=(FORMAT,),
        page=page,
    )


def faulty_boxes(
    predictions: Array, targets: Array, *, box_format: str
) -> list[tuple[str, Array, str]]:
    """Find boxes without an area, and boxes in space beside others."""
    width, target_width = predictions.shape[1], targets.shape[1]
    if width != target_width:
        message = f"the box at {{where}} has {width} numbers, its target {target_width}"
        return [("predictions", np.ones(len(predictions), bool), message)]
    flat = width == 4
    needed = "x2 > x1 and y2 > y1" if flat else "x2 > x1, y2 > y1 and z2 > z1, as x1 y1 z1 x2 y2 z2"
    known = {"xyxy": f"needs {needed}; COCO has box_format=xywh, YOLO cxcywh"}
    lengths = "w > 0 and h > 0" if flat else "w > 0, h > 0 and d > 0"
    what = known.get(box_format, f"needs {lengths}")
    message = f"the box at {{where}} is empty: {box_format} {what}"
    return [
        (
            name,
            np.logical_or.reduce(
                [edges(boxes, at, box_format)[2] <= 0.0 for at in range(width // 2)]
            ),
            message,
        )
        for name, boxes in (("predictions", predictions), ("targets", targets))
    ]
