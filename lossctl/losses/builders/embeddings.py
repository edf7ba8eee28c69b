"""Build losses of the cosine of two embeddings; inputs, curves and notes of embeddings."""

import math
from collections.abc import Callable, Mapping

import numpy as np

from lossctl.core.domain import NONNEGATIVE, POSITIVE, Choice, Interval, Param
from lossctl.core.loss import Array, Curve, Input, Loss, Page
from lossctl.kernels.distance.cosine import angle, cosine_vjp
from lossctl.losses.builders.records import record_loss

LABELS = Input("labels", "item", "class", "whole numbers: the class or identity of each embedding")
SIGNS = Input(
    "targets", "item", "sign", "+1 and -1, or 1 and 0: one for each item", sets_width=False
)


def embedding(name: str, text: str) -> Input:
    """Declare an input of one embedding per item: (…, D)."""
    return Input(name, "item feature", "embedding", text, differentiable=True)


def distance(name: str, text: str) -> Input:
    """Declare an input of one given distance per item."""
    return Input(name, "item", "distance", text, NONNEGATIVE, differentiable=True)


def temperature_of(default: float, divided: str = "similarities") -> Param:
    """Declare the temperature of a softmax, with its default."""
    return Param("temperature", default, POSITIVE, f"Softmax temperature: divides the {divided}.")


def unit_vector(cosine: float) -> list[float]:
    """Return a vector of length one with this cosine to [1, 0]."""
    return [cosine, math.sqrt(max(0.0, 1.0 - cosine * cosine))]


SIDES = (
    embedding("first", "embeddings of one side of each pair"),
    embedding("second", "embeddings of the other side"),
)

VIEWS = (
    embedding("first", "embeddings of one view of each item"),
    embedding("second", "embeddings of the other view"),
)

LABELLED = (embedding("embeddings", "one embedding per item"), LABELS)
SAME_SIZE = "the value depends on the batch: compare values at the same group size only"
ONE_NUMBER = "one value per batch; the mean over batches weights them equally"

PAIR = Curve(
    "cosine of a positive pair",
    -1.0,
    1.0,
    lambda x: ([[1.0, 0.0]], [unit_vector(x)], [1.0]),
)

FIRST_OF_TWO = Curve(
    "cosine of the first of two pairs",
    -1.0,
    1.0,
    lambda x: ([[1.0, 0.0], [0.0, 1.0]], [unit_vector(x), [0.0, 1.0]]),
)

CLUSTERS = Curve(
    "cosine of the two items of one label; two of another label lie opposite",
    -1.0,
    1.0,
    lambda x: ([[1.0, 0.0], unit_vector(x), [0.0, -1.0], [-0.1, -1.0]], [0, 0, 1, 1]),
)

SIMILARITY = Param(
    "similarity",
    "cosine",
    Choice(("cosine", "dot")),
    "Cosine, or the inner product of the embeddings as given.",
)

ORDER = Param(
    "p",
    2.0,
    Interval(1.0, float("inf"), "left"),
    "Order of the norm: 2 is Euclidean, 1 sums absolute differences.",
)

ZERO_VECTOR = Param(
    "zero_vector",
    "orthogonal",
    Choice(("orthogonal", "refuse")),
    "Whether a zero vector has cosine 0 with everything, or is an error.",
)


def zero_faults(
    first: Array, second: Array, *_: Array, zero_vector: str
) -> list[tuple[str, Array, str]]:
    """Find embeddings of zeros, which have no direction, where they are refused."""
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

    def value_of_sides(first: Array, second: Array, *rest: Array, zero_vector: str) -> Array:  # noqa: ARG001 - read by `faults`
        return value(angle(first, second), *rest)

    def slopes_of_sides(
        first: Array,
        second: Array,
        *rest: Array,
        zero_vector: str,  # noqa: ARG001
    ) -> dict[str, Array]:
        pairs = angle(first, second)
        cosine_slopes, of_more = slopes(pairs, *rest)
        to_first, to_second = cosine_vjp(pairs, cosine_slopes)
        return {"first": to_first, "second": to_second, **of_more}

    return record_loss(
        loss_id,
        title=title,
        tasks=tasks,
        inputs=(*SIDES, *more),
        packs=("first", "second"),
        value=value_of_sides,
        slopes=slopes_of_sides,
        faults=zero_faults,
        params=(ZERO_VECTOR,),
        page=page,
    )
