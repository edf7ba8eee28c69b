"""Build losses of rules and constraints: penalties, and rules quantified over the rows.

A quantifier makes one truth from the truths of all rows: a mean of a transform of the truths,
carried back, truth = carry(mean of transform(v)). The generalized means are those of Badreddine
et al., Logic Tensor Networks (2020), arXiv:2012.13635.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossctl.core.domain import NONNEGATIVE, POSITIVE, UNIT, Interval, Param
from lossctl.core.loss import Array, Curve, Form, Input, Loss, Page, Pooled
from lossctl.kernels.numeric.pointwise import over
from lossctl.kernels.numeric.primitives import exp, log
from lossctl.losses.builders.elementwise import elementwise

TRUTH = Curve("truth value of the rule", 0.0, 1.0, lambda x: ([x],))
CONSTRAINT = Curve("constraint value", -1.0, 1.0, lambda x: ([x],))

LEAST_MEAN = 1e-300  # keeps the slope of a root finite
LEAST_TRUTH = 1e-37  # near the smallest normal float32: the logarithm of a truth is finite


@dataclass(frozen=True)
class Quantifier:
    """What is averaged over the rows and how it becomes a truth, each with its slope.

    All take the exponent `p` as well; one without an exponent ignores it.
    """

    transform: Callable[..., Array]
    transform_slope: Callable[..., Array]
    carry: Callable[..., Any]
    carry_slope: Callable[..., Any]


def _power(values: Array, p: float) -> Array:
    return np.maximum(values, 0.0) ** p


def _power_slope(values: Array, p: float) -> Array:
    return p * np.maximum(values, 0.0) ** (p - 1.0)


def _power_of_complement(values: Array, p: float) -> Array:
    return np.maximum(1.0 - values, 0.0) ** p


def _power_of_complement_slope(values: Array, p: float) -> Array:
    return -p * np.maximum(1.0 - values, 0.0) ** (p - 1.0)


def _root(mean: Any, p: float) -> Any:
    return mean ** (1.0 / p)


def _root_slope(mean: Any, p: float) -> Any:
    """∂/∂mean; 0 where the root has none."""
    safe = np.maximum(mean, LEAST_MEAN)
    return np.where(mean > 0.0, safe ** (1.0 / p - 1.0) / p, 0.0)


def _complement_of_root(mean: Any, p: float) -> Any:
    return 1.0 - _root(mean, p)


def _complement_of_root_slope(mean: Any, p: float) -> Any:
    return -_root_slope(mean, p)


def _logarithm(values: Array, p: float) -> Array:  # noqa: ARG001
    return log(np.maximum(values, values.dtype.type(LEAST_TRUTH)))


def _logarithm_slope(values: Array, p: float) -> Array:  # noqa: ARG001
    return 1.0 / np.maximum(values, values.dtype.type(LEAST_TRUTH))


def _exponential(mean: Any, p: float) -> Any:  # noqa: ARG001
    return exp(mean)


FOR_ALL = Quantifier(
    _power_of_complement, _power_of_complement_slope, _complement_of_root, _complement_of_root_slope
)
EXISTS = Quantifier(_power, _power_slope, _root, _root_slope)
LOG_PRODUCT = Quantifier(_logarithm, _logarithm_slope, _exponential, _exponential)


def penalty_loss(
    loss_id: str,
    *,
    title: str,
    value: Callable[..., Array],
    slope: Callable[..., Array],
    unit: str,
    page: Page,
    params: tuple[Param, ...] = (),
) -> Loss:
    """Declare the penalty of constraint values above their thresholds.

    `value(predictions, targets, **params)` gives the penalty times ``penalty_weight``; `unit` says
    what that weight multiplies.
    """
    return elementwise(
        loss_id,
        title=title,
        tasks=("logic",),
        inputs=(
            Input(
                "predictions",
                "item",
                "constraint",
                "constraint values, violated above the threshold",
                differentiable=True,
            ),
            Input("targets", "item", "threshold", "thresholds, 0 when not given", default=0.0),
        ),
        value=value,
        slope=slope,
        params=(Param("penalty_weight", 10.0, NONNEGATIVE, f"Weight w of {unit}."), *params),
        page=page,
    )


EXPONENT = Param(
    "p",
    2.0,
    Interval(1.0, 64.0),
    "Exponent of the generalized mean; larger gives extreme rows more weight.",
)

TRUTHS = Input(
    "predictions",
    "item",
    "truth",
    "truth values of one rule in each row",
    domain=UNIT,
    differentiable=True,
)

LEVELS = Input(
    "targets", "item", "truth", "target truth value of the rule, 1 when not given", default=1.0
)


def quantified_loss(
    loss_id: str,
    *,
    title: str,
    quantifier: Quantifier,
    page: Page,
    params: Sequence[Param] = (EXPONENT,),
) -> Loss:
    """Declare ((level − truth of the quantified rule) / τ)², a function of sums over the rows.

    The level is the mean of the targets.
    """

    def terms(predictions: Array, targets: Array, *, p: float = 1.0, **_: Any) -> dict[str, Any]:
        return {
            "power": quantifier.transform(predictions, p),
            "target_mass": targets,
            "weight": 1.0,
        }

    def vjp(
        predictions: Array, _: Array, *, slopes: Any, p: float = 1.0, **__: Any
    ) -> dict[str, Array]:
        return {"predictions": slopes["power"] * quantifier.transform_slope(predictions, p)}

    def finish(
        *, power: Any, target_mass: Any, weight: Any, temperature: float, p: float = 1.0, **_: Any
    ) -> Any:
        truth = quantifier.carry(_mean(power, weight), p)
        gap = (_mean(target_mass, weight) - truth) / temperature
        try:
            with np.errstate(over="ignore"):
                return gap**2
        except OverflowError:  # what NumPy calls inf is an error of Python's floats
            return math.inf

    def finish_slope(
        *, power: Any, target_mass: Any, weight: Any, temperature: float, p: float = 1.0, **_: Any
    ) -> Mapping[str, Any]:
        mean = _mean(power, weight)
        gap = (quantifier.carry(mean, p) - _mean(target_mass, weight)) / temperature
        outer = 2.0 * gap / temperature
        return {"power": _mean(outer * quantifier.carry_slope(mean, p), weight)}

    return Loss(
        loss_id,
        title,
        ("logic",),
        (TRUTHS, LEVELS),
        (Form("item", "values", terms, vjp),),
        page,
        (
            Param(
                "temperature",
                1.0,
                POSITIVE,
                "Temperature τ that errors are divided by; larger penalizes violations less.",
            ),
            *params,
        ),
        finish=finish,
        finish_slope=finish_slope,
        reduction=Pooled(),
    )


def _mean(total: Any, weight: Any) -> Any:
    """Return total / weight; of a sample without weight, which takes no part in the value, 0."""
    return total / weight if np.ndim(weight) == 0 else over(np.asarray(total), weight)
