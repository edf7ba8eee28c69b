"""Build losses of the direction of two embeddings, and say what is done with those of zeros."""

from collections.abc import Callable, Mapping

import numpy as np

from lossctl.core.domain import Choice
from lossctl.core.loss import Array, Input, Loss, Page
from lossctl.core.param import Param
from lossctl.core.records import record_loss
from lossctl.kernels.cosine import angle, cosine_vjp
from lossctl.losses.similarity._inputs import SIDES

ZERO_VECTOR = Param(
    "zero_vector",
    "orthogonal",
    Choice(("orthogonal", "refuse")),
    "A vector of zeros has cosine 0 with everything, or is an error.",
)


def blank_faults(
    first: Array, second: Array, *_: Array, zero_vector: str
) -> list[tuple[str, Array, str]]:
    """Find embeddings of zeros, whose direction nobody knows, where they are refused."""
    if zero_vector != "refuse":
        return []
    message = "{where} is a vector of zeros, which has no direction"
    sides = {"first": first, "second": second}
    return [(name, np.logical_not(array.any(axis=-1)), message) for name, array in sides.items()]


def direction_loss(
    loss_id: str,
    *,
    title: str,
    tasks: tuple[str, ...],
    value: Callable[..., Array],
    slopes: Callable[..., tuple[Array, Mapping[str, Array]]],
    page: Page,
    more: tuple[Input, ...] = (),
) -> Loss:
    """Declare a loss of the cosine of `first` and `second`, and of `more` inputs.

    `value(angle, *more)` gives the loss of each pair, (n,); `slopes(angle, *more)` its derivative
    with respect to the cosine, (n,), and those with respect to further inputs, by their names.
    """

    def of_sides(first: Array, second: Array, *rest: Array, zero_vector: str) -> Array:  # noqa: ARG001 - read by `faults`
        return value(angle(first, second), *rest)

    def slopes_of_sides(
        first: Array,
        second: Array,
        *rest: Array,
        zero_vector: str,  # noqa: ARG001
    ) -> dict[str, Array]:
        found = angle(first, second)
        change, others = slopes(found, *rest)
        to_first, to_second = cosine_vjp(found, change)
        return {"first": to_first, "second": to_second, **others}

    return record_loss(
        loss_id,
        title=title,
        tasks=tasks,
        inputs=(*SIDES, *more),
        packs=("first", "second"),
        value=of_sides,
        slopes=slopes_of_sides,
        faults=blank_faults,
        params=(ZERO_VECTOR,),
        page=page,
    )
