"""Build losses of records: items whose inputs have names and axes of their own.

A block holds n items of every input, (n, …) with the axes the input declares; items that do not
count have been taken out.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from lossctl.core.domain import Param
from lossctl.core.loss import Array, Form, Grouped, Input, Loss, Page
from lossctl.kernels.numeric.block_cache import gradient
from lossctl.losses.builders.elementwise import mean_totals

Function: TypeAlias = Callable[..., Any]


def record_loss(
    loss_id: str,
    *,
    title: str,
    tasks: tuple[str, ...],
    inputs: tuple[Input, ...],
    value: Function,
    slopes: Function,
    page: Page,
    params: tuple[Param, ...] = (),
    total: Function | None = None,
    **declared: Any,
) -> Loss:
    """Declare a loss of items that do not depend on each other.

    `value(*inputs, **params)` gives the loss of each item, (n,), or a dict of statistics with the
    ``loss`` among them; `slopes` a dict with its derivative with respect to each differentiable
    input, shaped like that input. Both take every input in declared order, None for an optional one
    that is not given. `total` is the sum of the losses (see :func:`mean_totals`).
    """
    form = Form("any", "values", *record_functions(value, slopes), totals=mean_totals(total))
    return Loss(loss_id, title, tasks, inputs, (form,), page, params, **declared)


def record_functions(value: Function, slopes: Function) -> tuple[Function, Function]:
    """Return the `terms` and the `vjp` of a form of independent items."""

    def terms(*arrays: Array, **params: Any) -> dict[str, Any]:
        result = value(*arrays, **params)
        if isinstance(result, np.ndarray):  # asked first, since for a mapping it takes longer
            return {"weight": 1.0, "loss": result}
        return {"weight": 1.0, **(result if isinstance(result, Mapping) else {"loss": result})}

    def vjp(*arrays: Array, slopes: Any, **params: Any) -> dict[str, Array]:
        by_input = item_slopes(*arrays, **params)
        return {name: gradient(name, slopes["loss"], array) for name, array in by_input.items()}

    item_slopes = slopes
    return terms, vjp


def batch_loss(
    loss_id: str,
    *,
    title: str,
    tasks: tuple[str, ...],
    inputs: tuple[Input, ...],
    value: Function,
    vjp: Function,
    page: Page,
    params: tuple[Param, ...] = (),
    per_group: bool = False,
    **declared: Any,
) -> Loss:
    """Declare a loss in which the items of a group are each other's context.

    `value(*inputs, **params)` takes one whole group and gives the loss of each of its items, (n,),
    or one number for the group; or a dict of both statistics, ``loss`` and ``weight``, where not
    every item counts (weight 0). The mean divides by the sum of the weights over all groups.
    `vjp(*inputs, slope=s, **params)` gives a dict with the gradient of s · Σ loss with respect to
    each differentiable input.
    """

    def terms(*arrays: Array, **params: Any) -> Mapping[str, Any]:
        result = value(*arrays, **params)
        if isinstance(result, Mapping):
            return result
        return {"loss": result, "weight": np.ones(np.shape(result))}

    def form_vjp(*arrays: Array, slopes: Any, **params: Any) -> Any:
        return vjp(*arrays, slope=slopes["loss"], **params)

    form = Form("any", "values", terms, form_vjp)
    return Loss(
        loss_id,
        title,
        tasks,
        inputs,
        (form,),
        page,
        params,
        reduction=Grouped("batch", per_group=per_group),
        **declared,
    )
