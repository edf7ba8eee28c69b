"""Losses that are a function of the surprise ℓ = −log p of the true class, on rows of classes.

`cost` is that function and `gain` its derivative, which is told both ℓ and p: each is known to the
last bit where the other is not. Soft targets take the expectation over classes.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from lossctl.core.build import row_form
from lossctl.core.loss import Array, Form
from lossctl.kernels.clipping import clipped_surprise
from lossctl.kernels.softmax import (
    charges_pullback,
    pick,
    put,
    row_surprise,
    softmax,
    softmax_beside,
    surprise_of,
)
from lossctl.kernels.targets import distribution, is_index, zero_safe_product

Curve: TypeAlias = Callable[[Array], Array]
Gain: TypeAlias = Callable[[Array, Array], Array]


def surprise_forms(
    cost: Callable[..., Array], gain: Callable[..., Array], rise: Callable[..., Array]
) -> tuple[Form, Form]:
    """Build the forms on rows of classes, from logits and from probabilities.

    All three take the parameters of the loss by name.

    Parameters
    ----------
    cost
        ``cost(ℓ)``, the loss.
    gain
        ``gain(ℓ, p)``, its derivative with respect to ℓ.
    rise
        ``rise(p)``, its derivative with respect to p.
    """

    def value(predictions: Array, targets: Array, **params: Any) -> Array:
        return cost_of_logits(predictions, targets, partial(cost, **params))

    def slope(predictions: Array, targets: Array, **params: Any) -> Array:
        return pull_cost_of_logits(predictions, targets, partial(gain, **params))

    def value_of_given(predictions: Array, targets: Array, **params: Any) -> Array:
        return cost_of_probabilities(predictions, targets, partial(cost, **params))

    def slope_of_given(predictions: Array, targets: Array, **params: Any) -> Array:
        return slope_of_probabilities(predictions, targets, partial(rise, **params))

    return (
        row_form("logits", value, slope, order="memory"),
        row_form("probabilities", value_of_given, slope_of_given, order="memory"),
    )


def cost_of_logits(logits: Array, targets: Array, cost: Curve) -> Array:
    """Expected cost of the surprise under softmax(z)."""
    if is_index(targets):
        return cost(surprise_of(logits, targets))
    return zero_safe_product(targets, cost(row_surprise(logits))).sum(axis=1)


def pull_cost_of_logits(logits: Array, targets: Array, gain: Gain) -> Array:
    """Derivative of :func:`cost_of_logits` with respect to the logits."""
    if is_index(targets):
        (slope, own), surprise = softmax_beside(logits, targets), surprise_of(logits, targets)
        put(slope, targets, np.expm1(-surprise))
        slope *= gain(surprise, own)[:, None]
        return slope
    return charges_pullback(logits, targets * gain(row_surprise(logits), softmax(logits)))


def cost_of_probabilities(probabilities: Array, targets: Array, cost: Curve) -> Array:
    """Expected cost of the surprise under given probabilities; a sure miss has surprise inf."""
    if is_index(targets):
        return cost(clipped_surprise(pick(probabilities, targets), 0.0))
    return zero_safe_product(targets, cost(clipped_surprise(probabilities, 0.0))).sum(axis=1)


def slope_of_probabilities(probabilities: Array, targets: Array, slope: Curve) -> Array:
    """Rows of t_c·slope(p_c): the derivative of an expected cost of p."""
    return zero_safe_product(distribution(targets, probabilities), slope(probabilities))


def miss_of(surprise: Any) -> Any:
    """Return 1 − p = 1 − e^−ℓ, exact where p is near 1."""
    return -np.expm1(-surprise)
