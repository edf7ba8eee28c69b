"""Values that carry their derivative with respect to the prediction: forward differentiation.

A value is an array, or a plain float for a constant; a slope is an array, a plain float, or None
where the value does not depend on the prediction, so that constants and targets cost nothing.
Plain floats keep float32 arrays float32.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np


@dataclass(frozen=True, slots=True)
class Dual:
    """A value and its slope."""

    value: Any
    slope: Any = None


DualFunction: TypeAlias = Callable[..., Dual]


def chain(outer: Any, inner: Any) -> Any:
    """Multiply an outer slope by an inner one; inf · 0 is 0, the slope chosen at a kink.

    So the square root of ``abs(p - t)`` has the slope 0 at p = t, where abs has it.
    """
    if isinstance(inner, float) and inner == 1.0:  # the prediction itself: no array is multiplied
        return outer
    product = outer * inner
    # NaN is rare, so it is looked for before the two comparisons that mend it.
    if np.isnan(product).any():
        return _in_type_of(np.where(np.isinf(outer) & np.equal(inner, 0.0), 0.0, product), product)
    return product


def differentiable(value: Callable[[Any], Any], slope: Callable[[Any], Any]) -> DualFunction:
    """Make a dual function of one argument from its value and its derivative."""

    def rule(x: Dual) -> Dual:
        inner = None if x.slope is None else chain(slope(x.value), x.slope)
        return Dual(value(x.value), inner)

    return rule


def piecewise_constant(value: Callable[..., Any]) -> DualFunction:
    """Make a dual function whose slope is 0 wherever it has one; truth becomes 0 or 1."""

    def rule(*arguments: Dual) -> Dual:
        values = [argument.value for argument in arguments]
        return Dual(_in_type_of(np.asarray(value(*values)), *values))

    return rule


def truth_function(value: Callable[..., Any]) -> DualFunction:
    """Make the rule of a comparison or a connective: 0 or 1, and NaN where an argument is NaN."""

    def rule(*arguments: Dual) -> Dual:
        values = [argument.value for argument in arguments]
        truths = _in_type_of(np.asarray(value(*values)), *values)
        return Dual(_nan_where_unknown(truths, *values))

    return rule


def _nan_where_unknown(result: Any, *values: Any) -> Any:
    """Return `result` with NaN where one of the values is NaN: what is not known is not false."""
    for value in values:
        unknown = np.isnan(value)
        if unknown.any():
            result = _in_type_of(np.where(unknown, np.nan, result), result)
    return result


def negate(x: Dual) -> Dual:
    """−x."""
    return Dual(-x.value, None if x.slope is None else -x.slope)


def add(a: Dual, b: Dual) -> Dual:
    """A + b."""
    return Dual(a.value + b.value, _sum_of_slopes(a.slope, b.slope))


def subtract(a: Dual, b: Dual) -> Dual:
    """A − b."""
    return Dual(a.value - b.value, _sum_of_slopes(a.slope, None if b.slope is None else -b.slope))


def multiply(a: Dual, b: Dual) -> Dual:
    """A · b."""
    left = None if a.slope is None else chain(b.value, a.slope)
    right = None if b.slope is None else chain(a.value, b.slope)
    return Dual(a.value * b.value, _sum_of_slopes(left, right))


def divide(a: Dual, b: Dual) -> Dual:
    """A / b."""
    value = a.value / b.value
    if b.slope is None:
        return Dual(value, None if a.slope is None else a.slope / b.value)
    # (a′ − v b′) / b rather than (a′ b − a b′) / b², whose square leaves the range of floats early.
    return Dual(value, _sum_of_slopes(a.slope, -chain(value, b.slope)) / b.value)


def power(a: Dual, b: Dual) -> Dual:
    """A to the power of b; NaN where one of them is, even to the power of 0."""
    value = _nan_where_unknown(a.value**b.value, a.value, b.value)
    base = exponent = None
    # a⁰ is 1 everywhere; its derivative 0 · a⁻¹ would be NaN at a = 0.
    if a.slope is not None and not (isinstance(b.value, float) and b.value == 0.0):
        base = chain(b.value * a.value ** (b.value - 1.0), a.slope)
    if b.slope is not None:
        logarithm = np.log(np.where(np.equal(a.value, 0.0), 1.0, a.value))  # 0^b is 0 around b > 0
        exponent = chain(value * _in_type_of(logarithm, value), b.slope)
    return Dual(value, _sum_of_slopes(base, exponent))


def maximum(a: Dual, b: Dual) -> Dual:
    """Return the maximum of two; at a tie the slope is the mean of both."""
    return Dual(np.maximum(a.value, b.value), _slope_of_choice(a, b, np.greater(a.value, b.value)))


def minimum(a: Dual, b: Dual) -> Dual:
    """Return the minimum of two; at a tie the slope is the mean of both."""
    return Dual(np.minimum(a.value, b.value), _slope_of_choice(a, b, np.less(a.value, b.value)))


def clip(x: Dual, low: Dual, high: Dual) -> Dual:
    """Hold x between two ends."""
    return minimum(maximum(x, low), high)


def where(condition: Dual, a: Dual, b: Dual) -> Dual:
    """Return a where the condition is not 0, b elsewhere; the other's NaN does not reach it.

    Where the condition is NaN, so is the value.
    """
    chosen = np.not_equal(condition.value, 0.0)
    # np.where rather than a product with 0 and 1: 0 · NaN of the branch not taken is NaN.
    value = _in_type_of(np.where(chosen, a.value, b.value), condition.value, a.value, b.value)
    value = _nan_where_unknown(value, condition.value)
    if a.slope is None and b.slope is None:
        return Dual(value)
    return Dual(
        value,
        _in_type_of(np.where(chosen, _slope_or_zero(a.slope), _slope_or_zero(b.slope)), value),
    )


def _slope_of_choice(a: Dual, b: Dual, first: Any) -> Any:
    if a.slope is None and b.slope is None:
        return None
    slope_a, slope_b = _slope_or_zero(a.slope), _slope_or_zero(b.slope)
    # The mean of both one-sided slopes: symmetric in a and b, and a subgradient of the maximum.
    tied = np.equal(a.value, b.value)
    slope = np.where(first, slope_a, np.where(tied, 0.5 * (slope_a + slope_b), slope_b))
    return _in_type_of(slope, a.value, b.value)


def _sum_of_slopes(a: Any, b: Any) -> Any:
    if a is None or b is None:
        return b if a is None else a
    return a + b


def _slope_or_zero(slope: Any) -> Any:
    return 0.0 if slope is None else slope


def _in_type_of(array: Any, *like: Any) -> Any:
    """Return `array` in the dtype of values of which one came from the data."""
    return array.astype(np.result_type(*like), copy=False)
