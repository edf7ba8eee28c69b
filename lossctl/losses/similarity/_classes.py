"""Build losses of cosines to the centres of classes, the true one put farther away by a margin."""

from collections.abc import Callable

from lossctl.core.curves import Curve
from lossctl.core.domain import POSITIVE, Interval
from lossctl.core.loss import Array, Input, Loss, Page
from lossctl.core.param import Param
from lossctl.core.records import record_loss
from lossctl.kernels.angular import margin_nll, margin_nll_slope
from lossctl.kernels.softmax import pick

COSINES = Input(
    "predictions",
    "item class",
    "cosine",
    "cosines between each embedding and the centre of each class",
    Interval(-1.001, 1.001),  # what rounding leaves; cosines are held within ±1
    differentiable=True,
)
CLASSES = Input("targets", "item", "class", "the class of each item, from 0 on")
COSINE_MARGIN = Curve(
    "cosine to the true class, 0 to one other", -0.95, 0.95, lambda x: ([[x, 0.0]], [0])
)


def class_faults(predictions: Array, targets: Array, **_: float) -> list[tuple[str, Array, str]]:
    """Report classes that have no column."""
    width = predictions.shape[1]
    missing = (targets < 0) | (targets >= width)
    return [("targets", missing, f"{{where}} is no class from 0 to {width - 1}")]


def margin_softmax(
    loss_id: str,
    *,
    title: str,
    moved: Callable[[Array, float], Array],
    moved_slope: Callable[[Array, float], Array],
    margin: Param,
    page: Page,
) -> Loss:
    """Declare the cross-entropy of scaled cosines in which those of the true class are moved.

    `moved(cosines, margin)` gives what stands for the cosines of the true classes, (n,), and
    `moved_slope` its derivative with respect to them.
    """

    def value(predictions: Array, targets: Array, *, margin: float, scale: float) -> Array:
        own = moved(pick(predictions, targets), margin)
        return margin_nll(predictions, targets, own, scale)

    def slopes(
        predictions: Array, targets: Array, *, margin: float, scale: float
    ) -> dict[str, Array]:
        cosines = pick(predictions, targets)
        own, rise = moved(cosines, margin), moved_slope(cosines, margin)
        return {"predictions": margin_nll_slope(predictions, targets, own, rise, scale)}

    return record_loss(
        loss_id,
        title=title,
        tasks=("multiclass", "embedding"),
        inputs=(COSINES, CLASSES),
        value=value,
        slopes=slopes,
        faults=class_faults,
        params=(
            margin,
            Param("scale", 64.0, POSITIVE, "Multiplies the cosines before the softmax."),
        ),
        page=page,
    )
