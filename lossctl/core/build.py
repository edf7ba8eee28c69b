"""Build the forms of the common losses from a `value` and a `slope` function."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

from lossctl.core.loss import Array, Form, Input, Loss, Page
from lossctl.core.param import Param

Function: TypeAlias = Callable[..., Array]
Order: TypeAlias = Literal["class", "memory"]


def elementwise(
    loss_id: str,
    *,
    title: str,
    tasks: tuple[str, ...],
    inputs: tuple[Input, ...],
    value: Function,
    slope: Function | Mapping[str, Function],
    page: Page,
    params: tuple[Param, ...] = (),
) -> Loss:
    """Declare a loss whose item is an element of plain values (no classes).

    `value(predictions, targets, **params)` gives the loss of each element and `slope` its
    derivative with respect to the prediction; a loss with several differentiable inputs gives a
    function for each by its name. All take every input, in declared order.
    """
    functions = slope if isinstance(slope, Mapping) else {"predictions": slope}

    def terms(*arrays: Array, **given: Any) -> dict[str, Any]:
        return {"loss": value(*arrays, **given), "weight": 1.0}

    def pullback(*arrays: Array, slopes: Any, **given: Any) -> dict[str, Array]:
        return {
            name: slopes["loss"] * function(*arrays, **given)
            for name, function in functions.items()
        }

    form = Form("item", "values", terms, pullback)
    context: Literal["variance"] | None = "variance" if "regression" in tasks else None
    return Loss(loss_id, title, tasks, inputs, (form,), page, params, context=context)


def binary_form(
    kind: str,
    value: Function,
    slope: Function,
    count_clipped: Callable[..., Any] | None = None,
    *,
    order: Order = "class",
) -> Form:
    """Build the form of a loss on 0/1 (or soft) labels, one element an item.

    Class weights are two numbers (negative, positive), or one a label where labels have columns;
    they weigh the item, in the value and in the denominator of the mean alike.
    """

    def terms(predictions: Array, targets: Array, *, class_weights: Any, **given: Any) -> Any:
        weight = binary_weight(targets, class_weights)
        found = {"loss": times(weight, value(predictions, targets, **given)), "weight": weight}
        if count_clipped is not None:
            found["clipped"] = count_clipped(predictions, targets, **given)
        return found

    def pullback(
        predictions: Array, targets: Array, *, slopes: Any, class_weights: Any, **given: Any
    ) -> Any:
        scale = slopes["loss"] * binary_weight(targets, class_weights)
        return {"predictions": times(scale, slope(predictions, targets, **given))}

    return Form("item", kind, terms, pullback, order)


def binary_weight(targets: Array, class_weights: Array | None) -> Any:
    """Weight of each binary item: by its label, or by its column where labels have columns."""
    if class_weights is None:
        return 1.0
    if targets.ndim == 2:
        return class_weights + 0.0 * targets
    negative, positive = class_weights
    return negative + (positive - negative) * targets


def row_form(
    kind: str,
    value: Function,
    slope: Function,
    count_clipped: Callable[..., Any] | None = None,
    *,
    order: Order = "class",
) -> Form:
    """Build the form of a loss on rows of class scores; targets are the last of its inputs.

    Class weights weigh the row by its true class (or by the mean over a soft target), in the value
    and in the denominator of the mean alike.
    """

    def terms(*arrays: Array, class_weights: Any, **given: Any) -> Any:
        weight = row_weight(arrays[-1], class_weights)
        found = {"loss": times(weight, value(*arrays, **given)), "weight": weight}
        if count_clipped is not None:
            found["clipped"] = count_clipped(*arrays, **given)
        return found

    def pullback(*arrays: Array, slopes: Any, class_weights: Any, **given: Any) -> Any:
        scale = per_row(slopes["loss"] * row_weight(arrays[-1], class_weights))
        return {"predictions": times(scale, slope(*arrays, **given))}

    return Form("item class", kind, terms, pullback, order)


def row_weight(targets: Array, class_weights: Array | None) -> Any:
    """Weight of each row: that of its class, or the mean over its target distribution."""
    if class_weights is None:
        return 1.0
    if targets.ndim == 1:
        return class_weights[targets]
    return (targets * class_weights).sum(axis=1)


def times(factor: Any, values: Array) -> Array:
    """Return factor · values; a factor of 1 costs nothing."""
    return values if isinstance(factor, float) and factor == 1.0 else factor * values


def per_row(slope: Any) -> Any:
    """Shape a number or one number a row so that it multiplies rows of class scores."""
    return slope[:, None] if getattr(slope, "ndim", 0) == 1 else slope
