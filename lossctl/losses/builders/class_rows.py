"""Build losses on rows of class scores, (n, C); targets are an index (n,) or a distribution (n, C).

A loss that is a function of ℓ = −log p of the true class gives that function as `cost` and its
derivative as `grad_nll`, which takes both ℓ and p: each is known to the last bit where the other is
not. Soft targets take the expectation over classes.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from lossctl.core.domain import POSITIVE, UNIT, Interval, Param
from lossctl.core.loss import Array, Curve, Form, Input, Loss, Page
from lossctl.kernels.numeric.block_cache import gradient
from lossctl.kernels.numeric.pointwise import zero_safe_product
from lossctl.kernels.numeric.primitives import expm1
from lossctl.kernels.numeric.rows import distribution, is_index, pick, put
from lossctl.kernels.probability.logistic import clipped_nll
from lossctl.kernels.probability.softmax import (
    negative_log_softmax,
    softmax,
    softmax_and_true_class,
    true_class_nll,
    true_class_slope,
    weighted_nll_vjp,
)
from lossctl.losses.builders.elementwise import Function, Order, mean_totals, times

CLASS_SCORES = Input(
    "predictions",
    "item class",
    "score",
    "class logits or probabilities: (N, C), (N, C, H, W) or (N, T, C)",
    differentiable=True,
)
CLASS_TARGETS = Input(
    "targets",
    "item | item class",
    "label",
    "class index of each item, or one-hot / soft rows shaped like the predictions",
    UNIT,
)
SCORES_OR_CLASSES = Input(
    "predictions",
    "item [class]",
    "score",
    "probabilities or logits of the positive label (any shape), or class scores with a class axis",
    differentiable=True,
)
LABELS_OR_CLASSES = Input(
    "targets",
    "item | item class",
    "label",
    "labels 0 or 1 (or soft) shaped like the predictions; or class indices or one-hot rows",
    UNIT,
)
LABEL_SCORES = Input(
    "predictions",
    "item label",
    "logit",
    "scores of every label, one row per item: (N, L)",
    differentiable=True,
)
LABEL_ROWS = Input(
    "targets", "item label", "label", "rows of labels 0 or 1, shaped like the predictions", UNIT
)
MARGIN = Curve(
    "logit of the true class minus that of one other class",
    -5.0,
    5.0,
    lambda x: ([[x, 0.0]], [0]),
    "logits",
)


def row_form(
    kind: str,
    value: Function,
    slope: Function,
    count_clipped: Callable[..., Any] | None = None,
    *,
    order: Order = "class",
    total: Callable[..., float | None] | None = None,
) -> Form:
    """Build the form of a loss on rows of class scores; targets are the last of its inputs.

    Class weights weigh the row by its true class (or by the mean over a soft target), in the value
    and in the denominator of the mean alike. `total` takes what `value` takes and gives the sum of
    its losses.
    """

    def terms(*arrays: Array, class_weights: Any, **params: Any) -> Any:
        weight = row_weight(arrays[-1], class_weights)
        statistics = {"loss": times(weight, value(*arrays, **params)), "weight": weight}
        if count_clipped is not None:
            statistics["clipped"] = count_clipped(*arrays, **params)
        return statistics

    def vjp(*arrays: Array, slopes: Any, class_weights: Any, **params: Any) -> Any:
        scale = per_row(slopes["loss"] * row_weight(arrays[-1], class_weights))
        return {"predictions": gradient("predictions", scale, slope(*arrays, **params))}

    return Form("item class", kind, terms, vjp, order, mean_totals(total, len))


def row_weight(targets: Array, class_weights: Array | None) -> Any:
    """Weight of each row: that of its class, or the mean over its target distribution."""
    if class_weights is None:
        return 1.0
    if targets.ndim == 1:
        return class_weights[targets]
    return (targets * class_weights).sum(axis=1)


def per_row(slope: Any) -> Any:
    """Shape a number or one number per row so that it multiplies rows of class scores."""
    return slope[:, None] if getattr(slope, "ndim", 0) == 1 else slope


Cost: TypeAlias = Callable[[Array], Array]
CostSlope: TypeAlias = Callable[[Array, Array], Array]


def nll_forms(
    cost: Callable[..., Array], grad_nll: Callable[..., Array], grad_p: Callable[..., Array]
) -> tuple[Form, Form]:
    """Build the forms on rows of classes, from logits and from probabilities.

    All three take the parameters of the loss by name.

    Parameters
    ----------
    cost
        ``cost(ℓ)``, the loss.
    grad_nll
        ``grad_nll(ℓ, p)``, its derivative with respect to ℓ.
    grad_p
        ``grad_p(p)``, its derivative with respect to p.
    """

    def value(predictions: Array, targets: Array, **params: Any) -> Array:
        return cost_of_logits(predictions, targets, partial(cost, **params))

    def slope(predictions: Array, targets: Array, **params: Any) -> Array:
        return cost_of_logits_vjp(predictions, targets, partial(grad_nll, **params))

    def value_of_probabilities(predictions: Array, targets: Array, **params: Any) -> Array:
        return cost_of_probabilities(predictions, targets, partial(cost, **params))

    def slope_from_probabilities(predictions: Array, targets: Array, **params: Any) -> Array:
        return slope_of_probabilities(predictions, targets, partial(grad_p, **params))

    return (
        row_form("logits", value, slope, order="memory"),
        row_form("probabilities", value_of_probabilities, slope_from_probabilities, order="memory"),
    )


def cost_of_logits(logits: Array, targets: Array, cost: Cost) -> Array:
    """Expected cost of ℓ = −log softmax(z)."""
    if is_index(targets):
        return cost(true_class_nll(logits, targets))
    return zero_safe_product(targets, cost(negative_log_softmax(logits))).sum(axis=1)


def cost_of_logits_vjp(logits: Array, targets: Array, grad_nll: CostSlope) -> Array:
    """Derivative of :func:`cost_of_logits` with respect to the logits."""
    if is_index(targets):
        slope, true_p = softmax_and_true_class(logits, targets)
        nll = true_class_nll(logits, targets)
        # p − 1 of the true class is e^−ℓ − 1: as a difference it would lose its digits near p = 1.
        put(slope, targets, expm1(-nll))
        slope *= grad_nll(nll, true_p)[:, None]
        return slope
    return weighted_nll_vjp(
        logits, targets * grad_nll(negative_log_softmax(logits), softmax(logits))
    )


def cost_of_probabilities(probabilities: Array, targets: Array, cost: Cost) -> Array:
    """Expected cost of ℓ = −log p; p = 0 has ℓ = inf."""
    if is_index(targets):
        return cost(clipped_nll(pick(probabilities, targets), 0.0))
    return zero_safe_product(targets, cost(clipped_nll(probabilities, 0.0))).sum(axis=1)


def slope_of_probabilities(probabilities: Array, targets: Array, slope: Cost) -> Array:
    """Return rows of t_c·slope(p_c): the derivative of an expected cost of p."""
    return zero_safe_product(distribution(targets, probabilities), slope(probabilities))


def one_minus_p_of(nll: Any) -> Any:
    """Return 1 − p = 1 − e^−ℓ, exact where p is near 1."""
    return -expm1(-nll)


ClassFunction: TypeAlias = Callable[..., Array]


def expectation(of_classes: ClassFunction, scores: Array, targets: Array, **params: Any) -> Array:
    """Return a function of the true class, or its expectation where targets are soft.

    `of_classes(scores, classes, **params)` is (n,) or (n, C) for classes (n,).
    """
    if is_index(targets):
        return of_classes(scores, targets, **params)
    total: Any = 0.0
    for number in range(targets.shape[1]):
        share = targets[:, number]
        values = of_classes(scores, np.full(len(scores), number), **params)
        total = total + zero_safe_product(share[:, None] if values.ndim == 2 else share, values)
    return total


def class_hinges(scores: Array, classes: Array, margin: float) -> Array:
    """Return max(0, m + z_j − z_y) for every other class j, and 0 for y."""
    hinges = scores - pick(scores, classes)[:, None]
    hinges += margin
    np.clip(hinges, 0.0, np.inf, out=hinges)
    put(hinges, classes, 0.0)
    return hinges


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
    from lossctl.losses.builders.records import record_loss  # noqa: PLC0415 - other rows need none

    def value(predictions: Array, targets: Array, *, margin: float, scale: float) -> Array:
        moved_cosines = moved(pick(predictions, targets), margin)
        return margin_nll(predictions, targets, moved_cosines, scale)

    def slopes(
        predictions: Array, targets: Array, *, margin: float, scale: float
    ) -> dict[str, Array]:
        cosines = pick(predictions, targets)
        moved_cosines, slopes_by_cosine = moved(cosines, margin), moved_slope(cosines, margin)
        slope = margin_nll_slope(predictions, targets, moved_cosines, slopes_by_cosine, scale)
        return {"predictions": slope}

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
            Param(
                "scale",
                64.0,
                POSITIVE,
                "Scale s of the cosines before the softmax (inverse temperature).",
            ),
        ),
        page=page,
    )


def margin_nll(cosines: Array, classes: Array, true_cosines: Array, scale: float) -> Array:
    """Return −log softmax of the scaled cosines, those of the true classes replaced."""
    return true_class_nll(_logits(cosines, classes, true_cosines, scale), classes)


def margin_nll_slope(
    cosines: Array, classes: Array, true_cosines: Array, moved_slopes: Array, scale: float
) -> Array:
    """Derivative of :func:`margin_nll`, `moved_slopes` being that of the replaced cosines."""
    logits = _logits(cosines, classes, true_cosines, scale)
    slope = scale * true_class_slope(logits, classes)
    put(slope, classes, pick(slope, classes) * moved_slopes)
    return slope


def _logits(cosines: Array, classes: Array, true_cosines: Array, scale: float) -> Array:
    logits = scale * cosines
    put(logits, classes, scale * true_cosines)
    return logits
