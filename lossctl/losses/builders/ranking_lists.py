"""Build losses of lists: the items of a query, ranked against each other.

Lists of one length are stacked and go through NumPy at once, so nothing is padded or masked and the
bits of a list do not depend on its neighbours. A block of n items holds lists of fewer than √(2n)
different lengths.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lossctl.core.domain import NONNEGATIVE, POSITIVE, Param
from lossctl.core.loss import Array, Curve, Form, Grouped, Input, Loss, Page
from lossctl.losses.builders.records import Function


def list_loss(
    loss_id: str,
    *,
    title: str,
    tasks: tuple[str, ...],
    inputs: tuple[Input, ...],
    value: Function,
    slope: Function,
    page: Page,
    params: tuple[Param, ...] = (),
    **overrides: Any,
) -> Loss:
    """Declare a loss of whole lists.

    `value(*inputs, **params)` takes lists of one length, (g, L) each, and gives their losses and
    their weights, (g,) each: weight 0 for a list without an order. `slope` gives the derivative of
    each list's loss with respect to the first input, (g, L): 0 in lists of weight 0. A loss that
    has `item_weights` also takes ``weights=``, (g, L) above 0, where some are given.
    """
    form = Form("any", "values", *list_functions(value, slope, inputs[0].name))
    declared = {"counts": ("unordered",), "notes": unordered_note}
    return Loss(
        loss_id,
        title,
        tasks,
        inputs,
        (form,),
        page,
        params,
        reduction=Grouped("lists"),
        **{**declared, **overrides},
    )


def unordered_note(*, unordered: Any = 0.0, **_: Any) -> Sequence[str]:
    """Say how many lists without an order are no part of the mean."""
    count = int(unordered)
    if not count:
        return ()
    which = "1 list has no order and is" if count == 1 else f"{count} lists have no order and are"
    return (f"{which} no part of the mean (weight 0)",)


def list_functions(value: Function, slope: Function, name: str) -> tuple[Function, Function]:
    """Return the `terms` and the `vjp` of a form of lists; `name` is what has a gradient."""

    def of_lists(
        function: Function, arrays: Sequence[Array], places: Array, weights: Any, params: Any
    ) -> Any:
        own = {} if weights is None else {"weights": weights[places]}
        return function(*(array[places] for array in arrays), **own, **params)

    def terms(
        *arrays: Array, groups: Array, weights: Array | None = None, **params: Any
    ) -> Mapping[str, Array]:
        losses = np.zeros(len(groups) - 1, arrays[0].dtype)
        counts = np.zeros(len(groups) - 1, arrays[0].dtype)
        for chosen, places in stacks(groups):
            losses[chosen], counts[chosen] = of_lists(value, arrays, places, weights, params)
        return {"loss": losses, "weight": counts, "unordered": counts == 0.0}

    def vjp(
        *arrays: Array, slopes: Any, groups: Array, weights: Array | None = None, **params: Any
    ) -> Mapping[str, Array]:
        gradient = np.zeros_like(arrays[0])
        scale = np.broadcast_to(np.asarray(slopes["loss"]), (len(groups) - 1,))
        for chosen, places in stacks(groups):
            gradient_of_lists = of_lists(slope, arrays, places, weights, params)
            gradient[places] = scale[chosen, None] * gradient_of_lists
        return {name: gradient}

    return terms, vjp


def stacks(bounds: Array) -> Iterator[tuple[Array, Array]]:
    """Yield the numbers of all lists of one length L, (g,), and where their items are, (g, L).

    `bounds` (G+1,) are the places at which lists begin and end; empty lists are left out.
    """
    sizes = np.diff(bounds)
    order = np.argsort(sizes, kind="stable")
    for chosen in np.split(order, np.flatnonzero(np.diff(sizes[order])) + 1):
        size = sizes[chosen[0]] if len(chosen) else 0
        if size:
            yield chosen, bounds[chosen, None] + np.arange(size)


SCORES = Input(
    "predictions",
    "item",
    "score",
    "scores of the items; higher ranks nearer the top of the list",
    differentiable=True,
)

RELEVANCE = Input(
    "targets", "item", "relevance", "relevance of the items: grades, clicks, any numbers"
)
GRADES = Input("targets", "item", "relevance", "relevance of the items: 0, 1, 2, …", NONNEGATIVE)
SIGMA = Param("sigma", 1.0, POSITIVE, "Scale of the score differences inside the sigmoid.")

MARGIN = Curve(
    "score of the relevant item minus that of the other",
    -5.0,
    5.0,
    lambda x: ([x, 0.0], [1.0, 0.0]),
)


def graded(rng: np.random.Generator, items: int, _: Mapping[str, Any]) -> tuple[Array, Array]:
    """Draw scores, and grades of which some tie."""
    return rng.normal(scale=2.0, size=items), rng.integers(0, 5, size=items).astype(np.float64)
