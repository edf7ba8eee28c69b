"""What losses of boxes share: inputs, the parameter, a curve and notes."""

from lossctl.core.curves import Curve
from lossctl.core.domain import Choice
from lossctl.core.loss import Input
from lossctl.core.param import Param
from lossctl.kernels.boxes import FORMATS

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
    "What the four numbers are: two corners, a corner and the size, or the centre and the size.",
)
SHIFTED = Curve(
    "shift of a square of side 1",
    -2.0,
    2.0,
    lambda x: ([[x, 0.0, x + 1.0, 1.0]], [[0.0, 0.0, 1.0, 1.0]]),
)
NOTES = (
    "the same number for any scale and origin: coordinates may be pixels or fractions",
    "boxes without an area are an error that names the row",
    "nothing is added to denominators: areas are positive (torchvision adds 1e-7)",
)
KINKS = "edges that coincide, where each box has half of the slope; boxes that only touch"
