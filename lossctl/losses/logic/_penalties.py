"""What the penalties of constraints share: their inputs, tasks and price."""

from collections.abc import Callable

from lossctl.core.build import elementwise
from lossctl.core.domain import NONNEGATIVE
from lossctl.core.loss import Array, Input, Loss, Page
from lossctl.core.param import Param


def penalty_loss(
    loss_id: str,
    *,
    title: str,
    value: Callable[..., Array],
    slope: Callable[..., Array],
    unit: str,
    page: Page,
    params: tuple[Param, ...] = (),
) -> Loss:
    """Declare the penalty of constraint values above their thresholds.

    `value(predictions, targets, **params)` gives the penalty times ``penalty_weight``; `unit` says
    what that is the price of.
    """
    return elementwise(
        loss_id,
        title=title,
        tasks=("logic",),
        inputs=(
            Input(
                "predictions",
                "item",
                "constraint",
                "constraint values, violated above the threshold",
                differentiable=True,
            ),
            Input("targets", "item", "threshold", "thresholds, 0 when not given", default=0.0),
        ),
        value=value,
        slope=slope,
        params=(Param("penalty_weight", 10.0, NONNEGATIVE, f"Price of {unit}."), *params),
        page=page,
    )
