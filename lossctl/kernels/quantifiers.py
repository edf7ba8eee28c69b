"""Quantifiers over soft truths: one truth of a rule from the truths of its rows.

Each is a mean of a transform of the truths, carried back: truth = carry(mean of transform(v)). The
generalized means are those of Badreddine et al., Logic Tensor Networks (2020), arXiv:2012.13635.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossctl.core.loss import Array

LEAST_SHARE = 1e-300  # keeps the slope of a root finite
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


def _power_of_rest(values: Array, p: float) -> Array:
    return np.maximum(1.0 - values, 0.0) ** p


def _power_of_rest_slope(values: Array, p: float) -> Array:
    return -p * np.maximum(1.0 - values, 0.0) ** (p - 1.0)


def _root(mean: Any, p: float) -> Any:
    return mean ** (1.0 / p)


def _root_slope(mean: Any, p: float) -> Any:
    """∂/∂mean; 0 where the root has none."""
    safe = np.maximum(mean, LEAST_SHARE)
    return np.where(mean > 0.0, safe ** (1.0 / p - 1.0) / p, 0.0)


def _rest_of_root(mean: Any, p: float) -> Any:
    return 1.0 - _root(mean, p)


def _rest_of_root_slope(mean: Any, p: float) -> Any:
    return -_root_slope(mean, p)


def _logarithm(values: Array, p: float) -> Array:  # noqa: ARG001
    return np.log(np.maximum(values, values.dtype.type(LEAST_TRUTH)))


def _logarithm_slope(values: Array, p: float) -> Array:  # noqa: ARG001
    return 1.0 / np.maximum(values, values.dtype.type(LEAST_TRUTH))


def _exponential(mean: Any, p: float) -> Any:  # noqa: ARG001
    return np.exp(mean)


FOR_ALL = Quantifier(_power_of_rest, _power_of_rest_slope, _rest_of_root, _rest_of_root_slope)
EXISTS = Quantifier(_power, _power_slope, _root, _root_slope)
LOG_PRODUCT = Quantifier(_logarithm, _logarithm_slope, _exponential, _exponential)
