"""What a formula can say: its variables, constants, operators and functions."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossctl.formulas import dual_numbers
from lossctl.formulas.dual_numbers import (
    DualFunction,
    differentiable,
    piecewise_constant,
    truth_function,
)
from lossctl.formulas.fuzzy_logic import FUZZY

VARIABLES: Mapping[str, str] = {
    "p": "predictions",
    "predictions": "predictions",
    "t": "targets",
    "targets": "targets",
    "y": "targets",
}

CONSTANTS: Mapping[str, float] = {"pi": math.pi, "e": math.e}


@dataclass(frozen=True)
class Function:
    """A function: the names of its arguments, and the rule for value and slope."""

    arguments: tuple[str, ...]
    rule: DualFunction


def sigmoid(x: Any) -> Any:
    """Return 1 / (1 + e^−x)."""
    return 1.0 / (1.0 + np.exp(-x))


def _unary(rule: DualFunction) -> Function:
    return Function(("x",), rule)


FUNCTIONS: Mapping[str, Function] = {
    "abs": _unary(differentiable(np.abs, np.sign)),
    "sign": _unary(piecewise_constant(np.sign)),
    "exp": _unary(differentiable(np.exp, np.exp)),
    "expm1": _unary(differentiable(np.expm1, np.exp)),
    "log": _unary(differentiable(np.log, lambda x: 1.0 / x)),
    "log1p": _unary(differentiable(np.log1p, lambda x: 1.0 / (1.0 + x))),
    "sqrt": _unary(differentiable(np.sqrt, lambda x: 0.5 / np.sqrt(x))),
    "square": _unary(differentiable(np.square, lambda x: 2.0 * x)),
    "tanh": _unary(differentiable(np.tanh, lambda x: 1.0 / np.square(np.cosh(x)))),
    # σ(x) σ(−x) and not σ (1 − σ), which has no digits left where σ rounds to 1.
    "sigmoid": _unary(differentiable(sigmoid, lambda x: sigmoid(x) * sigmoid(-x))),
    "softplus": _unary(differentiable(lambda x: np.logaddexp(x, 0.0), sigmoid)),
    "min": Function(("a", "b"), dual_numbers.minimum),
    "max": Function(("a", "b"), dual_numbers.maximum),
    "clip": Function(("x", "low", "high"), dual_numbers.clip),
    "where": Function(("condition", "a", "b"), dual_numbers.where),
}

OPERATORS: Mapping[str, DualFunction] = {
    "neg": dual_numbers.negate,
    "+": dual_numbers.add,
    "-": dual_numbers.subtract,
    "*": dual_numbers.multiply,
    "/": dual_numbers.divide,
    "^": dual_numbers.power,
    "<": truth_function(np.less),
    "<=": truth_function(np.less_equal),
    ">": truth_function(np.greater),
    ">=": truth_function(np.greater_equal),
    "==": truth_function(np.equal),
    "!=": truth_function(np.not_equal),
    "and": truth_function(np.logical_and),
    "or": truth_function(np.logical_or),
    "not": truth_function(np.logical_not),
}

RULES: Mapping[str, DualFunction] = {
    **OPERATORS,
    **FUZZY,
    **{name: function.rule for name, function in FUNCTIONS.items()},
}
