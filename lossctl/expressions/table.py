"""What a formula can say: its variables, constants, operators and functions."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossctl.expressions import duals
from lossctl.expressions.duals import Rule, decided, flat, smooth
from lossctl.expressions.fuzzy import FUZZY

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
    rule: Rule


def sigmoid(x: Any) -> Any:
    """Return 1 / (1 + e^−x)."""
    return 1.0 / (1.0 + np.exp(-x))


def _of_one(rule: Rule) -> Function:
    return Function(("x",), rule)


FUNCTIONS: Mapping[str, Function] = {
    "abs": _of_one(smooth(np.abs, np.sign)),
    "sign": _of_one(flat(np.sign)),
    "exp": _of_one(smooth(np.exp, np.exp)),
    "expm1": _of_one(smooth(np.expm1, np.exp)),
    "log": _of_one(smooth(np.log, lambda x: 1.0 / x)),
    "log1p": _of_one(smooth(np.log1p, lambda x: 1.0 / (1.0 + x))),
    "sqrt": _of_one(smooth(np.sqrt, lambda x: 0.5 / np.sqrt(x))),
    "square": _of_one(smooth(np.square, lambda x: 2.0 * x)),
    "tanh": _of_one(smooth(np.tanh, lambda x: 1.0 / np.square(np.cosh(x)))),
    "sigmoid": _of_one(smooth(sigmoid, lambda x: sigmoid(x) * sigmoid(-x))),
    "softplus": _of_one(smooth(lambda x: np.logaddexp(x, 0.0), sigmoid)),
    "min": Function(("a", "b"), duals.smaller),
    "max": Function(("a", "b"), duals.larger),
    "clip": Function(("x", "low", "high"), duals.clip),
    "where": Function(("condition", "a", "b"), duals.where),
}

OPERATORS: Mapping[str, Rule] = {
    "neg": duals.negate,
    "+": duals.add,
    "-": duals.subtract,
    "*": duals.multiply,
    "/": duals.divide,
    "^": duals.power,
    "<": decided(np.less),
    "<=": decided(np.less_equal),
    ">": decided(np.greater),
    ">=": decided(np.greater_equal),
    "==": decided(np.equal),
    "!=": decided(np.not_equal),
    "and": decided(np.logical_and),
    "or": decided(np.logical_or),
    "not": decided(np.logical_not),
}

RULES: Mapping[str, Rule] = {
    **OPERATORS,
    **FUZZY,
    **{name: function.rule for name, function in FUNCTIONS.items()},
}
