"""Build losses whose item is an element: of plain values, of 0/1 labels, of signed scores.

Each form is made of a `value` and a `slope`, the loss of every item and its derivative.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from lossctl.core.domain import UNIT, Interval, Param
from lossctl.core.loss import Array, Curve, Form, Input, Loss, Page
from lossctl.kernels.numeric.block_cache import (
    ENDS_OF_LABELS,
    gradient,
    known_extent,
    known_values,
    set_extent,
    share_extent,
)
from lossctl.kernels.numeric.loss_totals import nothing_in_parts, parted, total_of
from lossctl.kernels.numeric.primitives import NATIVE, SUMMED, are_two, in_line, sum_of_piece

BINARY_TARGETS = Input(
    "targets",
    "item",
    "label",
    "labels 0 or 1, or soft labels between, shaped like predictions",
    UNIT,
)
SIGN_TARGETS = Input(
    "targets", "item", "sign", "labels -1 and +1, or 0 and 1, shaped like the predictions"
)
PREDICTED_PROBABILITIES = Input(
    "predictions",
    "item",
    "probability",
    "probabilities of the positive label, any shape",
    differentiable=True,
)
PREDICTED_LOGITS = Input(
    "predictions",
    "item",
    "logit",
    "logits of the positive label, any shape",
    differentiable=True,
)
SIGNED_SCORES = Input(
    "predictions",
    "item",
    "score",
    "scores, any shape; positive means label +1",
    differentiable=True,
)
PROBABILITY = Curve("p of a positive label", 0.02, 0.98, lambda x: ([x], [1.0]), "probabilities")
LOGIT = Curve("logit z of a positive label", -5.0, 5.0, lambda x: ([x], [1.0]), "logits")
EPSILON = Param(
    "epsilon",
    1e-10,
    Interval(0.0, 0.5, "left"),
    "Lower clip of given probabilities; at 0 a confident wrong prediction gives inf.",
)

PREDICTED_VALUES = Input(
    "predictions", "item", "value", "predicted values, any shape", differentiable=True
)

TARGET_VALUES = Input("targets", "item", "value", "true values, shaped like the predictions")
REGRESSION = (PREDICTED_VALUES, TARGET_VALUES)
RESIDUAL = Curve("e = p − t", -3.0, 3.0, lambda x: ([x], [0.0]))

Function: TypeAlias = Callable[..., Array]
Total: TypeAlias = Callable[..., Any]
Order: TypeAlias = Literal["class", "memory", "as_is"]


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
    counted: Mapping[str, Function] | None = None,
    total: Total | None = None,
    has_slopes: bool = False,
    **declared: Any,
) -> Loss:
    """Declare a loss whose item is an element of plain values (no classes).

    `value(predictions, targets, **params)` gives the loss of each element and `slope` its
    derivative with respect to the prediction; a loss with several differentiable inputs gives a
    function for each by its name. All take every input, in declared order. `counted` marks items by
    their inputs and losses, ``function(losses, *inputs, **params)``, for the notes to count.
    `total` is the sum of the losses (see :func:`mean_totals`); it `has_slopes` as
    :class:`~lossctl.core.loss.Form` says.
    """
    functions = slope if isinstance(slope, Mapping) else {"predictions": slope}

    def terms(*arrays: Array, **params: Any) -> dict[str, Any]:
        losses = value(*arrays, **params)
        counts = {name: mark(losses, *arrays, **params) for name, mark in marks.items()}
        return {"loss": losses, "weight": 1.0, **counts}

    def vjp(*arrays: Array, slopes: Any, **params: Any) -> dict[str, Array]:
        return {
            name: gradient(name, slopes["loss"], function(*arrays, **params))
            for name, function in functions.items()
        }

    marks = counted or {}
    totals = item_totals(terms, total)
    form = Form("item", "values", terms, vjp, totals=totals, has_slopes=has_slopes)
    declared = {"counts": tuple(marks)} | declared
    return Loss(loss_id, title, tasks, inputs, (form,), page, params, **declared)


def binary_form(
    kind: str,
    value: Function,
    slope: Function,
    count_clipped: Callable[..., Any] | None = None,
    *,
    order: Order = "class",
    total: Total | None = None,
    has_slopes: bool = False,
) -> Form:
    """Build the form of a loss on 0/1 (or soft) labels, one element per item.

    Class weights are two numbers (negative, positive), or one a label where labels have columns;
    they weigh the item, in the value and in the denominator of the mean alike. `total` is the sum
    of the losses (see :func:`mean_totals`); it `has_slopes` as
    :class:`~lossctl.core.loss.Form` says.
    """

    def terms(predictions: Array, targets: Array, *, class_weights: Any, **params: Any) -> Any:
        weight = binary_weight(targets, class_weights)
        statistics = {
            "loss": times(weight, value(predictions, targets, **params)),
            "weight": weight,
        }
        if count_clipped is not None:
            statistics["clipped"] = count_clipped(predictions, targets, **params)
        return statistics

    def vjp(
        predictions: Array, targets: Array, *, slopes: Any, class_weights: Any, **params: Any
    ) -> Any:
        scale = slopes["loss"] * binary_weight(targets, class_weights)
        return {
            "predictions": gradient("predictions", scale, slope(predictions, targets, **params))
        }

    totals = item_totals(terms, total)
    return Form("item", kind, terms, vjp, order, totals, has_slopes=has_slopes)


def item_totals(
    terms: Callable[..., Mapping[str, Any]], total: Total | None = None
) -> Callable[..., Any] | None:
    """Return the totals of terms of single items: from the sum of losses, if loops make it.

    Without loops terms are made and summed by pieces, whose temporaries stay in the cache.
    """
    if NATIVE is not None:
        return mean_totals(total)

    def totals(*arrays: Array, **params: Any) -> dict[str, float] | None:
        if any(isinstance(each, np.ndarray) for each in params.values()):  # one for each column
            return None
        return sums_by_pieces(lambda *pieces: terms(*pieces, **params), arrays)

    return totals


def sums_by_pieces(
    terms: Callable[..., Mapping[str, Any]], arrays: Sequence[Any]
) -> dict[str, float] | None:
    """Sum statistics of items that lie one after the other, by pieces that stay in the cache.

    `terms(*arrays)` makes statistics of items one by one: an array, or one number for each of them.
    Sums have the bits of :func:`vector_sum` of all. None where they fit into one piece, or where
    the arrays lie apart.
    """
    first = arrays[0]
    step = SUMMED // first.itemsize
    if first.size <= step or any(np.shape(each) != first.shape for each in arrays):
        return None
    flat = in_line(arrays)
    if flat is None:
        return None
    held, sums = [_holds_only_ends(each) for each in arrays], dict[str, float]()
    for start in range(0, first.size, step):
        pieces = [each[start : start + step] for each in flat]
        # What a whole block holds decides formulas, of its pieces too.
        for piece, whole, only_ends in zip(pieces, arrays, held, strict=True):
            if (ends := known_extent(whole)) is None:
                share_extent(piece, whole)
            else:
                set_extent(piece, *ends, holds_only_these=only_ends)
        for name, term in terms(*pieces).items():
            is_one = isinstance(term, float) or np.ndim(term) == 0
            total = float(term) * pieces[0].size if is_one else float(sum_of_piece(term))
            sums[name] = sums.get(name, 0.0) + total
    return sums


def _holds_only_ends(values: Array) -> bool | None:
    """Whether an array, perhaps of labels, holds its ends only; None where these are not known."""
    ends = known_extent(values)
    if ends is None:
        return None
    if ends in ENDS_OF_LABELS and known_values(values) is None:
        return bool(are_two(values.ravel(order="K"), *ends))
    return bool(known_values(values)) or ends[0] == ends[1]


def with_total(
    items: Function, arguments: Callable[..., Any], *, of_signs: bool = False
) -> tuple[Function, Total]:
    """Return the value and the total of a loss whose items a primitive makes.

    ``arguments(*arrays, **params)`` gives what the primitive takes; the last array of one
    `of_signs` holds labels -1 and 1.
    """
    total_of_items = total_of(items, of_signs=of_signs)

    def value(*arrays: Array, **params: Any) -> Array:
        return items(*arguments(*arrays, **params))

    def total(*arrays: Array, **params: Any) -> Any:
        return total_of_items(*arguments(*arrays, **params))

    return value, total


def mean_totals(
    total: Total | None, count: Callable[[Array], int] = np.size
) -> Callable[..., Any] | None:
    """Return the totals of a mean from the sum of its losses, where no class weighs more.

    `total` takes what the value of the loss takes and gives the sum of its losses; or a dict of
    that, the ``loss``, and of what is counted beside it; or None where it knows none. `count` tells
    the number of items from the last array.
    """
    if total is None:
        return None

    def totals(*arrays: Array, class_weights: Any = None, **params: Any) -> Any:
        sums = total(*arrays, **params) if class_weights is None else None
        if sums is None:
            return None
        counts = sums if isinstance(sums, Mapping) else {"loss": sums}
        return {**counts, "weight": float(count(arrays[-1]))}

    return totals


def count_of(marked: Array | float) -> Any:
    """Count the items that are marked, 0 for none, as totals do: in each part, if there are any."""
    if isinstance(marked, float):
        return nothing_in_parts()
    parts = parted(marked)
    if parts is marked:
        return float(np.count_nonzero(marked))
    return np.count_nonzero(parts.reshape(len(parts), -1), axis=1).astype(np.float64)


def binary_weight(targets: Array, class_weights: Array | None) -> Any:
    """Weight of each binary item: by its label, or by its column where labels have columns."""
    if class_weights is None:
        return 1.0
    if targets.ndim == 2:
        return class_weights + 0.0 * targets
    negative, positive = class_weights
    return negative + (positive - negative) * targets


def times(factor: Any, values: Array) -> Array:
    """Return factor · values, the values themselves for a factor of 1."""
    return values if isinstance(factor, float) and factor == 1.0 else factor * values


def of_margin(value: Function) -> Function:
    """Return a function of scores z and signs t from one of the margin t·z, in whose memory it is.

    It may work in the memory of the margins.
    """

    def of_scores(predictions: Array, targets: Array, **params: Any) -> Array:
        return value(targets * predictions, **params)

    return of_scores


def signed_form(
    value: Function, slope: Function, total: Total | None = None, *, has_slopes: bool = False
) -> Form:
    """Build the form of a loss of the margin t·z of scores z.

    `value` takes the scores and the signs (see :func:`of_margin`), and so does `total`, the sum of
    its losses (see :func:`mean_totals`), which `has_slopes` as :class:`~lossctl.core.loss.Form`
    says; `slope`, the derivative, takes the margins, in whose memory it may work, and what it
    returns is overwritten.

    Class weights are two numbers (negative, positive), or one a label where labels have columns.
    """

    def terms(
        predictions: Array, targets: Array, *, class_weights: Any, **params: Any
    ) -> dict[str, Any]:
        weight = sign_weight(targets, class_weights)
        return {"loss": times(weight, value(predictions, targets, **params)), "weight": weight}

    def vjp(
        predictions: Array, targets: Array, *, slopes: Any, class_weights: Any, **params: Any
    ) -> dict[str, Array]:
        values = slope(targets * predictions, **params)
        values *= targets
        scale = slopes["loss"] * sign_weight(targets, class_weights)
        return {"predictions": gradient("predictions", scale, values)}

    totals = item_totals(terms, total)
    return Form("item", "logits", terms, vjp, totals=totals, has_slopes=has_slopes)


def sign_weight(targets: Array, class_weights: Array | None) -> Any:
    """Weight of each item: by the sign of its label, or by its column where labels have columns."""
    return binary_weight(0.5 * (targets + 1.0), class_weights) if class_weights is not None else 1.0


def label_weight(class_weights: Array | None) -> tuple[Any, Any]:
    """Return the weight of each label, and that of a row: their mean, so equal weights cancel."""
    return (1.0, 1.0) if class_weights is None else (class_weights, float(class_weights.mean()))


def number_of(items: Any) -> int:
    """Return how many items were counted: a number, or one of each sample."""
    return int(items) if isinstance(items, float) else int(np.sum(items))


def clipped_note(*, epsilon: float, clipped: Any = 0.0, **_: Any) -> Sequence[str]:
    """Say how many items were clipped at `epsilon`, if any."""
    count = number_of(clipped)
    if not count:
        return ()
    verb = "item has" if count == 1 else "items have"
    return (f"{count} {verb} a probability below epsilon = {epsilon:g}, clipped to it",)
