"""Evaluate a tree on blocks of predictions and targets, or of columns."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lossctl.core.loss import Array
from lossctl.formulas.dual_numbers import Dual
from lossctl.formulas.functions import RULES
from lossctl.formulas.syntax_tree import LossTerm, Node, Number, Variable


def value_of(node: Node, predictions: Array, targets: Array) -> Array:
    """Return the value at every element, shaped like the predictions."""
    # inf and NaN are values here: the engine reports them with their place, NumPy would without.
    with np.errstate(all="ignore"):
        result = _evaluate(node, {"predictions": Dual(predictions), "targets": Dual(targets)})
    return _broadcast(result.value, predictions)


def slope_of(node: Node, predictions: Array, targets: Array) -> Array:
    """Return the derivative with respect to the prediction at every element."""
    with np.errstate(all="ignore"):
        result = _evaluate(node, {"predictions": Dual(predictions, 1.0), "targets": Dual(targets)})
    return _broadcast(0.0 if result.slope is None else result.slope, predictions)


def value_at(node: Node, columns: Mapping[str, Array]) -> Array:
    """Return the value in every row of columns of one length."""
    with np.errstate(all="ignore"):
        result = _evaluate(node, {name: Dual(values) for name, values in columns.items()})
    return _broadcast(result.value, next(iter(columns.values())))


def slope_at(node: Node, columns: Mapping[str, Array], by: str) -> Array:
    """Return the derivative with respect to one column in every row."""
    with np.errstate(all="ignore"):
        result = _evaluate(
            node,
            {name: Dual(values, 1.0 if name == by else None) for name, values in columns.items()},
        )
    return _broadcast(0.0 if result.slope is None else result.slope, columns[by])


def apply_to_numbers(function: str, values: list[float]) -> float:
    """Apply a function to numbers; the result may be inf or NaN."""
    with np.errstate(all="ignore"):
        # np.float64, because a Python float raises for 1 / 0 where an array gives inf.
        return float(RULES[function](*(Dual(np.float64(value)) for value in values)).value)


def _evaluate(node: Node, values: Mapping[str, Dual]) -> Dual:
    if isinstance(node, Number):
        return Dual(node.value)
    if isinstance(node, Variable):
        return values[node.name]
    if isinstance(node, LossTerm):
        predictions, targets = values["predictions"], values["targets"]
        arrays = predictions.value, targets.value
        slope = None if predictions.slope is None else node.loss.slope(*arrays)
        return Dual(node.loss.value(*arrays), slope)
    arguments = (_evaluate(argument, values) for argument in node.arguments)
    return RULES[node.function](*arguments)


def _broadcast(values: Any, like: Array) -> Array:
    return np.full_like(like, values) if np.ndim(values) == 0 else values
