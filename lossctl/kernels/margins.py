"""Margins between the score of the true class and the others, on rows of class scores."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.focusing import fast_power
from lossctl.kernels.rows import row_sums
from lossctl.kernels.softmax import pick, put
from lossctl.kernels.targets import is_index, zero_safe_product

OfClasses: TypeAlias = Callable[..., Array]


def expectation(of_classes: OfClasses, scores: Array, targets: Array, **given: Any) -> Array:
    """Return a function of the true class, or its expectation where targets are soft.

    `of_classes(scores, classes, **given)` is (n,) or (n, C) for classes (n,).
    """
    if is_index(targets):
        return of_classes(scores, targets, **given)
    total: Any = 0.0
    for number in range(targets.shape[1]):
        share = targets[:, number]
        found = of_classes(scores, np.full(len(scores), number), **given)
        total = total + zero_safe_product(share[:, None] if found.ndim == 2 else share, found)
    return total


def class_hinges(scores: Array, classes: Array, margin: float) -> Array:
    """Return max(0, m + z_j − z_y) for every other class j, and 0 for y."""
    short = scores - pick(scores, classes)[:, None]
    short += margin
    np.clip(short, 0.0, np.inf, out=short)
    put(short, classes, 0.0)
    return short


def multi_margin(scores: Array, classes: Array, *, margin: float, p: float) -> Array:
    """Mean over all C classes of the shortfalls to the power p."""
    return row_sums(fast_power(class_hinges(scores, classes, margin), p)) / scores.shape[1]


def multi_margin_slope(scores: Array, classes: Array, *, margin: float, p: float) -> Array:
    """Derivative of :func:`multi_margin`: 0 where a shortfall is exactly 0."""
    short = class_hinges(scores, classes, margin)
    rise = np.sign(short)  # of NaN too
    rise *= p / scores.shape[1]
    if p != 1.0:
        rise *= fast_power(short, p - 1.0)
    put(rise, classes, -row_sums(rise))
    return rise


def largest_hinge(scores: Array, classes: Array, *, margin: float) -> Array:
    """Return max(0, m + max_{j≠y} z_j − z_y)."""
    return class_hinges(scores, classes, margin).max(axis=1)


def largest_hinge_slope(scores: Array, classes: Array, *, margin: float) -> Array:
    """+1 for the worst other class (the first of several), −1 for the true one, if it is short."""
    short = class_hinges(scores, classes, margin)
    worst = short.argmax(axis=1)
    slope = np.zeros_like(short)
    missed = np.sign(pick(short, worst))
    put(slope, worst, missed)
    put(slope, classes, -missed)
    return slope
